"""One patient told by name, birth date and what he has at once; and those who lie in a ward."""

from __future__ import annotations

import pytest

from dlp.inspection import Core
from tests.reading import stops

LEAKS = (
    "Durand Sophie née le 12/03/1978 : cancer du sein",
    "Sophie Durand née le 12/03/1978 a un cancer du sein",
    "Sophie Durand, née le 12/03/1978, VIH positif",
    "DURAND Sophie 12/03/1978 VIH positif",
    "DURAND Sophie 12/03/1978 VIH",
    "Sophie Durand 12/03/1978 : diabète de type 2",
    "Sophie Durand (12/03/1978) : séropositive",
    "Durand Sophie née 12/03/1978 : mutation BRCA1 c.68_69delAG hétérozygote",
    "Durand Sophie, née le 12 mars 1978, diabète de type 1 sous pompe",
    "Durand Sophie (née le 12/03/1978) est atteinte d'un lymphome",
    "M. Paul Martin né le 4/11/1960 : BPCO",
    "Martin Paul né le 04/11/1960, schizophrénie, sous Risperdal",
    "Petit Luc 30/01/1955 insuffisance rénale chronique, dialysé",
    "Girard Marc, 30/01/1955, Alzheimer",
    "Nom: Durand Prénom: Sophie né le 12/03/1978 VIH",
    "Nom : Durand, prénom : Sophie, née le : 12/03/1978, motif : IVG",
    "Julie Moreau, 22/07/1990, enceinte de 12 SA",
    "Julie MOREAU née le 22/07/1990 G2P1 12 SA, toxoplasmose négative",
    "Anne Lefèvre (22/07/1990) trisomie 21",
    "John Smith, born 03/12/1978, has HIV",
    "John Smith DOB 03/12/1978 Type 2 diabetes",
    "John Smith (12/03/1978) - breast cancer",
    "Smith, John 12/03/1978 schizophrenia",
    "Sabine Müller, geb. 12.03.1978, HIV-positiv",
    "Sabine Müller, geboren am 12.03.1978, leidet an Brustkrebs",
    "Sabine Müller *12.03.1978 Diabetes mellitus Typ 2",
    "María García López, nacida el 12/03/1978, tiene VIH",
    "María García López 12/03/1978 cáncer de mama",
    "Maria Rossi nata il 12/03/1978 carcinoma mammario",
    "Maria Rossi (12/03/1978): diabete mellito",
    "Jan de Vries, geb. 12-03-1978: longkanker",
    "Maria Silva nascida a 12/03/1978 seropositiva para VIH",
    "Anna Kowalska ur. 12.03.1978 rak piersi",
)
ORDINARY = (
    "Sophie Durand, née le 12/03/1978, chercheuse, travaille sur le VIH à l'Institut Pasteur",
    "Sophie Durand (12/03/1978) : prix de la fondation pour ses travaux sur le cancer du sein",
    "DURAND Sophie 12/03/1978 infirmière en oncologie",
    "Durand Sophie née le 12/03/1978, infirmière, service de diabétologie",
    "Martin Paul né le 04/11/1960, médecin psychiatre, Hôpital Sainte-Anne",
    "Durand, Sophie. 12/03/1998. Le cancer du sein chez la femme jeune",
    "Durand Sophie 12/03/1998 Cancer du sein : guide pratique",
    (
        "CV Sophie Durand née le 12/03/1978 à Lyon. Infirmière. 2010-2015 : service de "
        "cancérologie, VIH, hépatites"
    ),
    "Sophie Durand née le 12/03/1978, licence FFF 1234567, club de Lyon",
    (
        "Sophie Durand née le 12/03/1978 est inscrite à la formation diabète et "
        "insulinothérapie du 3 décembre"
    ),
    "Sophie Durand, née le 12/03/1978 a obtenu le DU prise en charge du VIH",
    "Paul Martin, né le 4/11/1960 et mort le 3/12/2020, fut l'auteur de « Cancer et société »",
    (
        "Jean Dupont (né le 12/03/1958) est un oncologue français connu pour ses travaux sur "
        "le cancer du poumon"
    ),
    "John Smith, born 12/03/1958, is a virologist who studied HIV",
    "John Smith (12/03/2004): Diabetes and you, a guide",
    "Smith J. 12/03/2004 Breast cancer screening in Europe",
    "Sabine Müller, geb. 12.03.1978, Krankenschwester, Station Onkologie",
    "Maria Rossi nata il 12/03/1978, infermiera presso il reparto di oncologia",
    "Assemblée du 12/03/2004 : Cancer du sein, Octobre rose, Mme Durand présidente",
    "Sophie Durand, née le 12/03/1978, embauchée le 01/09/2010, cardiologie",
    "Réunion Durand Sophie 12/03/2012 VIH : point sur l'essai",
    "Durand Sophie 12/03/2010 Diabète - brochure patients v2.docx",
)
WARDS = (
    (
        "| Chambre | Patient | Motif |\n"
        "|---|---|---|\n"
        "| 12 | Mme Durand | AVC |\n"
        "| 13 | M. Martin | insuffisance cardiaque |\n"
        "| 14 | Mme Petit | chimiothérapie |\n"
    ),
    (
        "Chambre;Patient;Pathologie;Traitement\n"
        "12;Mme DURAND;AVC;Kardégic\n"
        "13;M. MARTIN;BPCO;O2 2L\n"
        "14;Mme PETIT;démence;Aricept\n"
    ),
    (
        "Résident\tDiagnostic\tRégime\n"
        "Mme Lefèvre\tAlzheimer\tmixé\n"
        "M. Girard\tdiabète\tsans sucre\n"
        "Mme Moreau\tParkinson\tnormal\n"
    ),
    (
        "Ch 12 Mme Durand 78 ans J3 AVC sylvien G, aphasie, KT retiré, BU +\n"
        "Ch 13 M. Martin 66 ans OAP résolu, Lasilix 40x2, K+ 3,2\n"
        "Ch 14 Mme Petit 54 ans C2J1 FOLFOX, nausées\n"
    ),
    (
        "Transmissions nuit\n"
        "Mme DURAND (ch 12) : AVC, surveillance neuro\n"
        "M. MARTIN (ch 13) : OAP, diurèse 1,2 L\n"
        "Mme PETIT (ch 14) : aplasie fébrile sous Tazocilline\n"
    ),
    (
        "Bed 4 Mrs Smith 78F #NOF day 2, AF on apixaban\n"
        "Bed 5 Mr Jones 66M COPD exac, NIV overnight\n"
        "Bed 6 Ms Brown 54F ca breast, neutropenic sepsis\n"
    ),
    (
        "Zi 12 Fr. Müller 78 J. Apoplex Tag 3\n"
        "Zi 13 Hr. Schmidt 66 J. COPD, O2 2 l\n"
        "Zi 14 Fr. Weber 54 J. Mamma-Ca, Chemo\n"
    ),
    (
        '{"unit":"Neuro","beds":[{"bed":"12","patient":"Mme '
        'Durand","reason":"AVC"},{"bed":"13","patient":"M. '
        'Martin","reason":"épilepsie"},{"bed":"14","patient":"Mme Petit","reason":"SEP"}]}'
    ),
)
LIKE_WARDS = (
    (
        "| Chambre | Résident | Repas |\n"
        "|---|---|---|\n"
        "| 12 | Mme Durand | normal |\n"
        "| 13 | M. Martin | sans sel |\n"
    ),
    (
        "Bureau;Médecin;Spécialité\n"
        "12;Mme Durand;cardiologie\n"
        "13;M. Martin;oncologie\n"
        "14;Mme Petit;diabétologie\n"
    ),
    (
        "Salle 12 Mme Durand : cours sur l'AVC\n"
        "Salle 13 M. Martin : atelier diabète\n"
        "Salle 14 Mme Petit : oncologie pédiatrique\n"
    ),
    (
        "Cas 1 : Mme Martin, 72 ans, AVC. Que faites-vous ?\n"
        "Cas 2 : M. Durand, 66 ans, OAP. Quel traitement ?\n"
        "Cas 3 : Mme Petit, 54 ans, FOLFOX.\n"
    ),
    (
        "Formateur | Thème\n"
        "Mme Durand | prise en charge de l'AVC\n"
        "M. Martin | insuffisance cardiaque\n"
        "Mme Petit | chimiothérapie orale\n"
    ),
    (
        "Ordre du jour\n"
        "12 - Mme Durand : filière AVC\n"
        "13 - M. Martin : programme insuffisance cardiaque\n"
        "14 - Mme Petit : dépistage du cancer du sein\n"
    ),
    "Patient;Traitement\nPatient A;Kardégic\nPatient B;O2\nPatient C;Aricept\n",
    (
        "Propriétaire;Patient;Motif\n"
        "Mme Durand;Rex;diabète\n"
        "M. Martin;Minou;insuffisance rénale\n"
        "Mme Petit;Filou;épilepsie\n"
    ),
    (
        "12 Mme Durand 2 nuits chambre double\n"
        "13 M. Martin 3 nuits, allergie gluten, petit déjeuner\n"
        "14 Mme Petit 1 nuit\n"
    ),
    "Garde du 12 : Mme Durand (neuro), M. Martin (cardio), Mme Petit (onco)",
    '{"patient":"Mme Durand","diagnostic":"AVC"}',
)


@pytest.mark.parametrize("text", LEAKS)
def test_who_has_what_stands_behind_his_birth_date_is_found(core: Core, text: str) -> None:
    assert stops(core, text)


@pytest.mark.parametrize("text", ORDINARY)
def test_who_works_or_writes_on_it_passes(core: Core, text: str) -> None:
    assert not stops(core, text)


@pytest.mark.parametrize("text", WARDS)
def test_in_a_ward_a_title_and_a_last_name_tell_somebody_apart(core: Core, text: str) -> None:
    assert stops(core, text)


@pytest.mark.parametrize("text", LIKE_WARDS)
def test_elsewhere_they_do_not(core: Core, text: str) -> None:
    assert not stops(core, text)

"""Who is named by a title and a last name, with an age, a telephone and what he has; and others."""

from __future__ import annotations

import pytest

from dlp.inspection import Core
from tests.reading import stops

LEAKS = (
    (
        "Résume : Mme Kervella 25 ans, IVG médicamenteuse à 7 SA, ATCD dépression, sous "
        "sertraline, vit 12 rue des Lilas à Brest, tel 06 12 98 54 00"
    ),
    (
        "M. Quinquis, 68 ans, suivi pour un carcinome bronchique sous FOLFOX, joignable au 07 61 "
        "90 22 10"
    ),
    "Mme MARCHETTI (45 ans) est séropositive, traitée par Triumeq. Tél : 06.71.22.13.45",
    ("Mrs Patel, 54 years old, admitted with DKA and breast cancer, call her on +44 7700 900123"),
    "Frau Müller, 67 Jahre, leidet an Brustkrebs, Tel. 0176 12345678",
    "Sra. García, 75 años, ingresada por infarto y diabetes, teléfono 612 34 56 78",
    (
        "Pouvez-vous rappeler M. Traoré 33 ans au 06 44 01 98 77 : crise drépanocytaire, "
        "hospitalisé hier"
    ),
    (
        "Bonjour docteur, Mme Lopez, 39 ans, présente une rechute de sa maladie de Crohn malgré "
        "Humira. Son numéro : 06 55 44 33 22"
    ),
    (
        "RDV à donner à Mme Nguyen 58 ans pour mastectomie, cancer du sein gauche, portable "
        "0611223344"
    ),
    "M. Le Gall (81 ans) Alzheimer, fugue hier soir, prévenir sa fille au 02 98 11 22 33",
    "Herr Schmidt, 45 Jahre, HIV-positiv, bitte zurückrufen: 030 1234567",
    "Ms Brown, 31 years, 12 weeks pregnant with gestational diabetes, mobile 07700 900456",
    "Sig.ra Rossi, 66 anni, affetta da carcinoma mammario, tel 347 1234567",
)
ORDINARY = (
    (
        "Mme Martin, 72 ans, témoigne : atteinte d'un cancer, elle a fondé une association. "
        "Contact presse : 01 42 33 44 55"
    ),
    "Mme Martin, 42 ans, présidente de l'association diabète, joignable au 06 12 34 56 78",
    "Cas n°3 : Mme Martin, 72 ans, atteinte d'un diabète, sous metformine. Que faites-vous ?",
    "M. Durand, 45 ans, médecin suivi pour ses travaux sur le cancer, tel 06 12 34 56 78",
    (
        "Recherche volontaires de 18 à 45 ans atteints de diabète : contactez Mme Petit au 06 12 "
        "34 56 78"
    ),
    "M. Petit, 56 ans, commercial, présente la gamme diabète, 06 12 34 56 78",
    (
        "M. Bernard, 62 ans, ancien patient guéri d'un cancer, raconte son parcours. "
        "Réservations au 01 22 33 44 55"
    ),
    "Mme Roux, 35 ans, infirmière en dialyse, disponible pour remplacement, 06 11 22 33 44",
    "Plombier : M. Henry 50 ans, intervient à l'hôpital de jour diabète, 06 99 88 77 66",
    "Livraison pour Mme Faure, 06 12 34 56 78 : 3 boîtes de lecteurs de glycémie diabète",
    ("M. Colin, 40 ans, cherche partenaire de course pour Odyssea cancer du sein, 06 12 34 56 78"),
    "Mme Blanc, 48 ans, est professeure de biologie, spécialiste du VIH. Tél. 04 76 00 00 00",
    "Enquête : M. Noir, 30 ans, sous contrat chez Diabeloop, tel 06 12 34 56 78",
    (
        "Le conférencier, M. Garnier, 55 ans, parlera de l'épilepsie. Renseignements : 03 20 00 "
        "00 00"
    ),
)


@pytest.mark.parametrize("text", LEAKS)
def test_who_can_be_called_is_found(core: Core, text: str) -> None:
    assert stops(core, text)


@pytest.mark.parametrize("text", ORDINARY)
def test_others_whom_one_may_call_pass(core: Core, text: str) -> None:
    assert not stops(core, text)

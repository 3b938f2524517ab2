"""One patient in a message with nothing but a name, and whoever else is named in one."""

from __future__ import annotations

import json
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect import cases, prose
from dlp.inspection import Core, Inspection
from tests.reading import stops

PATIENTS = {
    "a text message": "Mme Nadège Kerbrat a fait une fausse couche, à revoir lundi",
    "a result to tell": "Rappeler M. Yannick Tanguy, sa sérologie VIH est revenue positive",
    "a name without a title": "Kevin Moysan en HDT depuis hier soir pour décompensation "
    "psychotique, schizophrénie connue, il refuse l'Abilify",
    "a mail between clinicians": "Bonjour Sylvie,\n\nJe te sollicite pour Mme Nadège Kerbrat qui "
    "présente une récidive de son lymphome, sous R-CHOP. Peux-tu la voir avant la RCP ?\nMerci",
    "a patient's mail": "Bonjour docteur, je suis Laetitia Benoist, j'ai été opérée d'un cancer du "
    "sein en mars dans votre service, dois-je continuer le tamoxifène ?",
    "a dictation": "Cher ami, je revois en consultation Madame Christiane Jégou, virgule, suivie "
    "pour une sclérose en plaques, point. Elle va bien sous Tysabri, point.",
    "what a program heard": "alors c'est pour madame jégou christiane soixante-douze ans suivie "
    "pour un cancer du côlon métastatique sous folfox on arrête l'oxaliplatine",
    "an order for transport": "Bonjour,\nMerci de prévoir une ambulance pour Mme Odette TANGUY, "
    "14 rue des Ajoncs 29200 Brest, demain 7h, dialyse, retour 12h30. Patiente oxygénée 2 L.",
    "who measured it is named, too": "Technicien : Julie Martin\nPatient : Mme Nadège Kerbrat\n"
    "Sérologie VIH positive, à rappeler ce jour",
    "an entry of a calendar": "BEGIN:VEVENT\nSUMMARY:Consultation VIH – DUPONT Marc\nEND:VEVENT\n",
    "a course of chemotherapy": "BEGIN:VEVENT\nSUMMARY:Chimiothérapie C3 Mme HAMEL Joëlle\n",
    "a ticket": "Demandeur: secrétariat onco\nObjet: impossible d'imprimer le CR de Mme Louise "
    "BOUCHARD\nDescription: Le compte rendu de Mme Louise BOUCHARD (cancer du col, consultation "
    "du 12/03) est bloqué. Merci.",
    "a chat": json.dumps({"text": "@julie tu peux rappeler Mme Nadège Kerbrat ? elle a fait une "
    "fausse couche ce week-end, bhCG à recontrôler"}),
    "markup inside": json.dumps({"content": "<p>Bonjour, M. <b>Rachid HADDAD</b> est sortant "
    "demain, penser à l'ordonnance de Truvada et au RDV pour son hépatite B.</p>"}),
    "a message to a patient": json.dumps({"text": {"body": "Bonjour Mme Joëlle Quéré, votre "
    "frottis a montré des lésions de haut grade. Merci de prendre RDV."}}),
    "a prompt": json.dumps({"messages": [{"role": "user", "content": "résume ce compte rendu : Mme "
    "Odette Cariou, hospitalisée en cardiologie pour décompensation d'une insuffisance cardiaque. "
    "Sortie sous Entresto, Eliquis."}]}),
    "a prescription": "12/03/2024\nMonsieur Bruno FERRAND\n\nTRUVADA 1 cp/j\nTIVICAY 50 mg 1 cp/j\n"
    "QSP 3 mois\n",
    "the subject of an event": json.dumps(
        {"subject": "RDV Mme Louise Bouchard - résultat biopsie : carcinome"}, ensure_ascii=False
    ),
    "reminders": json.dumps(
        [{"to": "+33612345678", "body": "Mme Louise Bouchard, rappel : votre amniocentèse jeudi"}]
    ),
    "a list of patients": "Patients du jour\n\nBERTHELOT Yannick - cancer du sein\n"
    "MOYSAN Solène - VIH\nCARIOU Odette - sclérose en plaques\nRIOU André - cirrhose\n",
    "residents": "Résidents\nMme TANGUY Odette : Alzheimer\nM. HAMEL Emile : Parkinson\n"
    "Mme RIOU Simone : diabète, insuline\n",
    "English": "Hi team, Mr Graham Fletcher's MRI shows a glioblastoma. Can we get him on the MDT "
    "list for Thursday please?",
    "German": "Frau Ingrid Baumgartner hatte heute Nacht einen Schlaganfall, bitte Marcumar "
    "pausieren und Angehörige anrufen",
    "Spanish": "Avisar a Dña. Carmen Ortega, la biopsia confirma carcinoma de mama, cita el lunes",
    "Italian": "La sig.ra Giulia Moretti ha avuto un aborto spontaneo, da rivedere lunedì in "
    "ambulatorio",
    "Dutch": "Mevr. Annelies de Boer heeft uitgezaaide borstkanker, graag morgen bellen",
}  # fmt: skip
OTHERS = {
    "a talk": "M. Thierry Hamel a fait une présentation sur la fausse couche tardive aux journées "
    "de Brest, à revoir en replay lundi.",
    "a colleague on leave": "Bonjour, Mme Nadège Kerbrat est en congé maternité jusqu'au 3 juin. "
    "Pour la chimiothérapie, merci de contacter Mme Solène Riou.",
    "a supplier": "Bonjour, M. Patrick Mazé (Fresenius) passera lundi pour le suivi des "
    "générateurs de dialyse. Merci de prévenir Mme Odette Tanguy.",
    "who consults": "Consultation VIH : M. Thierry Hamel, mardi 9h-12h. RDV au 02 98 00 00 00.",
    "a signature": "Merci de rappeler le secrétariat.\n--\nNadège KERBRAT\nSecrétariat de "
    "consultation - Diabète / Endocrinologie\nTél. 02 98 00 00 00",
    "an entry of a calendar": "SUMMARY:Conférence VIH - Marc DUPONT\n",
    "a training in a calendar": "SUMMARY:Formation Chimiothérapie - KERBRAT Nadège\n",
    "a shift in a calendar": "SUMMARY:KERBRAT Nadège - Dialyse\n",
    "a printer": json.dumps({"description": "Mme Louise BOUCHARD signale que l'imprimante du "
    "service de chimiothérapie ne fonctionne plus, merci de la rappeler."}),
    "a politician": "M. Jacques Chirac, hospitalisé à la Pitié-Salpêtrière, souffre de troubles "
    "neurologiques. L'ancien président a été victime d'un AVC en 2005, rappelle son entourage.",
    "a player": "Mbappé blessé au genou : Kylian Mbappé souffre d'une entorse et sera absent trois "
    "semaines. Neymar est opéré de la cheville, à revoir lundi.",
    "an obituary": "Mme Simone GUIVARCH nous a quittés des suites d'un cancer. Les obsèques auront "
    "lieu lundi à Plouzané. Dons à la Ligue contre le cancer.",
    "a case of a course": "Cas n° 2 : Mme Jeanne Martin, 72 ans, est hospitalisée pour une embolie "
    "pulmonaire. Quel traitement instaurez-vous ?",
    "who comes to an event": json.dumps(
        {"summary": "RCP - salle 4", "description": "Cancer", "by": {"name": "Louise BOUCHARD"}}
    ),
    "a room and who speaks": json.dumps({"subject": "Point avec Mme Louise Bouchard - biopsies"}),
    "who teaches patients": "Éducation thérapeutique des patients\n\nDiabète : KERBRAT Nadège\n"
    "Asthme : HAMEL Thierry\nObésité : RIOU Solène\n",
    "who looks after patients": "Patients\n\nNotre équipe :\nSolène RIOU, cancérologie\n"
    "Bruno FERRAND, hématologie\nThierry HAMEL, lymphomes\n",
    "an expert": "Ms Megan Hughes, known expert on bipolar disorder, attended with Mr Patel.",
    "who measured controls": "Technicien : Julie Martin\nTél : 01 45 67 89 12\nCQI du 02/06/2026, "
    "lot 48213\nGlucose  5,3 mmol/L\nCréatinine  71 µmol/L\nTSH  2,1 mUI/L\nVIH : 0,2 S/CO",
    "who checked controls": "Checked by: Julie MARTIN\nHIV serology control level 2: 3.1 S/CO\n"
    "Creatinine 71 µmol/L, glucose 5.3 mmol/L, please call the supplier",
    "a speech": "Thanks to our First Lady, Laura Bush. Because HIV/AIDS brings suffering and fear "
    "into so many lives, I ask you to reauthorize the Ryan White Act.",
    "a German speech": "Frau Anna Schmidt, die gegen Brustkrebs kämpft, ist heute hier. Die "
    "Bundesregierung wird ihr und allen helfen, bitte unterstützen Sie uns.",
    "a veterinarian's reminder": "Clinique vétérinaire des Ajoncs : bonjour Mme Odette Tanguy, Rex "
    "a une insuffisance rénale, à revoir lundi pour son bilan.",
    "English": "Please call Mr Graham Fletcher about the dialysis machines; he has a new quote.",
    "English news": "Mr Graham Fletcher, who has motor neurone disease, will walk from London to "
    "Leeds next Monday to raise money.",
    "German": "Frau Renate Köhler bitte wegen der Diabetes-Schulung anrufen.",
    "Spanish": "Avisar a Dña. Carmen Ortega: la sesión clínica de cáncer de mama es el lunes.",
    "Italian": "La sig.ra Giulia Moretti ha chiesto il protocollo per il diabete, da rivedere.",
    "Dutch": "Mevr. Annelies de Boer heeft de folder over borstkanker klaar, graag bellen.",
}  # fmt: skip


@pytest.mark.parametrize("name", PATIENTS)
def test_a_patient_whom_those_who_treat_write_of_is_found(core: Core, name: str) -> None:
    assert stops(core, PATIENTS[name])


@pytest.mark.parametrize("name", OTHERS)
def test_whoever_else_is_named_passes(core: Core, name: str) -> None:
    assert not stops(core, OTHERS[name])


@pytest.mark.parametrize("name", ["a text message", "an entry of a calendar", "German"])
def test_a_patient_is_found_however_the_message_is_cut(core: Core, name: str) -> None:
    text = ("Bonjour à tous.\n" * 2200 + PATIENTS[name]).encode()
    found = set()
    for size in (509, 4096, len(text)):
        inspection = Inspection(core)
        for at in range(0, len(text), size):
            inspection.feed(text[at : at + size])
        found.add(inspection.finish().evidence.patients)
    assert found == {1}


# Titles and names as they are written, and what stands around them.
PIECES = st.sampled_from(
    (
        *("Mme", "M.", "madame", "BÉBÉ", "bébé", "Nommée", "г-н", "Г-жа", "κος", "l’enfant", "Dr"),
        *(
            "de ",
            "van der ",
            "d'",
            "Mac",
            "Martin",
            "Élodie",
            "MARIE",
            "Paul",
            "LE",
            "GOFF",
            "Ya",
            "Marie-Ange",
            "dupont",
            "DUPONT",
            "O'Brien",
            "É",
        ),
        *(" ", "  ", "\u00a0", "\t", "\n", ".", ": ", ", ", "'s", "-", "1", "ß", "名", "\ud800"),
    )
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_names_are_found_wherever_they_may_begin(text: str) -> None:
    found = list(cases._named(text))
    with patch.object(cases, "_whole_names", cases._WHO.finditer):
        assert found == list(cases._named(text))


# What may stand between a name and a date, and what may not.
BETWEEN = st.sampled_from(
    (
        *("Mme ", "Dr ", "Anne", "DURAND", "O'Brien", "de ", "Сидоров", "adresse", "L'Oréal", "J."),
        *(
            "né",
            "née",
            "né(e)",
            "geb.",
            "born",
            "°",
            "*",
            "72",
            "ans",
            "y/o",
            "J.",
            "a)",
            "âgée de",
        ),
        *(" ", " ", "\u00a0", "\n", ", ", "(", ")", ": ", "-", "/", ".", "_"),
    )
)


@given(st.lists(BETWEEN, max_size=14).map("".join))
def test_a_name_before_a_date_is_read_wherever_one_may_end(text: str) -> None:
    found = prose._LAST.search(text)
    before = prose._BEFORE.search(text)
    with patch.object(prose, "_may_end_named", lambda _: True):
        expected = prose.name_before(text)

    assert prose.name_before(text) == expected
    assert found is None or prose._may_end_named(text)
    named = prose.name_around(text.encode(), len(text.encode()), len(text.encode()))
    titled = [one[1].strip() for one in prose._TITLED.finditer(text)]
    assert titled or (named and named.name) == (before and before[1].strip())

"""Patients handed over, prescribed to or told of by a result, and whatever is written like it."""

from __future__ import annotations

import json

import pytest

from dlp.inspection import Core
from tests.reading import stops

LEAKS = {
    "a home's notes": "TRANSMISSIONS Les Glycines 12/02\n"
    "Mme LEFEBVRE Monique ch 12 : chute cette nuit, sous Xarelto\n"
    "M. MERCIER Gérard ch 14 : Alzheimer, agitation\n"
    "Mme CARON Sylvie ch 15 : escarre sacrée\nM. COLIN Mourad ch 20 : diabète, dextro 3,2 g\n",
    "a theatre's day": "Programme opératoire salle 3\n"
    "08:00 LEFEBVRE Monique 67a Mastectomie gauche\n"
    "10:00 MERCIER Hugo 54a Colectomie droite\n12:00 CARON Sylvie 71a Hystérectomie\n",
    "a German ward": "Zi 1: Schmidt, Ursula (75) – Mammakarzinom, Chemo Tag 3\n"
    "Zi 2: Yildiz, Mehmet (58) – Pankreatitis\nZi 3: Krüger, Hans (81) – Demenz, Sturz\n",
    "an English ward": "Handover: Bed 4 - Susan Walker 67F, NSTEMI, on heparin. "
    "Bed 5 - Amit Patel 54M, DKA. Bed 6 - Karen Hughes 71F, sepsis.",
    "a result in a mail": "Docteur,\nRésultat de Mme LEFEBVRE Monique : sérologie VIH positive.\n",
    "a prescription": "Dr Claire PETIT\nLe 12/02/2024\n\nMme LEFEBVRE Monique\n67 ans, 62 kg\n\n"
    "METFORMINE 1000 mg : 1 cp matin et soir\nTAMOXIFENE 20 mg : 1 cp/j\nQSP 3 mois\n",
    "a prompt": "Résume : Patient Hugo MERCIER. ATCD : VIH depuis 2008 sous Biktarvy, hépatite C.",
    "an English prompt": "Summarize: Patient John Hargreaves, admitted with acute myocardial "
    "infarction, history of HIV, on Biktarvy.",
    "a Polish note": "Pacjentka Anna Kowalska, rozpoznanie: rak piersi, w trakcie chemioterapii.",
    "an occupational doctor": "Salarié : MERCIER Hugo\nNé le 03/04/1961\n"
    "Inapte au poste : lombosciatique, dépression, sous Seroplex\n",
    "observations of FHIR": json.dumps(
        {
            "resourceType": "Bundle",
            "entry": [
                {
                    "resource": {
                        "resourceType": "Observation",
                        "code": {"text": "HIV 1 Ab"},
                        "subject": {"display": name},
                        "valueString": "Positive",
                    }
                }
                for name in ("Anaïs BOUVIER", "Farida CARON")
            ],
        }
    ),
    "a condition of FHIR": '{"resourceType": "Condition", "code": {"coding": [{"system": '
    '"http://hl7.org/fhir/sid/icd-10", "code": "C50.9"}]}, '
    '"subject": {"reference": "Patient/8812", "display": "LEFEBVRE Monique"}}',
    "a worklist of DICOM": json.dumps(
        [
            {
                "00100010": {"vr": "PN", "Value": [{"Alphabetic": name}]},
                "00100020": {"vr": "LO", "Value": [f"7781{n}"]},
                "00100030": {"vr": "DA", "Value": [f"195{n}0312"]},
                "00321060": {"vr": "LO", "Value": ["Scanner, cancer du sein"]},
            }
            for n, name in enumerate(("KACI^Yasmine", "FABRE^Luc"))
        ]
    ),
    "a nested object": json.dumps(
        {
            "patient": {"nom": "LEFEBVRE", "prenom": "Monique"},
            "diagnostic": {"libelle": "Cancer du sein"},
        }
    ),
}
ORDINARY = {
    "news": "M. Boris Johnson a été testé positif au Covid-19. Mme Angela Merkel, 66 ans, s'est "
    "isolée. M. Tom Hanks, 63 ans, hospitalisé en Australie.",
    "a testimony": "Mme Sophie Martin, 42 ans, atteinte d'une sclérose en plaques, témoigne. "
    "M. Paul Durand, son mari, l'accompagne.",
    "a lesson": "Cas 1 : Mme Martin, 72 ans, sous Previscan. Cas 2 : M. Durand, 45 ans, diabétique."
    " "
    "Cas 3 : Mme Petit, 30 ans, enceinte de 24 SA. Que faites-vous ?",
    "experts by experience": "Patients Experts : Hugo Mercier (diabète, suivi depuis 2010), "
    "Monique Lefebvre (VIH) animent les ateliers.",
    "rooms of a congress": "Salle 3 - Hugo MERCIER : Formation VIH\n"
    "Salle 4 - Yasmine KACI : Diabète\n"
    "Salle 5 - Sylvie CARON : Cancer du sein\n",
    "chapters": "Ch. 12 - Diabète\nCh. 14 - VIH, Hugo Mercier\nCh. 15 - Épilepsie, Sylvie Caron\n",
    "an agenda": "08:00 MERCIER Hugo (45) Cancer du sein\n09:00 KACI Yasmine (30) VIH\n"
    "10:00 CARON Sylvie (45) Diabète\n",
    "runners": "DUPONT Jean 45H - équipe Diabète\nMARTIN Luc 52H - équipe Cancer\n"
    "PETIT Anne 38F - équipe VIH\n",
    "actors": "Emma Thompson (64) : professeure atteinte d'un cancer dans Wit\n"
    "Tom Hanks (67) : avocat séropositif\nJulianne Moore (63) : Alzheimer\n",
    "a control of quality": "Résultat du contrôle externe : M. Hugo MERCIER (technicien) : "
    "sérologie VIH conforme. Lot positif : conforme.",
    "a ticket": "Objet : résultats positifs VIH non transmis\nMme Monique LEFEBVRE : le module HIV "
    "renvoie 'positif' au lieu de 'négatif'.",
    "a balance": "Résultats : Mme Monique LEFEBVRE : bilan positif pour la dialyse, "
    "budget en hausse.",
    "an article on prescriptions": "La mention QSP : Mme Anne Petit, 45 ans, pharmacienne à "
    "Rennes, explique la substitution de la metformine et du tamoxifène.",
    "beds": "Lit 12 - matelas anti-escarre\nLit 14 - pompe à morphine\nLit 15 - potence\n",
    "a doctor of FHIR": '{"resourceType":"PractitionerRole","practitioner":{"display":"Dr Hugo '
    'Mercier"},"specialty":[{"text":"HIV clinic"}]}',
    "a measure of FHIR": '{"resourceType":"Measure","subject":{"display":"Diabetes patients"},'
    '"title":"HbA1c control"}',
    "a dictionary of DICOM": '{"00100010":{"vr":"PN","Name":"PatientName"},'
    '"00100020":{"vr":"LO","Name":"PatientID"}}',
    "texts of a form": '{"nom":{"label":"Nom du patient"},"prenom":{"label":"Prénom"},'
    '"diagnostic":{"label":"Cancer du sein"},"patient":{"label":"Patient"}}',
}


@pytest.mark.parametrize("name", LEAKS)
def test_patients_who_are_handed_over_are_found(core: Core, name: str) -> None:
    assert stops(core, LEAKS[name])


@pytest.mark.parametrize("name", ORDINARY)
def test_what_is_written_like_it_passes(core: Core, name: str) -> None:
    assert not stops(core, ORDINARY[name])

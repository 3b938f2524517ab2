"""What systems of health tell each other of one person, and what they tell of nobody."""

from __future__ import annotations

import json

import pytest

from dlp.inspection import Core
from tests.reading import stops

_HL7 = "MSH|^~\\&|DPI|CHU|LABO|CHU|20240312||ADT^A08|42|P|2.5\r"
_X12 = "ISA*00*          *00*          *ZZ*A*ZZ*B*240312*1000*^*00501*1*0*P*:~"
_KMEHR = '<kmehrmessage xmlns="http://www.ehealth.fgov.be/standards/kmehr/schema/v1"><folder>'
_FHIR = '<Bundle xmlns="http://hl7.org/fhir"><entry><resource>'
_MOTIVE = {"id": 4, "name": "Suivi de grossesse"}
_NAME = {"first_name": "Maëlle", "last_name": "Jégou", "phone_number": "+33612345678"}

PATIENTS = {
    "a national number of Belgium in KMEHR": f'{_KMEHR}<patient><id S="ID-PATIENT">85073003328</id>'
    "<firstname>Annelies</firstname><familyname>Peeters</familyname><birthdate><date>1985-07-30"
    '</date></birthdate></patient><cd S="ICD" SV="10">C50.9</cd></folder></kmehrmessage>',
    "the insured of HL7": f"{_HL7}PID|1||\rIN1|1|X|290|CPAM||||||||||||KERBRAT^Nadège|SEL|19560312"
    + "|" * 31
    + "255081416802538\r",
    "an appointment of FHIR": json.dumps(
        {
            "resourceType": "Appointment",
            "reasonCode": [{"text": "Suivi VIH"}],
            "participant": [
                {"actor": {"reference": "Patient/12", "display": "Nadège KERBRAT"}},
            ],
        }
    ),
    "a patient of FHIR in XML": f'{_FHIR}<Patient><name><family value="KERBRAT"/><given value='
    '"Nadège"/></name><birthDate value="1956-03-12"/></Patient></resource></entry></Bundle>',
    "a payment of a claim": f"{_X12}GS*HP*A*B*20240312*1000*1*X*005010X221A1~ST*835*0001~"
    "CLP*7722*1*120*100**12*1~NM1*QC*1*FLETCHER*GRAHAM****MI*W123456789~SVC*HC:77067*120*100~",
    "a claim of a pharmacy": "\x1c\x1e\x1cAM01\x1cC419560312\x1cC51\x1cCAGRAHAM\x1cCBFLETCHER\x1e"
    "\x1cAM07\x1cEM1\x1cD21234567\x1cE103\x1cD700093721410\x1c",
    "an appointment with its motive": json.dumps({"visit_motive": _MOTIVE, "patient": _NAME}),
    "an appointment with its reason": json.dumps(
        {
            "consultationReason": {"name": "Dépistage VIH / IST"},
            "patient": {"firstName": "Corentin", "lastName": "Aubry", "email": "c@mail.example"},
        }
    ),
    "appointments": json.dumps(
        [
            {"visit_motive": {"name": motive}, "patient": {"first_name": a, "last_name": b}}
            for motive, a, b in (("IVG", "Maëlle", "Jégou"), ("Suivi VIH", "Corentin", "Aubry"))
        ]
    ),
    "facts of a card": json.dumps(
        [
            {"title": "Patient", "value": "Nadège KERBRAT"},
            {"title": "Motif", "value": "Fausse couche"},
            {"title": "Lit", "value": "12"},
        ]
    ),
    "an appointment of one object": json.dumps(
        {"patientNom": "AUBRY", "patientPrenom": "Corentin", "motif": "IVG"}
    ),
    "a list of problems": "Surname;Forename;Problem\nFletcher;Graham;breast cancer\n"
    "Hughes;Megan;HIV infection\nDoyle;Siobhan;type 2 diabetes\n",
}
OTHERS = {
    "an acknowledgement": "MSH|^~\\&|LABO|CHU|DPI|CHU|20240312||ACK^A08|43|P|2.5\rMSA|AA|42\r",
    "a catalogue of staff": "MSH|^~\\&|DPI|CHU|LABO|CHU|20240312||MFN^M02|44|P|2.5\r"
    "MFE|MAD|1||10001\rSTF|10001|10001|PERRIN^Nicolas^^^Dr||M|19700312||CARDIO\r",
    "an appointment of a doctor": json.dumps(
        {
            "resourceType": "Appointment",
            "reasonCode": [{"text": "Suivi VIH"}],
            "participant": [
                {"actor": {"reference": "Practitioner/12", "display": "Nadège KERBRAT"}},
            ],
        }
    ),
    "a doctor with her motives": json.dumps({"visit_motive": _MOTIVE, "practitioner": _NAME}),
    "doctors with their motives": json.dumps(
        {
            "doctors": [
                {"visit_motive": {"name": motive}, "first_name": a, "last_name": b}
                for motive, a, b in (
                    ("Suivi VIH", "Corentin", "Aubry"),
                    ("IVG", "Maëlle", "Jégou"),
                    ("Coloscopie", "Bruno", "Ferrand"),
                )
            ]
        }
    ),
    "facts of a leave": json.dumps(
        [
            {"title": "Agent", "value": "Nadège KERBRAT"},
            {"title": "Motif", "value": "Congé maternité"},
        ]
    ),
    "answers about a course": json.dumps(
        [
            {"field": {"ref": "nom"}, "text": "Kerbrat"},
            {"field": {"ref": "prenom"}, "text": "Nadège"},
            {"field": {"ref": "formation"}, "text": "Sclérose en plaques"},
        ]
    ),
    "motives and whether patients are taken": json.dumps(
        {"visit_motive": _MOTIVE, "doctor": _NAME, "new_patients_allowed": True}
    ),
    "problems of a help desk": "Surname;Forename;Problem\nFletcher;Graham;printer jam\n"
    "Hughes;Megan;no access to the HIV module\nDoyle;Siobhan;password\n",
    "a patient in a program": json.dumps({"patient": {"name": "string", "motive": {"name": ""}}}),
}


@pytest.mark.parametrize("name", PATIENTS)
def test_a_patient_is_found(core: Core, name: str) -> None:
    assert stops(core, PATIENTS[name])


@pytest.mark.parametrize("name", OTHERS)
def test_what_tells_of_nobody_passes(core: Core, name: str) -> None:
    assert not stops(core, OTHERS[name])

"""Messages with a name, a birth date and a disease that is not his, and what looks like them."""

from __future__ import annotations

import json

import pytest

from dlp.inspection import Core
from tests.reading import stops

DICOM = (
    "(0008,0060) CS [MR]\n(0008,1030) LO [{study}]\n(0008,1070) PN [MARTIN^JEAN]\n"
    "(0010,0010) PN [{name}]\n(0010,0020) LO [QA20261102]\n(0010,0030) DA [19800101]\n"
)
MEASURED = [
    ("Valérie Leroy", "Cholestérol"), ("Olivier Michel", "Créatinine"), ("Nathalie Thomas", "TSH"),
    ("Vincent Richard", "Cholestérol"), ("Fatima Dubois", "Charge virale VIH"),
]  # fmt: skip
PATIENTS = {
    "a patient of a scanner": DICOM.format(study="BRAIN", name="DUPONT^MARIE"),
    "one who is suivie": "Nous certifions que Mme Pauline GARCIA, née le 07/09/1984, est suivie "
    "pour un « cancer du sein » depuis le 4 novembre 2026, et ne peut pas travailler.",
    "one who learned of hers": "Mme Pauline GARCIA, née le 07/09/1984, suivie pour un cancer du "
    "sein, a suivi le module « Mieux dormir » de l'éducation du patient.",
    "one who died": "Mme Yvonne LE GALL, née le 03/02/1931, patiente suivie pour un cancer du "
    "côlon métastatique, est décédée ce jour dans le service de soins palliatifs.",
    "patients in a CV's neighbourhood": "Curriculum de l'interne : voir plus bas.\n"
    "DURAND Sophie 12/03/1978 : cancer du sein\nPETIT Luc 02/05/1966 : VIH positif\n",
    "whose blood was measured": "".join(
        f"{who}\nTube {n}\n{what} : {n + 3}.2 mmol/L (normale 4.0)\n\n"
        for n, (who, what) in enumerate(MEASURED)
    ),
    "who owns what he has": "Mme Jessica Lewis a une insuffisance rénale, bilan à revoir lundi, "
    "propriétaire de son logement.",
}
OTHERS = {
    "a device's phantom": DICOM.format(study="QA ACR", name="ACR^PHANTOM"),
    "an anonymous examination": DICOM.format(study="BRAIN", name="ANONYMIZED"),
    "who took a course": "Nous certifions que Mme Pauline GARCIA, née le 07/09/1984, a suivi la "
    "formation « Cancer du sein : annonce et accompagnement » les 4 et 5 novembre 2026, soit 14 h.",
    "who took a course in German": "Hiermit wird bestätigt, dass Herr Stefan RICHTER, geb. "
    "04.05.1979, den Kurs „Brustkrebs und Chemotherapie in der Pflege“ am 4.11. besucht hat.",
    "who measured controls": "".join(
        f"Technicien : {who}\nContrôle niveau {n}\n{what} : {n + 3}.2 mmol/L (cible 4.0)\n\n"
        for n, (who, what) in enumerate(MEASURED)
    ),
    "who is mourned": "Avis de décès. Mme Yvonne LE GALL, née le 03/02/1931, s'est éteinte le 12 "
    "novembre 2026. Ni fleurs ni couronnes, dons à la Ligue contre le cancer. Merci aux soins "
    "palliatifs de l'EHPAD.",
    "who applies": "CV – Sarah Johnson RN, DOB 12/04/1990. Leeds.\n2012–2016 Oncology ward: "
    "chemotherapy, palliative care\n2016–2024 HIV clinic nurse specialist\nReferees on request",
    "who applies in Spanish": "Currículum: Lucía Fernández, nacida el 12/03/1990, enfermera. "
    "Experiencia: oncología (quimioterapia), diálisis, cuidados paliativos.",
    "who owns an animal": "Vet record. Owner: Jessica Lewis 07700 900111. Pet: Max, Labrador, DOB "
    "04/05/2016. Diagnosis: diabetes mellitus. Insulin 8 IU BID. Recheck in 2 weeks.",
}


@pytest.mark.parametrize("what", PATIENTS)
def test_who_has_it_is_found(core: Core, what: str) -> None:
    assert stops(core, PATIENTS[what])


@pytest.mark.parametrize("what", OTHERS)
def test_who_has_it_not_passes(core: Core, what: str) -> None:
    assert not stops(core, OTHERS[what])


@pytest.mark.parametrize("apart", [0, 300])
def test_fields_here_and_there_in_a_table_of_codes_are_no_record(core: Core, apart: int) -> None:
    """A table of codes has `AD` (a first name in Turkish) and `DG` for its keys, far apart."""
    fields = {
        "SOYAD": "Home", "AD": "Adams", "ADRES": "12 Right Upper Arm", "DG": "Cancer",
        "patient": "x",
    }  # fmt: skip
    codes = "".join(f'  "Q{n}": "Diabetes, type {n}",\n' for n in range(apart))
    table = "".join(f'  "{key}": "{value}",\n{codes}' for key, value in fields.items())

    assert stops(core, f"module.exports = {{\n{table}}};\n") is (apart == 0)


def test_fields_around_a_long_text_are_one_record(core: Core) -> None:
    text = "Elle décrit une enfance heureuse à la campagne, puis des études interrompues. " * 170
    record = {
        "name": "Sophie Durand", "text": text, "dob": "1978-03-12",
        "diagnosis": "schizophrénie paranoïde", "medications": ["risperidone"],
    }  # fmt: skip

    assert stops(core, json.dumps(record, ensure_ascii=False))

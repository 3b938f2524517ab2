"""Address books: people's birthdays are ordinary, what is wrong with them is not."""

from __future__ import annotations

import pytest

from bench.patients import Patient, patients
from dlp.inspection import Core, Inspection

ORDINARY = ("rencontré au salon", "préfère le matin", "client depuis 2012")


def cards(note: str, people: list[Patient]) -> bytes:
    return "".join(
        f"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:{one.prenom} {one.nom}\r\n"
        f"N:{one.nom};{one.prenom};;;\r\n"
        f"BDAY:{one.date_naissance[6:]}-{one.date_naissance[3:5]}-{one.date_naissance[:2]}\r\n"
        f"TEL;TYPE=cell:{one.mobile}\r\nitem1.EMAIL:{one.email}\r\n"
        f"NOTE:{note or one.commentaire}\r\nEND:VCARD\r\n"
        for one in people
    ).encode()


def inspect(core: Core, data: bytes) -> tuple[bool, int]:
    inspection = Inspection(core)
    inspection.feed(data)
    result = inspection.finish()
    return result.verdict.action.stops, result.evidence.patients


def test_patients_in_an_address_book_are_found(core: Core) -> None:
    people = [one for one in patients(120) if "cancer" in one.commentaire.lower()]

    assert inspect(core, cards("", people)) == (True, len(people))


@pytest.mark.parametrize("note", ORDINARY)
def test_an_ordinary_address_book_passes(core: Core, note: str) -> None:
    assert inspect(core, cards(note, list(patients(120)))) == (False, 0)

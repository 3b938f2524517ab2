"""Address books: people's birthdays are ordinary, what is wrong with them is not."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.patients import Patient, patients
from dlp.detect import messages
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


AMONG = (
    *(
        "\n",
        ":",
        ";",
        " ",
        "NOM:\n",
        "END:VCARD\n",
        "BEGIN:VCARD\n",
        "Nom:DURAND\nDiagnostic:VIH\n",
    ),
    *("INSERT INTO t (nom, prenom) VALUES (", "<tr><td>nom</td>", "nir:255081416802538", "VIH "),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    placed=st.lists(st.tuples(st.sampled_from(AMONG), st.integers(0, 4_000)), max_size=9),
    note=st.sampled_from(("", *ORDINARY)),
)
def test_names_of_fields_in_cards_say_nothing_that_their_places_do_not(
    core: Core, monkeypatch: pytest.MonkeyPatch, placed: list[tuple[str, int]], note: str
) -> None:
    text = cards(note, list(patients(20))).replace(b"\r", b"").decode()
    for what, at in placed:
        text = text[:at] + what + text[at:]
    found = inspect(core, text.encode())
    with monkeypatch.context() as patch:
        patch.setattr(messages, "is_of_card", lambda *_: False)
        assert found == inspect(core, text.encode())

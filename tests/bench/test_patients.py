"""The synthetic files: the same for a seed, right in their check digits, about nobody real."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from bench import patients
from dlp.inspection import Core, Inspection
from dlp.types import Action

if TYPE_CHECKING:
    from collections.abc import Callable

LEAKS: dict[str, Callable[[int], bytes]] = {
    "csv": lambda seed: patients.leak_csv(60, seed),
    "csv in Windows-1252": lambda seed: patients.leak_csv(60, seed, ",", "cp1252"),
    "csv in UTF-16": lambda seed: patients.leak_csv(60, seed, "\t", "utf-16"),
    "jsonl": lambda seed: patients.leak_jsonl(60, seed),
    "sql": lambda seed: patients.leak_sql(60, seed),
    "letter": patients.letter,
}
ORDINARY: dict[str, Callable[[int], bytes]] = {
    "orders": lambda seed: patients.orders_csv(5_000, seed),
    "article": lambda _: patients.article(),
    "price list": lambda _: patients.price_list(),
    "crm": lambda seed: patients.crm_csv(500, seed),
    "access log": lambda seed: patients.access_log(2_000, seed),
    "phone list": lambda seed: patients.phone_list(500, seed),
    "invoice": patients.invoice_json,
}
SEEDED = sorted({*LEAKS, *ORDINARY} - {"article", "price list"})


def key(nir: str) -> int:
    number = {"2A": "19", "2B": "18"}.get(nir[5:7], nir[5:7])
    return 97 - int(nir[:5] + number + nir[7:13]) % 97


def luhn(number: str) -> bool:
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def action(core: Core, body: bytes) -> Action:
    inspection = Inspection(core)
    inspection.feed(body)
    return inspection.finish().verdict.action


@pytest.mark.parametrize("name", [*LEAKS, *ORDINARY])
def test_the_same_seed_gives_the_same_bytes(name: str) -> None:
    make = (LEAKS | ORDINARY)[name]
    assert make(7) == make(7)


@pytest.mark.parametrize("name", SEEDED)
def test_another_seed_gives_other_bytes(name: str) -> None:
    make = (LEAKS | ORDINARY)[name]
    assert make(7) != make(8)


def test_fewer_patients_are_the_first_of_more() -> None:
    assert list(patients.patients(20)) == list(islice(patients.patients(100), 20))


def test_every_number_has_its_right_check_digits() -> None:
    for person in patients.patients(2_000):
        assert re.fullmatch(r"[12]\d{4}(?:\d\d|2[AB])\d{8}", person.nir)
        assert int(person.nir[13:]) == key(person.nir)
        assert luhn(person.rpps_prescripteur)
        assert re.fullmatch(r"1\d{10}", person.rpps_prescripteur)


def test_a_nir_agrees_with_its_row() -> None:
    for person in patients.patients(2_000):
        _, month, year = person.date_naissance.split("/")
        assert person.nir[0] == {"M": "1", "F": "2"}[person.sexe]
        assert person.nir[1:5] == year[2:] + month
        assert person.nir[5:7] not in ("2A", "2B") or int(year) >= 1976
        assert person.nir[5:7] != "20" or int(year) < 1976


def test_births_in_corsica_overseas_and_abroad_occur() -> None:
    places = {person.nir[5:7] for person in patients.patients(2_000)}
    assert places >= {"2A", "2B", "20", "97", "99", "75"}


def test_telephones_and_addresses_belong_to_nobody() -> None:
    for person in patients.patients(500):
        assert re.fullmatch(r"01 99 00 \d\d \d\d", person.telephone)
        assert re.fullmatch(r"06 39 98 \d\d \d\d", person.mobile)
        assert person.email.endswith(("@example.org", "@example.fr"))
        assert person.adresse.partition(" ")[2] in patients.STREETS


def test_the_table_has_a_header_and_one_row_for_each_patient() -> None:
    rows = list(csv.DictReader(io.StringIO(patients.leak_csv(30).decode()), delimiter=";"))
    assert len(rows) == 30
    assert {"Numéro de sécurité sociale", "Groupe sanguin", "Commentaire"} <= rows[0].keys()
    assert [row["Numéro de sécurité sociale"] for row in rows] == [
        person.nir for person in patients.patients(30)
    ]


def test_json_and_sql_hold_the_same_patients() -> None:
    nirs = [person.nir for person in patients.patients(30)]
    lines = patients.leak_jsonl(30).decode().splitlines()
    assert [json.loads(line)["nir"] for line in lines] == nirs
    statements = patients.leak_sql(30).decode().splitlines()
    assert all(
        line.startswith("INSERT INTO patients (nir,") and f"VALUES ('{nir}'," in line
        for line, nir in zip(statements, nirs, strict=True)
    )


def test_a_letter_writes_the_number_with_spaces() -> None:
    found = re.search(r"\d \d\d \d\d \w\w \d{3} \d{3} \d\d", patients.letter(3).decode())
    assert found
    assert found[0].replace(" ", "") == next(patients.patients(1, 3)).nir


def test_an_export_of_fifty_thousand_orders_holds_numbers_that_pass_the_key_by_chance() -> None:
    rows = list(csv.reader(io.StringIO(patients.orders_csv(50_000).decode()), delimiter=";"))[1:]
    assert len(rows) == 50_000
    assert all(re.fullmatch(r"[1-9]\d{14}", row[0]) for row in rows)
    assert 300 < sum(int(row[0][13:]) == key(row[0]) for row in rows) < 800


def test_article_numbers_have_their_check_digit() -> None:
    rows = csv.DictReader(io.StringIO(patients.orders_csv(200).decode()), delimiter=";")
    for row in rows:
        assert sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(row["EAN"])) % 10 == 0
        assert len(row["EAN"]) == 13


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", LEAKS)
def test_every_form_of_the_leak_is_stopped(core: Core, name: str, seed: int) -> None:
    assert action(core, LEAKS[name](seed)) is Action.QUARANTINE


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ORDINARY)
def test_every_ordinary_file_passes(core: Core, name: str, seed: int) -> None:
    assert not action(core, ORDINARY[name](seed)).stops

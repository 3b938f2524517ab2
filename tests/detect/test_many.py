"""Files about more people than are told apart: every identifier is counted all the same."""

from __future__ import annotations

import json
import random
from datetime import date

import pytest
from stdnum.gb import nhs

from bench.patients import nir
from dlp.detect import counts
from dlp.inspection import Core, Inspection
from dlp.types import Evidence

TOLD_APART = 40
MANY = 2_000
NAMES = ("Adams", "Baker", "Clark", "Davies", "Evans")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "MOST_PATIENTS", TOLD_APART)


def inspect(core: Core, text: str) -> Evidence:
    inspection = Inspection(core)
    inspection.feed(text.encode())
    return inspection.finish().evidence


def born(number: int) -> str:
    return f"{number % 28 + 1:02}/{number % 12 + 1:02}/{1930 + number % 70}"


def test_a_column_of_announced_identifiers_is_counted_to_its_end(core: Core) -> None:
    chance = random.Random(1)
    numbers: set[str] = set()
    while len(numbers) < MANY:
        number = f"4{chance.randrange(10**9):09}"
        if nhs.is_valid(number):
            numbers.add(number)
    lines = ["NHS number;Surname;First name;Date of birth;Diagnosis"]
    lines += [
        f"{number};{NAMES[at % 5]}{at};Ann;{born(at)};diabetes"
        for at, number in enumerate(sorted(numbers))
    ]

    evidence = inspect(core, "\n".join(lines))

    assert evidence.patients == TOLD_APART
    # Some of those that pass the check look like placeholders.
    assert MANY - {f.detector: f.distinct for f in evidence.findings}["gb_nhs"] < 10


def test_identifiers_in_objects_are_counted_to_the_last(core: Core) -> None:
    chance = random.Random(2)
    objects = [
        {
            "nir": nir(
                chance, woman=at % 2 == 0, born=date(1930 + at % 70, at % 12 + 1, at % 28 + 1)
            ),
            "nom": f"{NAMES[at % 5]}{at}",
            "ddn": born(at),
            "motif": "diabète",
        }
        for at in range(MANY)
    ]

    evidence = inspect(core, "\n".join(map(json.dumps, objects)))

    distinct = len({one["nir"][:13] for one in objects})
    assert {f.detector: f.distinct for f in evidence.findings}["fr_nir"] == distinct

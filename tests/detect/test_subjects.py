"""Diseases of which people read, learn and write, and wards they work in, beside birth dates."""

from __future__ import annotations

import json
from itertools import cycle

import pytest

from bench.patients import patients
from dlp.inspection import Core
from tests.reading import stops

PEOPLE = [(one.nom, one.prenom, one.date_naissance) for one in patients(40)]
# What a library lends, a hospital trains in, and where its people work.
SUBJECTS = {
    "French books": [
        "Vivre avec un cancer du sein", "Mon diabète et moi", "L'étranger", "Germinal",
        "Le sida, histoire d'une épidémie", "Alzheimer, mode d'emploi", "La peste",
    ],
    "English books": [
        "Living with Breast Cancer", "My Diabetes and Me", "Dune", "Epilepsy: A Family Guide",
        "The Depression Cure", "Coping with Schizophrenia",
    ],
    "German books": [
        "Leben mit Brustkrebs", "Diabetes verstehen", "Faust", "Multiple Sklerose im Alltag",
        "Alzheimer – ein Ratgeber",
    ],
    "Italian books": [
        "Convivere con il tumore al seno", "Il diabete", "Epilessia", "Vivere con l'Alzheimer",
    ],
    "Spanish wards": [
        "Oncología médica", "Diálisis", "Psiquiatría", "Cuidados paliativos", "UCI", "Cardiología",
    ],
}  # fmt: skip
# What looks like it, and is what somebody has.
ILLNESSES = {
    "remarks": ["cancer du sein, sous tamoxifène", "RAS", "VIH+, suivie à Rennes", "diabète"],
    "wards here and there": ["dialyse", "cancer du sein", "VIH", "oncologie", "diabète", "chimio"],
    "English": ["Breast cancer", "HIV positive, on ART", "Type 2 diabetes", "none"],
}


def tables(said: list[str]) -> dict[str, str]:
    """Return people with what is said beside each, as tables, with titles and without."""
    rows = [(*who, what) for who, what in zip(PEOPLE, cycle(said), strict=False)]
    names = ("nom", "prenom", "date_naissance", "libelle_doc")
    lines = "\n".join(map(";".join, rows))
    values = ",\n".join(
        "(" + ", ".join("'" + cell.replace("'", "''") + "'" for cell in row) + ")" for row in rows
    )
    objects = [dict(zip(names, row, strict=True)) for row in rows]
    return {
        "with titles": ";".join(names) + "\n" + lines,
        "without": lines,
        "in JSON": json.dumps(objects, ensure_ascii=False),
        "in SQL": f"INSERT INTO t ({', '.join(names)}) VALUES\n{values};",
    }


@pytest.mark.parametrize("form", tables([""]))
@pytest.mark.parametrize("what", SUBJECTS)
def test_who_reads_or_works_on_it_passes(core: Core, what: str, form: str) -> None:
    assert not stops(core, tables(SUBJECTS[what])[form])


@pytest.mark.parametrize("form", tables([""]))
@pytest.mark.parametrize("what", ILLNESSES)
def test_who_has_it_does_not(core: Core, what: str, form: str) -> None:
    assert stops(core, tables(ILLNESSES[what])[form])


@pytest.mark.parametrize("dead", [True, False])
def test_a_family_tree_passes_where_it_tells_of_the_dead(core: Core, dead: bool) -> None:  # noqa: FBT001
    died = "1 DEAT\n2 DATE 03 MAY {year}\n2 CAUS {ill}\n"
    living = "1 NOTE {ill}\n"
    tree = "".join(
        f"0 @I{n}@ INDI\n1 NAME {first} /{name}/\n1 BIRT\n2 DATE {n % 27 + 1} MAR {1935 + n}\n"
        + (died if dead else living).format(
            year=1986 + n, ill=("suivi pour diabète", "traité pour cancer")[n % 2]
        )
        for n, (name, first, _) in enumerate(PEOPLE)
    )

    assert stops(core, f"0 HEAD\n1 CHAR UTF-8\n{tree}0 TRLR\n") is not dead

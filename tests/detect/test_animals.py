"""Records of animals, whose owners are named, and those of people that look like them."""

from __future__ import annotations

import json
from itertools import cycle

import pytest

from bench.patients import patients
from dlp.detect.animals import is_animal
from dlp.inspection import Core
from tests.reading import stops

SICK = cycle(["Insuffisance rénale", "Diabète", "Tumeur mammaire", "Fracture du fémur"])
OWNERS = [
    (f"{one.prenom} {one.nom}", f"06{number:08}", f"{number % 27 + 1:02}/04/2016", ill)
    for number, (one, ill) in enumerate(zip(patients(30), SICK, strict=False))
]


def kept(species: list[str], title: str) -> dict[str, str]:
    """Return what a practice keeps of its patients, of which each is of one of these species."""
    rows = [
        (owner, phone, "Rex", kind, born, ill)
        for (owner, phone, born, ill), kind in zip(OWNERS, cycle(species), strict=False)
    ]
    names = ("nom", "telephone", "surnom", title, "date_naissance", "diagnostic")
    objects = [
        {"client": {"name": owner, "phone": phone},
         "animal": {"name": name, title: kind, "birthDate": born}, "diagnosis": ill}
        for owner, phone, name, kind, born, ill in rows
    ]  # fmt: skip
    return {
        "table": "\n".join(map(";".join, [names, *rows])),
        "objects": json.dumps(objects, ensure_ascii=False),
    }


@pytest.mark.parametrize("form", ["table", "objects"])
@pytest.mark.parametrize(
    ("title", "species"),
    [
        ("espece", ["Chien", "Chat", "Lapin nain", "Cheval"]),
        ("species", ["Dogs", "Cat", "guinea pig"]),
        ("tierart", ["Hund", "Katze", "Meerschweinchen"]),
        ("especie", ["Perro", "Gato"]),
    ],
)
def test_animals_are_nobody(core: Core, form: str, title: str, species: list[str]) -> None:
    assert not stops(core, kept(species, title)[form])


@pytest.mark.parametrize("form", ["table", "objects"])
@pytest.mark.parametrize("species", ["Homo sapiens", "humain", "Escherichia coli", ""])
def test_people_are_somebody_whatever_their_species(core: Core, form: str, species: str) -> None:
    assert stops(core, kept([species], "espece")[form])


@pytest.mark.parametrize(
    "name", ["Staphylococcus aureus", "Homo sapiens", "Candida", "", "Katzung"]
)
def test_bacteria_and_people_are_no_animals(name: str) -> None:
    assert not is_animal(name)

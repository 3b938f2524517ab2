"""Some columns of the file, as they may be left of it, and lists that have columns like them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.patients import Patient, patients
from dlp.inspection import Core
from tests.reading import stops

PEOPLE = list(patients(40, seed=99))
NAMED = ("nom", "prenom", "date_naissance")


def _rows(cell: Callable[[int, Patient], tuple[str, ...]], *, named: tuple[str, ...]) -> str:
    return "".join(
        ";".join([*(getattr(one, name) for name in named), *cell(n, one)]) + "\n"
        for n, one in enumerate(PEOPLE)
    )


def _columns(*names: str) -> Callable[[int, Patient], tuple[str, ...]]:
    return lambda _, one: tuple(str(getattr(one, name)) for name in names)


def _as_objects(*names: str) -> str:
    return "\n\n".join(
        "\n".join(f"{name}: {getattr(one, name)}" for name in names) for one in PEOPLE
    )


LEAKS = {
    "who prescribed, and who took": "nom;prénom;date de naissance;prescripteur;préleveur\n"
    + _rows(_columns("medecin_prescripteur", "preleveur"), named=NAMED),
    "ways into a portal": _rows(
        _columns("identifiant_portail", "mot_de_passe_portail"), named=NAMED
    ),
    "ways into a portal, field by field": _as_objects(
        *NAMED, "identifiant_portail", "mot_de_passe_portail"
    ),
    "groups of blood": _rows(_columns("groupe_sanguin"), named=NAMED),
    "a cell a line": "\n\n".join(f"{one.nom}\n{one.prenom}\n{one.commentaire}" for one in PEOPLE),
    "a telephone and a remark": "\n\n".join(f"{one.mobile}\n{one.commentaire}" for one in PEOPLE),
}
ORDINARY = {
    "marks of a school": _rows(lambda n, _: (("A+", "B-", "B+", "A-", "AB")[n % 5],), named=NAMED),
    "badges": _rows(lambda n, one: (f"{one.prenom[0]}{one.nom}", f"A{n:05}X"), named=NAMED),
    "who sent a trainee": "nom;prénom;date de naissance;prescripteur\n"
    + _rows(lambda n, _: (("Mission locale", "Cap emploi")[n % 2],), named=NAMED),
    "samples of water": "client;adresse;prescripteur;préleveur\n"
    + _rows(lambda *_: ("Mairie", "IDE Petit"), named=("nom", "adresse")),
    "where they live, a cell a line": "\n\n".join(
        f"{one.nom}\n{one.prenom}\n{one.ville}\n{one.mobile}" for one in PEOPLE
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_what_is_left_of_the_file_is_found(core: Core, name: str) -> None:
    assert stops(core, LEAKS[name])


@pytest.mark.parametrize("name", ORDINARY)
def test_other_lists_pass(core: Core, name: str) -> None:
    assert not stops(core, ORDINARY[name])

"""How birth dates are called, and how many people a list then has."""

from __future__ import annotations

import json

import pytest

from bench.patients import patients
from dlp.detect.dates import serial_date
from dlp.inspection import Core, Inspection

PEOPLE = [one for one in patients(200) if "cancer" in one.commentaire or "VIH" in one.commentaire]
ROWS = [(one.nom, one.prenom, one.date_naissance, one.commentaire) for one in PEOPLE]
KEYS = ("naissance", "Naissance", "datenais", "naiss", "birth", "date_naissance", "ddn", "dob")


def patients_in(core: Core, text: str) -> int:
    inspection = Inspection(core)
    inspection.feed(text.encode())
    return inspection.finish().evidence.patients


@pytest.mark.parametrize("key", KEYS)
def test_patients_in_objects_are_found_whatever_their_birth_date_is_called(
    core: Core, key: str
) -> None:
    objects = [dict(zip(("nom", "prenom", key, "diagnostic"), row, strict=True)) for row in ROWS]

    assert patients_in(core, json.dumps(objects)) == len(PEOPLE)
    assert patients_in(core, "\n".join(map(json.dumps, objects))) == len(PEOPLE)


@pytest.mark.parametrize("title", ["nom;prenom;naissance;diagnostic", "nom;prenom;d;diag", ""])
def test_people_of_a_list_count_once_whatever_its_titles(core: Core, title: str) -> None:
    lines = [title, *(";".join(row) for row in ROWS)]

    found = patients_in(core, "\n".join(filter(None, lines)))
    # Where no title says what a column holds, a row is not told from titles.
    assert len(PEOPLE) - 1 <= found <= len(PEOPLE)


def test_people_of_statements_whose_names_have_no_title_are_found(core: Core) -> None:
    rows = ",\n".join(
        f"('{name}', '{first}', '{born}', '{said}')" for name, first, born, said in ROWS
    )

    statement = f"INSERT INTO t (champ1, champ2, date_naissance, champ4) VALUES {rows};"
    assert patients_in(core, statement) >= len(PEOPLE) - 1


def test_people_of_a_list_whose_numbers_do_not_check_are_found(core: Core) -> None:
    """A column that is named like an identifier and holds none of them tells nobody apart."""
    lines = ["CPR;felt 1;felt 2;felt 3;Telefon;Diagnose"]
    lines += [
        f"713-58-4{place % 900 + 100};{name};{first};{born};31706690;VIH"
        for place, (name, first, born, _) in enumerate(ROWS)
    ]

    assert patients_in(core, "\n".join(lines)) >= len(PEOPLE) - 1


def test_objects_that_begin_with_an_identifier_keep_their_ends(core: Core) -> None:
    objects = [
        {"nir": one.nir, "nom": one.nom, "prenom": one.prenom, "diagnostic": one.commentaire}
        for one in PEOPLE
    ]

    assert patients_in(core, json.dumps(objects)) == len(PEOPLE)


@pytest.mark.parametrize("title", ["N° dossier", "Numéro de dossier", "numero_dossier"])
def test_the_number_of_a_file_tells_people_apart(core: Core, title: str) -> None:
    rows = [f"{one.numero_dossier};{one.nom};{one.prenom};{one.commentaire}" for one in PEOPLE]

    assert patients_in(core, "\n".join([f"{title};Nom;Prénom;Commentaire", *rows])) == len(PEOPLE)


@pytest.mark.parametrize(
    ("title", "about"),
    [
        ("Formation", "Prise en charge du diabète"),
        ("Objet", "licenciement"),
        ("Service", "Oncologie"),
    ],
)
def test_other_files_are_ordinary(core: Core, title: str, about: str) -> None:
    rows = [f"{one.numero_dossier};{one.nom};{one.prenom};{about}" for one in PEOPLE]

    assert patients_in(core, "\n".join([f"N° dossier;Nom;Prénom;{title}", *rows])) == 0


@pytest.mark.parametrize(
    ("number", "day"), [(7_306, "1920-01-01"), (25_569, "1970-01-01"), (43_890, "2020-02-29")]
)
def test_a_spreadsheets_days_are_dates(number: int, day: str) -> None:
    assert serial_date(str(number)) == serial_date(f"{number}.0") == day


def test_birth_dates_may_be_a_spreadsheets_days(core: Core) -> None:
    rows = [f"{one[0]};{one[1]};{9_000 + 37 * at};{one[3]}" for at, one in enumerate(ROWS)]

    text = "\n".join(["Nom;Prénom;Date de naissance;Commentaire", *rows])
    assert patients_in(core, text) == len(PEOPLE)

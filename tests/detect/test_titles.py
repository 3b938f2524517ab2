"""How birth dates are called, and how many people a list then has."""

from __future__ import annotations

import json
from collections.abc import Callable

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


def _xml(rows: list[dict[str, str]]) -> str:
    return "".join(
        "<row>" + "".join(f"<{key}>{value}</{key}>" for key, value in row.items()) + "</row>"
        for row in rows
    )


def _html(rows: list[dict[str, str]]) -> str:
    lines = [f"<td>{'</td><td>'.join(row.values())}</td>" for row in rows]
    return f"<table><tr><th>{'</th><th>'.join(rows[0])}</th></tr><tr>{'</tr><tr>'.join(lines)}</tr>"


FORMS: dict[str, Callable[[list[dict[str, str]]], str]] = {
    "table": lambda rows: "\n".join(
        ";".join(line) for line in (rows[0], *(r.values() for r in rows))
    ),
    "objects": json.dumps,
    "elements": _xml,
    "markup": _html,
    "forms": lambda rows: "\n".join("&".join(f"{k}={v}" for k, v in r.items()) for r in rows),
    "prompts": lambda rows: "\n\n".join(
        "\n".join(f"{k} : {v}" for k, v in r.items()) for r in rows
    ),
}
# What a leak may be cut down to: who somebody is, and what is medical in a field for it.
FIELDS = {
    "a name and a diagnosis": ("nom", "prenom", "diagnostic"),
    "a whole name, a phone and a treatment": ("full_name", "phone", "treatment"),
    "a mail address and a diagnosis": ("email", "diagnosis"),
    "a number of a file and a diagnosis": ("numero_dossier", "diagnostic"),
    "a name and a code of ICD-10": ("nom", "prenom", "cim10"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fields", FIELDS.values(), ids=FIELDS)
def test_patients_are_found_in_every_form_by_the_least_that_tells_them_apart(
    core: Core, fields: tuple[str, ...], form: str
) -> None:
    rows = []
    for place, one in enumerate(PEOPLE):
        known = {
            "nom": one.nom,
            "prenom": one.prenom,
            "full_name": f"{one.prenom} {one.nom}",
            "phone": f"06 39 98 {place % 90 + 10} 41",
            "email": f"{one.prenom.lower()}.{place}@courrier.fr",
            "numero_dossier": f"{184200 + place}",
            "cim10": "B20",
        }
        said = "VIH" if place % 2 else "cancer du sein"
        rows.append({field: known.get(field, said) for field in fields})

    assert patients_in(core, FORMS[form](rows)) >= 0.85 * len(PEOPLE)


ASSOCIATIONS = [
    ("Vaincre la mucoviscidose", "info@vaincre.example.org", "mucoviscidose"),
    ("AFM-Téléthon", "contact@afm.example.org", "myopathie"),
    ("France Lymphome Espoir", "infos@fle.example.org", "lymphome"),
    ("France Parkinson", "siege@fp.example.org", "maladie de Parkinson"),
    ("Epilepsie France", "siege@epilepsie.example.org", "épilepsie"),
    ("SOS Hépatites", "contact@sos.example.org", "hépatite C"),
    ("Ligue contre le cancer", "ligue@ligue-cancer.example", "cancer"),
]
HOUSES = ("Alma Pharma", "Boréal Santé", "Cytellis", "Dorval", "Europa Laboratoires")
ORDINARY = {
    "a directory of associations": [
        {"nom": name, "email": mail, "telephone": "01 42 38 25 51", "pathologie": disease}
        for name, mail, disease in ASSOCIATIONS
    ],
    "products and whom to ask": [
        {"name": house, "email": f"medinfo@{place}.example", "indication": said, "treatment": said}
        for place, (house, said) in enumerate(zip(HOUSES, ("VIH", "asthme") * 3, strict=False))
    ],
    "what is wrong with machines": [
        {"name": f"{one.prenom} {one.nom}", "email": "a@b.fr", "diagnosis": "disk failure"}
        for one in PEOPLE
    ],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rows", ORDINARY.values(), ids=ORDINARY)
def test_directories_and_tickets_have_no_patients(
    core: Core, rows: list[dict[str, str]], form: str
) -> None:
    assert patients_in(core, FORMS[form](rows)) == 0


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

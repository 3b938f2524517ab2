"""People as programs print them: only the names of fields tell what they have."""

from __future__ import annotations

import json

import pytest

from bench.detection.printed import (
    PATIENT,
    PATIENTS,
    PRINTED_PATIENTS,
    PRINTED_STAFF,
    SHAPES,
    SINGLE_PATIENTS,
    STAFF,
    TALKS,
)
from dlp.inspection import Core, Inspection
from tests.reading import stops

ORDINARY = {
    "an expert": '{"nom": "MARTIN", "prenom": "Paul", "specialite": "Oncologie", '
    '"pathologies": "Cancer du sein"}',
    "a doctor": '{"patientName": "Dr MARTIN Paul", "pathologie": "Cancer du sein"}',
    "a search": "GET /recherche?q=cancer+du+sein&nom=guide&page=2 HTTP/1.1\r\n",
    "a course": "GET /inscription?nom=MARTIN&prenom=Paul&formation=Cancer+du+sein HTTP/1.1\r\n",
    "phones of one colleague": '{"nom": "MARTIN", "telephones": ["0612345678", "0299000000"], '
    '"formations": ["Cancer du sein", "VIH"]}',
    "a dictionary": "nom;name;Name\nprenom;first name;Vorname\ndiagnostic;diagnosis;Diagnose\n",
    "labels of a form": "Nom\nPrénom\nDate de naissance\nDiagnostic\n\nEnvoyer\n",
    "rights of an account": '{"name": "Hugo Mercier", "given_name": "Hugo", '
    '"family_name": "Mercier", "groups": ["APP_Chimio", "APP_Dialyse", "PATIENT_READ"], '
    '"birthdate": "1980-01-01"}',
    "signs of the zodiac": "".join(
        f"{name}\t{day:02}/06/1987\t{sign}\n"
        for day, (name, sign) in enumerate(
            (("Mourad HAMIDI", "Cancer"), ("Nadège OZTURK", "Lion"), ("Luc FABRE", "Vierge"),
             ("Hugo LEFEBVRE", "Bélier"), ("Sylvie CARON", "Cancer"), ("Yasmine COLIN", "Balance")),
            1,
        )
    ),
    "signs with a title": "nom,dob,sign\n" + "".join(
        f"{name},1987-06-{day:02},{sign}\n"
        for day, (name, sign) in enumerate(
            (("Hugo Hamidi", "Cancer"), ("Luc Fabre", "Leo"), ("Anna Caron", "Cancer"),
             ("Yasmine Colin", "Cancer"), ("Emre Ozturk", "Pisces")), 1,
        )
    ),
    "films": json.dumps(
        [
            {"title": film, "actor": actor, "born": born, "plot": plot}
            for film, actor, born, plot in (
                ("Wit", "Emma Thompson", "1959-04-15", "a professor with ovarian cancer"),
                ("Philadelphia", "Tom Hanks", "1956-07-09", "a lawyer with HIV"),
                ("Still Alice", "Julianne Moore", "1960-12-03", "a linguist with Alzheimer's"),
                ("Contagion", "Matt Damon", "1970-10-08", "a pandemic of influenza"),
            )
        ]
    ),
    "theses": "".join(
        f"{name};{day:02}/06/1992;{thesis}\n"
        for day, (name, thesis) in enumerate(
            (("GUERIN;Théo", "Le cancer du sein chez la femme jeune"),
             ("FABRE;Luc", "L'épilepsie au travail"), ("COLIN;Aminata", "La BPCO du sujet âgé"),
             ("CARON;Sylvie", "Schizophrénie et addictions"), ("ROUX;Anna", "Le diabète en ville")),
            1,
        )
    ),
    "theses with titles": "Interne;Né(e) le;Sujet de thèse;Note\n" + "".join(
        f"{name};{day:02}/06/1992;{thesis};15/20\n"
        for day, (name, thesis) in enumerate(
            (("GUERIN Théo", "Cancer du sein"), ("FABRE Luc", "Épilepsie"), ("ROUX Anna", "VIH"),
             ("COLIN Aminata", "BPCO"), ("CARON Sylvie", "Schizophrénie")), 1,
        )
    ),
    "offices": "".join(
        f"{name};19{day}-06-12;B12.{day % 2}\n"
        for day, name in enumerate(
            ("GUERIN Théo", "FABRE Luc", "ROUX Anna", "COLIN Aminata", "CARON Sylvie"), 61
        )
    ),
    "causes of death": "Nom;Prénom;Né le;Cause du décès\n" + "".join(
        f"{name};{day:02}/06/1852;{cause}\n"
        for day, (name, cause) in enumerate(
            (("GUERIN;Théo", "tuberculose"), ("FABRE;Luc", "cancer"), ("ROUX;Anna", "choléra"),
             ("COLIN;Marie", "tuberculose"), ("CARON;Jean", "variole")), 1,
        )
    ),
}  # fmt: skip


def test_codes_of_diagnoses_tell_of_patients_whom_no_title_names(core: Core) -> None:
    people = {"GUERIN Théo": "C50.9", "FABRE Luc": "E11.9", "ROUX Anna": "B20",
              "COLIN Aminata": "K50.9", "CARON Sylvie": "F32.2"}  # fmt: skip
    rows = [f"{name};19{day}-06-12;{code}" for day, (name, code) in enumerate(people.items(), 61)]

    assert stops(core, "\n".join(rows))


@pytest.mark.parametrize("name", [*PRINTED_PATIENTS, *SINGLE_PATIENTS])
def test_patients_are_found_as_programs_print_them(core: Core, name: str) -> None:
    assert stops(core, {**PRINTED_PATIENTS, **SINGLE_PATIENTS}[name])


@pytest.mark.parametrize("name", [*PRINTED_STAFF, *ORDINARY])
def test_others_pass_as_programs_print_them(core: Core, name: str) -> None:
    assert not stops(core, {**PRINTED_STAFF, **ORDINARY}[name])


@pytest.mark.parametrize("name", ["vectors of R", "members by number", "a frame of pandas"])
def test_columns_are_read_the_same_however_they_are_cut(core: Core, name: str) -> None:
    text = ("ligne sans rien\n" * 2_000 + PRINTED_PATIENTS[name]).encode()
    found = []
    for step in (len(text), 4_093, 97):
        inspection = Inspection(core)
        for start in range(0, len(text), step):
            inspection.feed(text[start : start + step])
        found.append(inspection.finish().evidence)

    assert found[0].patients > 1
    assert found[1] == found[0] == found[2]


_MANY = [
    (last, first, said, str(n))
    for n in range(400)
    for last, first, said, _ in PATIENTS
]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["vectors of R", "what R puts out", "lists of Python", "lists of JSON", "members by number"],
)
@pytest.mark.parametrize("step", [1 << 20, 4_093])
def test_columns_longer_than_what_is_seen_at_once_are_read(
    core: Core, name: str, step: int
) -> None:
    text = SHAPES[name](PATIENT, _MANY).encode()
    inspection = Inspection(core)
    for start in range(0, len(text), step):
        inspection.feed(text[start : start + step])
    result = inspection.finish()

    assert len(text) > 80_000
    assert result.evidence.patients == len(PATIENTS)


@pytest.mark.parametrize("name", ["vectors of R", "lists of JSON", "members by number"])
def test_long_columns_of_colleagues_are_nobodys(core: Core, name: str) -> None:
    many = [
        (last, first, TALKS[n % len(TALKS)], at) for n, (last, first, _, at) in enumerate(_MANY)
    ]

    assert not stops(core, SHAPES[name](STAFF, many))


def test_texts_in_a_long_list_are_read(core: Core) -> None:
    texts = [f"Rien à signaler ce jour {n}" for n in range(4_000)]
    texts[3_500] = "nom: LEFEBVRE, prenom: Monique, diagnostic: VIH"

    assert stops(core, json.dumps({"source": "dossier patient", "commentaires": texts}))


@pytest.mark.parametrize("end", ["", "}", '], "x": {}}', "\n\n"])
def test_what_follows_long_columns_is_read(core: Core, end: str) -> None:
    names = ", ".join(f'"{last}"' for last, *_ in _MANY * 4)
    text = f'{{"nom": [{names}]{end}\n\nNIR : 2 69 05 49 588 157 80\n'

    assert stops(core, text)


def test_each_person_of_columns_is_counted_once(core: Core) -> None:
    inspection = Inspection(core)
    inspection.feed(PRINTED_PATIENTS["lists of JSON"].encode())

    assert inspection.finish().evidence.patients == 5

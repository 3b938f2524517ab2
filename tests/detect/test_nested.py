"""One patient with objects inside of objects, as programs exchange records, and their like."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dlp.inspection import Core
from tests.reading import stops

NAME = {"first": "Isabella", "last": "Jones"}
# What lies between the person and what he has: more than a block.
VISITS = [{"kind": "visit", "place": f"Room {n}", "duration": "20 minutes"} for n in range(1000)]
PROBLEMS = [{"problem": {"code": {"name": name}}} for name in ("Pneumonia", "Asthma")]
MEDICATIONS = [{"product": {"name": "Proventil HFA"}}]
FRENCH = {"antecedents": [{"libelle": "Asthme"}], "traitements": [{"nom": "Ventoline"}]}

LEAKS: dict[str, Any] = {
    "a document": {
        "data": {
            "demographics": {"name": NAME, "dob": {"point": {"date": "1975-05-01T00:00:00Z"}}},
            "problems": PROBLEMS,
            "medications": MEDICATIONS,
        }
    },
    "several birth dates": {
        "data": {"demographics": {"name": NAME, "dob": [{"date": "1975-05-01"}]}},
        "problems": PROBLEMS,
        "allergies": [],
    },
    "illness first": {
        "problems": PROBLEMS,
        "medications": MEDICATIONS,
        "person": {"name": "Isabella Jones", "dob": "1975-05-01"},
    },
    "illness far behind": {
        "demographics": {"name": NAME, "dob": "1975-05-01"},
        "visits": VISITS,
        "problems": PROBLEMS,
        "medications": MEDICATIONS,
    },
    "one name, and names of what he has": {
        "name": "Isabella Jones",
        "dob": "1975-05-01",
        "problems": [{"name": "Pneumonia"}, {"name": "Asthma"}],
        "medications": MEDICATIONS,
    },
    "a list of documents": [
        {"about": {"name": {"first": first, "last": last}, "dob": born}, "problems": PROBLEMS}
        for first, last, born in (
            ("Isabella", "Jones", "1975-05-01"),
            ("Paul", "Martin", "1971-02-03"),
        )
    ],
    "in French": {
        "identite": {
            "nom": "Kerbrat",
            "prenom": "Nadège",
            "naissance": {"date": "1975-05-01", "lieu": "Brest"},
        },
        **FRENCH,
    },
}

ORDINARY: dict[str, Any] = {
    "a customer": {
        "customer": {"name": NAME, "dob": "1975-05-01"},
        "conditions": {"payment": "30 days", "text": "In case of illness or death"},
        "orders": [{"product": {"name": "Garden chair"}}],
    },
    "a nurse": {
        "employee": {"name": NAME, "dob": {"point": {"date": "1975-05-01"}}},
        "contract": {"job": "Nurse"},
        "trainings": [{"title": "Asthma care"}, {"title": "Diabetes and pregnancy"}],
    },
    "a reader": {
        "reader": {"name": "Isabella Jones", "birthdate": "1975-05-01"},
        "loans": [{"title": "Le cancer expliqué"}, {"title": "Diabète : le guide"}],
    },
    "a student": {
        "student": {"first_name": "Isabella", "last_name": "Jones", "dob": "1975-05-01"},
        "results": [{"course": "Asthma", "grade": 14}, {"course": "Diabetes", "grade": 12}],
    },
    "customers by number": {
        str(number): {"name": {"first": first, "last": "Jones"}, "dob": f"197{number}-05-01"}
        for number, first in enumerate(("Paul", "Anna", "Isabella"))
    }
    | {"courses": [{"name": "Pneumonia"}, {"name": "Asthma"}], "problems": ["late"]},
    "a user of a linter": {
        "user": {"name": "Isabella Jones", "birthdate": "1975-05-01"},
        "problems": [{"message": "unused variable"}],
    },
}


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize("name", LEAKS)
def test_a_patient_s_record_is_found(core: Core, name: str, indent: int | None) -> None:
    assert stops(core, json.dumps(LEAKS[name], indent=indent, ensure_ascii=False))


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_objects_pass(core: Core, name: str, indent: int | None) -> None:
    assert not stops(core, json.dumps(ORDINARY[name], indent=indent, ensure_ascii=False))

"""Records in every layout: patients without an identifier are found, ordinary business is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench import patients
from bench.detection.letters import ABOUT_PATIENTS, NOT_ABOUT_PATIENTS
from bench.detection.records import BUSINESS, CUT, NUMBERS, PATIENTS
from bench.detection.shapes import SHAPED_PATIENTS, SHAPED_STAFF, TITLED_PATIENTS
from dlp.inspection import Core, Inspection
from dlp.types import Action

if TYPE_CHECKING:
    from dlp.types import Result


def inspect(core: Core, text: str) -> Result:
    inspection = Inspection(core)
    inspection.feed(text.encode())
    return inspection.finish()


@pytest.mark.parametrize("name", PATIENTS)
def test_patients_without_an_identifier_are_found(core: Core, name: str) -> None:
    result = inspect(core, PATIENTS[name])
    assert result.verdict.action is Action.QUARANTINE
    assert result.evidence.patients >= 1


@pytest.mark.parametrize(("before", "after"), [(0, 0), (0, 3000), (200, 3000), (3000, 0)])
def test_whom_a_table_tells_of_counts_once_whatever_stands_around_it(
    core: Core, before: int, after: int
) -> None:
    prose = "lorem ipsum dolor sit amet\n"
    text = prose * before + patients.leak_csv(40, seed=7).decode() + "\n" + prose * after
    assert inspect(core, text).evidence.subjects == 40


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_found_in_the_form_it_was_left_in(core: Core, name: str) -> None:
    result = inspect(core, NUMBERS[name])
    assert result.verdict.action is Action.QUARANTINE
    assert {f.detector for f in result.evidence.findings} & {"fr_nir", "fr_nir13"}


@pytest.mark.parametrize("name", ABOUT_PATIENTS)
def test_what_a_hospital_writes_about_patients_is_stopped(core: Core, name: str) -> None:
    assert inspect(core, ABOUT_PATIENTS[name]).verdict.action is Action.QUARANTINE


@pytest.mark.parametrize("name", SHAPED_PATIENTS)
def test_patients_are_found_in_a_list_of_any_shape(core: Core, name: str) -> None:
    result = inspect(core, SHAPED_PATIENTS[name])
    assert result.verdict.action is Action.QUARANTINE
    assert result.evidence.patients >= 10


@pytest.mark.parametrize("name", TITLED_PATIENTS)
def test_two_patients_are_found_whatever_stands_between_fields_and_their_names(
    core: Core, name: str
) -> None:
    result = inspect(core, TITLED_PATIENTS[name])
    assert result.verdict.action is Action.QUARANTINE
    assert result.evidence.patients == 2


@pytest.mark.parametrize("name", SHAPED_STAFF)
def test_those_who_treat_pass_in_a_list_of_any_shape(core: Core, name: str) -> None:
    assert not inspect(core, SHAPED_STAFF[name]).verdict.action.stops


@pytest.mark.parametrize("name", [*BUSINESS, *NOT_ABOUT_PATIENTS])
def test_ordinary_business_passes(core: Core, name: str) -> None:
    assert not inspect(core, {**BUSINESS, **NOT_ABOUT_PATIENTS}[name]).verdict.action.stops


@pytest.mark.parametrize("name", [*PATIENTS, *NUMBERS, *ABOUT_PATIENTS])
def test_no_value_stands_in_the_evidence(core: Core, name: str) -> None:
    evidence = inspect(core, {**PATIENTS, **NUMBERS, **ABOUT_PATIENTS}[name]).evidence
    # Keyed hashes may hold any digits.
    shown = repr(replace(evidence, sketches=()))
    for said in ("DURAND", "Sophie", "1956", "12345678", CUT):
        assert said not in shown


@pytest.mark.parametrize("name", [*PATIENTS, *ABOUT_PATIENTS])
def test_cuts_do_not_change_what_is_found(core: Core, name: str) -> None:
    body = {**PATIENTS, **ABOUT_PATIENTS}[name].encode() * 4
    whole = Inspection(core)
    whole.feed(body)
    pieces = Inspection(core)
    for at in range(0, len(body), 997):
        pieces.feed(body[at : at + 997])
    assert pieces.finish() == whole.finish()


def test_placeholders_and_test_numbers_do_not_count(core: Core) -> None:
    for text in (
        "NHS number: 999 000 0018",
        "SSN: 123-45-6789",
        "SSN: 078-05-1120",
        "SSN: 123-45-9999, SSN: 000-45-9999, SSN: 999-45-2222, SSN: 123-47-0000",
        "numéro de sécurité sociale : 1 11 11 11 111 111 11",
        '{"system": "urn:oid:1.2.250.1.213.1.4.10", "value": "255081416802538"}',
    ):
        assert not inspect(core, text).verdict.action.stops, text

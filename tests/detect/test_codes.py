"""Codes of classifications, and what a house declares to be nobody's."""

from __future__ import annotations

import pytest

from dlp.detect.codes import code_systems
from dlp.inspection import Core, Inspection
from dlp.policy.load import PolicyError, parse_policy
from dlp.types import Action

# Codes as their publishers give them: WHO ICD-10 and ATC, CCAM of the Assurance maladie, LOINC.
ANNOUNCED = {
    "CIM-10 : C50.9": ["icd10"],
    "diagnostic principal (CIM10) = B24": ["icd10"],
    "ICD-10-CM code: E11.65": ["icd10"],
    "ICD-10-GM F32.1": ["icd10"],
    '{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z21"}': ["icd10"],
    '<code codeSystem="2.16.840.1.113883.6.3" code="O80"/>': ["icd10"],
    "ATC: J05AF06": ["atc"],
    "Code ATC L01XC03": ["atc"],
    "CCAM : JQGD010": ["ccam"],
    "LOINC 718-7": ["loinc"],
    "Hb 9,8 g/dL": ["result"],
    "bêta-HCG 45230 UI/L": ["result"],
    "charge virale : 45000 copies/mL": ["result"],
    "grossesse de 12 SA + 3 j": ["gestation"],
    '{"system":"http://loinc.org","code":"33959-8"}': ["loinc"],
}
NOT_A_CODE = (
    "C50.9", "la vis B24 de la fixation", "voir ATC pour plus de détails", "LOINC 718-8",
    "la CIM 10 est une classification", "ICD driver version 10", "ATC 2024", "CCAMABCD123",
    "12 g/L de sel", "Lot 12 SA DUPONT", "120 SA", "3 mg", "9 m/L",
)  # fmt: skip


@pytest.mark.parametrize("text", ANNOUNCED)
def test_an_announced_code_is_recognised(text: str) -> None:
    assert list(code_systems(text)) == ANNOUNCED[text]


@pytest.mark.parametrize("text", NOT_A_CODE)
def test_what_nothing_announces_is_no_code(text: str) -> None:
    assert list(code_systems(text)) == []


def test_a_code_beside_an_identifier_is_health_context(core: Core) -> None:
    inspection = Inspection(core)
    inspection.feed(b"2 55 08 14 168 025 38, CIM-10 : C50.9")

    result = inspection.finish()

    assert result.verdict.rule == "identifier-beside-health"
    assert "code.icd10" in {finding.detector for finding in result.evidence.findings}


DECLARED = """
name: ours
rules:
  - name: anybody
    action: block
    when: {subjects: 1}
test_data:
  - detector: fr_nir
    values: '2550814168025\\d\\d'
"""


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("NIR : 2 55 08 14 168 025 38", Action.ALLOW),
        ("nom;nir\nTest;255081416802538\n", Action.ALLOW),
        ('{"nir": "255081416802538"}', Action.ALLOW),
        ("NIR : 2 69 05 49 588 157 80", Action.BLOCK),
        ("nom;nir\nTest;255081416802538\nDurand;269054958815780\n", Action.BLOCK),
    ],
)
def test_declared_test_data_does_not_count(text: str, action: Action) -> None:
    inspection = Inspection(Core.build(policy=parse_policy(DECLARED, "test"), key=b"k" * 32))
    inspection.feed(text.encode())

    assert inspection.finish().verdict.action is action


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("detector: fr_nirr", "unknown detector 'fr_nirr'"),
        ("detector: fr_nir", "not an expression"),
    ],
)
def test_wrong_test_data_is_refused_with_its_place(line: str, said: str) -> None:
    text = (
        "name: ours\nrules: [{name: all, action: log, when: {subjects: 1}}]\n"
        f"test_data:\n  - {line}\n    values: '(2'\n"
    )

    with pytest.raises(PolicyError, match=r"line \d+, column \d+: test_data\.0\.\w+: ") as caught:
        parse_policy(text, "policy")

    assert said in str(caught.value)

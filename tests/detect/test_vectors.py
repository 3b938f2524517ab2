"""Every catalog entry against its vectors, as written and in what usually wraps it."""

from __future__ import annotations

import gzip
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dlp.detect.entries import load_catalog
from dlp.inspection import Core, Inspection
from dlp.types import Evidence

VECTORS = Path(__file__).parents[1] / "vectors"


def vectors(kind: str) -> list[Any]:
    cases = []
    for file in sorted(VECTORS.glob("*.toml")):
        for number, case in enumerate(tomllib.loads(file.read_text("utf-8")).get(kind, [])):
            cases.append(pytest.param(file.stem, case, id=f"{file.stem}-{kind}-{number}"))
    return cases


def evidence(core: Core, body: bytes, cut: int = 0, content_encoding: str = "") -> Evidence:
    inspection = Inspection(core, content_encoding=content_encoding)
    pieces = [body] if not cut else [body[i : i + cut] for i in range(0, len(body), cut)]
    for piece in pieces:
        inspection.feed(piece)
    return inspection.finish().evidence


def canonical_values(core: Core, text: str) -> int:
    return evidence(core, text.encode()).subjects


def test_catalog_and_vectors_go_in_pairs() -> None:
    assert {entry.id for entry in load_catalog()} == {f.stem for f in VECTORS.glob("*.toml")}


@pytest.mark.parametrize("entry", [e.id for e in load_catalog()])
def test_every_entry_has_the_vectors_that_prove_it(entry: str) -> None:
    raw = tomllib.loads((VECTORS / f"{entry}.toml").read_text("utf-8"))
    assert raw["positive"]
    assert any("key" in case["why"] or "check" in case["why"] for case in raw["negative"])
    assert any(set(case["value"][:13]) == {"0"} for case in raw["negative"])


@pytest.mark.parametrize(("entry", "case"), vectors("positive"))
@pytest.mark.parametrize("form", ["bare", "bytewise", "sentence", "gzip", "json", "csv", "utf-16"])
def test_positive_is_found(core: Core, entry: str, case: dict[str, str], form: str) -> None:
    value = case["value"]
    body, cut, encoding = value.encode(), 0, ""
    match form:
        case "bytewise":
            cut = 1
        case "sentence":
            body = f"Bonjour, voici {value}, merci.".encode()
        case "gzip":
            body, encoding = gzip.compress(body), "gzip"
        case "json":
            body = json.dumps({"a": value}, ensure_ascii=False).encode()
        case "csv":
            body = f"1;{value};x\n2;;y\n".encode()
        case "utf-16":
            body = f"Bonjour, voici {value}, merci.".encode("utf-16")
    found = evidence(core, body, cut, encoding)
    assert [(f.detector, f.distinct) for f in found.findings] == [(entry, 1)]
    assert found.subjects == 1


@pytest.mark.parametrize(("entry", "case"), vectors("positive"))
def test_positive_has_its_canonical_form(entry: str, case: dict[str, str]) -> None:
    validators = {e.id: e.validate for e in load_catalog()}
    digits = case["canonical"].replace("2A", "19").replace("2B", "18")
    if "2A" not in case["canonical"][5:7] and "2B" not in case["canonical"][5:7]:
        digits = case["canonical"]
    key = 97 - int(digits) % 97
    assert validators[entry](f"{case['canonical']}{key:02d}") == case["canonical"]


@pytest.mark.parametrize(("entry", "case"), [*vectors("negative"), *vectors("near_miss")])
def test_negative_is_not_found(core: Core, entry: str, case: dict[str, str]) -> None:
    del entry
    for body in (case["value"], f"Bonjour, voici {case['value']}, merci."):
        assert evidence(core, body.encode()).findings == ()


@pytest.mark.parametrize(("entry", "case"), vectors("positive"))
def test_no_value_stands_in_its_evidence(core: Core, entry: str, case: dict[str, str]) -> None:
    del entry
    found = evidence(core, f"NIR : {case['value']}".encode())
    assert case["value"] not in repr(found)
    assert case["canonical"] not in repr(found).replace(" ", "")

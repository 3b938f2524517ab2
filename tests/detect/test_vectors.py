"""Every catalog entry against its vectors, as written and in what usually wraps it."""

from __future__ import annotations

import gzip
import json
import random
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dlp.detect.announced import read_announced
from dlp.detect.entries import Entry, load_catalog
from dlp.detect.forms import cleaned
from dlp.detect.native import compiled
from dlp.inspection import Core, Inspection
from dlp.types import Evidence

VECTORS = Path(__file__).parents[1] / "vectors"


ENTRIES = {entry.id: entry for entry in load_catalog()}


# What is looked for as an announced value by itself, and not as a part of a record.
PERSONAL = [e for e in ENTRIES.values() if e.checked and e.identifies == "person"]


def vectors(kind: str, *, others: bool = False) -> list[Any]:
    """Return the cases of the French number, or those of all others."""
    cases = []
    for file in sorted(VECTORS.glob("*.toml")):
        if (file.stem == "fr_nir") is others:
            continue
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


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_every_entry_has_the_vectors_that_prove_it(entry: Entry) -> None:
    raw = tomllib.loads((VECTORS / f"{entry.id}.toml").read_text("utf-8"))
    assert raw["positive"]
    assert raw["negative"]


@pytest.mark.parametrize(("name", "case"), vectors("positive", others=True))
def test_a_positive_passes_its_check(name: str, case: dict[str, str]) -> None:
    assert ENTRIES[name].canonical(cleaned(case["value"].encode())) == case["canonical"]


@pytest.mark.parametrize(("name", "case"), vectors("negative", others=True))
def test_a_negative_fails_its_check(name: str, case: dict[str, str]) -> None:
    assert ENTRIES[name].canonical(cleaned(case["value"].encode())) is None


@pytest.mark.parametrize(("name", "case"), vectors("positive", others=True))
def test_a_form_of_the_entry_covers_the_way_it_is_written(name: str, case: dict[str, str]) -> None:
    assert ENTRIES[name].written.fullmatch(case["value"].encode()) is not None


# What people, programs and markup put between the characters of a value.
SIGNS = (
    "",
    "",
    " ",
    "-",
    " / ",
    ".",
    ":",
    "'",
    "\u00a0",
    "\u200b",
    "<b>",
    "</b> <i>",
    "&nbsp;",
    "&#8239;",
)


@pytest.mark.parametrize(
    ("name", "case"), [*vectors("positive"), *vectors("positive", others=True)]
)
def test_no_way_to_write_an_announced_value_goes_unseen(name: str, case: dict[str, str]) -> None:
    entry = ENTRIES[name]
    value = cleaned(case["value"].encode())
    chance = random.Random(f"{name} {value}")
    arabic = value.translate({ord("0") + n: 0x660 + n for n in range(10)})
    texts = [value.lower(), arabic, f"{value}.0", value.replace("0", "O").replace("1", "l")]
    if value.isdigit():
        texts += [f"{value[0]},{value[1:].rstrip('0')}E+{len(value) - 1}"]
    texts += ["".join(sign + chance.choice(SIGNS) for sign in value) for _ in range(20)]

    read = [
        text
        for text in (value, *texts)
        if entry.canonical(cleaned(text.encode())) or read_announced((entry,), text)
    ]

    assert value in read or len(value) not in entry.lengths
    for text in read:
        assert compiled(entry.spread).search(f"x: {text}.".encode()) is not None, text


@pytest.mark.parametrize(("name", "case"), vectors("positive", others=True))
def test_a_masked_value_does_not_tell_the_value(name: str, case: dict[str, str]) -> None:
    value = cleaned(case["value"].encode())
    masked = ENTRIES[name].masked(value)
    assert masked.count("*") >= 4
    assert value not in masked


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_any_text_is_answered_by_a_validator(entry: Entry) -> None:
    for length in entry.lengths:
        for sign in "09AZ":
            entry.canonical(sign * length)


@pytest.mark.parametrize("entry", PERSONAL, ids=lambda entry: entry.id)
def test_an_announced_value_is_found(core: Core, entry: Entry) -> None:
    word = (*entry.words, *entry.names)[0]
    case = tomllib.loads((VECTORS / f"{entry.id}.toml").read_text("utf-8"))["positive"][0]
    found = evidence(core, f"{word} : {case['value']}\n".encode())
    assert found.subjects == 1, found


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

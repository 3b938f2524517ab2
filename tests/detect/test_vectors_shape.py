"""The catalog's data and its vectors, read as files and checked by arithmetic of their own."""

from __future__ import annotations

import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "dlp" / "detect" / "catalog"
VECTORS = ROOT / "tests" / "vectors"


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def characters(value: str) -> str:
    """Return the letters and digits of a written form, in capitals."""
    return "".join(c for c in unicodedata.normalize("NFKC", value) if c.isalnum()).upper()


def remainder(number: str) -> int:
    """Return a NIR's 13 characters modulo 97, digit by digit as by hand."""
    rest = 0
    for digit in number.replace("2A", "19").replace("2B", "18"):
        rest = (rest * 10 + int(digit)) % 97
    return rest


def fits(number: str) -> bool:
    """Tell whether 15 digits, 2A or 2B among them, end in the key of the first 13."""
    return len(number) == 15 and (remainder(number[:13]) + int(number[13:])) % 97 == 0


NIR = read(VECTORS / "fr_nir.toml")


def test_catalog_and_vectors_have_the_same_names() -> None:
    catalog = {file.stem: read(file)["id"] for file in CATALOG.glob("*.toml")}
    assert catalog == {name: name for name in catalog}
    assert catalog.keys() == {file.stem for file in VECTORS.glob("*.toml")}


@pytest.mark.parametrize("name", [file.stem for file in VECTORS.glob("*.toml")])
def test_no_vector_stands_twice_and_each_says_why(name: str) -> None:
    raw = read(VECTORS / f"{name}.toml")
    cases = [case for kind in ("positive", "negative", "near_miss") for case in raw.get(kind, ())]
    values = [case["value"] for case in cases]
    assert len(values) == len(set(values))
    assert all(case.get("source") or case.get("why") for case in cases)


@pytest.mark.parametrize("case", NIR["positive"], ids=lambda case: case["source"])
def test_a_positives_key_is_right(case: dict[str, str]) -> None:
    canonical = case["canonical"]
    assert len(canonical) == 13
    key = f"{97 - remainder(canonical):02d}"
    assert canonical + key in characters(case["value"])


def test_the_rules_of_the_number_all_have_a_positive() -> None:
    numbers = [case["canonical"] for case in NIR["positive"]]
    assert {number[0] for number in numbers} == set("123478")
    assert {number[5:7] for number in numbers} >= {"2A", "2B", "20", "96", "97", "98", "99"}
    months = {int(number[3:5]) for number in numbers}
    assert months >= {20, 30, 31, 42, 50, 99}


@pytest.mark.parametrize("place", range(15))
def test_every_digit_has_a_negative_in_which_it_alone_is_wrong(place: int) -> None:
    good = "255081416802538"
    wrong = [
        case["value"]
        for case in NIR["negative"]
        if len(case["value"]) == 15
        and [i for i in range(15) if case["value"][i] != good[i]] == [place]
    ]
    assert any(value.isdigit() and not fits(value) for value in wrong)


def test_all_zeros_with_their_key_are_a_negative() -> None:
    assert "000000000000097" in [case["value"] for case in NIR["negative"]]
    assert fits("000000000000097")


def test_negatives_that_say_their_key_fits_tell_the_truth() -> None:
    told = [case["value"] for case in NIR["negative"] if "key that fits" in case["why"]]
    assert len(told) >= 10
    assert all(fits(value) for value in told)


@pytest.mark.parametrize("case", NIR["near_miss"], ids=lambda case: case["value"])
def test_a_near_miss_looks_like_the_number(case: dict[str, str]) -> None:
    assert len(case["value"]) == 15
    assert case["value"].isdigit()

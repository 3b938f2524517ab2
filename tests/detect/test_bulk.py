"""Numbers that are read in bulk count as those that are read one by one."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.be import ssn
from stdnum.no import fodselsnummer

from bench.patients import patients
from bench.scanning.dense import SHAPES, made
from dlp.detect import bulk
from dlp.detect.validators import VALIDATORS
from dlp.inspection import Core, Inspection

NIRS = [one.nir for one in patients(40)]
SIZES = (11, 12, 13, 15, 16, 18, 20, 46)
# Valid ones of other entries, and what only looks like a number that stands by itself.
VALID = (
    *NIRS,
    *(f"{nir[:13]},{nir[13:]}" for nir in NIRS[:5]),
    "7569217076985",
    "85073003328",
    "01129955131",
    "8003608166690503",
    "80756001234567890126",
)
ODD = ("1 85 05 78 006 084 91", "12&nbsp;345678901234", "1<b>85057800608491</b>", "0.1234567890123")
BEFORE = ('"', "", " ", "  ", "    ", "id=", '"nir": ', "order ", "&", "(", "[", "ean:", "n° AVS ")
JOINTS = (";", ",", "\n", "\t", "|", ", ", " ", ";12;", ",45.67\n", "&amp;", " " * 6)


def counted(core: Core, text: bytes, few: int, step: int = 0) -> tuple[Any, ...]:
    """Return all that is made of a text whose blocks may hold so many numbers one by one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "FEW", few)
        inspection = Inspection(core)
        for at in range(0, len(text), step or len(text)):
            inspection.feed(text[at : at + (step or len(text))])
        result = inspection.finish()
    places = {(one.entry.id, one.place): one for one in inspection.weighed()}
    told = [(t.detector, t.announced, t.against, t.valid, t.failed) for t in result.tallies]
    # Of two identifiers either may be counted first.
    found = replace(
        result.evidence,
        findings=tuple(sorted(result.evidence.findings, key=str)),
        sketches=tuple(sorted(result.evidence.sketches, key=str)),
    )
    return result.verdict, found, places, sorted(told, key=str)


def drawn(seed: int) -> bytes:
    """Return a text of many numbers: a table, or anything."""
    chance = random.Random(seed)
    befores, joints = chance.choices(BEFORE, k=2), chance.choices(JOINTS, k=3)
    share = chance.choice((0.0, 0.01, 0.3))
    sizes = chance.choices(SIZES, k=2)
    parts = chance.choice(([], ["ean;order;nir\n"], ["nir\n"], ["numéro,valeur\n"], ["["]))
    for _ in range(chance.choice((40, 2000))):
        if chance.random() < share:
            number = chance.choice(VALID)
        elif chance.random() < 0.02:
            number = chance.choice(ODD)
        else:
            size = chance.choice(sizes)
            number = str(chance.randrange(10 ** (size - 1), 10**size))
        parts += [chance.choice(befores), number, chance.choice(joints)]
    return "".join(parts).encode()


@given(seed=st.integers(0, 2**32), step=st.sampled_from([0, 5_000, 33_000]))
@settings(max_examples=25, deadline=None)
def test_many_numbers_are_counted_as_if_each_were_looked_at(
    core: Core, seed: int, step: int
) -> None:
    text = drawn(seed)
    same = counted(core, text, few=0, step=step) == counted(core, text, few=10**9)
    assert same


@pytest.mark.parametrize("name", SHAPES)
def test_dense_text_of_every_shape_is_ordinary_and_counted_alike(core: Core, name: str) -> None:
    text = made(name, 40_000)
    found = counted(core, text, few=bulk.FEW)
    same = found == counted(core, text, few=10**9)
    assert same
    assert not found[0].action.stops


def test_patients_below_many_numbers_are_found(core: Core) -> None:
    chance = random.Random(1)
    rows = [f"{chance.randrange(10**14, 10**15)};{n}" for n in range(20_000)]
    rows += [f"{nir};{n}" for n, nir in enumerate(islice(NIRS, 30))]

    verdict, *_ = counted(core, "\n".join(["order;row", *rows]).encode(), few=bulk.FEW)

    assert verdict.action.stops


@pytest.mark.parametrize(
    ("name", "module"), [("be_niss", ssn), ("no_fnr", fodselsnummer)], ids=["be_niss", "no_fnr"]
)
def test_a_sum_that_does_not_fit_only_refuses_what_is_wrong(name: str, module: object) -> None:
    chance = random.Random(name)
    valid = 0
    for _ in range(20_000):
        value = f"{chance.randrange(32):02}{chance.randrange(13):02}{chance.randrange(10**7):07}"
        right = module.is_valid(value)  # type: ignore[attr-defined]
        assert (VALIDATORS[name](value) is not None) == right, value
        valid += right
    assert valid

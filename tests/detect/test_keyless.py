"""NIR without their keys and without a title, and other numbers of thirteen digits."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from bench.patients import patients
from dlp.inspection import Core
from tests.reading import stops

_CHANCE = random.Random(13)
PEOPLE = [one.nir[:13] for one in patients(60, seed=13)]


def _below(most: int, width: int) -> str:
    return f"{_CHANCE.randrange(most):0{width}}"


def _day() -> str:
    return f"{_CHANCE.randrange(1, 13):02}{_CHANCE.randrange(1, 29):02}"


LAYOUTS: dict[str, Callable[[str], str]] = {
    "a line each": "{}\n".format,
    "in cells": "x;{};12,5\n".format,
    "in an array": '"{}", '.format,
}
OTHERS: dict[str, Callable[[], str]] = {
    "articles of a shop": lambda: "2" + _below(10**12, 12),
    "milliseconds since 1970": lambda: f"17{_below(10**11, 11)}",
    "orders by their day": lambda: f"1{_below(12, 2)}{_day()}{_below(10**6, 6)}",
    "orders by year, month and site": lambda: (
        f"2{10 + _CHANCE.randrange(17)}{_day()[:2]}{_below(96, 2)}{_below(10**6, 6)}"
    ),
    "days with a number": lambda: f"20{10 + _CHANCE.randrange(17)}{_day()}{_below(10**5, 5)}",
    "days of the last century with a number": lambda: (
        f"19{_below(100, 2)}{_day()}{_below(10**5, 5)}"
    ),
    "times with a number": lambda: (
        f"1{_below(24, 2)}{_below(60, 2)}{_below(60, 2)}{_below(10**6, 6)}"
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_people_s_numbers_are_found(core: Core, layout: str) -> None:
    assert stops(core, "".join(map(LAYOUTS[layout], PEOPLE)))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("what", OTHERS)
def test_other_numbers_pass(core: Core, what: str, layout: str) -> None:
    assert not stops(core, "".join(LAYOUTS[layout](OTHERS[what]()) for _ in range(400)))


def test_numbers_that_follow_each_other_pass(core: Core) -> None:
    assert not stops(core, "".join(f"{1_840_275_000_000 + n}\n" for n in range(400)))


def test_a_few_among_others_pass(core: Core) -> None:
    others = [OTHERS["articles of a shop"]() for _ in range(400)]
    assert not stops(core, "\n".join([*others, *PEOPLE[:12]]))

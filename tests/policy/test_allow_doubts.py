"""Entries that are unused, expired, too broad or without effect are named, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from dlp.policy.allow_doubts import allow_doubts, problem
from dlp.types import AllowEntry

DAY = 86_400.0
NOW = 1_800_000_000.0


def entry(**more: Any) -> AllowEntry:
    given: dict[str, Any] = {
        "id": "ALW-1",
        "detector": "fr_nir",
        "owner": "o",
        "reason": "r",
        "created": NOW - DAY,
        "expires": NOW + 60 * DAY,
    }
    return AllowEntry(**(given | more))


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"expires": NOW}, "expired"),
        ({"expires": NOW + 3 * DAY - 1}, "expires in 3 days"),
        ({"expires": NOW + DAY / 2}, "expires in 1 day"),
        ({"created": NOW - 40 * DAY}, "unused since it was made, 40 days ago"),
        ({"hits": 3, "last_hit": NOW - 100 * DAY}, "unused for 100 days"),
        ({"host": "", "suffix": "com"}, "over-broad: a whole top-level domain, com"),
        ({"host": "", "cidr": "0.0.0.0/0"}, "over-broad: the network 0.0.0.0/0"),
        ({"host": "", "client": "10.0.0.1/32"}, "over-broad: no destination"),
        ({"detector": "identifier"}, "over-broad: identifier stands for"),
        ({"detector": "gone_detector"}, "has no effect: unknown detector"),
        ({"detector": "person", "value": "0" * 16}, "have no values"),
        ({"detector": "uninspectable:locked"}, "has no effect: unknown detector"),
    ],
)
def test_a_doubtful_entry_is_named(more: dict[str, Any], word: str) -> None:
    assert word in "; ".join(allow_doubts([entry(**({"host": "a.fr"} | more))], NOW)["ALW-1"])


@pytest.mark.parametrize(
    "more",
    [
        {"host": "a.fr"},
        {"suffix": "a.fr", "client": "10.0.0.0/8", "hits": 1, "last_hit": NOW},
        {"value": "0" * 16},
        {"content": "0" * 64, "detector": ""},
        {"detector": "uninspectable:encrypted", "host": "a.fr"},
        {"detector": "fr_nir*", "cidr": "10.0.0.0/24", "port": 443},
    ],
)
def test_an_ordinary_one_is_not(more: dict[str, Any]) -> None:
    assert allow_doubts([entry(**more)], NOW) == {"ALW-1": []}
    assert problem(entry(**more)) == ""


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ({"suffix": "a.fr"}, {"host": "x.a.fr"}),
        ({"host": "a.fr", "detector": "fr_*"}, {"host": "a.fr", "port": 443}),
        ({"host": "a.fr"}, {"host": "a.fr", "value": "0" * 16}),
        ({"cidr": "10.0.0.0/16"}, {"host": "10.0.1.1"}),
        ({"host": "a.fr", "client": "10.0.0.0/8"}, {"host": "a.fr", "client": "10.1.0.0/16"}),
    ],
)
def test_a_shadowed_entry_is_named(wide: dict[str, Any], narrow: dict[str, Any]) -> None:
    entries = [entry(id="ALW-W", **wide), entry(id="ALW-N", **narrow)]
    said = allow_doubts(entries, NOW)
    assert said["ALW-N"] == ["has no effect: ALW-W allows all of it"]
    assert said["ALW-W"] == []


def test_of_two_that_are_the_same_the_newer_is_named() -> None:
    first, second = entry(id="A", host="a.fr"), entry(id="B", host="a.fr", created=NOW)
    said = allow_doubts([first, second], NOW)
    assert said == {"A": [], "B": ["has no effect: A allows all of it"]}


@pytest.mark.parametrize("more", [{"host": "b.fr"}, {"host": "a.fr", "expires": NOW + 90 * DAY}])
def test_one_that_allows_something_more_is_not_shadowed(more: dict[str, Any]) -> None:
    said = allow_doubts([entry(id="W", suffix="a.fr"), entry(id="N", **more)], NOW)
    assert said["N"] == []

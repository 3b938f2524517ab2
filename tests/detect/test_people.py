"""Whom the records of a message tell apart: each counts once."""

from __future__ import annotations

import pytest

from dlp.detect.people import People

NUMBER, NAMED = ("identifier",), ("name", "birth_date")
ANNE = {"last_name": "Durand", "first_name": "Anne", "birth_date": "07/03/1947"}
WIDER = ANNE | {"first_name": "Anne Marie"}
TWIN = ANNE | {"first_name": "Paule"}
HALF = ANNE | {"last_name": "hépatite C"}
OTHER = {"last_name": "Simon", "first_name": "Luc", "birth_date": "07/03/1947"}
LATER = ANNE | {"birth_date": "08/03/1947"}
SPELT = {"full_name": "DURAND ANNE", "birth_date": "1947-03-07"}
UNBORN = {"last_name": "Durand", "first_name": "Anne"}


@pytest.mark.parametrize(
    ("records", "count"),
    [
        ([(1, NUMBER, ANNE), (2, NAMED, ANNE)], 1),
        ([(2, NAMED, ANNE), (1, NUMBER, ANNE)], 1),
        ([(1, NUMBER, ANNE), (2, NAMED, SPELT)], 1),
        ([(1, NUMBER, ANNE), (2, NAMED, WIDER), (3, NAMED, SPELT)], 1),
        ([(1, NAMED, ANNE), (2, NAMED, WIDER)], 1),
        ([(1, NUMBER, ANNE), (2, NUMBER, ANNE)], 2),
        ([(1, NUMBER, ANNE), (2, NAMED, HALF)], 1),
        ([(1, NUMBER, ANNE), (2, NAMED, OTHER)], 2),
        ([(1, NAMED, ANNE), (2, NAMED, TWIN)], 2),
        ([(1, NUMBER, ANNE), (2, NAMED, LATER)], 2),
        ([(1, NUMBER, UNBORN), (2, NAMED, ANNE)], 2),
    ],
)
@pytest.mark.parametrize("asked", [False, True], ids=["at the end", "in between"])
def test_who_is_told_of_in_two_ways_is_one(
    records: list[tuple[int, tuple[str, ...], dict[str, str]]], count: int, *, asked: bool
) -> None:
    people = People()
    for person, told_by, values in records:
        people.add(person, 1.0, told_by, values)
        if asked:
            people.distinct()
    assert len(people.distinct()) == count
    assert people.told == len(records)

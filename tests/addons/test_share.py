"""What is much work is read a little at a time, and what is little work much at once."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from addons.engine.pacing import READ, Arriving, Gulps, Pace
from addons.engine.share import FIRST, LEAST, LONG, SHORT, Share


def test_what_is_read_at_once_follows_how_much_work_it_is() -> None:
    share = Share()
    share.took(SHORT / 2, FIRST)
    share.took(SHORT / 2, 2 * FIRST)
    assert share.size == 4 * FIRST
    # No more had come, so it says nothing.
    share.took(SHORT / 2, FIRST)
    assert share.size == 4 * FIRST
    share.took(2 * LONG, 10)
    assert share.size == 2 * FIRST
    for _ in range(20):
        share.took(2 * LONG, 10)
    assert share.size == LEAST


@pytest.mark.parametrize(
    ("took", "rests"), [([SHORT / 2], []), ([SHORT, SHORT], [0]), ([LONG, LONG], [2 * LONG])]
)
async def test_whoever_is_much_work_rests_as_long(
    monkeypatch: pytest.MonkeyPatch, took: list[float], rests: list[float]
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    share = Share()
    for seconds in took:
        share.took(seconds, 1)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    await share.rest()
    await share.rest()
    assert slept == rests


@pytest.mark.parametrize("large", [False, True])
async def test_a_connection_is_read_no_faster_than_its_share(*, large: bool) -> None:
    reader = asyncio.StreamReader(limit=1 << 22)
    reader.feed_data(bytes(1 << 21))
    share, pace = Share(), Pace()
    if large:
        pace.arriving.add(cast("Arriving", object()))
    gulps = Gulps(reader, share, pace)
    sizes = []
    for _ in range(6):
        data = await gulps.read(65535)
        share.took(0, len(data))
        sizes.append(len(data))
    most = READ if large else 65535
    assert sizes == [min(most, FIRST << number) for number in range(6)]

"""Messages that take long to inspect take turns, and what hangs keeps nobody waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing

import pytest

from addons.threads import MOST, Threads
from dlp.extract.parts import Part
from dlp.steps import Steps

SECONDS = 30.0


@pytest.fixture
def threads() -> Iterator[Threads]:
    with closing(Threads()) as threads:
        yield threads


def until(event: threading.Event) -> Steps[str]:
    """Take one step after the other until something has happened."""
    while not event.is_set():
        time.sleep(0.001)
        yield
    return "late"


def single(event: threading.Event) -> Steps[str]:
    """Say in one step that something has happened."""
    event.set()
    return "soon"
    yield


async def test_what_ends_soon_does_not_wait_for_what_was_there_before(threads: Threads) -> None:
    event = threading.Event()
    took: list[float] = []
    long = [threads.run(until(event), SECONDS, took=took) for _ in range(3 * MOST)]

    said = await asyncio.gather(*long, threads.run(single(event), SECONDS, took=[]))

    assert said == [*["late"] * (3 * MOST), "soon"]
    assert len(took) >= 3 * MOST


async def test_whoever_waits_for_a_parser_keeps_no_thread_from_others(threads: Threads) -> None:
    event = threading.Event()

    class Slow:
        def parse(self, kind: str, document: bytes) -> Generator[Part]:
            assert event.wait(SECONDS)
            yield Part(name=kind, data=document)

    parsers = threads.beside(Slow())

    def read() -> Steps[list[Part]]:
        yield
        return list(parsers.parse("pdf", b"%PDF"))

    reading = [threads.run(read(), SECONDS, took=[]) for _ in range(4 * MOST)]
    *read_, said = await asyncio.gather(*reading, threads.run(single(event), SECONDS, took=[]))

    assert read_ == [[Part(name="pdf", data=b"%PDF")]] * (4 * MOST)
    assert said == "soon"


async def test_what_hangs_is_given_up_and_others_go_on(
    threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("addons.threads.LATE", 0.0)
    event = threading.Event()

    def hang() -> Steps[None]:
        event.wait(SECONDS)
        yield

    for _ in range(2 * MOST):
        with pytest.raises(TimeoutError):
            await threads.run(hang(), 0.05, took=[])
    assert threads.stuck
    assert await threads.run(single(threading.Event()), SECONDS, took=[]) == "soon"

    event.set()
    at_work = 0
    most: list[int] = []

    def work() -> Steps[None]:
        nonlocal at_work
        for _ in range(20):
            at_work += 1
            time.sleep(0.002)
            most.append(at_work)
            at_work -= 1
            yield

    await asyncio.gather(*(threads.run(work(), SECONDS, took=[]) for _ in range(8)))
    while threads.stuck:
        await asyncio.sleep(0.01)
    # One that comes back takes nobody's place for good, nor adds another.
    most.clear()
    await asyncio.gather(*(threads.run(work(), SECONDS, took=[]) for _ in range(8)))
    assert max(most) == MOST


async def test_what_nobody_waits_for_any_more_is_not_gone_on_with(threads: Threads) -> None:
    event = threading.Event()
    given_up = asyncio.ensure_future(threads.run(until(event), SECONDS, took=[]))
    closed = threading.Event()

    def watched() -> Steps[None]:
        try:
            while True:
                time.sleep(0.001)
                yield
        finally:
            closed.set()

    watching = asyncio.ensure_future(threads.run(watched(), SECONDS, took=[]))
    await asyncio.sleep(0.05)
    for task in (given_up, watching):
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    del task, watching
    assert await asyncio.to_thread(closed.wait, SECONDS)
    assert not threads.stuck


async def test_what_raises_says_so(threads: Threads) -> None:
    def fail() -> Steps[None]:
        yield
        raise ValueError("here")

    with pytest.raises(ValueError, match="here"):
        await threads.run(fail(), SECONDS, took=[])


async def test_how_long_it_took_is_told_before_it_has_ended(threads: Threads) -> None:
    class Slow(list[float]):
        def append(self, seconds: float) -> None:
            time.sleep(0.2)
            super().append(seconds)

    took = Slow()
    await threads.run(single(threading.Event()), SECONDS, took=took)

    assert len(took) == 1

"""Documents are parsed by processes that may fail, and fail alone."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from dlp.extract.budget import UninspectableError
from dlp.inspection import Core, Inspection
from dlp.parsers.pool import ParserPool
from dlp.policy.load import preset
from dlp.types import Uninspectable


class Misbehaving(ParserPool):
    """A pool whose processes can also be told to misbehave."""

    def command(self) -> tuple[str, ...]:
        script = str(Path(__file__).with_name("misbehaving.py"))
        return (sys.executable, "-I", script)


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool]:
    with closing(Misbehaving(seconds=1.0, memory=1 << 30)) as pool:
        yield pool


def texts(pool: ParserPool, kind: str, document: bytes = b"some") -> bytes:
    return b"".join(part.data for part in pool.parse(kind, document))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("crash", Uninspectable.CORRUPT),
        ("busy", Uninspectable.BUDGET),
        ("hang", Uninspectable.BUDGET),
        ("hog", Uninspectable.BUDGET),
        ("nested", Uninspectable.BUDGET),
        ("odd_name", Uninspectable.CORRUPT),
        ("odd_frame", Uninspectable.CORRUPT),
    ],
)
def test_a_failing_parser_costs_its_document_alone(
    pool: ParserPool, kind: str, reason: Uninspectable
) -> None:
    with pytest.raises(UninspectableError) as caught:
        texts(pool, kind)
    assert caught.value.reason is reason
    assert texts(pool, "echo", b"the next one") == b"the next one"


def test_it_tells_what_became_of_each_document() -> None:
    told: list[tuple[str, str]] = []
    pool = Misbehaving(seconds=1.0, memory=1 << 30, told=lambda *one: told.append(one))
    with closing(pool):
        for kind in ("echo", "crash", "hang", "nested"):
            with suppress(UninspectableError):
                texts(pool, kind)
    assert told == [
        ("echo", "read"),
        ("crash", "crashed"),
        ("hang", "timeout"),
        ("nested", "refused"),
    ]


def test_what_came_before_a_failure_is_read(pool: ParserPool) -> None:
    parts = pool.parse("hang", b"")
    assert next(parts).data == b"before"
    parts.close()


def test_a_document_comes_back_whole_whatever_its_size(pool: ParserPool) -> None:
    document = bytes(range(256)) * 5000
    assert texts(pool, "echo", document) == document


def test_who_has_heard_enough_may_stop_listening(pool: ParserPool) -> None:
    for _, part in zip(range(30), pool.parse("endless", b""), strict=False):
        assert part.data
    assert texts(pool, "echo", b"the next one") == b"the next one"


# A socket and what would close it are collected together, in whatever order a Python chooses.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_garbage_collector_ends_a_document_whatever_locks_are_held() -> None:
    locked = threading.Lock()
    told: list[tuple[str, str]] = []

    def tell(kind: str, outcome: str) -> None:
        with locked:
            told.append((kind, outcome))

    class Abandoned(list[object]):
        """A list that can be told to be gone."""

    def collect(pool: ParserPool, gone: weakref.ref[Abandoned]) -> None:
        with pool._lock, locked:
            # Another thread's collection may be under way; then this one does nothing.
            while gone() is not None:
                gc.collect()

    with closing(Misbehaving(told=tell)) as pool:
        abandoned = Abandoned([parts := pool.parse("endless", b"")])
        assert next(parts).data
        abandoned.append(abandoned)
        gone = weakref.ref(abandoned)
        del abandoned, parts
        collector = threading.Thread(target=collect, args=(pool, gone), daemon=True)
        collector.start()
        collector.join(20)
        assert not collector.is_alive()
        assert texts(pool, "echo", b"the next one") == b"the next one"
    assert told == [("endless", "read"), ("echo", "read")]


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_a_parser_can_do_nothing_but_parse(pool: ParserPool) -> None:
    possible = texts(pool, "attempts").decode().splitlines()
    # Landlock is the only layer between it and other files to read; old kernels have none.
    assert set(possible) <= ({"read"} if os.uname().release < "5.13" else set())


def test_a_parser_has_its_own_socket_alone(pool: ParserPool) -> None:
    assert len(texts(pool, "descriptors").split()) == 1


def test_another_process_takes_over_where_one_was_killed() -> None:
    with closing(Misbehaving()) as pool:
        assert texts(pool, "echo", b"one") == b"one"
        assert pool.process is not None
        os.kill(pool.process.pid, signal.SIGKILL)
        pool.process.wait()
        assert texts(pool, "echo", b"two") == b"two"


def test_nothing_is_left_running() -> None:
    pool = Misbehaving()
    assert texts(pool, "echo", b"one") == b"one"
    process = pool.process
    pool.close()
    assert process is not None
    assert process.poll() is not None


def test_small_texts_start_no_process() -> None:
    with closing(ParserPool()) as pool:
        core = Core.build(policy=preset("balanced"), key=b"k" * 32, parsers=pool)
        inspection = Inspection(core)
        inspection.feed(b"nothing in here")
        inspection.finish()
        assert pool.process is None


def test_loading_the_pool_loads_no_parser() -> None:
    loaded = "import dlp.parsers.pool, sys; print([m for m in sys.modules if 'pdfium' in m])"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def test_without_parsers_a_document_is_uninspectable() -> None:
    core = Core.build(policy=preset("balanced"), key=b"k" * 32)
    inspection = Inspection(core)
    inspection.feed(b"%PDF-1.7\n")
    result = inspection.finish()
    assert result.evidence.uninspectable is Uninspectable.UNKNOWN_ENCODING
    assert result.verdict.action.stops

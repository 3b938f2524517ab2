"""Arrays of long numbers in binary files, as Python's array, struct and pickle write them."""

from __future__ import annotations

import marshal
import pickle
import random
import struct
from array import array
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.patients import patients
from dlp.inspection import Core, Inspection

type Read = Callable[..., dict[str, list[bytes]]]

NIRS = [int(one.nir) for one in patients(90) if one.nir.isdigit()]


def arrow_like(numbers: list[int]) -> bytes:
    """Return a column between others, as in a file of columns."""
    prices = array("d", [n / 7 for n in range(len(numbers))]).tobytes()
    return b"ARROW\0\0\0" + prices + array("q", numbers).tobytes() + b"name\0" * 50


WRITERS: dict[str, Callable[[list[int]], bytes]] = {
    "integers": lambda n: array("q", n).tobytes(),
    "floats": lambda n: b"\x93NUMPY\1\0v\0{'descr': '<f8'}\n" + array("d", n).tobytes(),
    "integers, the highest byte first": lambda n: b"\0\1\2" + struct.pack(f">{len(n)}q", *n),
    "floats, the highest byte first": lambda n: b"X\n\0\0\0\2" + struct.pack(f">{len(n)}d", *n),
    "a column": arrow_like,
    "marshal": lambda n: marshal.dumps([(f"Durand {one % 7}", one) for one in n]),
    "a pickle": lambda n: pickle.dumps([(f"Durand {one % 7}", one) for one in n]),
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("step", [0, 1, 1009])
def test_numbers_are_read(read: Read, writer: str, step: int) -> None:
    texts = read(WRITERS[writer](NIRS), step=step)

    (found,) = (text for path, text in texts.items() if path.endswith("/numbers"))
    assert [int(line) for line in b"".join(found).split()] == NIRS


@pytest.mark.parametrize("writer", WRITERS)
def test_numbers_of_patients_are_stopped(core: Core, writer: str) -> None:
    inspection = Inspection(core)
    inspection.feed(WRITERS[writer](NIRS))
    result = inspection.finish()

    assert result.verdict.action.stops
    assert result.evidence.subjects == len(NIRS)


def test_a_number_ends_before_the_letter_that_says_what_follows(core: Core) -> None:
    rows = [[str(nir), f"Durand {nir % 9}", "x" * (nir % 9)] for nir in NIRS]
    inspection = Inspection(core)
    # Strings, each behind a letter and its length.
    inspection.feed(marshal.dumps(rows))
    result = inspection.finish()

    assert result.verdict.action.stops
    assert result.evidence.subjects == len(NIRS)


@pytest.mark.parametrize("place", range(8))
def test_numbers_among_bytes_of_chance_are_stopped(core: Core, place: int) -> None:
    chance = random.Random(place)
    inspection = Inspection(core)
    inspection.feed(chance.randbytes(9_000 + place))
    inspection.feed(array("q", NIRS[:20]).tobytes() + chance.randbytes(90_000))
    result = inspection.finish()

    assert result.verdict.action.stops
    assert result.evidence.subjects == 20


def draw(low: int, high: int) -> list[int]:
    source = random.Random(low)
    return [source.randrange(low, high) for _ in range(3000)]


@pytest.mark.parametrize("kind", "qd")
@pytest.mark.parametrize(
    "numbers",
    [
        draw(0, 10**6),
        # Times in milliseconds and microseconds, and what is counted in between.
        draw(1_600_000_000_000, 1_800_000_000_000),
        draw(1_600_000_000_000_000, 1_800_000_000_000_000),
        draw(10**14, 3 * 10**14),
        draw(10**12, 10**15),
    ],
)
def test_arrays_of_other_numbers_pass(core: Core, kind: str, numbers: list[int]) -> None:
    inspection = Inspection(core)
    inspection.feed(b"\0\1\2\3\4\5\6\7" + array(kind, numbers).tobytes())

    assert not inspection.finish().verdict.action.stops


@given(before=st.integers(0, 70_000), cuts=st.lists(st.integers(0, 80_000), max_size=6))
def test_cuts_do_not_matter(read: Read, before: int, cuts: list[int]) -> None:
    body = b"\0\xff" + b"\1\2\3\0" * (before // 4) + WRITERS["integers"](NIRS)

    assert read(body, cuts=cuts) == read(body)

"""UTF-16 inside of binary formats is read, however it lies and is cut."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.inspection import Core, Inspection

type Read = Callable[..., dict[str, list[bytes]]]

NOISE = random.Random(2).randbytes(50_000)


def rows(encoding: str) -> bytes:
    """Return rows as a database's page holds them: lengths, then characters."""
    out = b""
    for number in range(300):
        text = f"Éluard n\u202f{number}\u202f– 2 55 08 14 168 025 38 d’Aÿ".encode(encoding)
        out += struct.pack("<BHxI", 0xFE, len(text), number) + text + b"\x01\x02\x03"
    return out


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("before", [NOISE, NOISE[:999], NOISE[:1000]])
@pytest.mark.parametrize("step", [0, 1, 4096])
def test_strings_are_read(read: Read, encoding: str, before: bytes, step: int) -> None:
    if step == 1:
        before = before[-2000:]
    texts = read(before + rows(encoding) + NOISE[:100], step=step)

    (text,) = texts["body/utf-16"]
    lines = text.decode().splitlines()
    assert sum("2 55 08 14 168 025 38" in line for line in lines) == 300
    if encoding == "utf-16-le":
        assert "Éluard n\u202f17\u202f– 2 55 08 14 168 025 38 d’Aÿ" in text.decode()


def test_noise_and_programs_numbers_hold_none(read: Read) -> None:
    numbers = b"".join(struct.pack("<I", number * 77) for number in range(20_000))

    assert "body/utf-16" not in read(NOISE)
    assert "body/utf-16" not in read(b"\x7fELF" + numbers)
    assert list(read("é 1 2 3 4 5 6 7 8 9 0 1 2 3 ".encode() * 5000)) == ["body"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("0123456789", "utf-16-le"),
        ("1\u20132\u2019\u202f3\u202f\u20134567890", "utf-16-le"),
        # Its run begins a byte late, and so with half of a character.
        ("\xff0123456789\xff", "utf-16-be"),
    ],
)
def test_the_shortest_string_is_found_at_every_place(read: Read, text: str, encoding: str) -> None:
    for at in range(12):
        texts = read(NOISE[:5_000] + b"\xff" * at + text.encode(encoding) + NOISE[1:100])

        assert text.strip("\xff")[:9].encode() in texts["body/utf-16"][0], at


PIECES = [b"\0", b"\0\0", b"a", b"a\0", b"5\0" * 9, "255081416802538".encode("utf-16-le"),
          b"\x19\x20", b"\x2f\x20", b"\xe9\0", b"1 2 ", b"\xff\xfe", b"x" * 50]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=60), st.lists(st.integers(0, 600), max_size=12))
def test_what_is_read_does_not_depend_on_cuts(
    read: Read, pieces: list[bytes], cuts: list[int]
) -> None:
    body = b"\x01" + NOISE[:700] + b"".join(pieces)

    assert read(body, cuts=[700 + cut for cut in cuts]) == read(body)


def test_a_leak_in_a_databases_file_is_stopped(core: Core) -> None:
    inspection = Inspection(core)
    number = "N° de sécurité sociale : 2\u202f55\u202f08\u202f14\u202f168\u202f025\u202f38"
    inspection.feed(NOISE + number.encode("utf-16-le") + NOISE)

    assert inspection.finish().verdict.action.stops

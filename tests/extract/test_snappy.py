"""Snappy, written by hand: the library that reads it is the only one here that writes it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.extract.body import BodyReader
from dlp.extract.budget import Budget, UninspectableError

TEXT = b"".join(b"%d;255081416802538;Durand\n" % number for number in range(9000))
FRAMES = b"\xff\x06\x00\x00sNaPpY"


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def block(data: bytes) -> bytes:
    """Literals, and now and then a copy of the four bytes that stood eight before."""
    out, at = varint(len(data)), 0
    while at < len(data):
        if data[at - 8 : at - 4] == data[at : at + 4] and at >= 8 and len(data) - at >= 4:
            out, at = out + bytes([0b001, 8]), at + 4
            continue
        piece = data[at : at + 40]
        out, at = out + bytes([len(piece) - 1 << 2]) + piece, at + len(piece)
    return out


def frames(data: bytes) -> bytes:
    out = FRAMES
    for number, at in enumerate(range(0, len(data), 60_000)):
        piece = data[at : at + 60_000]
        kind, inner = (1, piece) if number % 2 else (0, block(piece))
        out += bytes([kind]) + (len(inner) + 4).to_bytes(3, "little") + bytes(4) + inner
        out += b"\xfe\x03\x00\x00abc"
    return out


BLOCK, FRAMED = block(TEXT), frames(TEXT)


def read(body: bytes, coding: str = "", cuts: list[int] | None = None) -> bytes:
    reader = BodyReader(budget=Budget(), content_encoding=coding)
    last, found = 0, b""
    for cut in [*sorted(min(c, len(body)) for c in cuts or []), len(body)]:
        found += b"".join(segment.data for segment in reader.feed(body[last:cut]))
        last = cut
    return found + b"".join(segment.data for segment in reader.finish())


@pytest.mark.parametrize(
    ("body", "coding"),
    [(BLOCK, "snappy"), (FRAMED, "snappy"), (FRAMED, ""), (block(b""), "snappy")],
)
def test_blocks_and_frames_are_read(body: bytes, coding: str) -> None:
    expected = b"" if len(body) == 1 else TEXT

    assert read(body, coding) == expected


@given(st.lists(st.integers(0, 200_000), max_size=6))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    for body in (BLOCK, FRAMED):
        assert read(body, "snappy", cuts) == TEXT


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xff\xff\xff\x0f" + b"abc",
        varint(1 << 29) + b"\x00a",
        BLOCK[:-5],
        FRAMED[:-5],
        FRAMES + b"\x02\x01\x00\x00a",
        FRAMES + b"\x00\x01\x00\x00a",
        random.Random(4).randbytes(600),
    ],
)
def test_damage_has_its_reason(body: bytes) -> None:
    with pytest.raises(UninspectableError) as caught:
        read(body, "snappy")
    assert caught.value.reason == "corrupt"

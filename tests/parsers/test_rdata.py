"""What R has saved, as its values stand for."""

from __future__ import annotations

import struct

import pytest

from dlp.parsers.rdata import parse

# NA, as R has it among floats.
MISSING = 0x7FF00000000007A2


def dates(kind: str, values: list[int]) -> bytes:
    """Floats of a class (R Internals, 1.8)."""

    def chars(text: str) -> bytes:
        return struct.pack(">ii", 0x40009, len(text)) + text.encode()

    body = b"X\n" + struct.pack(">iii", 2, 0x40202, 0x20300)
    body += struct.pack(">ii", 0x30E, len(values)) + struct.pack(f">{len(values)}Q", *values)
    body += struct.pack(">ii", 0x402, 1) + chars("class")
    return body + struct.pack(">ii", 16, 1) + chars(kind) + struct.pack(">i", 254)


@pytest.mark.parametrize(("kind", "seconds"), [("Date", 86_400), ("POSIXct", 1)])
def test_a_date_that_is_missing_is_none(kind: str, seconds: int) -> None:
    (day,) = struct.unpack(">Q", struct.pack(">d", 3524 * 86_400 / seconds))

    (part,) = parse(dates(kind, [day, MISSING, day]))

    assert part.data == b"1979-08-26\n\n1979-08-26\n"


@pytest.mark.parametrize(
    ("vector", "said"),
    [
        (b"13\n3\n258\nNA\n-4\n", b"258\n\n-4\n"),
        (b"14\n3\n1.5\nNA\n0x1.8p+1\n", b"1.5\n\n3\n"),
        (b"16\n2\n262153\n-1\n262153\n5\n\\\\\\tA\\303\\251\n", b"\n\\ A\xc3\xa9\n"),
    ],
)
def test_what_was_saved_in_lines_is_read(vector: bytes, said: bytes) -> None:
    for head in (b"A\n2\n262658\n131840\n", b"RDA3\nA\n3\n262658\n197888\n5\nUTF-8\n"):
        (part,) = parse(head + vector)

        assert part.data == said


@pytest.mark.parametrize(
    "vector", [b"", b"16\n9999999\n262153\n2\nab\n", b"13\n1\nx\n", b"14\n1\n"]
)
def test_what_ends_in_the_middle_is_read_so_far(vector: bytes) -> None:
    assert b"".join(part.data for part in parse(b"A\n2\n262658\n131840\n" + vector)) in (
        b"",
        b"ab\n",
    )

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

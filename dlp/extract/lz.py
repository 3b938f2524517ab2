"""What databases pack short values with: LZF (Redis, H2) and pglz (PostgreSQL).

Both write what is new as it is, and for what stood before, how far back and how long it was.
LZF: liblzf, `lzf_d.c`. PostgreSQL: `src/common/pg_lzcompress.c`.
"""

from __future__ import annotations

__all__ = ["lzf", "pglz"]

# Of a copy's first byte, and of its length.
_NEAR, _LONG = 0x1F, 7
_FAR, _LONGER = 0xF0, 18


def lzf(packed: bytes, size: int) -> bytes:
    """Return the `size` bytes that LZF packed, or nothing where it did not."""
    out = bytearray()
    at, end = 0, len(packed)
    while at < end and len(out) <= size:
        first = packed[at]
        at += 1
        if first <= _NEAR:
            out += packed[at : at + first + 1]
            at += first + 1
            continue
        length = first >> 5
        if length == _LONG and at < end:
            length += packed[at]
            at += 1
        if at == end or not _copy(out, ((first & _NEAR) << 8 | packed[at]) + 1, length + 2):
            return b""
        at += 1
    return bytes(out) if len(out) == size and at == end else b""


def pglz(packed: bytes, size: int) -> bytes:
    """Return the `size` bytes that pglz packed, or nothing where it did not."""
    out = bytearray()
    at, end = 0, len(packed)
    while at < end and len(out) < size:
        control = packed[at]
        at += 1
        for bit in range(8):
            if at >= end or len(out) >= size:
                break
            if not control >> bit & 1:
                out.append(packed[at])
                at += 1
                continue
            pair = packed[at : at + 3].ljust(3, b"\0")
            length = (pair[0] & 0x0F) + 3
            at += 2
            if length == _LONGER:
                length += pair[2]
                at += 1
            if not _copy(out, (pair[0] & _FAR) << 4 | pair[1], length):
                return b""
    return bytes(out) if len(out) == size and at == end else b""


def _copy(out: bytearray, back: int, length: int) -> bool:
    """Add what stood so far back, which may be what is being added, and tell whether it did."""
    if not 0 < back <= len(out):
        return False
    piece = out[len(out) - back :][:length]
    # Shorter, it repeats.
    out += piece if len(piece) == length else (piece * (length // back + 1))[:length]
    return True

"""Values of H2 as it keeps them in pages, each behind a byte that says what it is.

H2 2.1, `org.h2.mvstore.db.ValueDataType`, `org.h2.mvstore.DataUtils`. Texts are counted in
characters, and what follows the first byte of one has no mark of UTF-8.
"""

from __future__ import annotations

import re

__all__ = ["number", "values"]

# Kinds of values: those of so many bytes, those of so many numbers of seven bits a byte.
_NULL, _DECIMAL, _DATE, _MOMENT = 0, 6, 10, 11
_FIXED = {2: 1, 3: 2}
_NUMBERS = {7: 1, 8: 1, 9: 1, 58: 1, 59: 2}
_INTEGER, _LONG = frozenset((4, 66)), frozenset((5, 67))
_BYTES, _TEXTS = 12, frozenset((13, 14, 15))
# Small ones are their kind: whole numbers, none and one, whether something is so.
_INTEGERS, _LONGS, _CONSTANTS = range(32, 48), range(48, 56), frozenset((56, 57, *range(60, 66)))
_SHORT_TEXTS, _SHORT_BYTES = range(68, 100), range(100, 132)
# Of a number, the most bytes.
_LONGEST = 10
# Characters of several bytes; what follows the first may look like any.
_OF_TWO, _OF_THREE = 0xC0, 0xE0
_WIDE = re.compile(rb"[\xc0-\xdf][\0-\x3f]|[\xe0-\xef][\0-\x3f]{2}", re.DOTALL)


def number(data: bytes, at: int) -> tuple[int, int]:
    """Return where a number of seven bits a byte ends, and what it is."""
    value = 0
    for place, byte in enumerate(data[at : at + _LONGEST]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return at + place + 1, value
    raise IndexError


def values(data: bytes, at: int) -> list[bytes]:
    """Return the values from a place to the end as texts, of others nothing.

    Raises:
        LookupError: There is something else.
    """
    found: list[bytes] = []
    while at < len(data):
        at, value = _value(data, at + 1, data[at])
        found.append(value)
    if at > len(data):
        raise IndexError
    return found


def _value(data: bytes, at: int, kind: int) -> tuple[int, bytes]:
    """Return where a value of a kind ends, and what it says."""
    if kind in _SHORT_TEXTS:
        return _text(data, at, kind - _SHORT_TEXTS.start)
    if kind in _TEXTS:
        return _text(data, *number(data, at))
    if kind in _INTEGERS or kind in _LONGS:
        return at, b"%d" % (kind & 0x0F if kind in _INTEGERS else kind & 7)
    if kind in _INTEGER or kind in _LONG:
        at, value = number(data, at)
        return at, b"%d" % value
    if kind in (_DATE, _MOMENT):
        at, day = number(data, at)
        if kind == _MOMENT:
            at, _ = number(data, at)
            at, _ = number(data, at)
        return at, b"%04d-%02d-%02d" % (day >> 9 & 0x7FFF, day >> 5 & 15, day & 31)
    return _skipped(data, at, kind), b""


def _skipped(data: bytes, at: int, kind: int) -> int:
    """Return where a value ends that is not told."""
    if kind == _NULL or kind in _CONSTANTS:
        return at
    if kind in _FIXED:
        return at + _FIXED[kind]
    if kind in _SHORT_BYTES:
        return at + kind - _SHORT_BYTES.start
    if kind == _BYTES:
        at, size = number(data, at)
        return at + size
    if kind == _DECIMAL:
        at, _ = number(data, at)
        at, size = number(data, at)
        return at + size
    for _ in range(_NUMBERS[kind]):
        at, _ = number(data, at)
    return at


def _text(data: bytes, at: int, count: int) -> tuple[int, bytes]:
    """Return where a text of so many characters ends, and what it is, in UTF-8."""
    begin, end = at, at + count
    if end > len(data):
        raise IndexError
    # Each character that is wider takes a byte or two more.
    while True:
        wider = sum(1 + (byte >= _OF_THREE) for byte in data[at:end] if byte >= _OF_TWO)
        at, end = end, end + wider
        if not wider:
            break
    return end, _WIDE.sub(_marked, data[begin:end])


def _marked(match: re.Match[bytes]) -> bytes:
    first, *others = match[0]
    return bytes([first, *(other | 0x80 for other in others)])

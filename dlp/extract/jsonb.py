"""Documents of PostgreSQL's type jsonb, as the JSON that they stand for.

PostgreSQL, `utils/jsonb.h`, `utils/numeric.c`: names and values stand glued to each other; before
them, how long each is.
"""

from __future__ import annotations

import json
import struct
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["as_json"]

# What a container says of itself, and of how many it holds.
_OBJECT, _ARRAY, _COUNT = 0x20000000, 0x40000000, 0x0FFFFFFF
# What is said of each in it: its kind, its length, or where it ends.
_KIND, _END, _LENGTH = 0x70000000, 0x80000000, 0x0FFFFFFF
_STRING, _NUMBER, _FALSE, _TRUE, _NULL, _CONTAINER = (kind << 28 for kind in range(6))
_CONSTANTS = {_FALSE: False, _TRUE: True, _NULL: None}
_DEEPEST = 64
# Bytes of the longest number that is told.
_LONGEST = 64
# Of a short number: what marks it, whether it is less than nothing, and the place of its digits.
_SHORT, _MINUS, _WEIGHT, _BELOW = 0x8000, 0x2000, 0x3F, 0x40

type _Json = str | bool | dict[str, _Json] | list[_Json] | None


def as_json(value: bytes) -> bytes:
    """Return the document that a value is, in one line, or nothing where it is none."""
    kind = int.from_bytes(value[:4], "little")
    if not kind & (_OBJECT | _ARRAY) or not kind & _COUNT:
        return b""
    try:
        return json.dumps(_container(value, _DEEPEST), ensure_ascii=False).encode()
    except (struct.error, ValueError, IndexError):
        return b""


def _container(value: bytes, depth: int) -> _Json:
    said = struct.unpack_from("<I", value)[0]
    count = (said & _COUNT) * (2 if said & _OBJECT else 1)
    if not depth or not said & (_OBJECT | _ARRAY) or count * 4 > len(value):
        raise ValueError
    entries = struct.unpack_from(f"<{count}I", value, 4)
    found = list(_values(value, 4 + 4 * count, entries, depth))
    if said & _ARRAY:
        return found
    names = found[: count // 2]
    return {str(name): one for name, one in zip(names, found[count // 2 :], strict=True)}


def _values(value: bytes, base: int, entries: tuple[int, ...], depth: int) -> Iterator[_Json]:
    begin = base
    for entry in entries:
        end = (base if entry & _END else begin) + (entry & _LENGTH)
        if not begin <= end <= len(value):
            raise ValueError
        kind = entry & _KIND
        # Numbers and containers begin at multiples of four.
        aligned = begin + 3 & ~3
        if kind == _STRING:
            yield value[begin:end].decode()
        elif kind == _CONTAINER:
            yield _container(value[aligned:end], depth - 1)
        elif kind == _NUMBER:
            yield _number(value[aligned + 4 : end])
        else:
            yield _CONSTANTS.get(kind)
        begin = end


def _number(value: bytes) -> str:
    """Return what a number of digits of ten thousand says, or nothing where it is a long one."""
    said = int.from_bytes(value[:2], "little")
    if said & 0xC000 != _SHORT or len(value) > _LONGEST:
        return ""
    number = 0
    digits = struct.unpack(f"<{len(value) // 2 - 1}H", value[2:])
    for digit in digits:
        number = number * 10_000 + digit
    weight = (said & _WEIGHT) - (_BELOW if said & _BELOW else 0)
    sign = "-" if said & _MINUS else ""
    return f"{sign}{Decimal(number).scaleb(4 * (weight - len(digits) + 1)):f}"

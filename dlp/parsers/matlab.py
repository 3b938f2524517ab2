"""MATLAB's files of version 5 to 7 (`save`), as tables, objects and texts.

"MAT-File Format", chapter 1: elements with a tag, those of variables packed by zlib. Later ones are
HDF5. Objects of classes (tables, strings) stand in a part of their own, whose texts in UTF-16 are
read as they are.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

from dlp.extract.budget import UninspectableError
from dlp.parsers.plainly import NESTED, told
from dlp.parsers.vectors import by_rows, numbers
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.parts import Part

__all__ = ["parse"]

HEAD = 128
# Types of data, and of what they are of.
PACKED, MATRIX = 15, 14
CELLS, STRUCTURE, OBJECT, TEXT, SPARSE, BYTES = 1, 2, 3, 4, 5, 9
_CODES = {1: "b", 2: "B", 3: "h", 4: "H", 5: "i", 6: "I", 7: "f", 9: "d", 12: "q", 13: "Q"}
_TEXTS = {1: "utf-8", 2: "utf-8", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
# Longer arrays of numbers are measurements.
MOST_NUMBERS = 1 << 20
# One variable may unpack to so much; files are as large as a document may be.
LARGEST = 1 << 28


class _DamagedError(Exception):
    """This is no element that MATLAB writes."""


def parse(document: bytes) -> Iterator[Part]:
    """Yield the variables of a file."""
    order = "<" if document[HEAD - 2 : HEAD] == b"IM" else ">"
    variables: dict[str, Any] = {}
    try:
        for name, value in _variables(document, order):
            variables[name or str(len(variables))] = value
    except (_DamagedError, struct.error, ValueError, zlib.error):
        # What it begins with is read; its bytes are read as they are, too.
        pass
    yield from told(variables)


def _variables(document: bytes, order: str) -> Iterator[tuple[str, Any]]:
    at = HEAD
    while at + 8 <= len(document):
        kind, data, at = _element(document, at, order)
        if kind == PACKED:
            unpacker = zlib.decompressobj()
            whole = unpacker.decompress(data, LARGEST)
            if unpacker.unconsumed_tail:
                raise UninspectableError(Uninspectable.BUDGET)
            kind, data, _ = _element(whole, 0, order)
        if kind != MATRIX:
            raise _DamagedError
        yield _matrix(data, order, 0)


def _element(data: bytes, at: int, order: str) -> tuple[int, bytes, int]:
    """Return the type and the bytes of the element at a place, and where the next begins."""
    kind, size = struct.unpack_from(order + "II", data, at)
    if kind >> 16:
        # A small one, in its tag.
        size, kind = kind >> 16, kind & 0xFFFF
        return kind, data[at + 4 : at + 4 + min(size, 4)], at + 8
    end = at + 8 + size
    if end > len(data):
        raise _DamagedError
    return kind, data[at + 8 : end], end if kind == PACKED else end + -size % 8


def _matrix(data: bytes, order: str, depth: int) -> tuple[str, Any]:
    """Return the name and the value of a matrix."""
    if not data or depth > NESTED:
        return "", None
    _, flags, at = _element(data, 0, order)
    kind = struct.unpack_from(order + "I", flags)[0] & 0xFF
    _, sizes, at = _element(data, at, order)
    shape = struct.unpack(f"{order}{len(sizes) // 4}i", sizes)
    _, name, at = _element(data, at, order)
    if kind == CELLS:
        value: Any = list(_matrices(data, at, order, depth))
        if len(shape) == 2 and min(shape) > 1 and shape[0] * shape[1] == len(value):
            value = by_rows(value, shape[0])
    elif kind in (STRUCTURE, OBJECT):
        value = _structures(data, at, order, depth, named=kind == OBJECT)
    elif kind == TEXT:
        value = _text(*_element(data, at, order)[:2], shape, order)
    elif kind < SPARSE or kind > MATRIX + 1:
        value = data[at:]
    elif kind == BYTES and not name and not depth:
        # What objects refer to.
        value = _element(data, at, order)[1]
    else:
        value = _numbers(*_element(data, at, order)[:2], order)
    return name.decode("ascii", "replace"), value


def _matrices(data: bytes, at: int, order: str, depth: int) -> Iterator[Any]:
    while at + 8 <= len(data):
        _, inner, at = _element(data, at, order)
        yield _matrix(inner, order, depth + 1)[1]


def _structures(data: bytes, at: int, order: str, depth: int, *, named: bool) -> Any:
    """Return a structure as a dictionary, several as a list of them."""
    if named:
        _, _, at = _element(data, at, order)
    _, longest, at = _element(data, at, order)
    _, names, at = _element(data, at, order)
    size = struct.unpack_from(order + "i", longest)[0]
    if not 0 < size <= len(names):
        return None
    keys = [
        names[n : n + size].rstrip(b"\0").decode("ascii", "replace")
        for n in range(0, len(names), size)
    ]
    values = list(_matrices(data, at, order, depth))
    several = [
        dict(zip(keys, values[n : n + len(keys)], strict=False))
        for n in range(0, len(values), len(keys))
    ]
    return several[0] if len(several) == 1 else several


def _text(kind: int, data: bytes, shape: tuple[int, ...], order: str) -> Any:
    """Return characters as text: a row of a matrix, whose columns stand one by one, is one."""
    encoding = _TEXTS.get(kind, "utf-8")
    if not encoding.endswith("8"):
        encoding += "-le" if order == "<" else "-be"
    text = data.decode(encoding, "replace")
    height = shape[0] if shape else 1
    if height < 2 or len(text) % height:
        return text
    return [text[row::height].rstrip() for row in range(height)]


def _numbers(kind: int, data: bytes, order: str) -> list[Any]:
    if kind not in _CODES:
        return []
    code = _CODES[kind]
    if len(data) > MOST_NUMBERS * struct.calcsize("=" + code):
        return []
    return numbers(code, data, swapped=order == ">")

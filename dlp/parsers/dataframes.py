"""Arrays and data frames, as programs of Python keep them, put together from their pickles.

Arrays of NumPy ("NEP 1", `ndarray.__reduce__`), frames of pandas (`BlockManager`: blocks of columns
with their places), strings of Arrow (offsets into one text). What is none of these stays as it is.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dlp.parsers.machine import Made
from dlp.parsers.plainly import NESTED
from dlp.parsers.vectors import by_rows, day, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["plain"]

# Longer arrays of numbers are measurements; their bytes are read as they are.
MOST_NUMBERS = 1 << 20

_CODES = {"i8": "q", "u8": "Q", "f8": "d", "i4": "i", "u4": "I", "M8": "q"}
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "D": 86_400.0}


def plain(value: object) -> Any:
    """Return a value with its arrays and frames as lists, and as dictionaries of columns."""
    return _Plain().of(value, 0)


class _Plain:
    def __init__(self) -> None:
        # By number; with what it was, so that nothing else gets that.
        self._known: dict[int, tuple[object, Any]] = {}

    def of(self, value: Any, depth: int) -> Any:
        if not isinstance(value, list | dict) or depth > NESTED:
            return value
        if id(value) in self._known:
            return self._known[id(value)][1]
        # What holds itself is nothing where it does.
        self._known[id(value)] = (value, None)
        if isinstance(value, dict):
            made: Any = {key: self.of(one, depth + 1) for key, one in value.items()}
        elif (items := _array(value)) is not None:
            made = [self.of(one, depth + 1) for one in items]
        elif (texts := _strings(value)) is not None:
            made = texts
        else:
            made = [self.of(one, depth + 1) for one in value]
            if isinstance(value, Made):
                made = _frame(made) or made
        self._known[id(value)] = (value, made)
        return made


def _array(value: list[Any]) -> list[Any] | None:
    """Return the items of an array, in lists by its first axis where it has two."""
    if not isinstance(value, Made) or not value:
        return None
    match value:
        case [
            *_,
            [int(), [*shape], Made([str(code), *about]), fortran, (list() | bytes()) as data],
        ]:
            pass
        case [bytes() as data, Made([str(code), *about]), [*shape], str(order)]:
            fortran = order == "F"
        case _:
            return None
    items = data if isinstance(data, list) else _unpacked(code, about, data)
    if len(shape) != 2 or not all(isinstance(size, int) and size > 0 for size in shape):
        return items
    height, width = shape
    if height * width != len(items):
        return items
    if fortran:
        return by_rows(items, height)
    return [items[at : at + width] for at in range(0, len(items), width)]


def _unpacked(code: str, about: list[Any], data: bytes) -> list[Any]:
    """Return the items of an array whose bytes are of a type."""
    swapped = any(isinstance(one, list) and ">" in one for one in about)
    if code[0] in "US" and code[1:].isdigit() and int(code[1:]):
        size = int(code[1:]) * (4 if code[0] == "U" else 1)
        encoding = "utf-8" if code[0] == "S" else "utf-32-be" if swapped else "utf-32-le"
        cells = (data[at : at + size] for at in range(0, len(data), size))
        return [cell.decode(encoding, "replace").rstrip("\0") for cell in cells]
    if code not in _CODES or len(data) > 8 * MOST_NUMBERS:
        return []
    items = numbers(_CODES[code], data, swapped=swapped)
    if code != "M8":
        return items
    unit = _SECONDS.get(_unit(about))
    return [day(one * unit) if unit else "" for one in items]


def _unit(about: object) -> str:
    """Return the unit of moments, which stands somewhere in what describes their type."""
    if isinstance(about, list):
        return next(filter(None, map(_unit, about)), "")
    unit = about.decode("ascii", "replace") if isinstance(about, bytes) else about
    return unit if isinstance(unit, str) and unit in _SECONDS else ""


def _strings(value: list[Any]) -> list[str] | None:
    """Return the strings of an array of Arrow: offsets, and a text that they point into."""
    match value:
        case [_, int(count), int(), int(first), [_, offsets, texts], *_]:
            places, data = _buffer(offsets), _buffer(texts)
        case _:
            return None
    for code in "qi":
        ends = array(code)
        size = ends.itemsize * (first + count + 1)
        if len(places) < size or count < 1:
            continue
        ends.frombytes(places[:size])
        if ends[-1] <= len(data) and all(0 <= a <= b for a, b in pairwise(ends)):
            cells = pairwise(ends[first:])
            return [data[start:end].decode("utf-8", "replace") for start, end in cells]
    return None


def _buffer(value: object) -> bytes:
    """Return the bytes of a buffer."""
    while isinstance(value, list) and value:
        value = value[0]
    return bytes(value) if isinstance(value, bytes | bytearray) else b""


def _frame(made: list[Any]) -> dict[Any, Any] | None:
    """Return the columns of a frame by their titles, if something made is one."""
    columns = list(_columns(made, None))
    lengths: dict[int, list[tuple[int | None, list[Any]]]] = defaultdict(list)
    for place, column in columns:
        lengths[len(column)].append((place, column))
    for length, several in sorted(lengths.items(), key=lambda one: -len(one[1])):
        titles = next(
            (
                column
                for _, column in columns
                if len(column) == len(several) != length
                and all(isinstance(title, str) for title in column)
            ),
            None,
        )
        if titles is None or len(several) < 2:
            continue
        if all(place is not None for place, _ in several):
            several.sort(key=lambda one: one[0] or 0)
        return dict(zip(titles, (column for _, column in several), strict=True))
    return None


def _columns(value: Any, place: int | None) -> Iterator[tuple[int | None, list[Any]]]:
    """Yield flat lists, and the places that their block says they have."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _columns(one, None)
    if not isinstance(value, list) or not value:
        return
    if not any(isinstance(one, list | dict) for one in value):
        yield place, value
        return
    match value:
        # A block, its places as a slice or one by one, and its axes.
        case [[*block], [int(), *_] as where, 2]:
            rows = block if isinstance(block[0], list) else [block]
            among = range(*where) if len(where) == 3 and where[2] else range(0)
            places = [*(among if len(among) == len(rows) else where), *([None] * len(rows))]
            for at, row in zip(places, rows, strict=False):
                yield from _columns(row, at)
        case _:
            for one in value:
                yield from _columns(one, None)

"""Arrays of NumPy that hold texts: cells of fixed width, in four bytes a character or in one.

Filled up with zeros, or glued to each other where they are full; so they are read as the table they
are, under the names of their fields. Objects follow as a pickle. Arrays of numbers alone are read
as their bytes are (see `arrays`). NEP 1, "A Simple File Format for NumPy Arrays".
"""

from __future__ import annotations

import ast
import re
import struct
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from dlp.extract.structured import Structured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlp.extract.content import Content, Opening, Segment

__all__ = ["Npy", "begins_npy"]

# The longest header, and item, that are read.
_HEADER, _ITEM = 1 << 14, 1 << 16
# Cells that stand column by column are kept until there are rows, unless there are more.
MOST = 1 << 21
_TYPE = re.compile(r"([<>|=]?)([?bBaSUVifucmMO])(\d*)(?:\[\w+\])?")
_NUMBERS = {("i", 4): "i", ("i", 8): "q", ("u", 4): "I", ("u", 8): "Q", ("f", 8): "d"}


def begins_npy(head: bytes) -> bool:
    """Tell whether a body is an array of NumPy."""
    return head.startswith(b"\x93NUMPY") and head[6:7] in b"\1\2\3"


class Npy(Structured):
    """Reads an array as a table, and its bytes as they are.

    Args:
        opening: Where it stands.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, "table")
        self._pending = b""
        self._fields: list[tuple[str, str, int]] = []
        self._item = 0
        # Cells in a line, and how many stand in the last.
        self._cells = 1
        self._in_line = 0
        # Rows of a table that stands column by column, and its cells so far.
        self._height = 0
        self._columns: list[str] = []
        self._titles = ""
        self._objects: Content | None = None

    def read(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        self._pending += data
        if not (self._item or self._objects) and not self._begin():
            return
        if self._objects is not None:
            data, self._pending = self._pending, b""
            yield from self._objects.feed(data)
            return
        whole = len(self._pending) // self._item * self._item
        items, self._pending = self._pending[:whole], self._pending[whole:]
        rows = (list(self._values(items, at)) for at in range(0, whole, self._item))
        if not self._height:
            yield from self._told(rows)
            return
        self._columns += chain.from_iterable(rows)
        if len(self._columns) > MOST:
            kept, self._columns, self._height = self._columns, [], 0
            yield from self._told([cell] for cell in kept)

    def end(self) -> Iterator[Segment]:
        """Yield the rest."""
        if self._objects is not None:
            yield from self._objects.finish()
        elif self._height:
            cells, height = self._columns, self._height
            columns = [cells[at : at + height] for at in range(0, len(cells), height)]
            self._cells = len(columns)
            yield from self._told(
                [cell] for row in zip_longest(*columns, fillvalue="") for cell in row
            )

    def _told(self, rows: Iterable[list[str]]) -> Iterator[Segment]:
        """Yield cells of an array, or rows of one with fields."""
        out, self._titles = [self._titles], ""
        for row in rows:
            out.append("\t".join(row))
            self._in_line = (self._in_line + 1) % self._cells
            out.append("\t" if self._in_line else "\n")
        text = "".join(out).encode("utf-8", "replace")
        self.opening.budget.spend(len(text))
        yield from self.text.feed(text)

    def _begin(self) -> bool:
        """Read the header, if it is there, and tell whether texts or objects follow."""
        long = self._pending[6:7] != b"\1"
        first = 12 if long else 10
        if len(self._pending) < first:
            return False
        size = int.from_bytes(self._pending[8:first], "little")
        if size <= _HEADER and len(self._pending) < first + size:
            return False
        try:
            header = ast.literal_eval(self._pending[first : first + size].decode("latin-1").strip())
            shape, named = header["shape"], header["descr"]
            fields = [("", named)] if isinstance(named, str) else named
            self._fields = [_field(*field) for field in fields]
            flat = len(shape) < 2
            self._height = 0 if flat or not header["fortran_order"] else int(shape[0])
            self._cells = 1 if flat or self._height else int(shape[-1])
            if not isinstance(named, str):
                self._titles = "\t".join(name for name, *_ in named) + "\n"
        except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError):
            self.damaged = True
            return False
        kinds = {kind for _, kind, _ in self._fields}
        self._item = sum(size for _, _, size in self._fields)
        if kinds == {"O"}:
            self._objects = self.opening.inside("objects", doubted=True).body()
        elif (
            size > _HEADER
            or kinds.isdisjoint("SU")
            or "O" in kinds
            or not 0 < self._item <= _ITEM
            or self._cells < 1
            or self._height < 0
        ):
            self.damaged = True
            return False
        self._pending = self._pending[first + size :]
        return True

    def _values(self, items: bytes, at: int) -> Iterator[str]:
        for order, kind, size in self._fields:
            value = items[at : at + size]
            at += size
            if kind == "U":
                yield value.decode(f"utf-32-{order}", "replace").rstrip("\0")
            elif kind == "S":
                yield value.rstrip(b"\0").decode("utf-8", "replace")
            elif (letter := _NUMBERS.get((kind, size))) is not None:
                (number,) = struct.unpack(("<" if order == "le" else ">") + letter, value)
                yield str(int(number)) if number == number // 1 and abs(number) < 1e15 else ""
            else:
                yield ""


def _field(name: str, named: str, shape: tuple[int, ...] = ()) -> tuple[str, str, int]:
    """Return the order of bytes of a field, its kind, and its size.

    Raises:
        ValueError: It is one of several values.
        TypeError: It is one that holds others.
    """
    del name
    match = _TYPE.fullmatch(named)
    if match is None or shape:
        raise ValueError("no simple field")
    kind = match[2].replace("a", "S")
    size = int(match[3] or 1) * (4 if kind == "U" else 1)
    return ("be" if match[1] == ">" else "le"), kind, size

"""Tables in text: the rows below a header, and their cells."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from dlp.detect.fold import decode
from dlp.detect.lexicon import load_lexicon
from dlp.detect.markup import ROW, cells_in
from dlp.detect.sighting import announcing, place_of
from dlp.detect.statements import TUPLE, row_texts
from dlp.detect.telling import IDENTIFYING, LABORATORY, TELLING
from dlp.detect.values import NAMES, NUMBERS, PARTS
from dlp.extract.opaque import FEWEST, holds_controls, is_opaque

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.detect.columns import Column
    from dlp.detect.sighting import Place

__all__ = ["AROUND_CELLS", "ARRAY", "Rows", "Table", "cells_of"]

# Rows in a row that don't fit before a table is taken to have ended.
MISFITS = 8
# A header is as long at least, where it may stand again.
SHORTEST_HEAD = 8

AROUND_CELLS = " \t\r\n\x0b\x0c\u00a0\u202f\"'"
# What boxes around tables of fixed width are drawn with.
_BOX, _RULE = " \t\r|", " \t\r|+=-"
ARRAY = re.compile(rb"""\[((?:\s*(?:"(?:[^"\\]|\\.)*+"|[\w.+-]+)\s*,?){2,200}+)\]""")
# What begins and ends rows that may stand in one line.
_ENCLOSED = {"html": ROW, "tuples": TUPLE, "arrays": ARRAY}

#: Where each row begins, and its cells.
type Rows = list[tuple[int, list[str]]]


@dataclass(slots=True, eq=False)
class Table:
    """A table that has begun: how its rows are written, and its columns.

    Attributes:
        style: `delimited`, `fixed`, `tuples` (of SQL), `arrays` (of JSON), `html`, `members` or
            `columns`, one after the other.
        delimiter: Between the cells of a delimited table.
        columns: Its columns, in their order.
        starts: Where the columns of a fixed-width table begin, in characters.
        head: Its header as written, which may stand before each row again.
        voices: Titles that say something medical of each row, where each has them before it.
        misfits: Rows in a row that did not fit.
        tells: Whether its columns alone say something medical.
        identifies: Whether its columns may tell persons apart.
        names_people: Whether its titles say where names stand.
        numbered: Whether its columns announce identifiers.
        lists_people: Whether each of its rows is somebody's.
        uniform: Whether each of its columns speaks for itself, so that it can be read by columns.
    """

    style: str
    delimiter: bytes
    columns: list[Column]
    starts: tuple[int, ...] = ()
    head: bytes = b""
    voices: tuple[str, ...] = ()
    misfits: int = 0
    tells: bool = field(init=False)
    identifies: bool = field(init=False)
    names_people: bool = field(init=False)
    numbered: bool = field(init=False)
    lists_people: bool = field(init=False)
    uniform: bool = field(init=False)

    def __post_init__(self) -> None:
        self.columns = _heard(self.columns)
        self.identifies = any(one.entries or one.kind in IDENTIFYING for one in self.columns)
        self.numbered = any(one.entries and not one.against for one in self.columns)
        unchecked = [e for one in self.columns for e in one.entries if not e.checked]
        kinds = {one.kind for one in self.columns}
        self.tells = not TELLING.isdisjoint(kinds) or kinds >= LABORATORY
        self.uniform = len(set(unchecked)) == len(unchecked) and not kinds >= PARTS
        self.names_people = any(one.kind in NAMES for one in self.columns)
        self.lists_people = self.names_people or self.numbered or not kinds.isdisjoint(NUMBERS)

    def rows(self, data: bytes) -> Iterator[tuple[int, list[str]]]:
        """Yield (offset, cells) of each row in `data`, until the table ends."""
        if self.style == "html":
            yield from ((row.start(), cells_in(row)) for row in ROW.finditer(data))
        elif self.style == "tuples":
            for start, text in row_texts(data):
                cells = cells_of(text, ",", quote="'")
                if len(cells) == len(self.columns):
                    yield start, cells
        elif self.style == "arrays":
            for match in ARRAY.finditer(data):
                cells = cells_of(decode(match[1].replace(b"\n", b" ")), ",")
                if len(cells) == len(self.columns):
                    yield match.start(), cells
        elif self.style == "fixed":
            yield from self._fixed(data)
        else:
            yield from self._delimited(data)

    def place(self, n: int) -> Place:
        """Return the place of what a column announces."""
        if self.style == "members":
            return place_of(f"key {self.columns[n].title.lower()}", announced=True)
        return announcing(n)

    def headless(self, window: bytes) -> bytes:
        """Return a text with blanks where the header stands again."""
        if len(self.head) < SHORTEST_HEAD or self.head not in window:
            return window
        blanks = b" " * len(self.head)
        return window.replace(self.head, blanks if self.head[-1:] != b"\n" else blanks[1:] + b"\n")

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield where each row begins and ends that signs of its own enclose, not lines."""
        if (row := _ENCLOSED.get(self.style)) is not None:
            yield from (match.span() for match in row.finditer(data))

    def read(self, text: bytes, start: int, stop: int) -> tuple[Rows, int]:
        """Return the rows that begin between `start` and `stop`, and where the last one ends."""
        row = _ENCLOSED.get(self.style)
        if row is None:
            return list(self.rows(text[start:stop])), stop
        rows = [one for one in self.rows(text[start:]) if start + one[0] < stop]
        last = row.match(text, start + rows[-1][0]) if rows else None
        return rows, stop if last is None else max(stop, last.end())

    def filled(self, cells: list[str], *, every: bool) -> list[tuple[int, Column, str]]:
        """Return the cells of a row that hold something, with their columns and those's numbers.

        Args:
            cells: The row.
            every: Whether those are wanted, too, that only are of use beside others.
        """
        return [
            (number, column, text)
            for number, (column, cell) in enumerate(zip(self.columns, cells, strict=False))
            if (every or column.counted) and (text := cell.strip(AROUND_CELLS))
        ]

    def _delimited(self, data: bytes) -> Iterator[tuple[int, list[str]]]:
        lines = data.split(b"\n")
        split = self._split(data, lines)
        if split is None:
            yield from self._line_by_line(lines, controls=holds_controls(data))
            return
        starts = accumulate((len(line) + 1 for line in lines), initial=0)
        width = len(self.columns)
        for start, line, cells in zip(starts, lines, split, strict=False):
            if len(cells) == width:
                self.misfits = 0
                yield start, cells
            elif line.strip():
                if self._fits(len(cells)):
                    yield start, cells
                elif self.misfits > MISFITS:
                    return

    def _split(self, data: bytes, lines: list[bytes]) -> list[list[str]] | None:
        """Return the cells of all lines, or None where each is to be looked at by itself."""
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return None
        delimiter = decode(self.delimiter)
        quoted = '"' in text
        # What chance took for a header would go on for ever in compressed bytes.
        short = FEWEST + len(self.columns) * len(self.delimiter)
        if not data.isascii() and (
            holds_controls(data) or any(len(one) < short and not one.isascii() for one in lines)
        ):
            return None
        if not quoted:
            written = text.split("\n")
            if "\r" in text:
                written = [line.rstrip("\r") for line in written]
            return [line.split(delimiter) for line in written]
        # Quoted cells may hold newlines.
        if len(delimiter) > 1 or any(line.count(b'"') % 2 for line in lines):
            return None
        try:
            cells = list(_reader(text.split("\n"), delimiter))
        except csv.Error:
            return None
        return cells if len(cells) == len(lines) else None

    def _line_by_line(
        self, lines: list[bytes], *, controls: bool
    ) -> Iterator[tuple[int, list[str]]]:
        at = number = 0
        delimiter = decode(self.delimiter)
        while number < len(lines):
            line = lines[number]
            start, number = at, number + 1
            at += len(line) + 1
            if b'"' in line:
                # A quoted cell may hold newlines: joined while a quote is open.
                joined = 0
                while line.count(b'"') % 2 and joined < 50 and number < len(lines):
                    following = lines[number]
                    line += b"\n" + following
                    at += len(following) + 1
                    number += 1
                    joined += 1
                cells = cells_of(decode(line), delimiter)
            else:
                cells = decode(line.rstrip(b"\r")).split(delimiter)
            if not line.strip():
                continue
            # What chance took for a header would go on for ever in compressed bytes.
            chance = False
            if not line.isascii():
                letters = line.replace(self.delimiter, b"")
                chance = (controls or len(letters) < FEWEST) and is_opaque(letters)
            if self._fits(0 if chance else len(cells)):
                yield start, cells
            elif self.misfits > MISFITS:
                return

    def _fits(self, cells: int) -> bool:
        # A trailing delimiter is common; a comment that holds the delimiter too.
        fits = cells >= max(2, len(self.columns) - 2) or cells == len(self.columns)
        self.misfits = 0 if fits else self.misfits + 1
        return fits

    def _fixed(self, data: bytes) -> Iterator[tuple[int, list[str]]]:
        at = 0
        edges = [*self.starts[1:], None]
        for line in data.split(b"\n"):
            start, at = at, at + len(line) + 1
            text = decode(line.rstrip(b"\r"))
            chance = not line.isascii() and is_opaque(line)
            if text.strip(_RULE) == "":
                continue
            if not chance and len(text) > self.starts[-1]:
                self.misfits = 0
                yield (
                    start,
                    [text[a:b].strip(_BOX) for a, b in zip(self.starts, edges, strict=True)],
                )
            elif text.strip():
                self.misfits += 1
                if self.misfits > MISFITS:
                    return

    @property
    def ended(self) -> bool:
        """Whether the rows no longer look like the header."""
        return self.misfits > MISFITS


def _heard(columns: list[Column]) -> list[Column]:
    """Return the columns, as what they are in a list of persons.

    Those whose titles are health terms (`hiv_status`, `diabète`) hold results, if it be a cross; an
    *intervention* is one of a speaker, or of a patient.
    """
    kinds = {column.kind for column in columns}
    if any(one.kind == "full_name" and "patient" in one.title.lower() for one in columns):
        columns = [
            replace(one, kind=one.ambiguous, sure=False) if one.ambiguous else one
            for one in columns
        ]
    if "birth_date" not in kinds or kinds.isdisjoint(NAMES):
        return columns
    return [
        replace(one, kind="result")
        if not (one.kind or one.entries) and _is_medical(one.title)
        else one
        for one in columns
    ]


@lru_cache(maxsize=4096)
def _is_medical(title: str) -> bool:
    return bool(load_lexicon().said([title], wards=True)[0])


def cells_of(line: str, delimiter: str, quote: str = '"') -> list[str]:
    """Return the cells of a line, quotes around them taken away."""
    if len(delimiter) > 1:
        return line.split(delimiter)
    try:
        # A newline inside of quotes is a part of the cell.
        return next(_reader([line], delimiter, quote), [])
    except csv.Error:
        return line.split(delimiter)


def _reader(lines: list[str], delimiter: str, quote: str = '"') -> Iterator[list[str]]:
    return csv.reader(
        (line.replace("\r", " ") for line in lines),
        delimiter=delimiter,
        quotechar=quote,
        skipinitialspace=True,
    )

"""Cells of tables: what their titles, and what else stands in them, say of an identifier there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.detect.heard import ANNOUNCING_BEFORE
from dlp.detect.sighting import Place, place_of, weighed_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlp.detect.entries import Entry
    from dlp.detect.heard import Heard
    from dlp.detect.layout import Layout
    from dlp.detect.words import Vocabulary

__all__ = ["CellPlaces", "NumberPlaces"]

_LINE = ord("\n")
# Beginnings of cells that are remembered: rows of one table say the same again and again.
REMEMBERED = 1_000


class CellPlaces:
    """Says where candidates in the cells of one table stand.

    Args:
        vocabulary: The words.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._columns: dict[tuple[Entry, int], Place] = {}
        self._told: dict[tuple[Entry, int, bytes], Place | None] = {}

    def place(
        self, layout: Layout, entry: Entry, column: int, window: bytes, line: int, start: int
    ) -> Place | None:
        """Return where a candidate stands, or None where its cell says that it is nobody's.

        Args:
            layout: The table's.
            entry: What it is a candidate of.
            column: Its column.
            window: Text around.
            line: Where its line begins.
            start: Where it does.
        """
        place = self._columns.get((entry, column))
        if place is None:
            place = self._columns[entry, column] = self._of_column(layout, entry, column)
        if place.announced or place.against:
            return place
        # Neighbouring cells say nothing about this one, its own text does.
        cell = max(line, start - ANNOUNCING_BEFORE, 0)
        cell = max(cell, window.rfind(layout.delimiter or b"\n", cell, start) + 1)
        if not window[cell:start].strip(b" \"'"):
            return place
        # With the bytes around, which decide whether a word is whole.
        told = (entry, column, window[max(0, cell - 1) : start + 1])
        if told not in self._told:
            if len(self._told) >= REMEMBERED:
                self._told.clear()
            words = self._vocabulary.words(window, cell, start)
            self._told[told] = weighed_place(entry, place.group, words, [])
        return self._told[told]

    def _of_column(self, layout: Layout, entry: Entry, column: int) -> Place:
        """Return what a column's header says of an identifier in it."""
        title = layout.title(column).encode()
        hits = self._vocabulary.words(title, 0, len(title))
        group = f"column {column}"
        return weighed_place(entry, group, hits, []) or Place(group=group)


class NumberPlaces:
    """Says where numbers of a window stand.

    Args:
        table: The table it is, if it is one.
        cells: Says what its columns mean.
        heard: The words of the window.
        window: The window.
    """

    def __init__(
        self, table: Layout | None, cells: CellPlaces, heard: Heard, window: bytes
    ) -> None:
        self._table = table
        self._cells = cells
        self._heard = heard
        self._window = window

    def of(
        self, entry: Entry, starts: list[int], ends: list[int]
    ) -> Place | Iterable[Place | None]:
        """Return where candidates stand: one place for all, or one each.

        None stands for what is nobody's, by what stands there.
        """
        if self._table is not None:
            if not self._table.delimiter and {self._window[at - 1] for at in starts} == {_LINE}:
                at = starts[0]
                place = self._cells.place(self._table, entry, 0, self._window, at, at)
                assert place is not None
                return place
            return self._in_table(self._table, entry, starts)
        window = self._window
        if not any(sign in window for sign in (b":", b"=", b">")) and self._heard.silent:
            return place_of("text")
        return [self._heard.place(entry, *span) for span in zip(starts, ends, strict=True)]

    def _in_table(self, table: Layout, entry: Entry, starts: list[int]) -> Iterator[Place | None]:
        window = self._window
        quoted, delimiter = b'"' in window, table.delimiter
        alone = delimiter + b"\n"
        known: dict[int, Place | None] = {}
        line = column = last = 0
        for start in starts:
            end = window.rfind(b"\n", last, start) + 1
            if end or not last:
                line, column = end, 0
                last = end
            if quoted:
                column = table.column(window[line:start], start - line)
            elif delimiter:
                column += window.count(delimiter, last, start)
            last = start
            if window[start - 1] not in alone:
                yield self._cells.place(table, entry, column, window, line, start)
                continue
            # Where nothing stands in the cell before them, all of a column stand in one place.
            if column not in known:
                known[column] = self._cells.place(table, entry, column, window, line, start)
            yield known[column]

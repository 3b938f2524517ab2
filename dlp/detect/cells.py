"""Cells of tables: what their titles, and what else stands in them, say of an identifier there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.detect.heard import ANNOUNCING_BEFORE
from dlp.detect.sighting import Place, weighed_place

if TYPE_CHECKING:
    from dlp.detect.entries import Entry
    from dlp.detect.layout import Layout
    from dlp.detect.words import Vocabulary

__all__ = ["CellPlaces"]

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

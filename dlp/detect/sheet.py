"""Sheets: rows of a table turned into columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.detect.tables import AROUND_CELLS
from dlp.detect.telling import SILENT

if TYPE_CHECKING:
    from dlp.detect.hearing import Said
    from dlp.detect.tables import Rows, Table

__all__ = ["Sheet"]


class Sheet:
    """Rows turned into columns.

    Attributes:
        table: Whose rows.
        rows: Where each begins, and its cells.
        start: Where places are counted from.
        every: Whether persons are looked for, or identifiers alone.
        cells: The cells of each column.
        used: Columns that are of use.
        spoken: Those that may say something medical.
        numbered: Those that announce identifiers.
        said: What each row says of somebody's health.
        marks: What stands in columns of identifiers.
        numbers: Identifiers, by row.
        enrols: The first row after which the text is known to be about patients.
    """

    def __init__(self, table: Table, rows: Rows, start: int, *, every: bool) -> None:
        self.table, self.rows, self.start, self.every = table, rows, start, every
        width = len(table.columns)
        blanks = [""] * width
        cells = [row if len(row) == width else (row + blanks)[:width] for _, row in rows]
        self.cells = list(zip(*cells, strict=True))
        columns = list(enumerate(table.columns))
        self.used = [n for n, column in columns if every or column.counted]
        self.spoken = [n for n in self.used if columns[n][1].kind not in SILENT]
        self.numbered = [
            n for n in self.used if columns[n][1].entries and not columns[n][1].against
        ]
        self.said: list[Said] = []
        self.marks: dict[int, list[int]] = {}
        self.numbers: dict[int, dict[int, str]] = {}
        self.enrols = len(rows)
        self._texts: dict[int, list[str]] = {}

    def texts(self, n: int) -> list[str]:
        """Return the cells of a column without what stands around them."""
        if n not in self._texts:
            self._texts[n] = [cell.strip(AROUND_CELLS) for cell in self.cells[n]]
        return self._texts[n]

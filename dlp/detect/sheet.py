"""Sheets: rows of a table turned into columns, and what rows that look alike amount to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlp.detect.dates import birth_date, serial_date
from dlp.detect.fold import fold
from dlp.detect.people import CALLED
from dlp.detect.persons import IDENTIFIER, NAME
from dlp.detect.tables import AROUND_CELLS
from dlp.detect.telling import SILENT
from dlp.detect.told import name_of
from dlp.detect.values import NAMES

if TYPE_CHECKING:
    from dlp.detect.counts import Told
    from dlp.detect.hearing import Said
    from dlp.detect.tables import Rows, Table

__all__ = ["Look", "Sheet"]


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


@dataclass(slots=True)
class Look:
    """What rows that look alike amount to.

    Attributes:
        weight: Of what each says of its person; 0 for nobody.
        told_by: What tells the person apart, or nothing where each row is to be weighed by itself.
        places: In which column stands what is known of it, by kind, and whether as an identifier.
    """

    weight: float
    told_by: tuple[str, ...]
    places: dict[str, tuple[bool, int]]

    def of(self, sheet: Sheet, row: int) -> Told:
        """Return whom a row tells of."""
        called = {
            kind: sheet.texts(at)[row]
            for kind, (numbered, at) in self.places.items()
            if not numbered and kind in CALLED
        }
        return self._identity(sheet, row), self.weight, self.told_by, called

    def _identity(self, sheet: Sheet, row: int) -> str:
        """Return what tells the person of a row apart, as `Record.identity` does."""
        if self.told_by == (IDENTIFIER,):
            return sheet.numbers[self.places[IDENTIFIER][1]][row]
        return " ".join([self._part(kind, sheet, row) for kind in self.told_by])

    def _part(self, kind: str, sheet: Sheet, row: int) -> str:
        if kind == NAME:
            named = {kind: at for kind, (_, at) in self.places.items() if kind in NAMES}
            return name_of({kind: sheet.texts(at)[row].strip() for kind, at in named.items()})
        numbered, n = self.places[kind]
        text = sheet.numbers[n][row] if numbered else sheet.texts(n)[row].strip()
        if kind == "birth_date":
            return birth_date(serial_date(text) or text) or ""
        return fold(text)

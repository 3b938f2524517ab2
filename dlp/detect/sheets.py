"""Rows of tables, read by columns.

To read a row of a table of patients by itself takes some hundred steps, and most of them are the
same in every row: which columns are filled, with what looks, and what is medical in them. So all
cells of a column are looked at together, each different one once, and of all rows that look alike
one is weighed. What this says is what the rows say one by one (`RecordReader`).
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from dlp.detect.announced import read_column, strict_column
from dlp.detect.hearing import Hearing
from dlp.detect.looks import VALID, looks
from dlp.detect.persons import IDENTIFIER, NAME, Record
from dlp.detect.prose import is_called
from dlp.detect.score import LEAST_WEIGHT
from dlp.detect.sheet import Look, Sheet
from dlp.detect.telling import SPEAKING, WEIGHED
from dlp.detect.values import NUMBERS, is_of_patient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dlp.detect.account import Account
    from dlp.detect.blocks import Lines
    from dlp.detect.columns import Column
    from dlp.detect.counts import Told
    from dlp.detect.entries import Entry
    from dlp.detect.hearing import Said
    from dlp.detect.lexicon import HealthContext, Lexicon
    from dlp.detect.tables import Rows, Table

__all__ = ["SheetReader", "fill"]

# Different cells, and rows, of which it is remembered how they look: some megabytes a message.
REMEMBERED = 4_096
# What stands in a column of identifiers: nothing, something else, an identifier that tells no
# person apart, one that does, the number of a patient's file (one more where it looks like one).
NOTHING, ELSE, OTHER, PERSON, FILE = range(5)
ENROLLED = frozenset({"patient"})

_EACH, _NOBODY = Look(0.0, (), {}), Look(0.0, (), {})


class SheetReader:
    """Reads rows of one text by columns.

    Args:
        lexicon: The health terms.
        account: Where what is seen is counted.
        lines: Names places in the window of the moment, for people.
    """

    def __init__(self, lexicon: Lexicon, account: Account, lines: Lines) -> None:
        self._account = account
        self._lines = lines
        self._hearing = Hearing(lexicon)
        # By kind of column and by cell, how it looks.
        self._looks: dict[str, dict[str, int]] = {}
        # Of the rows of each table, by their looks.
        self._said_before: tuple[frozenset[str], bool] = (frozenset(), False)
        self._known: dict[Table, dict[tuple[int, ...], Look]] = {}

    def read(
        self, table: Table, rows: Rows, start: int, roles: frozenset[str], *, formatted: bool
    ) -> frozenset[str]:
        """Count what rows hold, and return what all so far says that the text is.

        Args:
            table: Whose rows.
            rows: Where each begins, and its cells.
            start: Where places are counted from.
            roles: What all before says that the text is.
            formatted: Whether it is a message of a health format.
        """
        changed = (roles, formatted) != self._said_before
        if changed or sum(map(len, self._known.values())) > REMEMBERED:
            self._said_before = (roles, formatted)
            self._known.clear()
        sheet = Sheet(table, rows, start, every=self._account.wants_records)
        sheet.said = self._hearing.of(sheet)
        for n in sheet.numbered:
            self._count(sheet, n)
        if sheet.every:
            self._people(sheet)
        return roles | ENROLLED if sheet.enrols < len(rows) else roles

    def subjects(self, table: Table, rows: Rows) -> frozenset[int]:
        """Return the columns of a table that say nothing of anybody, as `read` takes them."""
        return self._hearing.subjects(Sheet(table, rows, 0, every=self._account.wants_records))

    # What stands in columns of identifiers.

    def _count(self, sheet: Sheet, n: int) -> None:
        """Count what stands in a column that announces identifiers."""
        entries = sheet.table.columns[n].entries
        texts = sheet.texts(n)
        filled = [row for row, text in enumerate(texts) if text]
        values = [texts[row] for row in filled]
        found = read_column(entries, values)
        marks = sheet.marks[n] = [ELSE if text else NOTHING for text in texts]
        numbers = sheet.numbers[n] = {}
        misfits = [
            (row, texts[row], None) for row, one in zip(filled, found, strict=True) if not one
        ]
        for entry in sorted(entries, key=partial(_first, found)):
            seen = [
                (row, *one[1:])
                for row, one in zip(filled, found, strict=True)
                if one is not None and one[0] is entry
            ]
            for at in self._account.tests(entry, [value for _, value, _ in seen]):
                del seen[at]
            if seen and (not entry.checked or entry.identifies == "insurer"):
                sheet.enrols = min(sheet.enrols, seen[0][0])
            if not entry.checked:
                looking = looks("record_id", [value for _, value, _ in seen], {})
                for (row, value, _), one in zip(seen, looking, strict=True):
                    marks[row] = FILE + (one >= VALID)
                    numbers[row] = value
                continue
            tells = entry.identifies == "person"
            for row, _, canonical in seen:
                if tells and canonical is not None:
                    marks[row] = PERSON
                    numbers[row] = canonical
                else:
                    marks[row] = OTHER
            # The scanner counts it by itself.
            written = [texts[row] for row, _, one in seen if entry.alone and one is not None]
            count = len(seen) - sum(strict_column(entry, written))
            self._account.column(
                entry,
                sheet.table.place(n),
                seen,
                misfits,
                count,
                sheet.said,
                partial(self._where, sheet),
            )

    def _where(self, sheet: Sheet, row: int) -> str:
        return self._lines.where(sheet.start + sheet.rows[row][0])

    # Whom rows are about.

    def _people(self, sheet: Sheet) -> None:
        """Count the persons that rows tell apart."""
        rows: Sequence[int] = range(len(sheet.rows))
        if not (sheet.table.tells or self._said_before[1]):
            # A row is of use that says something medical, or names the number of a file.
            files = [marks for marks in sheet.marks.values() if FILE in marks or FILE + 1 in marks]
            rows = [
                row
                for row in rows
                if sheet.said[row].healthy or any(marks[row] >= FILE for marks in files)
            ]
        if not rows:
            return
        weighed = [n for n in sheet.used if sheet.table.columns[n].kind in WEIGHED]
        parts: list[Iterable[int]] = [self._looks_of(sheet, n, rows) for n in weighed]
        parts += [[marks[row] for row in rows] for marks in sheet.marks.values()]
        said = [sheet.said[row] for row in rows]
        parts += [[one.strong for one in said], [one.healthy for one in said]]
        parts.append([one.remarked for one in said])
        if any(column.kind == "comment" for column in sheet.table.columns):
            parts.append([one.tells for one in said])
        parts.append([row > sheet.enrols for row in rows])
        known = self._known.setdefault(sheet.table, {})
        told: list[Told] = []
        of_told: list[Said] = []
        for row, what, key in zip(rows, said, zip(*parts, strict=True), strict=True):
            one = known.get(key)
            if one is None:
                one = known[key] = self._weigh(sheet, row, dict(zip(weighed, key, strict=False)))
            if one.weight:
                told.append(one.of(sheet, row))
                of_told.append(what)
            elif one is _EACH and (record := self._record(sheet, row)) is not None:
                self._account.record(record)
        self._account.people(told)
        for what, times in Counter(of_told).items():
            self._account.note(what.health.terms, times)

    def _looks_of(self, sheet: Sheet, n: int, rows: Sequence[int]) -> list[int]:
        """Return the looks of the cells of some rows in a column."""
        kind = sheet.table.columns[n].kind
        texts = sheet.texts(n)
        if len(rows) < len(texts):
            texts = [texts[row] for row in rows]
        known = self._looks.setdefault(kind, {})
        if len(known) > REMEMBERED:
            known.clear()
        return looks(kind, texts, known)

    def _record(self, sheet: Sheet, row: int) -> Record | None:
        """Return what a row says, if it says anything of a person."""
        roles, formatted = self._said_before
        record = Record(roles=roles | ENROLLED if row > sheet.enrols else roles)
        for n, marks in sheet.marks.items():
            if marks[row] == PERSON:
                record.identifiers.append(sheet.numbers[n][row])
            elif marks[row] >= FILE:
                record.add("record_id", sheet.numbers[n][row])
                record.file_number = True
        filled = sheet.table.filled(sheet.rows[row][1], every=True)
        said = sheet.said[row]
        tells = fill(
            record,
            sheet.table,
            filled,
            lambda: said.health,
            lambda: said.remarked,
            lambda: said.tells,
            formatted=formatted,
        )
        return record if tells else None

    def _weigh(self, sheet: Sheet, row: int, seen: dict[int, int]) -> Look:
        """Return what all rows amount to that look as one does, its cells by their columns."""
        record = self._record(sheet, row)
        if record is None:
            return _NOBODY
        by = record.told_by()
        certain = record.identifiers or not record.values.keys().isdisjoint(
            ("birth_date", *NUMBERS)
        )
        # Else it takes the words of the name.
        if not certain or not (len(by) > 1 or by[:1] in ((IDENTIFIER,), *((n,) for n in NUMBERS))):
            return _EACH
        places: dict[str, tuple[bool, int]] = {}
        for n, marks in sheet.marks.items():
            if marks[row] == PERSON:
                places.setdefault(IDENTIFIER, (True, n))
            elif marks[row] > FILE:
                places.setdefault("record_id", (True, n))
        for n, one in seen.items():
            if one >= VALID:
                places.setdefault(sheet.table.columns[n].kind, (False, n))
        if not all(kind == NAME or kind in places for kind in by):
            return _EACH
        weight = record.weight()
        return Look(weight, by, places) if weight >= LEAST_WEIGHT else _NOBODY


def _first(found: Sequence[tuple[Entry, str, str | None] | None], entry: Entry) -> int:
    """Return where an identifier, or what is none, first stands among what was found."""
    first = (at for at, one in enumerate(found) if one is None or one[0] is entry)
    return next(first, len(found))


def fill(
    record: Record,
    table: Table,
    filled: list[tuple[int, Column, str]],
    health: Callable[[], HealthContext],
    remarked: Callable[[], bool],
    tells: Callable[[], bool],
    *,
    formatted: bool,
) -> bool:
    """Take what stands in a row, and tell whether it says anything of a person.

    Args:
        record: Takes it.
        table: Whose row.
        filled: Its cells that hold something.
        health: Tells what is medical in them.
        remarked: Tells whether one of them is a remark on what somebody has.
        tells: Tells whether one of them says what somebody has, and nothing else.
        formatted: Whether they are of a message of a health format.
    """
    for _, column, text in filled:
        if column.kind:
            record.add(column.kind, text, sure=column.sure)
            record.enrolled |= column.enrols
            patient = column.kind == "full_name" and is_of_patient(column.title)
            record.housed |= patient and is_called(text)
    # Most rows of ordinary tables are about nobody.
    record.remarked = bool("address" in record.values or record.reached(speaks=True)) and remarked()
    if not (record.medical or record.hinted or record.may_be_told):
        return False
    if not (health() or table.tells or formatted or record.file_number):
        return False
    record.note(health())
    record.commented = record.healthy and "comment" in record.values and tells()
    # Each member of an object speaks for itself.
    record.hearsay = table.style != "members" and not any(
        column.kind in SPEAKING for _, column, _ in filled
    )
    return True

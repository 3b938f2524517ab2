"""Fields: ties what stands beside names, in columns and in places to the record it belongs to."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dlp.detect.animals import is_animal
from dlp.detect.announced import announced_by, is_strict, read_announced
from dlp.detect.entries import load_catalog
from dlp.detect.fold import decode
from dlp.detect.forms import is_example
from dlp.detect.illness import remarks, tells
from dlp.detect.lexicon import Speech
from dlp.detect.nested import Scopes, called
from dlp.detect.persons import Record
from dlp.detect.prose import is_called, name_around
from dlp.detect.sheets import fill
from dlp.detect.sighting import Place, Sighting
from dlp.detect.stacked import stacked_at
from dlp.detect.telling import OF_PERSON, SILENT, UNNAMED
from dlp.detect.values import is_in_patient, is_of_patient

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlp.detect.account import Account
    from dlp.detect.blocks import Lines
    from dlp.detect.entries import Entry
    from dlp.detect.keyed import Named
    from dlp.detect.lexicon import HealthContext, Lexicon
    from dlp.detect.placed import Placed
    from dlp.detect.tables import Rows, Table
    from dlp.detect.words import Hit, Vocabulary

__all__ = ["Fields"]


# Text around a place that belongs to its record where nothing says where that ends.
RECORD = 2 * 1024
# Text before what tells a person apart that is a part of the record.
LEAD = 512
# Text without any field, and members of objects in it, behind which another record begins: tables
# of codes are full of names of fields, one here, one there.
FAR, MEMBERS = 8 * 1024, 64
_MEMBER = re.compile(rb""": ?["']""")
# Text behind a birth date that may say what somebody has.
BEHIND = 240


@cache
def _alone() -> tuple[Entry, ...]:
    """Return the identifiers of persons that hardly any other number passes for."""
    return tuple(one for one in load_catalog() if one.alone and one.identifies == "person")


class Fields:
    """Ties the fields of one text to records, and counts those.

    Args:
        vocabulary: The words.
        lexicon: The health terms.
        account: Where what is seen is counted.
        lines: Names places in the window of the moment, for people.

    Attributes:
        topical: Persons of whom is told what they speak or write about.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        lexicon: Lexicon,
        account: Account,
        lines: Lines,
    ) -> None:
        self._vocabulary = vocabulary
        self._lexicon = lexicon
        self._account = account
        self._lines = lines
        self._open = Record()
        # What stands before it in the window of the moment is others'.
        self._floor = 0
        # Where the last field stood.
        self._last = 0
        self._roles: frozenset[str] = frozenset()
        self._formatted = False
        self.topical = 0
        self._scopes = Scopes(vocabulary, lexicon)
        # Who was told apart in the block of the moment, and where.
        self._told: list[tuple[int, Record]] = []
        self._stands = -1

    def hear(self, hits: list[Hit]) -> frozenset[str]:
        """Return what these words, and all before, say that the text is."""
        self._roles = self._roles.union(*(hit.meaning.roles for hit in hits))
        return self._roles

    def _field(
        self, kind: str, key: str, text: str, start: int, window: bytes, *, sure: bool = True
    ) -> None:
        """Take a field; the same one a second time begins another person's record."""
        record = self._open
        unnamed = kind in UNNAMED and not OF_PERSON & record.values.keys()
        again = (unnamed or kind in OF_PERSON) and key in record.keys
        if again or self._is_far(window, start):
            self._read_health(window, start)
            self._close()
            record = self._open
            record.start = start if again else -1
        self._last = start
        if record.start < 0:
            # Something medical may stand before what tells the person apart.
            record.start = max(self._floor, start - LEAD)
        if record.add(kind, text, sure=sure) and kind in OF_PERSON | UNNAMED:
            record.keys.add(key)
            if self._stands < 0:
                self._stands = start

    def _is_far(self, window: bytes, start: int) -> bool:
        """Tell whether so many members that say nothing stand before a field."""
        if not self._open.values or self._formatted or start - self._last <= FAR:
            return False
        return len(_MEMBER.findall(window, max(0, self._last), start)) > MEMBERS

    def _called(self, window: bytes, hit: Hit) -> None:
        """Take the parts of a name that is an object."""
        for kind, key, text, start in called(window, hit):
            self._field(kind, key, text, start, window)

    def _place(self, placed: Placed, window: bytes) -> None:
        """Take a field that its place names; an insured's number may be an identifier."""
        self._field(placed.kind, placed.kind, placed.text, placed.start, window)
        if placed.kind == "insurer_id":
            place = Place(group=f"key {placed.kind}", announced=True)
            self._number(_alone(), placed.text, placed.start, place, window)

    def _stacked(self, window: bytes, start: int, end: int) -> int | None:
        """Take the fields whose names stand below each other from a word on, and return their end.

        None where there are none.
        """
        stack = stacked_at(window, start, end, self._vocabulary)
        if stack is None:
            return None
        fields, ends = stack
        for column, text, at in fields:
            if column.kind:
                self._field(column.kind, column.title, text, at, window, sure=column.sure)
            if column.entries:
                place = Place(group=f"key {column.title.lower()}", announced=True)
                self._number(column.entries, text, at, place, window)
        return ends

    def _name_around(self, window: bytes, start: int, end: int) -> None:
        """Take the name before or after what else tells somebody apart, with its word."""
        if not self._open.name and (name := name_around(window, start, end)) is not None:
            self._open.add("full_name", name.name)
            self._open.titled = name.titled

    def _whose(self, kind: str, named: Named, window: bytes, word: int) -> None:
        """Take what a field for a name says of whose it is."""
        record = self._open
        patient = kind == "full_name" and "patient" in named.meaning.roles
        record.enrolled |= patient or is_in_patient(window, word)
        record.treated |= is_of_patient(named.key)
        record.housed |= (patient or record.treated) and is_called(named.text)

    def _born(self, window: bytes, word: int, start: int, end: int) -> None:
        """Take the name around a birth date from `start` to `end`, and what stands behind it."""
        self._name_around(window, word, end)
        self._open.behind = window[start : start + BEHIND]

    def _number(
        self,
        entries: tuple[Entry, ...],
        text: str,
        start: int,
        place: Place,
        window: bytes,
        said: Callable[[], HealthContext] | None = None,
    ) -> bool:
        """Count an announced value, and tell whether it is an identifier or may be one."""
        announced = read_announced(entries, text)
        if announced is None or is_example(window, start):
            return False
        entry, value, canonical = announced
        if self._account.is_test(entry, value):
            return True
        if not entry.checked:
            self._roles |= {"patient"}
            self._field("record_id", entry.id, value, start, window)
            self._open.file_number = True
            return True
        if entry.identifies == "insurer":
            self._roles |= {"patient"}
        elif entry.identifies == "person" and canonical is not None:
            self._identified(canonical, place.group, start, window)
        health = said() if said else None
        if health is None and self._account.wants_health:
            health = self._lexicon.context(decode(window[max(0, start - RECORD) : start + RECORD]))
        self._account.add(
            Sighting(
                entry=entry,
                value=value,
                canonical=canonical,
                place=place,
                where=lambda: self._lines.where(start),
                believable=canonical is None,
                # The scanner counts it by itself.
                again=entry.alone and canonical is not None and is_strict(entry, text),
            ),
            health,
        )
        return True

    def _announced(self, window: bytes, hit: Hit, entries: tuple[Entry, ...]) -> None:
        """Look for an identifier after a word of running text that announces it."""
        place = Place(group="text", announced=True)
        for entry, start, end in announced_by(entries, window, hit.end, self._vocabulary):
            if self._number((entry,), decode(window[start:end]), start, place, window):
                if not entry.checked:
                    self._name_around(window, hit.start, end)
                return

    def _identified(self, canonical: str, group: str, start: int, window: bytes) -> None:
        """Take an identifier; another one in the same place begins another person's record."""
        if canonical not in self._open.identifiers and group in self._open.keys:
            self._read_health(window, start)
            self._close()
        if self._open.start < 0:
            self._open.start = max(self._floor, start - LEAD)
        self._open.keys.add(group)
        self._open.identifiers.append(canonical)

    def _count_topics(self, table: Table, rows: Rows) -> None:
        """Count the people of whom rows say what they speak or write of, and animals."""
        kinds = {one.kind for one in table.columns}
        if "species" in kinds:
            at = [n for n, one in enumerate(table.columns) if one.kind == "species"]
            kept = [any(map(is_animal, cells[at[0] : at[-1] + 1])) for _, cells in rows]
            self.topical += sum(kept)
        if "topic" in kinds and (table.names_people or "birth_date" in kinds):
            self.topical += len(rows)

    def _row(
        self, table: Table, cells: list[str], at: int, window: bytes, subjects: frozenset[int]
    ) -> None:
        """Read a row by itself; columns of `subjects` say nothing of anybody."""
        wanted = self._account.wants_records
        filled = table.filled(cells, every=wanted)
        spoken = [
            text for n, column, text in filled if column.kind not in SILENT and n not in subjects
        ]
        health = Speech(self._lexicon, [*spoken, *table.voices]).health
        record = Record(roles=self._roles)
        self._open = record
        for number, column, text in filled:
            if column.entries and not column.against:
                place = table.place(number)
                if not self._number(column.entries, text, at, place, window, health):
                    for entry in column.entries:
                        self._account.misfit(entry, place, text)
        if not wanted:
            return

        def remarked() -> bool:
            return bool(health()) and remarks(spoken, self._lexicon)

        def telling() -> bool:
            return any(tells(one, self._lexicon) for one in spoken)

        if fill(record, table, filled, health, remarked, telling, formatted=self._formatted):
            self._account.record(record)

    def _read_health(self, window: bytes, end: int) -> None:
        record = self._open
        if record.values or record.identifiers:
            record.keep(window[max(0, record.start) : end], self._lexicon)

    def _end(self, window: bytes, low: int, high: int) -> None:
        """Say that a block ends, whose places are not those of the next one."""
        self._read_health(window, high)
        self._tell(self._open)
        for record in self._scopes.read(window, low, high, self._told):
            if record is not self._open:
                self._account.record(record)
        self._told.clear()
        self._open.start = -1
        self._floor -= high
        self._last -= high

    def _tell(self, record: Record) -> None:
        """Remember who is told apart by more than a contact."""
        sure = record.identifiers or "birth_date" in record.values
        if self._stands >= 0 and sure and record.told_by():
            self._told.append((self._stands, record))
        self._stands = -1

    def _close(self) -> None:
        record, self._open = self._open, Record(start=-1)
        if record.values or record.identifiers:
            record.formatted = self._formatted
            record.roles = self._roles
            # Most records of ordinary text are about nobody.
            applies = record.applies and not self._account.told
            told = record.may_be_told
            # What people write of may be a disease, and who they are told in a word of its own.
            self.topical += "topic" in record.values and (told or "birth_date" in record.values)
            if told and not applies:
                record.search(self._lexicon)
                self._account.record(record)
                self._tell(record)
        self._stands = -1

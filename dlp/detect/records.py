"""Records: reads the fields of one text as it streams, whatever it is laid out as, and who they
are about.

Works where a word of the vocabulary stands, so that text without any costs nothing. What it sees
(identifiers where they are announced, persons with what is medical beside them) goes into the
account.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from dlp.detect import messages
from dlp.detect.announced import announced_by, is_strict, read_announced
from dlp.detect.fold import decode
from dlp.detect.forms import is_example, may_hold_example
from dlp.detect.headers import header_at, stop_of
from dlp.detect.keyed import named_value
from dlp.detect.lexicon import Speech
from dlp.detect.persons import OF_PERSON, SILENT, UNNAMED, Record
from dlp.detect.prose import name_around
from dlp.detect.sheets import SheetReader, fill
from dlp.detect.sighting import Place, Sighting, announcing

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlp.detect.account import Account
    from dlp.detect.blocks import Lines
    from dlp.detect.entries import Entry
    from dlp.detect.keyed import Named
    from dlp.detect.lexicon import HealthContext, Lexicon
    from dlp.detect.tables import Table
    from dlp.detect.words import Hit, Vocabulary

__all__ = ["RecordReader"]

# Text around a place that belongs to its record where nothing says where that ends.
RECORD = 2 * 1024
# Text before what tells a person apart that is a part of the record.
LEAD = 512


class RecordReader:
    """Reads the records of one text.

    Args:
        vocabulary: The words.
        lexicon: The health terms.
        account: Where what is seen is counted.
        lines: Names places in the window of the moment, for people.

    Attributes:
        table: The table that the text goes on in, so that it is to be read without any word.
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
        self._sheets = SheetReader(lexicon, account, lines)
        self.table: Table | None = None
        self._open = Record()
        self._roles: frozenset[str] = frozenset()
        self._formatted = False
        self._examples: bool | None = None
        self.topical = 0

    def block(self, window: bytes, low: int, high: int, hits: list[Hit], *, signed: bool) -> None:
        """Read what stands between `low` and `high` of `window`.

        Args:
            window: Text with what stands before and after.
            low: Where it begins.
            high: Where it ends.
            hits: The words in it.
            signed: Whether a message of a health format may be in it.
        """
        self.hear(hits)
        if signed and messages.speaks_health(window[low:high]):
            self._formatted = True
        self._examples = None
        at, self._open.start = low, max(self._open.start, 0)
        if self.table is not None:
            at = self._rows(window, low, high, hits)
        if not self._account.wants_records:
            return
        if signed:
            self._placed(window, at, high)
        self._words(window, at, high, hits)
        self._read_health(window, high)
        self._open.start = -1

    def hear(self, hits: list[Hit]) -> frozenset[str]:
        """Return what these words, and all before, say that the text is."""
        self._roles = self._roles.union(*(hit.meaning.roles for hit in hits))
        return self._roles

    def finish(self) -> None:
        """Say that the text ends here."""
        self._close()

    # Words and their values.

    def _words(self, window: bytes, at: int, high: int, hits: list[Hit]) -> None:
        tried = -1
        # A word inside of a mail address, a host's name or a type of MongoDB's ends no value.
        ends = [hit.start for hit in hits if window[hit.start - 1] not in b"@.$"]
        for hit in hits:
            if hit.start < at:
                continue
            meaning = hit.meaning
            if not (meaning.kinds or meaning.weak or meaning.named):
                continue
            line = window.rfind(b"\n", 0, hit.start) + 1
            if line != tried:
                tried = line
                header = header_at(window, hit.start, self._vocabulary)
                if header is not None and header[1] <= len(window):
                    self._close()
                    self.table = header[0]
                    at = self._rows(window, header[1], high, hits)
                    continue
            later = bisect_right(ends, hit.start)
            following = ends[later] if later < len(ends) else len(window)
            named = named_value(window, hit, following, self._vocabulary)
            if named is not None:
                self._named(named, window, hit.start)
            if meaning.entries and not (named and read_announced(meaning.entries, named.text)):
                self._announced(window, hit, meaning.entries)

    def _named(self, named: Named, window: bytes, word: int) -> None:
        meaning = named.meaning
        kinds = meaning.kinds or meaning.weak
        for kind in sorted(kinds):
            self._field(kind, named.key, named.text, named.start, window, sure=bool(meaning.kinds))
            self._open.enrolled |= kind == "full_name" and "patient" in meaning.roles
            if kind == "birth_date":
                self._name_around(window, word, named.end)
        if meaning.named:
            place = Place(group=f"key {named.key}", announced=True)
            self._number(meaning.named, named.text, named.start, place, window)

    def _name_around(self, window: bytes, start: int, end: int) -> None:
        """Take the name before or after what else tells somebody apart, with its word."""
        if not self._open.name and (name := name_around(window, start, end)) is not None:
            self._open.add("full_name", name.name)
            self._open.titled = name.titled

    def _field(
        self, kind: str, key: str, text: str, start: int, window: bytes, *, sure: bool = True
    ) -> None:
        """Take a field; the same one a second time begins another person's record."""
        record = self._open
        unnamed = kind in UNNAMED and not OF_PERSON & record.values.keys()
        if (unnamed or kind in OF_PERSON) and key in record.keys:
            self._read_health(window, start)
            self._close()
            record = self._open
            record.start = start
        if record.start < 0:
            # Something medical may stand before what tells the person apart.
            record.start = max(0, start - LEAD)
        if record.add(kind, text, sure=sure) and kind in OF_PERSON | UNNAMED:
            record.keys.add(key)

    def _announced(self, window: bytes, hit: Hit, entries: tuple[Entry, ...]) -> None:
        """Look for an identifier after a word of running text that announces it."""
        place = Place(group="text", announced=True)
        for entry, start, end in announced_by(entries, window, hit.end, self._vocabulary):
            if self._number((entry,), decode(window[start:end]), start, place, window):
                if not entry.checked:
                    self._name_around(window, hit.start, end)
                return

    # Identifiers where they are announced.

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

    def _identified(self, canonical: str, group: str, start: int, window: bytes) -> None:
        """Take an identifier; another one in the same place begins another person's record."""
        if canonical not in self._open.identifiers and group in self._open.keys:
            self._read_health(window, start)
            self._close()
        if self._open.start < 0:
            self._open.start = max(0, start - LEAD)
        self._open.keys.add(group)
        self._open.identifiers.append(canonical)

    # Tables.

    def _rows(self, window: bytes, start: int, high: int, hits: list[Hit]) -> int:
        """Read rows from `start` on, and return where the table stops."""
        table = self.table
        assert table is not None
        stop = stop_of(table, window, start, high, hits, self._vocabulary)
        rows = list(table.rows(window[start:stop]))
        end = start + rows[-1][0] if rows else start
        if rows and table.identifies:
            self._read_rows(table, rows, start, window)
        if table.style == "html" and b"</table" in window[start:stop].lower():
            self.table = None
            return start + window[start:stop].lower().rfind(b"</table")
        if table.ended or stop < high:
            self.table = None
        return end if table.ended else stop

    def _read_rows(
        self, table: Table, rows: list[tuple[int, list[str]]], start: int, window: bytes
    ) -> None:
        # Once enough persons are told apart, within these rows, the rest is read otherwise.
        fits = not 0 < self._account.room < len(rows)
        if self._examples is None:
            self._examples = may_hold_example(window)
        if table.uniform and fits and not self._examples:
            self._roles = self._sheets.read(
                table, rows, start, self._roles, formatted=self._formatted
            )
        else:
            for offset, cells in rows:
                self._row(table, cells, start + offset, window)
        self._open = Record(start=-1)

    def _row(self, table: Table, cells: list[str], at: int, window: bytes) -> None:
        """Read a row by itself."""
        wanted = self._account.wants_records
        filled = table.filled(cells, every=wanted)
        spoken = [text for _, column, text in filled if column.kind not in SILENT]
        health = Speech(self._lexicon, spoken).health
        record = Record(roles=self._roles)
        self._open = record
        for number, column, text in filled:
            if column.entries and not column.against:
                place = announcing(number)
                if not self._number(column.entries, text, at, place, window, health):
                    for entry in column.entries:
                        self._account.misfit(entry, place, text)
        if wanted and fill(record, table, filled, health, formatted=self._formatted):
            self._account.record(record)

    # Messages whose fields have places.

    def _placed(self, window: bytes, low: int, high: int) -> None:
        fields = sorted(
            [*messages.placed_fields(window, low, high), *messages.fhir_numbers(window, low, high)],
            key=lambda placed: placed.start,
        )
        for placed in fields:
            if placed.begins:
                self._read_health(window, placed.start)
                self._close()
                self._formatted |= not placed.ordinary
                self._open.start = placed.start
            self._field(placed.kind, placed.kind, placed.text, placed.start, window)

    def _read_health(self, window: bytes, end: int) -> None:
        record = self._open
        if record.values or record.identifiers:
            record.keep(window[max(0, record.start) : end], self._lexicon)

    def _close(self) -> None:
        record, self._open = self._open, Record(start=-1)
        if record.values or record.identifiers:
            record.formatted = self._formatted
            record.roles = self._roles
            # Most records of ordinary text are about nobody.
            if record.may_be_told:
                record.search(self._lexicon)
                self.topical += "topic" in record.values
                self._account.record(record)

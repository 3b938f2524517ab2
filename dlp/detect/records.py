"""Records: reads the fields of one text as it streams, in any layout, and whom they are about.

Works where a word of the vocabulary stands, so that text without any costs nothing. What it sees
(identifiers where they are announced, persons with what is medical beside them) goes into the
account.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect import messages
from dlp.detect.announced import read_announced
from dlp.detect.columned import LongColumns
from dlp.detect.fields import Fields
from dlp.detect.fold import decode
from dlp.detect.forms import may_hold_example
from dlp.detect.headers import header_at, only_rows, row_before, stop_of
from dlp.detect.keyed import limits, named_value
from dlp.detect.lists import LONGEST
from dlp.detect.persons import Record
from dlp.detect.series import Series
from dlp.detect.shapes import matters
from dlp.detect.sheets import SheetReader
from dlp.detect.sighting import Place
from dlp.detect.telling import QUIET
from dlp.detect.transposed import may_open, transposed_at
from dlp.detect.triggers import ROLES
from dlp.detect.values import NAMES

if TYPE_CHECKING:
    from dlp.detect.account import Account
    from dlp.detect.blocks import Lines
    from dlp.detect.keyed import Named
    from dlp.detect.lexicon import Lexicon
    from dlp.detect.series import Read
    from dlp.detect.tables import Rows, Table
    from dlp.detect.transposed import Transposed
    from dlp.detect.words import Hit, Vocabulary

__all__ = ["RecordReader"]

# A value of more than a line, and what is before it.
_TEXT = re.compile(rb'"[^"\n]{1,2000}+\n')
_MEMBER = re.compile(rb'.?:"|: "')
# What is left of an array of strings behind its first one.
_REST = re.compile(rb""""(?:\s{0,20},\s{0,20}"[^"\\]{0,80}"){1,50}(?=\s{0,20}\])""")


class RecordReader(Fields):
    """Reads the records of one text.

    Args:
        vocabulary: The words.
        lexicon: The health terms.
        account: Where what is seen is counted.
        lines: Names places in the window of the moment, for people.

    Attributes:
        table: The table that the text goes on in, so that it is to be read without any word.
        listing: Whether the list that names people, in which the block ended, told of any; or None.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        lexicon: Lexicon,
        account: Account,
        lines: Lines,
    ) -> None:
        super().__init__(vocabulary, lexicon, account, lines)
        self._sheets = SheetReader(lexicon, account, lines)
        self.table: Table | None = None
        self.listing: bool | None = None
        self._series = Series(vocabulary, lexicon)
        self._long = LongColumns(vocabulary)
        # What of the next block was read with the last row or record of this one.
        self._past = b""
        # Whether a message of a health format may be in the block.
        self._signed = False
        self._examples: bool | None = None

    def block(self, window: bytes, low: int, high: int, *, signed: bool) -> None:
        """Read what stands between `low` and `high` of `window`.

        Args:
            window: Text with what stands before and after.
            low: Where it begins.
            high: Where it ends.
            signed: Whether a message of a health format may be in it.
        """
        if signed and messages.speaks_health(window[low:high]):
            self._formatted = True
        self._examples = None
        self._signed = signed
        self.listing = None
        self._open.start = max(self._open.start, 0)
        at = low + len(self._past) if window.startswith(self._past, low) else low
        self._past = b""
        self._floor = max(0, low + self._floor)
        self._last += low
        if self._long.open:
            at = self._along(window, at, high)
        going = self.table is None and self._account.wants_records and not signed
        if going and (series := self._series.resume(window, at, high)) is not None:
            at = self._listed(series, window, high)
        if self.table is not None and self._only_rows(window, at, high):
            at = self._rows(window, at, high, [])
        hits = self._vocabulary.words(window, at, high) if at < high else []
        self.hear(hits)
        if self.table is not None and at < high:
            at = self._rows(window, at, high, hits)
        if not self._account.wants_records:
            return
        if signed:
            self._placed(window, at, high)
        self._words(window, at, high, hits, alone=signed)
        self._end(window, low, high)

    @property
    def goes_on(self) -> bool:
        """Whether the text goes on in a table or columns, and is to be read without any word."""
        return self.table is not None or self._long.open

    def finish(self) -> None:
        """Say that the text ends here."""
        self._long.finish()
        self._told_along(b"", 0)
        self._close()

    # Words and their values.

    def _words(
        self, window: bytes, at: int, high: int, hits: list[Hit], *, alone: bool = False
    ) -> None:
        """Read words and their values; a record that is to be read so `alone` is in no series."""
        tried = -1
        for hit, following in zip(hits, limits(window, hits), strict=True):
            if hit.start < at:
                continue
            meaning = hit.meaning
            placed = self._signed and matters(meaning) and messages.is_of_card(window, hit)
            tried = hit.start if placed else tried
            if placed or not matters(meaning):
                continue
            line = max(window.rfind(b"\n", 0, hit.start) + 1, row_before(window, hit.start))
            if _TEXT.match(window, hit.start - 1) and _MEMBER.match(window, hit.start - 3):
                # What a text inside of JSON begins with.
                line = hit.start
            header = header_at(window, hit.start, self._vocabulary) if line != tried else None
            tried = line
            if header is not None and header[1] <= len(window):
                self._close()
                self.table = header[0]
                at = self._rows(window, header[1], high, hits)
                continue
            ends = self._several(window, hit, at, high, alone=alone)
            if ends is not None:
                at = ends
                continue
            self._called(window, hit)
            named = named_value(window, hit, following, self._vocabulary)
            if named is not None:
                self._named(named, window, hit.start)
                at = max(at, named.start)
            if meaning.entries and not (named and read_announced(meaning.entries, named.text)):
                self._announced(window, hit, meaning.entries)

    def _several(self, window: bytes, hit: Hit, low: int, high: int, *, alone: bool) -> int | None:
        """Read what a word stands in that tells of several, and return where it ends."""
        if (ends := self._stacked(window, hit.start, hit.end)) is not None:
            return ends
        if not alone and (series := self._series.at(window, hit.start, low, high)) is not None:
            return self._listed(series, window, high)
        # Columns that begin with what people speak of are read from the next title on.
        if not may_open(window, hit.end) or (hit.meaning.kinds or hit.meaning.weak) <= QUIET:
            return None
        begins = self._long.begin(window, hit.start, hit.end)
        if begins is not None:
            self._read_health(window, hit.start)
            self._close()
            return self._along(window, begins, high)
        across = transposed_at(
            window, hit.start, hit.end, self._vocabulary, lambda: bool(self._open.name)
        )
        return None if across is None else self._across(across, window, high)

    def _named(self, named: Named, window: bytes, word: int) -> None:
        meaning = named.meaning
        before = window[named.start - 2 : named.start]
        if self._signed and before[-1:] == b":" and before[:1].isalnum():
            # Those of cards are read by their places.
            return
        kinds = meaning.kinds or meaning.weak
        text = named.text
        if kinds <= QUIET and (array := _REST.match(window, named.end)) is not None:
            # All of what somebody speaks of, or may do.
            text += decode(array[0])
        for kind in sorted(kinds):
            self._field(kind, named.key, text, named.start, window, sure=bool(meaning.kinds))
            if kind in NAMES:
                self._whose(kind, named, window, word)
            if kind == "birth_date":
                self._born(window, word, named.start, named.end)
        written = window[named.start : named.end] if before[-1:] == b"=" else b""
        if b"+" in written or b"%" in written:
            # Written as in an address.
            self._open.keep(named.text.encode("utf-8", "replace"), self._lexicon)
        if meaning.named:
            place = Place(group=f"key {named.key}", announced=True)
            self._number(meaning.named, named.text, named.start, place, window)

    # Tables.

    def _rows(self, window: bytes, start: int, high: int, hits: list[Hit]) -> int:
        """Read rows from `start` on, and return where the table stops."""
        table = self.table
        assert table is not None
        text = table.headless(window)
        stop = stop_of(table, text, start, high, hits, self._vocabulary)
        rows, read = table.read(text, start, stop)
        self._past = window[high:read]
        end = start + rows[-1][0] if rows else start
        self._count_topics(table, rows)
        if rows and table.identifies:
            self._read_rows(table, rows, start, window)
        if table.style == "html" and b"</table" in window[start:stop].lower():
            self.table = None
            return start + window[start:stop].lower().rfind(b"</table")
        if table.ended or stop < high:
            self.table = None
        return end if table.ended else max(stop, read)

    def _only_rows(self, window: bytes, start: int, high: int) -> bool:
        """Tell whether there is nothing but rows, and no word says anew what the text is."""
        table = self.table
        assert table is not None
        if not only_rows(table, table.headless(window), start, high):
            return False
        unheard = ROLES - self._roles if self._account.wants_records else frozenset[str]()
        return not (unheard and self._vocabulary.may_say(window, start, high, unheard))

    def _read_rows(self, table: Table, rows: Rows, start: int, window: bytes) -> None:
        # Once enough persons are told apart, within these rows, the rest is read otherwise.
        fits = not 0 < self._account.room < len(rows)
        if self._examples is None:
            self._examples = may_hold_example(window)
        if table.uniform and fits and not self._examples:
            self._roles = self._sheets.read(
                table, rows, start, self._roles, formatted=self._formatted
            )
        else:
            subjects = self._sheets.subjects(table, rows)
            for offset, cells in rows:
                self._row(table, cells, start + offset, window, subjects)
        self._open = Record(start=-1)

    # Lists of objects and elements.

    def _listed(self, series: Read, window: bytes, high: int) -> int:
        """Read a series, and return where it ends."""
        self.hear(series.words)
        if series.silent:
            # Somebody's record may go on.
            self._past = window[high : series.end]
            return series.end
        self._read_health(window, series.start)
        self._close()
        seen = self._account.sightings
        for table, rows in series.rows.items():
            self._count_topics(table, rows)
            self._read_rows(table, rows, 0, window)
        telling = self._account.sightings > seen
        for start, end in series.odd:
            self._open = Record(start=start)
            hits = self._vocabulary.words(window, start, end)
            self.hear(hits)
            self._words(window, start, end, hits, alone=True)
            self._read_health(window, end)
            self._close()
        self._past = window[high : series.end]
        self._floor = series.end
        named = any(table.names_people for table in series.rows)
        self.listing = telling if named and high - series.end < LONGEST else None
        return series.end

    # Columns one after the other.

    def _along(self, window: bytes, at: int, high: int) -> int:
        """Read columns that go on past the window, and return where that ends."""
        end = self._long.read(window, at, high)
        self._told_along(window, at)
        self._past = window[high:end]
        return end

    def _told_along(self, window: bytes, at: int) -> None:
        if (told := self._long.take()) is not None:
            table, rows = told
            self._read_rows(table, [(at, row) for row in rows], 0, window)

    def _across(self, read: Transposed, window: bytes, high: int) -> int:
        """Read people of whom columns tell, and return where these end."""
        self._read_health(window, read.rows[0][0])
        self._close()
        self._read_rows(read.table, read.rows, 0, window)
        self._past = window[high : read.end]
        return read.end

    # Messages whose fields have places.

    def _placed(self, window: bytes, low: int, high: int) -> None:
        for placed in messages.placed_fields(window, low, high):
            if placed.begins:
                self._read_health(window, placed.start)
                self._close()
                self._formatted |= not placed.ordinary
                self._open.start = placed.start
                self._open.enrolled = placed.enrols
            self._place(placed, window)

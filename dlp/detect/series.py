"""Series: objects, elements and lines of people that stand one after the other, as programs list
them.

Read word by word, each name of a field takes as long as a whole row of a table; read as rows of a
table whose titles are those names, a record takes little more.
"""

from __future__ import annotations

import html
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate, islice, takewhile
from typing import TYPE_CHECKING

from dlp.detect.fold import decode
from dlp.detect.lists import LONGEST, around, spans, until
from dlp.detect.pairs import Begins
from dlp.detect.shapes import REMEMBERED, Shapes, matters
from dlp.detect.telling import CONTACTS
from dlp.detect.values import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.detect.lexicon import Lexicon
    from dlp.detect.lists import Form
    from dlp.detect.shapes import Places, Shape
    from dlp.detect.tables import Rows, Table
    from dlp.detect.words import Hit, Vocabulary

__all__ = ["APART", "Read", "Series"]

# Records of a list whose shape is not known yet.
FEWEST = 4
# What tells somebody apart beside a name.
APART_BY = frozenset({"birth_date", *NUMBERS, *CONTACTS})
# People of whom one record is read as a list.
SEVERAL = 2
# Between values, so that no word stands in two of them.
APART = b"\n|\n"


@dataclass(slots=True)
class Read:
    """What was read of a series.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        words: Those that were heard in it for the first time.
        rows: Those of each table, their places counted from the window's beginning.
        odd: Where records stand that are to be read word by word.
        silent: Whether nothing in it names or announces anything.
    """

    start: int
    end: int
    words: list[Hit]
    rows: dict[Table, Rows] = field(default_factory=dict)
    odd: list[tuple[int, int]] = field(default_factory=list)
    silent: bool = False


@dataclass(slots=True)
class _Record:
    """A record of a series, and how it is to be read.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        shape: What its fields mean.
        cells: Its values.
        plain: Whether no word in these names or announces anything.
    """

    start: int
    end: int
    shape: Shape
    cells: list[str]
    plain: bool = True


class Series:
    """Reads the series of one text.

    Args:
        vocabulary: The words.
        lexicon: The health terms.
    """

    def __init__(self, vocabulary: Vocabulary, lexicon: Lexicon) -> None:
        self._vocabulary = vocabulary
        self._shapes = Shapes(vocabulary, lexicon)
        # Values in which no word may be the name of a field.
        self._mute: set[str] = set()
        # Where in the window of the moment no series begins, and what was open before a word.
        self._tried: set[int] = set()
        self._opened = (-1, -1)
        self._begins = Begins()
        # How the series is written that may go on.
        self._form: Form | None = None

    def resume(self, window: bytes, start: int, high: int) -> Read | None:
        """Return what a series says that goes on from the window before, if one does.

        Args:
            window: Text around.
            start: Where it goes on.
            high: Where its last record begins at the latest.
        """
        self._tried.clear()
        self._opened = (-1, -1)
        self._begins = Begins()
        form, self._form = self._form, None
        first = form.span(window, start) if form is not None and start < high else None
        if form is None or first is None or first[0] >= high:
            return None
        return self._read(form, window, first, high)

    def at(self, window: bytes, word: int, low: int, high: int) -> Read | None:
        """Return what the series says that a word stands in, or None where it stands in none.

        Args:
            window: Text around.
            word: Where the word stands.
            low: Where the series begins at the earliest.
            high: Where its last record begins at the latest.
        """
        low = max(low, word - LONGEST)
        for form, start in self._around(window, low, word):
            if start in self._tried:
                continue
            self._tried.add(start)
            first = form.span(window, start)
            if first is None or not first[0] <= word < first[1]:
                continue
            read = self._read(form, window, first, high)
            if read is not None:
                return read
        return None

    def _around(self, window: bytes, low: int, word: int) -> Iterator[tuple[Form, int]]:
        """Yield what may be the record that a word stands in, and where it begins."""
        opened = (window.rfind(b"{", low, word), window.rfind(b"<", low, word))
        if opened != self._opened:
            self._opened = opened
            yield from around(window, low, word)
        if (lines := self._begins.of(window, low, word)) is not None:
            yield lines

    def _read(self, form: Form, window: bytes, first: tuple[int, int], high: int) -> Read | None:
        if first[1] - first[0] > LONGEST:
            return None
        keys, _ = form.fields(decode(window[first[0] : first[1]]))
        known = self._shapes.known(keys)
        if known is None:
            few = len(list(islice(spans(form, window, first[0]), FEWEST))) < FEWEST
            if few and len(set(keys)) == len(keys):
                return None
            known = self._judged(form, keys, window, first)
            # Of several people in one record its objects say more than its words; what else has a
            # name there may be what one of them has.
            if few and sum(map(_tells, (table for table, _ in known.parts))) < SEVERAL:
                return None
        if known.silent:
            return self._passed(form, window, first, high)
        if not known.of_person:
            return None
        records = list(self._records(form, window, first, high))
        words = self._hear(form, window, [one for one in records if one.shape.of_person])
        self._form = form
        return _sorted(records, high, words)

    def _passed(self, form: Form, window: bytes, first: tuple[int, int], high: int) -> Read | None:
        """Pass by records in which nothing names or announces anything."""
        records = list(
            takewhile(
                lambda one: one.shape.silent and one.start < high,
                self._records(form, window, first, high),
            )
        )
        words = self._hear(form, window, records)
        passed = list(takewhile(lambda one: one.plain, records))
        if not passed:
            return None
        self._form = form
        return Read(passed[0].start, passed[-1].end, words, silent=True)

    def _records(
        self, form: Form, window: bytes, first: tuple[int, int], high: int
    ) -> Iterator[_Record]:
        for start, end in until(spans(form, window, first[0]), high):
            text = decode(window[start:end])
            keys, cells = form.fields(text)
            if "&" in text:
                cells = [html.unescape(cell) for cell in cells]
            shape = self._shapes.known(keys) or self._judged(form, keys, window, (start, end))
            yield _Record(start, end, shape, cells)

    def _judged(
        self, form: Form, keys: tuple[str, ...], window: bytes, span: tuple[int, int]
    ) -> Shape:
        places = form.places(window, *span)
        return self._shapes.judge(
            keys,
            window,
            places,
            lambda: form.paths(window, *span, places),
            self._words(window, span),
        )

    def _words(self, window: bytes, span: tuple[int, int]) -> list[Hit]:
        """Return the words of a record that may be names of fields."""
        return [hit for hit in self._vocabulary.words(window, *span) if matters(hit.meaning)]

    def _hear(self, form: Form, window: bytes, records: list[_Record]) -> list[Hit]:
        """Return the words in values that were not heard yet, and say which records are odd."""
        new = list(set().union(*(one.cells for one in records)) - self._mute)
        values = [cell.encode("utf-8", "replace") for cell in new]
        text = APART.join(values)
        words = self._vocabulary.words(text, 0, len(text))
        begins = list(accumulate((len(value) + len(APART) for value in values), initial=0))
        speaking = {
            new[bisect_right(begins, hit.start) - 1] for hit in words if matters(hit.meaning)
        }
        if len(self._mute) > REMEMBERED:
            self._mute.clear()
        self._mute.update(new)
        self._mute -= speaking
        for one in records if speaking else ():
            if speaking.isdisjoint(one.cells):
                continue
            places = form.places(window, one.start, one.end)
            spoken = [n for n, cell in enumerate(one.cells) if cell in speaking]
            one.plain = all(self._is_plain(window, places, n) for n in spoken)
            if one.plain:
                self._mute.update(one.cells)
                speaking.difference_update(one.cells)
        return words

    def _is_plain(self, window: bytes, places: Places, n: int) -> bool:
        """Tell whether no word in a value names or announces anything."""
        # As far as the next name, which ends what a word may name.
        end = places[n + 1][1] if n + 1 < len(places) else places[n][3]
        return self._shapes.is_plain(window, places, self._words(window, (places[n][0], end)))


def _tells(table: Table) -> bool:
    """Tell whether fields are somebody's: a name alone may be that of anything."""
    kinds = {one.kind for one in table.columns}
    named = {"first_name", "last_name"} <= kinds or not kinds.isdisjoint(APART_BY)
    return named or any(one.entries for one in table.columns)


def _sorted(records: list[_Record], high: int, words: list[Hit]) -> Read:
    """Return records by how they are to be read."""
    read = Read(records[0].start, records[0].start, words)
    for one, following in zip(records, [*records[1:], None], strict=True):
        if one.start >= high:
            break
        # What stands behind somebody and is about nobody may be about him.
        alone = following is None or following.shape.of_person
        if one.plain and alone and one.shape.of_person:
            for table, fields in one.shape.parts:
                whole = len(fields) == len(one.cells)
                cells = one.cells if whole else [one.cells[n] for n in fields]
                read.rows.setdefault(table, []).append((one.start, cells))
        elif one.end > high:
            # Its words are those of two blocks.
            break
        elif read.odd and read.odd[-1][1] == read.end:
            read.odd[-1] = (read.odd[-1][0], one.end)
        else:
            read.odd.append((one.start, one.end))
        read.end = one.end
    return read

"""Columns one after the other that are longer than what is seen of a text at once.

What pandas and R write of a whole table: as many people as the first thousands of values of each
column tell of are enough, and where a column ends is found without a look at its others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlp.detect.columns import titled
from dlp.detect.fold import decode
from dlp.detect.tables import Table
from dlp.detect.telling import IDENTIFYING, SPEAKING, TELLING
from dlp.detect.transposed import NEXT, TITLE, opens_at, tell_of_people

if TYPE_CHECKING:
    from dlp.detect.columns import Column
    from dlp.detect.words import Vocabulary

__all__ = ["LongColumns"]

# Values of a column that are read, and columns.
MOST_VALUES, MOST_COLUMNS = 2_000, 64
# What a value is shorter than.
LONGEST_VALUE = 1024

_ITEM = rb"""(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|[\w.+-]++)"""


@dataclass(frozen=True, slots=True)
class _Style:
    """How a column is written.

    Attributes:
        opens: Its title and what stands before its first value.
        value: A value, with what stands before it.
        rest: All values that follow.
        closes: What stands behind the last one.
    """

    opens: re.Pattern[bytes]
    value: re.Pattern[bytes]
    rest: re.Pattern[bytes]
    closes: re.Pattern[bytes]


def _lined(delimiter: bytes) -> _Style:
    """Return how lines are written that begin with a title."""
    return _Style(
        re.compile(rb"""["']?(?P<bare>[^\W\d][^%b"'\r\n]{0,60})["']?(?=%b)""" % ((delimiter,) * 2)),
        re.compile(rb"%b([^%b\r\n]*+)" % ((delimiter,) * 2)),
        re.compile(rb"[^\r\n]*+"),
        re.compile(rb"\r?\n"),
    )


_ARRAY = _Style(
    re.compile(
        rb"%b(?:<-|=>|[:=])\s{0,4}(?:(?:[a-z]{2}\.)?[A-Za-z]{1,8}\()?(?:c\(|list\(|[\[(])" % TITLE
    ),
    re.compile(rb"[\s,]*+(%b)" % _ITEM),
    re.compile(rb"(?:%b|[\s,]++)*+" % _ITEM),
    re.compile(rb"[\s,]*+[\])]"),
)
_NUMBERED = _Style(
    re.compile(rb'%b:\s{0,4}\{(?=\s{0,40}"0"\s{0,4}:)' % TITLE),
    re.compile(rb'[\s,]*+"\d{1,9}"\s*+:\s*+(%b)' % _ITEM),
    re.compile(rb"(?:%b|[\s,:]++)*+" % _ITEM),
    re.compile(rb"[\s,]*+\}"),
)
_LINES = {sign: _lined(sign) for sign in (b";", b"\t")}


@dataclass(slots=True)
class _Column:
    """A column: what it holds, how it is written, its values so far, whether more follow."""

    column: Column
    style: _Style
    cells: list[str] = field(default_factory=list)
    ends: bool = False

    @property
    def is_of_people(self) -> bool:
        """Whether it holds what tells people apart; of what else is said, each may be a text."""
        return self.column.kind in IDENTIFYING | {"birth_date"} or bool(self.column.entries)

    @property
    def tells(self) -> bool:
        """Whether it may say something medical."""
        return self.column.kind in TELLING | SPEAKING


class LongColumns:
    """Reads columns that follow each other, however long, from one window to the next.

    Args:
        vocabulary: Tells what titles mean.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._columns: list[_Column] = []
        self._going = False
        self._ready = False

    @property
    def open(self) -> bool:
        """Whether the text goes on in them."""
        return self._going

    def begin(self, window: bytes, start: int, end: int) -> int | None:
        """Return where the values begin of columns, the first of which a word is the title of.

        None where they are none, or end within the window.

        Args:
            window: Text around.
            start: Where the word begins.
            end: Where it ends.
        """
        opens = opens_at(window, start, end)
        if opens is not None:
            styles = [_ARRAY, _NUMBERED]
        elif (sign := window[end : end + 1]) in _LINES and window[start - 1 : start] in b"\n":
            opens, styles = start, [_LINES[sign]]
        else:
            return None
        self._columns.clear()
        at = self._open(window, opens, styles)
        if at is None or not self._columns[0].is_of_people or not self._is_cut(window, at):
            return None
        self._going = True
        return at

    def read(self, window: bytes, at: int, high: int) -> int:
        """Read what stands between `at` and `high`, and return where it ends."""
        while self._going and at < high:
            last = self._columns[-1]
            if not last.ends:
                at = self._values(last, window, at, high)
                continue
            following = NEXT.match(window, at)
            begins = at if following is None else following.end()
            opened = self._open(window, begins, [last.style])
            if opened is None or len(self._columns) > MOST_COLUMNS:
                self._going, self._ready = False, True
            at = begins if opened is None else opened
        return at

    def finish(self) -> None:
        """Say that the text ends."""
        self._ready, self._going = self._ready or self._going, False

    def take(self) -> tuple[Table, list[list[str]]] | None:
        """Return the people told of so far, as rows of a table, if there is anything new."""
        if not self._ready:
            return None
        self._ready = False
        count = max(len(one.cells) for one in self._columns)
        alike = [one for one in self._columns if len(one.cells) == count]
        columns = [one.column for one in alike]
        if not tell_of_people(columns, count, bool):
            return None
        rows = zip(*(one.cells for one in alike), strict=True)
        return Table(style="columns", delimiter=b"", columns=columns), [list(row) for row in rows]

    def _open(self, window: bytes, at: int, styles: list[_Style]) -> int | None:
        """Return where the values begin of a column that opens, if one does."""
        for style in styles:
            if (opened := style.opens.match(window, at)) is not None:
                groups = opened.groupdict()
                title = decode(groups.get("quoted") or groups["bare"]).strip()
                self._columns.append(_Column(titled(title, self._vocabulary), style))
                return opened.end()
        return None

    def _is_cut(self, window: bytes, at: int) -> bool:
        """Tell whether the first column, or one of those behind it, goes on past the window."""
        style = self._columns[0].style
        while True:
            rest = style.rest.match(window, at)
            at = at if rest is None else rest.end()
            closes = style.closes.match(window, at)
            if closes is None:
                # A string may be cut.
                return len(window) - at < LONGEST_VALUE
            following = NEXT.match(window, closes.end())
            opened = style.opens.match(window, following.end() if following else closes.end())
            if opened is None:
                return False
            at = opened.end()

    def _values(self, column: _Column, window: bytes, at: int, high: int) -> int:
        while at < high and len(column.cells) < MOST_VALUES:
            value = column.style.value.match(window, at)
            if value is None:
                break
            column.cells.append(decode(value[1]).strip(" \r\"'"))
            at = value.end()
        if len(column.cells) == MOST_VALUES:
            rest = column.style.rest.match(window, at)
            at = at if rest is None else rest.end()
        if at >= high:
            return at
        closes = column.style.closes.match(window, at)
        column.ends = closes is not None
        self._ready |= column.tells
        if closes is None:
            # Something else than values.
            self._going, self._ready = False, True
            return at
        return closes.end()

"""Scans one text as it streams: gate, candidates, validators, context, into an account.

The text is cut into blocks at places that depend on the text alone, and each block is scanned
with what stands before and after it, so that the findings are the same however the text was cut
into chunks on its way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.account import Account, Place, Sighting
from dlp.detect.fold import fold, plain
from dlp.detect.gate import DIGIT, INVISIBLE, regions
from dlp.detect.layout import Layout, decode, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.detect.entries import Entry
    from dlp.detect.lexicon import HealthContext, Lexicon

__all__ = ["TextScanner"]

BLOCK = 32 * 1024
# What a scan sees before and after its block: more than the longest written identifier with
# the words that announce it, and enough of a letter to know what it is about.
BEFORE = 4 * 1024
AFTER = 4 * 1024
# Text before and after a candidate in which words may announce it or speak against it.
ANNOUNCING_BEFORE = 96
ANNOUNCING_AFTER = 24
# Text around a candidate that counts as its record where no table says better.
RECORD = 2 * 1024

# Letters, and digits even behind invisible characters.
_GLUED_BEFORE = re.compile(rf"(?:[A-Za-z]|{DIGIT}(?:{INVISIBLE}){{0,2}})\Z".encode("ascii"))
_GLUED_AFTER = re.compile(rf"[A-Za-z]|(?:{INVISIBLE}){{0,2}}{DIGIT}".encode("ascii"))

_KEY = re.compile(rb"""([A-Za-z_][\w.-]{0,63})["']?\s{0,3}[:=>]\s{0,3}["']?$""")


class TextScanner:
    """Scans one text, fed chunk by chunk.

    Args:
        path: Where in the message the text stands, for `Finding.where`.
        entries: The catalog.
        lexicon: The health terms.
        account: Where sightings are counted.
    """

    def __init__(
        self, path: str, entries: tuple[Entry, ...], lexicon: Lexicon, account: Account
    ) -> None:
        self._path = path
        self._entries = entries
        self._lexicon = lexicon
        self._account = account
        self._pending = b""
        self._before = b""
        self._line = 1
        self._layout: Layout | None = None
        self._sniffed = False
        self._columns: dict[tuple[Entry, int], Place] = {}

    def feed(self, data: bytes) -> None:
        """Scan what `data` completes."""
        self._pending = self._pending + data if self._pending else data
        while len(self._pending) >= BLOCK + AFTER:
            self._block(_cut(self._pending))

    def finish(self) -> None:
        """Scan the rest; the text ends here."""
        while len(self._pending) > BLOCK:
            self._block(_cut(self._pending))
        if self._pending:
            self._block(len(self._pending))

    def _block(self, cut: int) -> None:
        if not self._sniffed:
            self._layout = sniff(self._pending[:BLOCK])
            self._sniffed = True
        window = self._before + self._pending[: cut + AFTER]
        low = len(self._before)
        high = low + cut
        for start, end in regions(window):
            if start >= high:
                break
            self._region(window, start, end, low, high)
        self._line += window.count(b"\n", low, high)
        self._before = window[max(0, high - BEFORE) : high]
        self._pending = self._pending[cut:]

    def _region(self, window: bytes, start: int, end: int, low: int, high: int) -> None:
        if window[start:end].isalnum():
            # One unbroken run of digits, by far the most frequent region.
            for entry in self._entries:
                if end - start == entry.length:
                    self._candidate(entry, window, start, end, low)
            return
        for entry in self._entries:
            at = start
            while (match := entry.written.search(window, at, end)) is not None:
                begin, stop = match.span()
                if begin >= high:
                    break
                # One that fails counts against its neighbours, but may not hide one it overlaps.
                found = self._candidate(entry, window, begin, stop, low)
                at = stop if found else begin + 1

    def _candidate(self, entry: Entry, window: bytes, start: int, end: int, low: int) -> bool:
        """Count what may be an identifier, and tell whether it is one."""
        if not _stands_alone(window, start, end):
            return False
        value = _clean(window[start:end])
        if not entry.candidate.fullmatch(value):
            return False
        canonical = entry.validate(value)
        if start >= low:
            self._sighted(entry, value, canonical, window, start, end, low)
        return canonical is not None

    def _sighted(
        self,
        entry: Entry,
        value: str,
        canonical: str | None,
        window: bytes,
        start: int,
        end: int,
        low: int,
    ) -> None:
        line_start = window.rfind(b"\n", 0, start) + 1
        line_end = window.find(b"\n", end)
        line_end = len(window) if line_end < 0 else line_end
        column = None
        if self._layout is not None:
            column = self._layout.column(window[line_start:line_end], start - line_start)

        def where() -> str:
            number = self._line + window.count(b"\n", low, start)
            return f"{self._path} line {number}" + (
                "" if column is None else f" column {column + 1}"
            )

        place = self._place(entry, column, window, start, end, line_start)
        health: HealthContext | None = None
        if canonical is not None and self._account.wants_health:
            if self._layout is None:
                line_start, line_end = max(0, start - RECORD), end + RECORD
            else:
                line_start = max(line_start, start - RECORD)
                line_end = min(line_end, end + RECORD)
            health = self._lexicon.context(decode(window[line_start:line_end]))
        self._account.add(
            Sighting(entry=entry, value=value, canonical=canonical, place=place, where=where),
            health,
        )

    def _place(
        self,
        entry: Entry,
        column: int | None,
        window: bytes,
        start: int,
        end: int,
        line_start: int,
    ) -> Place:
        before = window[max(0, start - ANNOUNCING_BEFORE) : start]
        if column is not None and self._layout is not None:
            place = self._column_place(entry, column)
            # Neighbouring cells say nothing about this one, its own text does.
            cell = window[max(line_start, start - ANNOUNCING_BEFORE) : start]
            cell = cell.rsplit(self._layout.delimiter or b"\n", 1)[-1].strip(b" \"'")
            if place.announced or place.against or not cell:
                return place
            announced, against = _words(entry, fold(decode(cell)), "")
            return Place(group=place.group, announced=announced, against=against)
        key = _KEY.search(before)
        group = "key " + key[1].decode("ascii", "replace").lower() if key else "text"
        after = window[end : end + ANNOUNCING_AFTER]
        announced, against = _words(entry, fold(decode(before)), fold(decode(after)))
        return Place(group=group, announced=announced, against=against)

    def _column_place(self, entry: Entry, column: int) -> Place:
        """Return what a column's header says of an identifier in it; asked once for each."""
        place = self._columns.get((entry, column))
        if place is None:
            title = self._layout.title(column) if self._layout else ""
            announced, against = _words(entry, title, "")
            place = Place(group=f"column {column}", announced=announced, against=against)
            self._columns[entry, column] = place
        return place


def _cut(pending: bytes) -> int:
    """Return where a block ends: after a line if there is one, never inside a character."""
    for separator in (b"\n", b" ", b","):
        cut = pending.rfind(separator, BLOCK // 2, BLOCK)
        if cut >= 0:
            return cut + 1
    cut = BLOCK
    while cut > BLOCK - 4 and pending[cut : cut + 1] and 0x80 <= pending[cut] < 0xC0:
        cut -= 1
    return cut


def _clean(written: bytes) -> str:
    """Return the digits and letters of a written form."""
    if written.isalnum():
        return written.decode("ascii")
    return "".join(filter(str.isalnum, plain(decode(written))))


def _stands_alone(window: bytes, start: int, end: int) -> bool:
    """Tell whether a candidate is not a part of something longer: a word, a float, a digest."""
    before = window[max(0, start - 9) : start]
    after = window[end : end + 9]
    if _GLUED_BEFORE.search(before) or _GLUED_AFTER.match(after):
        return False
    if not window[start:end].isalnum():
        return True
    # Decimals of a float: the only false positives in 1.98 GB of third-party files.
    if before[-1:] == b"." and (before[-2:-1].isdigit() or len(before) == 1):
        return False
    return not (after[:1] == b"." and after[1:2].isdigit())


def _words(entry: Entry, before: str, after: str) -> tuple[bool, bool]:
    """Tell whether the text announces the identifier, or speaks against it: the nearest wins."""
    announced = _last(entry.announces.finditer(before))
    against = _last(entry.against.finditer(before))
    if announced < 0 and against < 0 and after:
        return bool(entry.announces.search(after)), bool(entry.against.search(after))
    return announced > against, against > announced


def _last(matches: Iterator[re.Match[str]]) -> int:
    end = -1
    for match in matches:
        end = match.end()
    return end

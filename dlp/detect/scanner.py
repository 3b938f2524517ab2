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
from dlp.detect.gate import regions, tokens
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
        self._lengths = {entry.length for entry in entries}
        self._lexicon = lexicon
        self._account = account
        self._pending = b""
        self._before = b""
        self._line = 1
        self._layout: Layout | None = None
        self._sniffed = False

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
            # One unbroken run of ASCII digits, by far the most frequent region.
            if end - start not in self._lengths:
                return
            spans = [(start, end)]
        else:
            spans = tokens(window, start, end)
        pieces = [_clean(window[a:b]) for a, b in spans]
        taken = 0
        for first, (begin, _) in enumerate(spans):
            if first < taken or begin >= high:
                continue
            for entry in self._entries:
                last, value = _join(entry, pieces, first)
                if last is None or not _stands_alone(window, spans, first, last):
                    continue
                if not entry.candidate.fullmatch(value):
                    continue
                canonical = entry.validate(value)
                if begin >= low:
                    self._sighted(entry, value, canonical, window, begin, spans[last][1], low)
                # One that fails counts against its neighbours, but may not hide one it overlaps.
                if canonical is not None:
                    taken = last + 1
                    break

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
        group = "text"
        if column is not None and self._layout is not None:
            group = f"column {column}"
            title = self._layout.title(column)
            announced, against = _words(entry, title, "")
            if announced or against:
                return Place(group=group, announced=announced, against=against)
            # Neighbouring cells say nothing about this one.
            before = window[max(line_start, start - ANNOUNCING_BEFORE) : start]
            before = before.rsplit(self._layout.delimiter or b"\n", 1)[-1]
            after = b""
        else:
            after = window[end : end + ANNOUNCING_AFTER]
            key = _KEY.search(before)
            if key:
                group = "key " + key[1].decode("ascii", "replace").lower()
        announced, against = _words(entry, fold(decode(before)), fold(decode(after)))
        return Place(group=group, announced=announced, against=against)


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


def _clean(token: bytes) -> str:
    """Return a token's characters without what is invisible."""
    return token.decode("ascii") if token.isalnum() else plain(decode(token))


def _join(entry: Entry, pieces: list[str], first: int) -> tuple[int | None, str]:
    """Return the last token and the value of the candidate that begins with token `first`.

    Its separators must stand where people put them, which random groups of digits seldom do.
    """
    value = pieces[first]
    last = first
    cuts = []
    # Most groups of digits end at once where no identifier has a separator.
    while (length := len(value)) in entry.cuts and last + 1 < len(pieces):
        cuts.append(length)
        last += 1
        value += pieces[last]
    if length != entry.length:
        return None, ""
    if cuts and not any(group.issuperset(cuts) for group in entry.groups):
        return None, ""
    return last, value


def _stands_alone(window: bytes, spans: list[tuple[int, int]], first: int, last: int) -> bool:
    """Tell whether a candidate is not a part of something longer: a word, a float, a digest."""
    start, end = spans[first][0], spans[last][1]
    before = window[max(0, start - 2) : start]
    after = window[end : end + 2]
    if before[-1:].isalnum() or after[:1].isalnum():
        return False
    # Decimals of a float: the only false positives in 1.98 GB of third-party files.
    if first == last and before[-1:] == b"." and (before[:1].isdigit() or len(before) == 1):
        return False
    return not (after[:1] == b"." and after[1:].isdigit() and first == last)


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

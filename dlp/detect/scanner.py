"""Scans one text as it streams: the gate, and those who read what it finds, into an account.

The text is cut into blocks at places that depend on it alone, and each is scanned with what stands
before and after it, so that the findings are the same however the text came in chunks.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dlp.detect.blocks import AFTER, BEFORE, BLOCK, Lines, cut_of
from dlp.detect.gate import NOTHING, Sign
from dlp.detect.layout import Layout, sniff
from dlp.detect.numbers import NumberReader
from dlp.detect.records import RecordReader
from dlp.detect.triggers import ROLES
from dlp.detect.unannounced import unannounced

if TYPE_CHECKING:
    from dlp.detect.account import Account
    from dlp.detect.detectors import Detectors

__all__ = ["TextScanner"]

_READ = Sign.WORD | Sign.BIRTHS | Sign.MENTION


class TextScanner:
    """Scans one text, fed chunk by chunk.

    Args:
        path: Where in the message the text stands, for `Finding.where`.
        detectors: What is looked for.
        account: Where sightings are counted.
    """

    def __init__(self, path: str, detectors: Detectors, account: Account) -> None:
        self._detectors = detectors
        self._account = account
        self._pending = self._before = b""
        self._lines = Lines(path)
        self._head = b""
        # How much of what came last is quiet.
        self._quiet = 0
        # Most texts have nothing to be read.
        self._records: RecordReader | None = None

    @cached_property
    def _layout(self) -> Layout | None:
        return sniff(self._head)

    @cached_property
    def _numbers(self) -> NumberReader:
        return NumberReader(self._detectors, self._account, self._lines, self._layout)

    @property
    def _goes_on(self) -> bool:
        """Whether the records of the text go on, whatever follows."""
        return self._records is not None and self._records.goes_on

    def feed(self, data: bytes, *, quiet: bool = False) -> None:
        """Scan what `data` completes; of what is `quiet`, nothing has to be."""
        nothing = quiet and self._quiet >= len(self._pending) and not self._goes_on
        if nothing and len(data) >= BEFORE + AFTER:
            self._pass(data)
            return
        self._pending = self._pending + data if self._pending else data
        self._quiet = self._quiet + len(data) if quiet else 0
        while len(self._pending) >= BLOCK + AFTER:
            self._block(cut_of(self._pending))

    def finish(self) -> None:
        """Scan the rest; the text ends here."""
        while len(self._pending) > BLOCK:
            self._block(cut_of(self._pending))
        if self._pending:
            self._block(len(self._pending))
        if self._records is not None:
            self._records.finish()

    def _pass(self, data: bytes) -> None:
        """Pass over what waits and over more in which there is nothing, but for its end."""
        self._head = self._head or (self._pending + data)[:BLOCK]
        self._lines.skip(self._pending, len(self._pending))
        self._lines.skip(data, len(data) - AFTER)
        self._before = data[-AFTER - BEFORE : -AFTER]
        self._pending = data[-AFTER:]
        self._quiet = AFTER

    def _block(self, cut: int) -> None:
        self._head = self._head or self._pending[:BLOCK]
        window = self._before + self._pending[: cut + AFTER]
        low = len(self._before)
        high = low + cut
        self._lines.begin(window, low)
        quiet = self._quiet >= len(self._pending)
        seen = NOTHING if quiet else self._detectors.signs(window, low, high)
        # To ask a flag of nothing takes longer than all of this.
        some = seen is not NOTHING
        if self._goes_on or (some and self._account.wants_records and seen & _READ):
            self._read(window, low, high, seen)
        if some and Sign.NUMBER in seen:
            self._numbers.block(window, low, high)
        self._lines.end(high)
        self._before = window[max(0, high - BEFORE) : high]
        self._pending = self._pending[cut:]

    def _read(self, window: bytes, low: int, high: int, seen: Sign) -> None:
        """Read the records of a block that has words."""
        words, lexicon = self._detectors.vocabulary, self._detectors.lexicon
        records = self._records
        if records is None:
            records = self._records = RecordReader(words, lexicon, self._account, self._lines)
        known, topical = self._account.told, records.topical
        told = records.goes_on or (
            Sign.WORD in seen and words.stops(window[low:high], window[high:])
        )
        if told:
            records.block(window, low, high, signed=words.signed(window[low:high]))
        table = records.table
        titled = records.listing if table is None else table.names_people
        if titled or not seen & (Sign.BIRTHS | Sign.MENTION):
            return
        for record in unannounced(
            window,
            low,
            high,
            lexicon,
            self._layout.header if self._layout else (),
            lambda: records.hear([] if told else words.words(window, low, high)),
            lambda: told or not words.may_say(window, low, high, ROLES),
            words.meaning,
            self._account.told - known,
            records.topical - topical,
            keyed=records.listing is not None,
            first=not known,
        ):
            self._account.record(record)

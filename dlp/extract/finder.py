"""Finds encoded bytes in a text by what its characters are, a part of it after the other.

Statistics tell: most of a text is passed over by counting a sample of its characters. What is left
is examined more closely, and has to decode to something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Content, Opening, Segment
    from dlp.extract.joined import Joined

__all__ = [
    "AHEAD",
    "BEFORE",
    "CELL",
    "MAGICS",
    "SAMPLE",
    "TELLING",
    "Counts",
    "Finder",
    "Sampler",
    "Start",
    "share",
    "tells",
]

# Every so many characters are counted; a prime, for pieces are rarely as long.
_STRIDE = 13
_PER_CELL = 78
_PER_GROUP = 4 * _PER_CELL
# Parts of the text that are judged each by itself, by so much of one, or of what follows where the
# pieces are long.
CELL = _PER_CELL * _STRIDE
SAMPLE = 512
AHEAD = 4096
# What is looked back at from the first part that tells.
BEFORE = 2 * CELL
# So many of a kind, of 78: base64 and base85 have twice as many, words fewer capitals.
TELLING = 8

_KINDS = bytearray(b"o" * 256)
for _letters, _kind in (
    (b"0123456789abcdefABCDEF", b"x"),
    (b"ghijklmnopqrstuvwxyz", b"l"),
    (b"GHIJKLMNOPQRSTUVWXYZ", b"U"),
    (b" \t\r\n", b" "),
    (b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", b"p"),
):
    for _letter in _letters:
        _KINDS[_letter] = _kind[0]
_CLASSES = bytes(_KINDS)
_LETTERS = bytes.maketrans(b"Ulxop ", b"lldddd")
_NO_LETTERS = b"d" * ((_PER_CELL - 1) // 2)
# Formats worth packing in characters, by bytes that chance does not make.
MAGICS = (
    b"\x1f\x8b\x08",
    b"PK\x03\x04",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zX",
    b"BZh",
    b"7z\xbc\xaf",
    b"%PDF",
    b"Rar!",
    b"\xd0\xcf\x11\xe0",
    b"\x04\x22\x4d\x18",
    b"SQLi",
    b"PAR1",
    b"\x78\x01",
    b"\x78\x5e",
    b"\x78\x9c",
    b"\x78\xda",
)


class Counts(NamedTuple):
    """How many of a sample of the characters of a part are of a kind.

    Attributes:
        upper: Capitals behind F.
        lower: Small letters behind f.
        hexadecimal: Hexadecimal digits.
        blanks: Blanks and the ends of lines.
        signs: Other printable characters of ASCII.
    """

    upper: int
    lower: int
    hexadecimal: int
    blanks: int
    signs: int


@dataclass(frozen=True, slots=True)
class Start:
    """Where something begins.

    Attributes:
        at: Where.
        reader: Reads it.
    """

    at: int
    reader: Joined


class Sampler:
    """Tells which parts of a text may be encoded; what was asked last is not counted again."""

    def __init__(self) -> None:
        self._asked = (b"", 0, 0)
        self._telling: list[tuple[int, Counts]] = []

    def telling(self, text: bytes, begin: int, stop: int) -> list[tuple[int, Counts]]:
        """Return where parts begin that may be encoded, and of what characters they are."""
        if self._asked != (text, begin, stop):
            self._asked = (text, begin, stop)
            self._telling = list(_telling(text, begin, stop))
        return self._telling


class Finder:
    """Finds encoded bytes in a text fed chunk by chunk, and reads them.

    Args:
        opening: Where the text stands.
        sampler: Counts characters.

    Attributes:
        opening: As given.
        pending: The text around the part that is examined.
        floor: Where in that ends what was read before.
    """

    def __init__(self, opening: Opening, sampler: Sampler) -> None:
        self.opening = opening
        self._sampler = sampler
        self.pending = b""
        self.floor = 0
        self._at = 0
        # The part that told.
        self._told = 0
        self._reader: Joined | None = None
        self._table: Content | None = None

    @property
    def is_open(self) -> bool:
        """Whether something has begun and not ended."""
        return self._reader is not None or self._table is not None

    def feed(self, text: bytes) -> Iterator[Segment]:
        """Yield what `text` adds."""
        self.pending += text
        parts = (len(self.pending) - AHEAD - self._at) // CELL
        yield from self._look(self._at + max(0, parts) * CELL)
        passed = max(0, self._at - BEFORE)
        self.pending = self.pending[passed:]
        self._at -= passed
        self._told -= passed
        self.floor = max(0, self.floor - passed)

    def finish(self, text: bytes = b"") -> Iterator[Segment]:
        """Yield the rest with `text`; the text ends here, but another may follow."""
        self.pending += text
        yield from self._look(len(self.pending))
        self.pending = b""
        self._at = self._told = self.floor = 0
        reader, self._reader = self._reader, None
        table, self._table = self._table, None
        if reader is not None:
            yield from reader.finish()
        if table is not None:
            yield from table.finish()

    def _look(self, end: int) -> Iterator[Segment]:
        """Look at whole parts, but for the last, up to `end`."""
        while self._at < end or self._reader is not None:
            if self._reader is not None:
                yield from self._reader.feed(self.pending[self._at :])
                if not self._reader.over:
                    self._at = len(self.pending)
                    return
                yield from self._reader.finish()
                # What did not even reach the part that told is not tried there again.
                self._at = max(len(self.pending) - self._reader.left, self._told + CELL // 4)
                self.floor, self._reader = self._at, None
                if end < len(self.pending):
                    end = self._at + max(0, len(self.pending) - AHEAD - self._at) // CELL * CELL
                continue
            start = self._at
            for at, counts in self._sampler.telling(self.pending, start, end):
                found = self.examine(at, counts)
                if isinstance(found, Start):
                    self._told = at
                    self._at, self._reader = found.at, found.reader
                    break
                if found is not None:
                    yield from self._decoded(found)
            else:
                self._at = end

    def _decoded(self, rows: bytes) -> Iterator[Segment]:
        if self._table is None:
            self._table = self.opening.inside("base64", doubted=True).body()
        yield from self._table.feed(rows)

    def examine(self, at: int, counts: Counts) -> Start | bytes | None:
        """Return where something begins around a part, or text that stands for what is there.

        Args:
            at: Where the part begins.
            counts: Of what characters it is.
        """
        raise NotImplementedError


def tells(text: bytes) -> bool:
    """Tell whether a part of a text may be encoded."""
    return next(_telling(text, 0, len(text)), None) is not None


def _telling(text: bytes, begin: int, stop: int) -> Iterator[tuple[int, Counts]]:
    sample = text[begin:stop:_STRIDE].translate(_CLASSES)
    # A part with next to no letters has a run of others, half as long or more.
    digits = _NO_LETTERS in sample.translate(_LETTERS)
    for group in range(0, len(sample), _PER_GROUP):
        if not digits and sample.count(b"U", group, group + _PER_GROUP) < TELLING:
            continue
        for start in range(group, min(group + _PER_GROUP, len(sample)), _PER_CELL):
            end = start + _PER_CELL
            upper = sample.count(b"U", start, end)
            if upper < TELLING and (upper or not digits):
                continue
            lower = sample.count(b"l", start, end)
            if not (_may_be(upper, lower) or not (upper or lower > 1)):
                continue
            # More than half is no ASCII that shows, as of compressed bytes two thirds.
            if sample.count(b"o", start, end) * 2 <= _PER_CELL:
                others = (sample.count(kind, start, end) for kind in (b"x", b" ", b"p"))
                yield begin + start * _STRIDE, Counts(upper, lower, *others)


def _may_be(upper: int, lower: int) -> bool:
    """Tell whether letters are as mixed as where both cases or one stand for values."""
    # Names and sentences, of people and programs, have a few capitals each.
    return upper >= TELLING and (not lower or TELLING <= lower <= 2 * upper)


def share(characters: bytes, among: bytes) -> float:
    """Return the share of `characters` that are `among` others."""
    return 1 - len(characters.translate(None, among)) / max(1, len(characters))

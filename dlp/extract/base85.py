"""Base85 that nothing marks: Ascii85, the alphabets of Python and git, and of ZeroMQ."""

from __future__ import annotations

import re
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING

from dlp.extract.finder import CELL, MAGICS, SAMPLE, TELLING, Counts, Finder, Start
from dlp.extract.joined import ESCAPED, Joined, unescaped
from dlp.extract.radix import ASCII85, BASE85, Z85, run_before

if TYPE_CHECKING:
    from dlp.extract.radix import Coding

__all__ = ["Base85Finder"]

# Places where it may begin, in a run of its characters, and what shows a magic there.
_OFFSETS = 12
_HEAD = 10
# Shares of what may begin text, where it does and elsewhere; chance makes 0.36.
_RIGHT, _WRONG = 0.85, 0.65
# By which others read Ascii85.
_MARK = b"<~"
_ENDS = b"\r\n"
# Four bytes of text begin with a printable one, and so their five characters with one of these.
_OF_85 = tuple(
    (coding, bytes(0x61 if 10 <= coding.letters.find(byte) <= 40 else 0x20 for byte in range(256)))
    for coding in (ASCII85, BASE85, Z85)
)


class Base85Finder(Finder):
    """Finds base85 in a text whose escapes are not undone, for it looks as if it had some."""

    def examine(self, at: int, counts: Counts) -> Start | None:
        """Return where base85 begins."""
        if (
            counts.upper < TELLING
            or counts.lower < TELLING
            or counts.blanks > 2
            or counts.signs < TELLING
        ):
            return None
        sample = self.pending[at : at + SAMPLE]
        escaped = b"\\" in sample and b"\\" not in ESCAPED.sub(b"", sample)
        sample = _only(sample, escaped=escaped)
        for coding, first in _OF_85:
            letters = coding.letters + (_ENDS + b"\\" if escaped else _ENDS)
            before = self.pending[self.floor : at]
            run = before[run_before(before, letters) :]
            start = at - len(run)
            classes = sample.translate(first)
            told = [classes[place::5].count(b"a") for place in range(5)]
            best, each = max(told), len(classes) / 5
            if best > _RIGHT * each and (sum(told) - best) / 4 < _WRONG * each:
                # Its first characters may be something else; they end where five of them do.
                odd = (len(_only(run, escaped=escaped)) + told.index(best)) % 5
                mark = self.pending.rfind(_MARK, max(0, start - 2), at + SAMPLE)
                if coding is ASCII85 and mark >= 0:
                    return Start(mark + 2, Joined(coding, _ENDS, self.opening, escaped=escaped))
                match = re.compile(rb"(?:\\?.){%d}" % odd, re.DOTALL).match(self.pending, start)
                reader = Joined(coding, _ENDS, self.opening, escaped=escaped)
                return Start(match.end() if match else start, reader.begun())
            if len(run) <= CELL and (found := self._packed(start, coding, escaped=escaped)):
                return found
        return None

    def _packed(self, start: int, coding: Coding, *, escaped: bool) -> Start | None:
        """Return where a known format begins about the beginning of a run."""
        if not escaped and not _heads(coding).search(self.pending, start, start + _OFFSETS + 5):
            return None
        for at in range(start, start + _OFFSETS):
            reader = Joined(coding, _ENDS, self.opening, escaped=escaped)
            if reader.decode(self.pending[at : at + _HEAD]).startswith(MAGICS):
                whole = reader.begun()
                if self.opening.known(whole.decode(self.pending[at : at + CELL])):
                    return Start(at, reader.begun())
        return None


@cache
def _heads(coding: Coding) -> re.Pattern[bytes]:
    """Return what matches the first characters of each magic, however its bytes go on."""
    heads: list[bytes] = []
    for magic in MAGICS:
        low, high = (_written(coding, magic[:4].ljust(4, fill)) for fill in (b"\0", b"\xff"))
        same = takewhile(lambda pair: pair[0] == pair[1], zip(low, high, strict=True))
        heads.append(bytes(letter for letter, _ in same))
    return re.compile(b"|".join(map(re.escape, heads)))


def _written(coding: Coding, group: bytes) -> bytes:
    number = int.from_bytes(group)
    return bytes(coding.letters[number // 85**place % 85] for place in range(4, -1, -1))


def _only(text: bytes, *, escaped: bool) -> bytes:
    return (unescaped(text) if escaped else text).translate(None, _ENDS)

"""Base64, base32 and hexadecimal in pieces, and tables whose cells are encoded one by one.

As strings of a JSON array, in groups of four, a few on each line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.finder import (
    AHEAD,
    BEFORE,
    CELL,
    MAGICS,
    SAMPLE,
    TELLING,
    Counts,
    Finder,
    Start,
    share,
)
from dlp.extract.joined import Joined, signs_between
from dlp.extract.radix import ANY_BASE64, BASE32, BASE64, BASE64_URL, HEXADECIMAL, run_before

if TYPE_CHECKING:
    from dlp.extract.radix import Coding

__all__ = ["PieceFinder"]

# Pieces one of which may be the first; fewer tell nothing, unless they are as long.
_FIRST = 8
_LEAST = 5
# Different signs around the cells of a table, at most.
_SIGNS = 8
_ENDS_OF_LINES = frozenset(b"\r\n=")
_LONG = 28
# Characters that show whether it is text.
_HEAD = 256
# Of what is taken for text, so much is printable, and so many of its characters are different.
_TEXT = 0.9
_DIFFERENT = 8

_PRINTABLE = bytes([0, 9, 10, 13, *range(0x20, 0x7F)])
_CONTROLS = bytes({*range(32), 127} - {9, 10, 13})
_OF_RUNS = BASE64.letters + b"="
_TOKEN = re.compile(rb"[A-Za-z0-9+/_-]+=*")
_ENDS = re.compile(rb"[^A-Za-z0-9+/_=-]")


class PieceFinder(Finder):
    """Finds pieces of base64, base32 and hexadecimal."""

    def examine(self, at: int, counts: Counts) -> Start | bytes | None:
        """Return where pieces begin, or a table with its cells decoded."""
        sample = self.pending[at : at + SAMPLE]
        between = sample.translate(None, _OF_RUNS)
        if len(between) * _LONG <= len(sample) and not between.strip(b"\r\n"):
            # One long run, or lines as mails have them, are read by others.
            return None
        if counts.upper >= TELLING and counts.lower >= TELLING:
            # Of the letters of the other alphabet, two in 64 are these; more stand between pieces.
            safe = sample.count(b"-") + sample.count(b"_")
            apart = safe >= len(sample) // 20
            around = ANY_BASE64.around(sample)
            if len(around) > _SIGNS or (not apart and around <= _ENDS_OF_LINES and _long(sample)):
                # Programs and sentences; lines, as mails have them, which are read by others.
                return None
            coding = BASE64_URL if safe and not apart else BASE64
            return self._rows(at) or self._pieces(at, coding)
        if counts.upper >= TELLING and not counts.lower:
            # Uuencode has as many signs as capitals, all of them.
            many = counts.signs >= counts.upper and len(BASE32.around(sample)) > 2 * _SIGNS
            return None if many else self._pieces(at, BASE32)
        if not counts.upper and counts.lower <= 1 and counts.hexadecimal >= 20:
            digits = HEXADECIMAL.only(sample)
            # Text has few first digits; what is packed has letters.
            if any(share(digits[place::2], b"234567") > _TEXT for place in (0, 1)) or (
                share(digits, b"abcdefABCDEF") > 0.2
            ):
                return self._pieces(at, HEXADECIMAL)
        return None

    def _pieces(self, at: int, coding: Coding) -> Start | None:
        sample = self.pending[at : at + SAMPLE]
        found = coding.lengths(sample)[1:-1]
        between = sample
        if len(found) < _LEAST:
            # The longest say what stands between them.
            sample = self.pending[at : at + AHEAD]
            found = [length for length in coding.lengths(sample) if length >= _LONG][:-1]
            between = coding.between(sample, _LONG)
        signs = signs_between(between, coding)
        lengths = set(found)
        if not between or signs is None or (coding is HEXADECIMAL and max(lengths) < 3):
            # Single bytes are read by others, too.
            return None
        if min(lengths) >= _LONG and not between.translate(None, coding.letters + b"\r\n"):
            # Lines, as mails have them, are read by others.
            return None
        even = len(lengths) == 1
        if coding is BASE32 and not even:
            return None
        start = self.floor + run_before(self.pending[self.floor : at], coding.letters + signs)
        for first in coding.starts(self.pending[start : at + AHEAD], _FIRST):
            begin = start + first
            reader = Joined(coding, signs, self.opening)
            decoded = reader.decode(self.pending[begin : begin + _HEAD])
            if _is_text(decoded[:48]) or (
                even and decoded.startswith(MAGICS) and self._is_known(begin, reader.begun())
            ):
                return Start(begin, reader.begun())
        return None

    def _is_known(self, at: int, reader: Joined) -> bool:
        return self.opening.known(reader.decode(self.pending[at : at + AHEAD]))

    def _rows(self, at: int) -> bytes:
        """Return the text around here with its cells decoded, if they are encoded one by one."""
        tokens = _TOKEN.findall(self.pending, at, at + SAMPLE)[1:-1]
        cells = [token for token in tokens if len(token) >= 8 and len(token) % 4 == 0]
        read = [token for token in cells if _cell(token) != token]
        if (
            len(read) < _LEAST
            or len(set(map(len, read))) < 3
            or sum(map(len, read)) * 3 < sum(map(len, tokens))
        ):
            return b""
        begin = max(self.floor, at - BEFORE)
        end = min(len(self.pending), at + CELL)
        if (stop := _ENDS.search(self.pending, end)) is not None:
            end = stop.start()
        self.floor = end
        return _TOKEN.sub(lambda match: _cell(match[0]), self.pending[begin:end])


def _long(sample: bytes) -> bool:
    return all(len(line) >= _LONG for line in sample.split(b"\n")[1:-1])


def _is_text(decoded: bytes) -> bool:
    return (
        len(decoded) >= 24
        and len(set(decoded)) >= _DIFFERENT
        and share(decoded, _PRINTABLE) >= _TEXT
    )


def _cell(token: bytes) -> bytes:
    """Return what a cell decodes to, if that is text, or the cell."""
    letters = token.rstrip(b"=")
    if len(letters) % 4 == 1 or (len(letters) < 4 and len(token) % 4):
        return token
    whole = len(letters) // 4 * 4
    decoded = BASE64.decode(letters[:whole]) + BASE64.rest(letters[whole:])
    try:
        decoded.decode()
    except UnicodeDecodeError:
        return token
    return token if decoded.translate(None, _CONTROLS) != decoded else decoded

"""RTF: its text, whatever it looks like.

Format: Rich Text Format 1.9.1. Groups without text of anybody's (fonts, colours, pictures, what old
readers may leave out) are left out; they are read as the bytes they are by who reads those.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from dlp.extract.parts import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse"]

_TOKEN = re.compile(
    rb"\\'([0-9A-Fa-f]{2})|\\([a-z]{1,32})(-?\d{1,10})? ?|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_BREAKS = {
    **dict.fromkeys((b"par", b"line", b"row", b"sect", b"page", b"nestrow"), "\n"),
    **dict.fromkeys((b"cell", b"tab", b"nestcell"), "\t"),
    **dict.fromkeys((b"emdash", b"endash"), "-"),
    **dict.fromkeys((b"lquote", b"rquote"), "'"),
    **dict.fromkeys((b"ldblquote", b"rdblquote"), '"'),
}
_SIGNS = {b"~": " ", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
_WORDLESS = frozenset(
    b"fonttbl colortbl stylesheet pict objdata themedata colorschememapping datastore "
    b"latentstyles listtable listoverridetable rsidtbl generator".split()
)
# Characters handed on at once.
PIECE = 1 << 16


def parse(document: bytes) -> Iterator[Part]:
    """Yield the text of an RTF document."""
    reader = _Reader()
    written: list[str] = []
    size = 0
    for token in _TOKEN.findall(document):
        said = reader.read(*token)
        if said and not reader.left_out:
            written.append(said)
            size += len(said)
            if size > PIECE:
                yield _text(written)
                written, size = [], 0
    yield _text(written)


class _Reader:
    """What holds where a token stands.

    Attributes:
        left_out: Whether text is left out here.
    """

    def __init__(self) -> None:
        self.left_out = False
        self._encoding = "cp1252"
        # Of each open group: whether its text is left out, and how many characters stand for one
        # that old readers don't know.
        self._groups: list[tuple[bool, int]] = []
        self._substitutes = 1
        self._skip = 0

    def read(
        self, hexed: bytes, word: bytes, number: bytes, sign: bytes, brace: bytes, text: bytes
    ) -> str:
        """Return what a token says."""
        if brace:
            self._group(opens=brace == b"{")
            return ""
        if word:
            return self._word(word, number)
        if sign:
            self.left_out = self.left_out or sign == b"*"
            return _SIGNS.get(sign, "")
        characters = bytes.fromhex(hexed.decode()) if hexed else text
        skipped, self._skip = self._skip, max(0, self._skip - len(characters))
        return characters[skipped:].decode(self._encoding, "replace")

    def _group(self, *, opens: bool) -> None:
        self._skip = 0
        if opens:
            self._groups.append((self.left_out, self._substitutes))
        elif self._groups:
            self.left_out, self._substitutes = self._groups.pop()

    def _word(self, word: bytes, number: bytes) -> str:
        if word == b"u" and number:
            self._skip = self._substitutes
            return chr(int(number) % 0x10000)
        if word in _WORDLESS:
            self.left_out = True
        elif word == b"uc":
            self._substitutes = min(abs(int(number or 1)), 16)
        elif word == b"ansicpg":
            self._encoding = _known(f"cp{int(number or 0)}")
        return _BREAKS.get(word, "")


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return "cp1252"


def _text(written: list[str]) -> Part:
    # Characters beyond the first 65,536 come in halves.
    text = "".join(written).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return Part(name="text", data=text.encode("utf-8", "replace"), final=False)

"""Text in its encodings: whatever is not wrapped any more, made ASCII-compatible."""

from __future__ import annotations

import codecs
import re
from typing import Protocol

from dlp.extract.codepages import code_page
from dlp.extract.form import FormDecoder
from dlp.extract.headers import charset
from dlp.extract.mended import Mended, is_damaged

__all__ = ["AsItIs", "Decoder", "decoder_for", "may_hide"]

# Fields of a form, whatever the header says: names, values, no blank anywhere.
_FORM = re.compile(
    rb"[\w.$%+\[\]-]{1,128}=[^\s&=<>\"{}]*(?:&[\w.$%+\[\]-]{1,128}=[^\s&=<>\"{}]*)*(?:&[^\s&=<>\"{}]*)?\s*\Z"
)

_FOLDED = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:BEGIN:V(?:CARD|CALENDAR)|(?:version: 1\s+)?dn::? )", re.IGNORECASE
)
_FOLD = re.compile(rb"\r?\n[ \t]")
# Encodings in which characters of ASCII may stand for others.
_HIDING = re.compile("utf-?(?:7|16|32)|hz|iso-?2022|cp(?:037|1026|1140|273|424|500|875)")
# Longest first: the UTF-32 mark begins with the UTF-16 one.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


# Letters, digits, blanks, the signs of tables and the ends of lines in every code page of EBCDIC.
_EBCDIC = bytes.fromhex(
    "40 4b 4d 5d 5e 60 61 6b 6d 7a 7d 7f 6f 4e 7e 15 25 0d 05"
    "81 82 83 84 85 86 87 88 89 91 92 93 94 95 96 97 98 99 a2 a3 a4 a5 a6 a7 a8 a9"
    "c1 c2 c3 c4 c5 c6 c7 c8 c9 d1 d2 d3 d4 d5 d6 d7 d8 d9 e2 e3 e4 e5 e6 e7 e8 e9"
    "f0 f1 f2 f3 f4 f5 f6 f7 f8 f9"
)


class Decoder(Protocol):
    """Makes a text ASCII-compatible, however it is cut."""

    def feed(self, data: bytes) -> bytes:
        """Return what `data` adds to the text."""

    def finish(self) -> bytes:
        """Return the rest of the text."""


class AsItIs:
    """UTF-8, Windows-1252, or no text at all."""

    def feed(self, data: bytes) -> bytes:
        """Return `data`."""
        return data

    def finish(self) -> bytes:
        """Return nothing."""
        return b""


class _Recoded:
    """An encoding other than UTF-8, turned into it."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def feed(self, data: bytes) -> bytes:
        return self._decoder.decode(data).encode("utf-8", "replace")

    def finish(self) -> bytes:
        return self._decoder.decode(b"", final=True).encode("utf-8", "replace")


class _Ebcdic:
    """A code page of EBCDIC: accents may be those of another one, letters and digits are right."""

    def feed(self, data: bytes) -> bytes:
        # Its own end of a line is a character of Unicode's.
        return data.decode("cp1140", "replace").replace("\x85", "\n").encode()

    def finish(self) -> bytes:
        return b""


class _Unfolded:
    """Lines of which long ones go on behind a blank: vCard, iCalendar, LDIF (RFC 6350, 2849)."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        data = self._held + data
        # Of an end of a line, what follows tells.
        whole = len(data.rstrip(b"\r\n"))
        self._held = data[whole:]
        return _FOLD.sub(b"", data[:whole])

    def finish(self) -> bytes:
        held, self._held = self._held, b""
        return held


def decoder_for(head: bytes, content_type: str = "") -> Decoder:
    """Return the decoder of a text that begins with `head` and is said to be of a type."""
    is_ascii = head.isascii()
    if not is_ascii:
        for mark, encoding in BYTE_ORDER_MARKS:
            if head.startswith(mark):
                return _Recoded(encoding)
    # Mostly-ASCII text in UTF-16 has a NUL in every other byte.
    if b"\0" in head and (wide := _wide(head)):
        return _Recoded(wide)
    if content_type.lower().startswith("application/x-www-form-urlencoded") or _is_form(head):
        return FormDecoder()
    if _FOLDED.match(head):
        return _Unfolded()
    page = charset(content_type) if content_type else None
    if not (page or is_ascii):
        if _is_ebcdic(head):
            return _Ebcdic()
        page = code_page(head)
    if page:
        return _Recoded(page)
    return Mended() if is_damaged(head) else AsItIs()


def may_hide(decoder: Decoder) -> bool:
    """Tell whether a decoder makes other characters of text in ASCII.

    A mark of UTF-16 may stand before bytes that are none, and a few letters of EBCDIC.
    """
    return isinstance(decoder, _Ebcdic) or (
        isinstance(decoder, _Recoded) and _HIDING.match(decoder.encoding) is not None
    )


def _wide(head: bytes) -> str | None:
    """Return the encoding of text in UTF-16 or UTF-32 without a mark."""
    if len(head) < 16:
        return None
    even, odd = head[0::2], head[1::2]
    if b"\0\0" in head and (wide := _utf_32(head)):
        return wide
    if odd.count(0) > 0.8 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.8 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return None


def _utf_32(head: bytes) -> str | None:
    """Return the byte order of text in UTF-32 without a mark."""
    units = [head[place::4] for place in range(4)]
    if not (any(units[2]) or any(units[3])) and units[0].count(0) < len(units[0]) // 10:
        return "utf-32-le"
    if not (any(units[0]) or any(units[1])) and units[3].count(0) < len(units[3]) // 10:
        return "utf-32-be"
    return None


def _is_ebcdic(head: bytes) -> bool:
    """Tell whether nearly all of a text is letters, digits and blanks of EBCDIC."""
    return (
        len(head) >= 64 and len(head.translate(None, _EBCDIC)) * 10 < len(head) and b"\x40" in head
    )


def _is_form(head: bytes) -> bool:
    return (b"%" in head or b"&" in head) and _FORM.match(head) is not None

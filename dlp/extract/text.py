"""Text in its encodings: whatever is not wrapped any more, made ASCII-compatible."""

from __future__ import annotations

import codecs
import re
from typing import Protocol

from dlp.extract.form import FormDecoder
from dlp.extract.headers import charset

__all__ = ["AsItIs", "Decoder", "decoder_for"]

# Fields of a form, whatever the header says: names, values, no blank anywhere.
_FORM = re.compile(
    rb"[\w.$%+\[\]-]{1,128}=[^\s&=<>\"{}]*(?:&[\w.$%+\[\]-]{1,128}=[^\s&=<>\"{}]*)*(?:&[^\s&=<>\"{}]*)?\s*\Z"
)

# Longest first: the UTF-32 mark begins with the UTF-16 one.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
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
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def feed(self, data: bytes) -> bytes:
        return self._decoder.decode(data).encode("utf-8", "replace")

    def finish(self) -> bytes:
        return self._decoder.decode(b"", final=True).encode("utf-8", "replace")


def decoder_for(head: bytes, content_type: str = "") -> Decoder:
    """Return the decoder of a text that begins with `head` and is said to be of a type."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return _Recoded(encoding)
    # Without a mark: mostly-ASCII text in UTF-16 has a NUL in every other byte.
    even, odd = head[0::2], head[1::2]
    if len(head) >= 16:
        if odd.count(0) > 0.8 * len(odd) and even.count(0) < 0.1 * len(even):
            return _Recoded("utf-16-le")
        if even.count(0) > 0.8 * len(even) and odd.count(0) < 0.1 * len(odd):
            return _Recoded("utf-16-be")
    if content_type.lower().startswith("application/x-www-form-urlencoded") or _is_form(head):
        return FormDecoder()
    declared = charset(content_type)
    return _Recoded(declared) if declared else AsItIs()


def _is_form(head: bytes) -> bool:
    return (b"%" in head or b"&" in head) and _FORM.match(head) is not None

"""Bytes that are compressed, encrypted or an image all over: they hold no words."""

from __future__ import annotations

import re
from zlib import adler32

import re2

from dlp.extract.radix import unbroken

__all__ = [
    "FEWEST",
    "QUIET",
    "RUN",
    "WRITTEN",
    "by_chance",
    "holds_controls",
    "is_mixed",
    "is_opaque",
    "is_quiet",
]

# Bytes that text in any encoding is made of, in UTF-16 too, and those that it has next to none of.
_OF_TEXT = {0, 9, 10, 13, *range(32, 127)}
_TEXT = bytes(byte in _OF_TEXT for byte in range(256))
_CONTROL = bytes(byte < 128 and byte not in _OF_TEXT for byte in range(256))
# Text of a few lines inside of something else shows in a piece of this size.
_PIECE = 2 * 1024
# Where its bytes are no even mix, as in pictures, chance makes a little more than half of a piece
# text now and then, but not so much, nor so many characters in a row, in UTF-8, with separators of
# records or in as many as four bytes each.
_SURE = 0.65
_options = re2.Options()
_options.encoding = re2.Options.Encoding.LATIN1
_ROW = re2.compile(
    rb"(?:(?:[\x01\t\n\r\x1c-\x1f -~]|[\xc2-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2})"
    rb"\x00{0,3}){20}",
    _options,
)
# One in so many is a control, at least.
FEWEST = 25
# Of enough bytes, every seventh tells as much: no record of a binary format has so odd a width.
_STRIDE = 7
_ENOUGH = 8 * 1024
# The longest run of what numbers and encoded bytes are written with, in bytes that hold neither.
QUIET = 10

_OF_WRITTEN = rb"[0-9A-Za-z ./_,;|\t~*\[\]+-]"
#: A longer one: an expression of RE2.
WRITTEN = _OF_WRITTEN + rb"{%d}" % (QUIET + 1)
#: A whole one.
RUN = re.compile(_OF_WRITTEN + rb"+")
# Chance makes none that is longer, nor one with so many digits, of which every identifier has more.
_LONGEST, _DIGITS = 16, 4
_REPEATED = re.compile(rb"([A-Za-z])\1{3,}")
_PIECES = re.compile(rb"[a-z]+|[A-Z]+|[0-9]+|[^0-9A-Za-z]+")
_CLASSES = bytes(0x61 if re.match(_OF_WRITTEN, bytes([byte])) else 0x20 for byte in range(256))
_RUN = b"a" * (QUIET + 1)
# Kinds of characters of base64 but its signs, and of bytes of chance the share of each, give or
# take; these don't write so many digits in a row, of which every identifier has more.
_KINDS = bytes(
    0x75 if 65 <= byte <= 90 else 0x6C if 97 <= byte <= 122 else 0x64 if 48 <= byte <= 57 else 0x20
    for byte in range(256)
)
_SIGNS = b"+/-_\r"
_SHARES = ((b"u", 26 / 62), (b"l", 26 / 62), (b"d", 10 / 62))
_GIVE = 0.03
_NUMBER = b"d" * 7


def is_opaque(data: bytes, start: int = 0, end: int | None = None) -> bool:
    """Tell whether a part of `data` is compressed, encrypted or an image all over: without words.

    Chance makes a tenth of such bytes controls, and a little more than a third of them text.
    """
    end = len(data) if end is None else end
    if data[start:end].isascii():
        return False
    stride = _STRIDE if end - start >= _ENOUGH else 1
    sample = data[start:end:stride]
    text = sample.translate(_TEXT)
    size = _PIECE // stride
    # Of the few bytes at the end alone, chance would often make a text.
    last = max(0, len(sample) - size)
    half = min(size, len(sample)) // 2
    sure = min(size, len(sample)) * _SURE
    for at in (*range(0, last, size), last):
        # A check sum (RFC 1950) adds few ones and zeros fastest.
        ones = (adler32(text[at : at + size]) & 0xFFFF) - 1
        if ones > half and (
            ones > sure
            or _ROW.search(data, start + at * stride, min(end, start + (at + size) * stride))
        ):
            return False
    controls = (adler32(sample.translate(_CONTROL)) & 0xFFFF) - 1
    return controls >= len(sample) // FEWEST


def holds_controls(text: bytes) -> bool:
    """Tell whether there are controls; without any, as many bytes as `FEWEST` are not opaque."""
    return b"\1" in text.translate(_CONTROL)


def is_quiet(text: bytes) -> bool:
    """Tell whether opaque bytes hold no number and nothing encoded, which are written in ASCII."""
    return _RUN not in text.translate(_CLASSES)


def by_chance(run: bytes) -> bool:
    """Tell whether a run of what is written in ASCII is what chance makes among opaque bytes.

    Of words and numbers, characters of a kind stand together, but no letter is written four times.
    """
    if len(run) > _LONGEST or len(run) - len(run.translate(None, b"0123456789")) >= _DIGITS:
        return False
    once = _REPEATED.sub(rb"\1", run)
    return len(_PIECES.findall(once)) * 2 > len(once)


def is_mixed(text: bytes) -> bool:
    """Tell whether a text is even lines of base64, or a part of one, all of it of bytes of chance.

    Of such lines nothing can be read but what they decode to.
    """
    characters, apart = unbroken(text)
    if apart <= 1:
        return False
    kinds = characters.translate(_KINDS, _SIGNS)
    if b" " in kinds or _NUMBER in kinds:
        return False
    sample = kinds[::_STRIDE]
    return all(
        abs(sample.count(kind) - share * len(sample)) <= _GIVE * len(sample)
        for kind, share in _SHARES
    )

"""Dumps of bytes, line by line, as xxd, od, hexdump and protocol analysers print them.

A line holds an offset, then bytes or words in hexadecimal, octal or binary, then perhaps the text.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["dump_of"]

_HEX = rb"[0-9A-Fa-f]"
_OFFSET = rb"[0-9A-Fa-f]{4,16}"
# Bytes by themselves, in two groups or one; words as they stand (xxd), little-endian ones.
_BYTES = re.compile(
    _OFFSET + rb":?[ \t]{1,3}(" + _HEX + rb"{2}(?:[ -]{1,2}" + _HEX + rb"{2}){0,15})(?!\w)"
)
_XXD = re.compile(_OFFSET + rb": (" + _HEX + rb"{2,8}(?: " + _HEX + rb"{2,8}){0,15})(?!\w)")
_WORDS = re.compile(_OFFSET + rb" {1,4}(" + _HEX + rb"{4}(?: {1,4}" + _HEX + rb"{4}){0,15})(?!\w)")
_BITS = re.compile(_OFFSET + rb":?[ \t]{1,3}([01]{8}(?: [01]{8}){0,15})(?!\w)")
_OCTAL = re.compile(rb"[0-7]{6,11} {1,2}([0-7]{6}(?: {1,2}[0-7]{6}){0,7})(?!\w)")
_OCTAL_BYTES = re.compile(rb"[0-7]{6,11} ([0-7]{3}(?: [0-7]{3}){0,15})(?!\w)")
_CHARACTERS = re.compile(rb"[0-9A-Fa-f]{6,11}((?:   [!-~ ]|  \\[0abtnvfr]| [0-7]{3}){1,16})\r?\Z")
# Where lines repeat, and where the dump ends.
_NOTHING = re.compile(rb"\*|" + _OFFSET + rb":?\s*")
_NAMED = {b"0": 0, b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13}


def _bytes(items: bytes) -> bytes:
    return unhexlify(items.translate(None, b" -"))


def _bits(items: bytes) -> bytes:
    return bytes(int(item, 2) for item in items.split())


def _words(items: bytes) -> bytes:
    whole = unhexlify(b"".join(items.split()))
    swapped = bytearray(len(whole))
    swapped[0::2], swapped[1::2] = whole[1::2], whole[0::2]
    return bytes(swapped)


def _octal_words(items: bytes) -> bytes:
    words = [int(word, 8) for word in items.split()]
    return b"".join((word & 0xFFFF).to_bytes(2, "little") for word in words)


def _octal_bytes(items: bytes) -> bytes:
    return bytes(int(item, 8) & 0xFF for item in items.split())


def _characters(items: bytes) -> bytes:
    cells = [items[at : at + 4].lstrip() for at in range(0, len(items), 4)]
    return bytes(
        int(cell, 8)
        if len(cell) == 3
        else _NAMED[cell[1:]]
        if len(cell) == 2
        else (cell or b" ")[0]
        for cell in cells
    )


_KINDS = (
    (_BITS, _bits),
    (_OCTAL, _octal_words),
    (_OCTAL_BYTES, _octal_bytes),
    (_CHARACTERS, _characters),
    (_BYTES, _bytes),
    (_XXD, _bytes),
    (_WORDS, _words),
)


def dump_of(head: bytes) -> Callable[[bytes], bytes] | None:
    """Return what decodes the lines of the dump that begins with `head`, if one does.

    It raises a ValueError for what is no line of it.
    """
    lines = head.split(b"\n")
    first, second = lines[0], lines[1] if len(lines) > 2 else b""
    for kind, decode in _KINDS:
        if kind.match(first) and (not second or kind.match(second) or _NOTHING.match(second)):
            return lambda line: _line(line, kind, decode)
    return None


def _line(line: bytes, kind: re.Pattern[bytes], decode: Callable[[bytes], bytes]) -> bytes:
    match = kind.match(line)
    if match is not None:
        return decode(match[1])
    if _NOTHING.fullmatch(line.rstrip()):
        return b""
    raise ValueError("no line of a dump")

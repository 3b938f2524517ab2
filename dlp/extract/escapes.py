"""Escapes in text, undone as it streams: those of JSON and of programs, of URLs, of HTML and XML.

URLs and markup wrap other formats whole (an address inside of an address, JSON in a query, XML in
XML), so all their escapes are undone. A table or a letter inside of a JSON string gets its lines
back; the signs that would end the string stay escaped, so that fields can still be told apart.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from dlp.extract.native import standing

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Unescaper"]

# Runs of backslashes are taken whole, whatever follows: what a run of them costs stays linear.
# Escaped once more where JSON stands inside of JSON. The second half of a pair that makes one
# character follows the first.
_JSON = re.compile(
    rb"\\(?<!\\\\)\\*+(?:u(?P<high>[dD][89abAB][0-9A-Fa-f]{2})\\+u(?P<low>[dD][c-fC-F][0-9A-Fa-f]{2})"
    rb"|u(?P<four>[0-9A-Fa-f]{4})|(?P<line>[nrt/])"
    # Of programs. A longer literal is one of SQL; a folder's name may begin with digits.
    rb"|x(?P<byte>[0-9A-Fa-f]{2})(?![0-9A-Fa-f]{6})|(?P<octal>[0-3][0-7]{2})(?![0-9])"
    rb"|u\{(?P<braced>[0-9A-Fa-f]{1,6})\}|U(?P<eight>[0-9A-Fa-f]{8}))"
)
# `%` itself may be encoded, and so on.
_PERCENT = re.compile(rb"(%(?:25){0,3}[0-9A-Fa-f]{2})")
_ENTITY = re.compile(rb"&(?:#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
# The same in one group each, to split a text by.
_ANY_JSON, _ANY_ENTITY = (
    re.compile(b"(" + re.sub(rb"\((?!\?)|\(\?P<\w+>", b"(?:", one.pattern) + b")")
    for one in (_JSON, _ENTITY)
)
# Most text has these signs and no escape: native code tells before expressions with groups run.
_any_json = standing(rb"\\(?:[nrtu/]|x[0-9A-Fa-f]{2}|[0-3][0-7]{2}|U00)")
_any_percent = standing(rb"%[0-9A-Fa-f]{2}")
# No name is of one letter, but variables are.
_any_entity = standing(rb"&(?:#[xX]?[0-9A-Fa-f]{1,7}|[A-Za-z][0-9A-Za-z]{1,31});")
# What may be the beginning of an escape, or of the second half of a pair.
_BEGUN = re.compile(
    rb"(?:\\+(?:u[0-9A-Fa-f]{0,3}|u[dD][89abAB][0-9A-Fa-f]{2}(?:\\+(?:u[0-9A-Fa-f]{0,3})?)?"
    rb"|x[0-9A-Fa-f]{0,7}|[0-3][0-7]{0,2}|u\{[0-9A-Fa-f]{0,6}|U[0-9A-Fa-f]{0,7})?"
    rb"|%(?:25){0,3}[0-9A-Fa-f]?|%(?:25){0,2}2|&(?:#[xX]?)?[A-Za-z0-9]{0,32})\Z"
)
# No escape is longer, but for the backslashes before it.
_LONGEST = 48
# No characters of text; and those that would end a JSON string.
_CONTROLS = frozenset({*range(32), 127}) - frozenset(b"\t\n\r")
_ENDING = frozenset(b'"\\')
# Fewer backslashes are gone through one by one.
_MANY = 64
# What stands after a backslash, and what both mean.
_LINES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"/": b"/"}


class Unescaper:
    """Undoes escapes, however the text is cut."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """Return what `data` adds to the text."""
        if self._rest:
            data = self._rest + data
            self._rest = b""
        tail = data[-_LONGEST:]
        if (b"\\" in tail or b"%" in tail or b"&" in tail) and (begun := _BEGUN.search(tail)):
            cut = len(data) - len(tail) + begun.start()
            data, self._rest = data[:cut], data[cut:]
        return _undone(data)

    def finish(self) -> bytes:
        """Return the rest of the text."""
        if not self._rest:
            return b""
        rest, self._rest = self._rest, b""
        return _undone(rest)


def _undone(data: bytes) -> bytes:
    if b"\\" in data and _any_json(data):
        data = _undone_json(data)
    if b"%" in data and _any_percent(data):
        data = _read(data, _PERCENT, _of_percent)
    if b"&" in data and _any_entity(data):
        data = _read(data, _ANY_ENTITY, _of_entity)
    return data


def _undone_json(data: bytes) -> bytes:
    """Return `data` with its escapes of JSON and programs undone."""
    if data.count(b"\\") > _MANY and b"\\\\" not in data:
        # Where no backslash stands beside another, native code undoes those that end lines.
        data = data.replace(b"\\n", b"\n")
    return _read(data, _ANY_JSON, _of_json)


def _read(data: bytes, escape: re.Pattern[bytes], read: Callable[[bytes], bytes]) -> bytes:
    """Return `data` with each `escape` as `read` reads it.

    To split by them takes a third to a quarter of calling back for each.
    """
    parts = escape.split(data)
    parts[1::2] = map(read, parts[1::2])
    return b"".join(parts)


def _of_json(written: bytes) -> bytes:
    # Any number of backslashes may stand before one.
    return _of_short(written) if len(written) <= _LONGEST else _of_any(written)


def _of_any(written: bytes) -> bytes:
    escape = _JSON.fullmatch(written)
    assert escape is not None
    kind = escape.lastgroup
    assert kind is not None
    digits = escape[kind]
    if kind == "line":
        return _LINES[digits]
    if kind == "low":
        high, low = int(escape["high"], 16), int(digits, 16)
        return _character(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00), written)
    code = int(digits, 8 if kind == "octal" else 16)
    if kind in ("byte", "octal") and 0x80 <= code < 0x100:
        return bytes([code])
    return written if code in _ENDING else _character(code, written)


# A text has the same few again and again.
_of_short = lru_cache(maxsize=4096)(_of_any)


@lru_cache(maxsize=4096)
def _of_percent(written: bytes) -> bytes:
    code = int(written[-2:], 16)
    return bytes([code]) if code >= 0x80 else _character(code, written)


@lru_cache(maxsize=4096)
def _of_entity(written: bytes) -> bytes:
    match = _ENTITY.match(written)
    assert match is not None
    if match[3] is None:
        code = int(match[1]) if match[1] is not None else int(match[2], 16)
        return _character(code, written)
    text = html.unescape(written.decode("ascii"))
    return _character(ord(text), written) if len(text) == 1 else written


def _character(code: int, written: bytes) -> bytes:
    """Return a character in UTF-8, or as it is written if it is none of text."""
    if code > 0x10FFFF or 0xD800 <= code < 0xE000 or code in _CONTROLS:
        return written
    return chr(code).encode("utf-8")

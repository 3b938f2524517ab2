"""Quoted: objects in strings of JSON, as logs and queues carry them.

Their quotes are escaped once for each string that stands around them, so that theirs are told by
how many backslashes stand before one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from dlp.detect.parties import in_objects

if TYPE_CHECKING:
    from dlp.detect.parties import Path
    from dlp.detect.shapes import Places

__all__ = ["Quoted", "holds_quoted", "quoted_at"]

# No record is longer: what stands behind a block is seen so far.
LONGEST = 4 * 1024
# Backslashes before a quote: those of four strings, one in the other.
MOST = 15

_BEGINS = re.compile(rb'\{\s{0,40}+(\\{1,%d}+)"' % MOST)
_HOLDS = re.compile(r'\{\s{0,40}+\\++"')
# A string that begins as an object does holds one.
_NO_OBJECT = r'(?!\\*+"\s*+(?:\[\s*+)?+\{\s*+\\++")'


def _said(quote: str) -> str:
    """Return the expression of what a string holds: quotes of more backslashes than its own."""
    return rf'(?:[^"\\]++|\\++(?!")|{quote}\\++")*+'


def _member(quote: str, again: str, value: str = "") -> str:
    """Return the expression of a member: its quote, its name and its value, as those of lists."""
    return (
        rf'({quote})"((?:[^"\\]{{1,64}}+){{1,4}}+){again}"\s*+:\s*+'
        rf'(?:null\b()|({value}{again}"{_said(again)}{again}"|\[[^\[\]{{}}]*+\]|[^\s"{{}}\[\],\\]++))'
    )


class Quoted:
    """Objects whose quotes are escaped, and those that hold such.

    Args:
        quote: The backslashes before their quotes; with none, they are objects whose strings hold
            others.
    """

    def __init__(self, quote: str) -> None:
        sign = re.escape(quote)
        string = rf'{sign}"{_said(sign)}{sign}"'
        inner = rf'\{{(?:[^{{}}"\\]++|{string})*+\}}'
        middle = rf'\{{(?:[^{{}}"\\]++|{string}|{inner})*+\}}'
        self._object = re.compile(
            rf'[\s,]*+(\{{(?=\s*+{sign}")(?:[^{{}}"\\]++|{string}|{middle})*+\}})'.encode()
        )
        member = _member(sign, sign) if quote else _member(r"(?<!\\)\\*+", r"\1", _NO_OBJECT)
        self._member = re.compile(member, re.DOTALL | re.ASCII)
        self._in_bytes = re.compile(member.encode(), re.DOTALL)

    def span(self, window: bytes, at: int) -> tuple[int, int] | None:
        """Return where the record begins and ends that follows, if one does."""
        found = self._object.match(window, at, at + 2 * LONGEST)
        return None if found is None else found.span(1)

    def fields(self, record: str) -> tuple[tuple[str, ...], list[str]]:
        """Return the names and the values of a record's fields."""
        members = self._member.findall(record)
        return tuple([one[1] for one in members]), [
            value[len(quote) + 1 : -len(quote) - 1] if value.startswith(f'{quote}"') else value
            for quote, _, _, value in members
        ]

    def places(self, window: bytes, start: int, end: int) -> Places:
        """Return where these stand."""
        found = self._in_bytes.finditer(window, start, end)
        return [(*one.span(2), *one.span(4 if one[3] is None else 3)) for one in found]

    def paths(self, window: bytes, start: int, end: int, places: Places) -> list[Path]:
        """Return which objects these stand in."""
        return in_objects(window, start, end, places)


@lru_cache(maxsize=MOST + 1)
def _quoted(quote: str) -> Quoted:
    return Quoted(quote)


def quoted_at(window: bytes, at: int) -> Quoted | None:
    """Return how the object is written that begins at a place, if its quotes are escaped."""
    found = _BEGINS.match(window, at)
    return None if found is None else _quoted(found[1].decode("ascii"))


def holds_quoted(record: str) -> Quoted | None:
    """Return how to read an object one of whose strings holds another, if it is one."""
    return _quoted("") if '\\"' in record and _HOLDS.search(record) is not None else None

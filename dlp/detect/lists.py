"""Lists: how objects and elements are written that stand one after the other, and their fields."""

from __future__ import annotations

import re
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING

from dlp.detect.fold import decode
from dlp.detect.parties import in_objects
from dlp.detect.quoted import Quoted, holds_quoted, quoted_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.detect.pairs import Pairs
    from dlp.detect.parties import Path
    from dlp.detect.shapes import Places

__all__ = ["LONGEST", "Form", "around", "spans", "until"]

# No record is longer: what stands behind a block is seen so far.
LONGEST = 4 * 1024
# What stands around a word and may be its record, the innermost first.
AROUND = 4

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_INNER = rf'\{{(?:[^{{}}"]++|{_STRING})*+\}}'
_MIDDLE = rf'\{{(?:[^{{}}"]++|{_STRING}|{_INNER})*+\}}'
_OBJECT = re.compile(
    rf'[\s,]*+(\{{(?=\s*+["}}])(?:[^{{}}"]++|{_STRING}|{_MIDDLE})*+\}})'.encode(), re.DOTALL
)
# A member that is no object: its name and its value, which is empty where there is none.
_MEMBER = (
    r'"((?:[^"\\]{1,64}+|\\.){1,64}+)"\s*+:\s*+'
    rf'(?:null\b()|({_STRING}|\[[^\[\]{{}}]*+\]|[^\s"{{}}\[\],]++))'
)
# Before an object that is no member's value.
_OPENS = re.compile(rb"(?:[\[,}\n]\s{0,40}|\A\s{0,40})\Z")
_TAG = re.compile(rb"<([A-Za-z_][\w:.-]{0,63}+)(?=[\s/>])")
_ATTRIBUTE = r'\s([A-Za-z_][\w:.-]*+)\s*+=\s*+"([^"<>]*+)"'
_ELEMENT = rf"<([A-Za-z_][\w:.-]*+)(?:\s[^<>]*+)?+>([^<]*+)</\1\s*+>|{_ATTRIBUTE}"
_BLANKS = re.compile(rb"\s*+")
_ANY_TAG = re.compile(rb"<(/?)([A-Za-z_][\w:.-]*+)[^<>]*?(/?)>")


class Objects:
    """Objects of JSON, in an array or a line each."""

    def __init__(self) -> None:
        self._member = re.compile(_MEMBER, re.DOTALL | re.ASCII)
        self._in_bytes = re.compile(_MEMBER.encode(), re.DOTALL)

    def span(self, window: bytes, at: int) -> tuple[int, int] | None:
        """Return where the record begins and ends that follows, if one does."""
        found = _OBJECT.match(window, at, at + 2 * LONGEST)
        return None if found is None else found.span(1)

    def fields(self, record: str) -> tuple[tuple[str, ...], list[str]]:
        """Return the names and the values of a record's fields."""
        if (quoted := holds_quoted(record)) is not None:
            return quoted.fields(record)
        members = self._member.findall(record)
        return tuple([one[0] for one in members]), [one[2] for one in members]

    def places(self, window: bytes, start: int, end: int) -> Places:
        """Return where these stand."""
        if (quoted := holds_quoted(decode(window[start:end]))) is not None:
            return quoted.places(window, start, end)
        found = self._in_bytes.finditer(window, start, end)
        return [(*one.span(1), *one.span(3 if one[2] is None else 2)) for one in found]

    def paths(self, window: bytes, start: int, end: int, places: Places) -> list[Path]:
        """Return which objects these stand in."""
        return in_objects(window, start, end, places)


class Elements:
    """Elements of XML that are called the same.

    Args:
        tag: What they are called.
    """

    _field = re.compile(_ELEMENT, re.ASCII)
    _in_bytes = re.compile(_ELEMENT.encode())

    def __init__(self, tag: bytes) -> None:
        self._begin, self._end = b"<" + tag, b"</" + tag + b">"

    def span(self, window: bytes, at: int) -> tuple[int, int] | None:
        """Return where the record begins and ends that follows, if one does."""
        blanks = _BLANKS.match(window, at)
        start = at if blanks is None else blanks.end()
        after = start + len(self._begin)
        if (
            not window.startswith(self._begin, start)
            or window[after : after + 1] not in b" \t\r\n/>"
        ):
            return None
        close = window.find(b">", after, start + LONGEST)
        if close < 0 or window[close - 1 : close] == b"/":
            return (start, close + 1) if close >= 0 else None
        end = window.find(self._end, close, start + LONGEST)
        return None if end < 0 else (start, end + len(self._end))

    def fields(self, record: str) -> tuple[tuple[str, ...], list[str]]:
        """Return the names and the values of a record's fields."""
        found = self._field.findall(record)
        return tuple([one[0] or one[2] for one in found]), [one[1] or one[3] for one in found]

    def places(self, window: bytes, start: int, end: int) -> Places:
        """Return where these stand."""
        found = self._in_bytes.finditer(window, start, end)
        return [
            (*one.span(1), *one.span(2)) if one[1] else (*one.span(3), *one.span(4))
            for one in found
        ]

    def paths(self, window: bytes, start: int, end: int, places: Places) -> list[Path]:
        """Return which elements these stand in, and those of attributes."""
        found, within = [], list[int]()
        fields = deque(place[0] for place in places)
        for number, tag in enumerate(_ANY_TAG.finditer(window, start, end)):
            if tag[1]:
                del within[-1:]
                continue
            while fields and fields[0] < tag.end():
                # An element that is a field stands in those around it.
                is_field = fields.popleft() == tag.start(2)
                found.append(tuple(within) if is_field else (*within, number))
            if not tag[3]:
                within.append(number)
        return found


type Form = Objects | Quoted | Elements | Pairs

_OBJECTS = Objects()


def spans(form: Form, window: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Yield where each record of a list begins and ends, from its first one on."""
    at = start
    while (span := form.span(window, at)) is not None and span[1] - span[0] <= LONGEST:
        yield span
        at = span[1]


def until(spans: Iterator[tuple[int, int]], high: int) -> Iterator[tuple[int, int]]:
    """Yield those that begin before a place, and the next one."""
    for span in spans:
        yield span
        if span[0] >= high:
            return


def around(window: bytes, low: int, word: int) -> Iterator[tuple[Form, int]]:
    """Yield what may be the record that a word stands in, and where it begins."""
    at = word
    for _ in range(AROUND):
        at = window.rfind(b"{", low, at)
        if at < 0:
            break
        if _OPENS.search(window, max(0, at - 48), at):
            yield quoted_at(window, at) or _OBJECTS, at
    at = word
    for _ in range(AROUND):
        at = window.rfind(b"<", low, at)
        while at >= 0 and window[at + 1 : at + 2] in b"/!?":
            at = window.rfind(b"<", low, at)
        if at < 0:
            break
        if (tag := _TAG.match(window, at)) is not None:
            yield _elements(tag[1]), at


@lru_cache(maxsize=256)
def _elements(tag: bytes) -> Form:
    return Elements(tag)

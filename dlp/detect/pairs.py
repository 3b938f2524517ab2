"""Pairs: lines of a name and its value each, as YAML, forms, LDIF, settings and `psql` write them,
that make a record, and the records of such that stand one after the other.

A record begins with the name that the first of them begins with, or with the dash of YAML; between
two there may be empty lines, rulers, and the lines by which databases number them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from dlp.late import late

if TYPE_CHECKING:
    from dlp.detect.shapes import Places

__all__ = ["Begins", "Pairs"]

# No record is longer: what stands behind a block is seen so far.
LONGEST = 4 * 1024

_SIGN = r"(?:=>|[:=|])"
_NO_NAME = r"\r\n:=|<>{};,"
_BEGINS_NAME = r"[^\s:=|<>{}#;,*+~_-]"
_LINE = rf"[ \t]*+{_BEGINS_NAME}[^{_NO_NAME}]*+{_SIGN}[^\r\n]*+"
_GAP = (
    r"(?:[ \t]*+[-=*#%~_+.]*+[ \t]*+\r?\n"
    r"|[-*]++(?:\[ RECORD \d{1,9} \]| \d{1,9}\. row )[-+*]*+\r?\n)"
)
# A name that holds a record's number is that name with another number, too.
_FIRST = (
    rf"(?P<indent>[ \t]*+)(?P<dash>-[ \t]++)?+(?P<head>{_BEGINS_NAME}[^{_NO_NAME}0-9]*+)"
    rf"(?P<number>[0-9]{{1,6}}(?=[\].]))?+(?P<tail>[^{_NO_NAME}]*+){_SIGN}"
)
_NEXT = (
    r"(?P=indent)(?(dash)-[ \t]"
    rf"|(?P=head)(?(number)[0-9]{{1,6}}+)(?P=tail){_SIGN})"
)
_RECORD = late(
    rf"{_GAP}*+(?P<record>{_FIRST}[^\r\n]*+\r?\n(?:(?!{_NEXT}){_LINE}\r?\n)*+)(?={_GAP}*+{_NEXT})".encode()
)
_BEGIN = re.compile(_FIRST.encode())
_PARTING = re.compile(rf"(?:\A|\n){_GAP}\Z".encode())
_FIELD = rf"^[ \t]*+(?:-[ \t]++)?+({_BEGINS_NAME}[^{_NO_NAME}]*+){_SIGN}[ \t]*+([^\r\n]*+)"
# `patients[0][nom]`, `nom[3]`, `patients.0.nom`.
_NUMBERED = re.compile(r"[\w.-]++(?:\[[\w .-]*+\])++|[\w.-]*?\.[0-9]{1,6}\.[\w.-]++")
_PARTS = re.compile(r"[^\[\].]*[^\W\d][^\[\].]*")

_AROUND = " \t,;\"'\\"
_AROUND_NAME = " \t\"'`"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Records of lines that begin alike.

    Attributes:
        begin: What stands before the first name, the dash there, and that name but for a number.
    """

    begin: tuple[bytes | None, ...]

    def span(self, window: bytes, at: int) -> tuple[int, int] | None:
        """Return where the record begins and ends that follows, if one does and is not the last."""
        if at and window[at - 1 : at] != b"\n":
            return None
        found = _RECORD.match(window, at, at + 2 * LONGEST)
        if found is None or _begin(found) != self.begin:
            return None
        return found.span("record")

    def fields(self, record: str) -> tuple[tuple[str, ...], list[str]]:
        """Return the names and the values of a record's fields."""
        found = _IN_TEXT.findall(record)
        return _names(tuple([one[0] for one in found])), [one[1].strip(_AROUND) for one in found]

    def places(self, window: bytes, start: int, end: int) -> Places:
        """Return where these stand."""
        found = _IN_BYTES.finditer(window, start, end)
        return [(*one.span(1), *one.span(2)) for one in found]

    def paths(self, _window: bytes, _start: int, _end: int, _places: Places) -> None:
        """Say that they are not nested."""


_IN_TEXT = re.compile(_FIELD, re.MULTILINE | re.ASCII)
_IN_BYTES = re.compile(_FIELD.encode(), re.MULTILINE)


class Begins:
    """Tells where the records of lines begin in one window; each line is looked at once."""

    def __init__(self) -> None:
        # By the beginnings of lines; below 0 where there is none.
        self._known: dict[int, int] = {}

    def of(self, window: bytes, low: int, word: int) -> tuple[Pairs, int] | None:
        """Return how the record is written that a word stands in, and where it begins.

        Args:
            window: The text.
            low: Where the record begins at the earliest.
            word: Where the word stands.
        """
        at = window.rfind(b"\n", 0, word) + 1
        passed = []
        begin = -1
        while at >= low:
            if at in self._known:
                begin = self._known[at]
                break
            passed.append(at)
            first = _BEGIN.match(window, at)
            if first is None:
                break
            before = window.rfind(b"\n", 0, max(0, at - 1))
            if first["dash"] or not at or _PARTING.match(window, max(0, before), at):
                begin = at
                break
            at = before + 1
        self._known.update(dict.fromkeys(passed, begin))
        first = _BEGIN.match(window, begin) if begin >= low else None
        return None if first is None else (Pairs(_begin(first)), begin)


def _begin(found: re.Match[bytes]) -> tuple[bytes | None, ...]:
    if found["dash"]:
        return (found["indent"], found["dash"])
    return found.group("indent", "head", "tail")


@lru_cache(maxsize=1024)
def _names(written: tuple[str, ...]) -> tuple[str, ...]:
    """Return names as those of one record's fields, of which none holds a number of it."""
    return tuple(map(_name, written))


def _name(written: str) -> str:
    name = written.strip(_AROUND_NAME)
    if _NUMBERED.fullmatch(name) is None:
        return name
    return next(reversed(_PARTS.findall(name)), name)

"""Values in the line below their name, as forms are read from PDF and from pictures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.fold import decode

if TYPE_CHECKING:
    from dlp.detect.words import Vocabulary

__all__ = ["value_below"]

# A name with its value is no longer; lines from a name to the one before it.
LONGEST, FORM = 400, 3

_BEGINS = re.compile(rb"(?:\A|\n)[ \t]{0,12}\Z")
# The line below a name that is a line of its own; names and values take turns in a form.
_BELOW = re.compile(
    rb"[ \t]{0,8}:?[ \t]{0,8}\r?\n[ \t]{0,40}([^\r\n]{1,200}?)[ \t]{0,40}(?=\r?\n|\Z)"
)
_LINE = re.compile(rb"\r?\n([^\n]{0,80})")


def value_below(
    window: bytes, key_start: int, key_end: int, vocabulary: Vocabulary
) -> tuple[int, int] | None:
    """Return the value in the line below a name, where names and values take turns."""
    value = _BELOW.match(window, key_end)
    if value is None or _BEGINS.search(window, max(0, key_start - 16), key_start) is None:
        return None
    if _names(value[1], vocabulary):
        return None
    after = _LINE.match(window, value.end())
    if after is None or not after[1].strip() or _names(after[1], vocabulary):
        return value.span(1)
    before = window[max(0, key_start - LONGEST) : key_start].split(b"\n")
    return value.span(1) if len(before) > FORM and _names(before[-FORM], vocabulary) else None


def _names(line: bytes, vocabulary: Vocabulary) -> bool:
    """Tell whether a line is the name of a field."""
    return vocabulary.meaning(decode(line).strip(" \t\r:")) is not None

"""Names of fields below each other, and below all of them as many values.

So are two columns of a form read that stood beside each other, in PDF and in pictures.
"""

from __future__ import annotations

import re
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from dlp.detect.columns import titled
from dlp.detect.fold import decode
from dlp.detect.values import NAMES, NUMBERS, is_valid

if TYPE_CHECKING:
    from dlp.detect.columns import Column
    from dlp.detect.words import Vocabulary

__all__ = ["stacked_at"]

# Names at least and at most, and how far they and their values reach.
FEWEST, MOST, LONGEST = 3, 12, 2400
_LINES = re.compile(rb"[^\r\n]++|(?<=\n)(?=\r?\n)")
_ENDS_LINE = re.compile(rb"[ \t]{0,8}:?[ \t]{0,8}\r?\n")

#: What a field is, its value, and where that begins.
type Field = tuple[Column, str, int]


def stacked_at(
    window: bytes, start: int, end: int, vocabulary: Vocabulary
) -> tuple[list[Field], int] | None:
    """Return the fields whose names stand below each other from a word on, and where they end.

    Args:
        window: Text around.
        start: Where the word begins.
        end: Where it ends.
        vocabulary: Tells what names mean.
    """
    begins = start == 0 or window[start - 1 : start] == b"\n"
    if not begins or _ENDS_LINE.match(window, end) is None:
        return None
    lines = list(islice(_LINES.finditer(window, start, start + LONGEST), 2 * MOST))
    texts = [decode(line[0]).strip(" \t:") for line in lines]
    named = list(takewhile(lambda text: vocabulary.meaning(text) is not None, texts))
    count = len(named)
    values = texts[count : 2 * count]
    if not FEWEST <= count <= MOST or len(values) < count or not all(values):
        return None
    if any(vocabulary.meaning(value) is not None for value in values):
        return None
    columns = [titled(name, vocabulary) for name in named]
    fits = [column.kind in ("", "sex") or is_valid(column.kind, value)
            for column, value in zip(columns, values, strict=True)]  # fmt: skip
    tells = {column.kind for column in columns} & {*NAMES, *NUMBERS}
    if not (tells and all(fits)):
        return None
    places = [line.start() for line in lines[count : 2 * count]]
    return list(zip(columns, values, places, strict=True)), lines[2 * count - 1].end()

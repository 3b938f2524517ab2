"""Rows in which each value stands behind its name, as stores without columns keep them."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlp.extract.cells import Row

__all__ = ["objects"]

_NAME = re.compile(rb"[A-Za-z_\xc3][\w\xa0-\xff .-]{1,39}")
# A name stands in most rows; so many there are at least, and so many of all strings are names.
_MOST_OF, _FEWEST, _SHARE = 0.6, 3, 0.3
# Rows by which they are told.
_TOLD_BY = 32


def objects(data: bytes, rows: Sequence[Row]) -> bytes:
    """Return an object of JSON in a line for each row, or nothing where values have no names.

    Args:
        data: What they stand in.
        rows: Where their strings stand.
    """
    names = _names(data, rows[:_TOLD_BY])
    if len(names) < _FEWEST:
        return b""
    told = [[data[begin:end] for begin, end in row] for row in rows if row]
    if sum(string in names for row in told for string in row) < _SHARE * sum(map(len, told)):
        return b""
    return b"".join(_object(row, names) for row in told)


def _names(data: bytes, rows: Sequence[Row]) -> set[bytes]:
    """Return what stands in most rows and may be a name."""
    counts = Counter(string for row in rows for string in {data[begin:end] for begin, end in row})
    most = _MOST_OF * len(rows)
    return {one for one, count in counts.items() if count >= most and _NAME.fullmatch(one)}


def _object(row: Sequence[bytes], names: set[bytes]) -> bytes:
    fields: dict[str, str] = {}
    name = ""
    for string in row:
        text = string.decode("utf-8", "replace")
        if string in names and text not in fields:
            name = text
            fields[name] = ""
        else:
            fields[name] = f"{fields.get(name, '')} {text}".strip()
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"

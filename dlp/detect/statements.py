"""Tables in SQL: what the columns of a statement are called, and the rows of its values.

INSERT and COPY name them, or else the CREATE TABLE before (mysqldump, sqlite3's .dump).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.fold import decode
from dlp.detect.native import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TUPLE", "row_texts", "sql_header", "states"]

LONGEST_LIST = 4096
LONGEST_NAME = 128

_NAME = rb"[^\s(]{1,128}\s*\("
_INSERT = re.compile(
    rb"(?:\bINSERT\s+(?:IGNORE\s+)?(?:INTO\s+)?|\bREPLACE\s+INTO\s+|\bCOPY\s+|\bMERGE\s+INTO\s+)"
    + _NAME
    + rb"\Z",
    re.IGNORECASE,
)
_CREATE = re.compile(
    rb"\bCREATE\s+(?:TEMP(?:ORARY)?\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?" + _NAME + rb"\Z",
    re.IGNORECASE,
)
# Each has one of them: INSERT, REPLACE INTO, MERGE INTO, COPY, CREATE.
_VERB = compiled("(?i)INSERT|INTO|COPY|CREATE")
_COPY = re.compile(rb"\bCOPY\b", re.IGNORECASE)
# The word looked from may be the table's name.
_OPENING = re.compile(_NAME)
_VALUES = re.compile(
    rb"\b(?:INSERT|REPLACE)\s[^;()]{1,200}?\bVALUES\s*(?=\()|\bCREATE\s+TABLE\b", re.IGNORECASE
)
_PREPARED = re.compile(rb"\s*VALUES\s*\(\s*(?:\?|%s|\$\d|:\w|@\w)", re.IGNORECASE)
_DEFINED = re.compile(
    r"""\s*[`"\[]?([^\s`"\]]+)(?:[`"\]]|\s)\s*(?!KEY\b|\()[A-Za-z]""", re.IGNORECASE
)
_RULE = re.compile(
    r"\s*(?:PRIMARY|FOREIGN|UNIQUE|CONSTRAINT|KEY|INDEX|CHECK|FULLTEXT)\b", re.IGNORECASE
)
_TEXT = rb"""'(?:[^'\\]|''|\\.)*+'|"(?:[^"\\]|\\.)*+\""""
TUPLE = re.compile(rb"\(((?:" + _TEXT + rb"|\((?:" + _TEXT + rb"|[^()'\"])*+\)|[^()'\"])*+)\)")
# Of a call's arguments the first is the value, as in to_date('14/09/1948', 'DD/MM/YYYY').
_CALL = re.compile(rb"\b\w{1,40}\(\s*('(?:[^'\\]|''|\\.)*+')[^()]*\)")
_PREFIX = re.compile(rb"(?:(?<=[,\s])|\A)(?:N|E|U&|_utf8(?:mb4)?|_latin1)(?=')", re.IGNORECASE)
_PREFIXED = compiled(r"(?i)(?:[,\s(]|\A)(?:N|E|U&|_utf8(?:mb4)?|_latin1)'")


def sql_header(window: bytes, start: int) -> tuple[bool, list[str], int, int] | None:
    """Return (whether lines follow, names of columns, where their head and rows begin), or None.

    Args:
        window: Text around.
        start: Where a word stands that may be the name of a table or of a column.
    """
    opening = window.rfind(b"(", max(0, start - LONGEST_LIST), start)
    head = created = None
    if opening >= 0:
        head, created = _heads(window, opening)
    if not (head or created) and (following := _OPENING.match(window, start)) is not None:
        opening = following.end() - 1
        head, created = _heads(window, opening)
    if head is not None:
        closing = window.find(b")", opening, opening + LONGEST_LIST)
        if not 0 <= start < closing:
            return None
        names = decode(window[opening + 1 : closing]).split(",")
        if _COPY.match(head[0]):
            line_end = window.find(b"\n", closing)
            return True, names, head.start(), len(window) if line_end < 0 else line_end + 1
        # Statements that are prepared have their values elsewhere.
        prepared = _PREPARED.match(window, closing + 1)
        return None if prepared else (False, names, head.start(), closing + 1)
    if created is None:
        return None
    definitions = TUPLE.match(window, opening, opening + LONGEST_LIST)
    if definitions is None or definitions.end() < start:
        return None
    values = _VALUES.search(window, definitions.end())
    if values is None or not values[0].rstrip().lower().endswith(b"values"):
        return None
    return False, _defined(decode(definitions[1])), values.start(), values.end()


def states(window: bytes) -> bool:
    """Tell whether a statement may begin in `window`."""
    return _VERB.search(window) is not None


def _heads(window: bytes, opening: int) -> tuple[re.Match[bytes] | None, re.Match[bytes] | None]:
    low, high = max(0, opening - LONGEST_NAME - 72), opening + 1
    # Programs have many brackets, and few of these words.
    if _VERB.search(window, low, high) is None:
        return None, None
    return _INSERT.search(window, low, high), _CREATE.search(window, low, high)


def _defined(definitions: str) -> list[str]:
    """Return the names of columns that are defined."""
    names, depth, part = [], 0, ""
    for sign in definitions + ",":
        depth += (sign == "(") - (sign == ")")
        if sign != "," or depth:
            part += sign
            continue
        if _RULE.match(part) is None and (found := _DEFINED.match(part + " x")) is not None:
            names.append(found[1])
        part = ""
    return names


def row_texts(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield (offset, values with commas between) of each row in `data`."""
    prefixed = _PREFIXED.search(data) is not None
    for match in TUPLE.finditer(data):
        text = _CALL.sub(rb"\1", match[1]) if b"(" in match[1] else match[1]
        yield match.start(), decode(_PREFIX.sub(b"", text) if prefixed else text)

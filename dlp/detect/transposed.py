"""Columns one after the other: lists of JSON, of Python, R and YAML, lines that begin with a title.

`{"nom": ["LEROY", "PETIT"], "diagnostic": [...]}`, `nom <- c("LEROY", "PETIT")`, `Nom;LEROY;PETIT`
tell of as many people as each of them holds values, and are read as a table's rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from dlp.detect.columns import Column, titled
from dlp.detect.fold import decode
from dlp.detect.tables import Table, cells_of
from dlp.detect.values import NAMES, NUMBERS
from dlp.late import late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlp.detect.tables import Rows
    from dlp.detect.words import Vocabulary

__all__ = ["NEXT", "TITLE", "Transposed", "may_open", "opens_at", "tell_of_people", "transposed_at"]

# Values of a column at least; and where only a contact tells whose they are, as of lists that one
# person may have.
FEWEST, FEWEST_CONTACTS = 2, 3
# A line of them is no longer.
LONGEST_LINE = 16 * 1024
LONGEST_TITLE = 60

_ITEM = rb"""(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|[\w.+-]++)"""
_JOINT = rb"\s{0,40},\s{0,40}"
# Letters of any code page; `ne(e)_le`.
_BARE = rb"[A-Za-z_\x80-\xff](?:[\w\x80-\xff.-]|\(e\)){0,60}"
#: The title of a column.
TITLE = rb"""(?:(["'`])(?P<quoted>[^"'`\r\n\[\]{}=]{1,60})\1|(?P<bare>%b))[ \t]{0,4}""" % _BARE
# A list, objects whose members are numbered (of pandas), and items of YAML.
_COLUMN = late(
    rb"%b(?:(?:<-|=>|[:=])\s{0,4}(?:(?:[a-z]{2}\.)?[A-Za-z]{1,8}\()?(?:c\(|list\(|[\[(])\s{0,40}"
    rb"(?P<list>%b(?:%b%b)++)\s{0,40},?\s{0,40}[\])]"
    rb"|:\s{0,4}\{\s{0,40}(?P<numbered>\"0\"\s{0,4}:\s{0,4}%b(?:%b\"\d{1,7}\"\s{0,4}:\s{0,4}%b)++)"
    rb"\s{0,40}\}|:[ ]{0,4}(?P<dashed>(?:\r?\n[ ]{0,8}- [^\r\n]{1,400})++))"
    % (TITLE, _ITEM, _JOINT, _ITEM, _ITEM, _JOINT, _ITEM)
)
_ITEMS = re.compile(_ITEM)
_NUMBER = re.compile(rb'"\d{1,7}"\s{0,4}:')
#: What stands between columns.
NEXT = re.compile(rb"[\s,;)\]}]{0,80}")
# From a word in a title to the sign, and what may open a list.
_OPENS = re.compile(
    rb"""(?:[\w\x80-\xff.-]|\(e\)){0,40}+["'`]?[ \t]{0,4}"""
    rb"(?:(?:<-|=>|[:=])\s{0,4}(?:\[(?!\s{0,40}\{)|[({]|[A-Za-z.]{1,12}\()"
    rb"|:[ ]{0,4}\r?\n[ ]{0,8}- )"
)
# The same in short, or a sign between values.
_MAY_OPEN = re.compile(
    rb"""(?:[\w\x80-\xff.-]|\(e\)){0,40}+["'`]?[ \t]{0,40}"""
    rb"""(?:[;\t|,]|(?:<-|=>|[:=])\s{0,4}[^\s"'])"""
)
_BEGINS = re.compile(rb"""["'`](?![\s,;)\]}])[^"'`\r\n\[\]{}:=]{0,60}\Z|%b\Z|\Z""" % _BARE)
_DELIMITED = re.compile(rb"""["']?[ ]{0,40}([;\t|,])""")


@dataclass(frozen=True, slots=True)
class Transposed:
    """People of whom columns tell that stand one after the other.

    Attributes:
        table: As whose rows they are read.
        rows: They.
        end: Where the last column ends.
    """

    table: Table
    rows: Rows
    end: int


def transposed_at(
    window: bytes, start: int, end: int, vocabulary: Vocabulary, named: Callable[[], bool]
) -> Transposed | None:
    """Return the people whom columns tell of, the first of which a word is the title of, or None.

    Args:
        window: Text around.
        start: Where the word begins.
        end: Where it ends.
        vocabulary: Tells what titles mean.
        named: Tells whether somebody is named before whose lists they may be.
    """
    if (opens := opens_at(window, start, end)) is not None:
        found = list(_listed(window, opens))
    elif (sign := _DELIMITED.match(window, end)) is not None:
        found = list(_lines(window, start, sign[1], vocabulary))
    else:
        return None
    if len(found) < FEWEST:
        return None
    columns = [titled(title, vocabulary) for title, _, _ in found]
    count = len(found[0][1])
    if not tell_of_people(columns, count, named):
        return None
    rows = list(zip(*(cells for _, cells, _ in found), strict=True))
    # Each where the first of its values stands, so that they are told apart.
    places = accumulate((len(row[0]) + 1 for row in rows), initial=start)
    table = Table(style="columns", delimiter=b"", columns=columns)
    last = found[-1][2]
    return Transposed(
        table,
        [(min(at, last), list(row)) for at, row in zip(places, rows, strict=False)],
        last,
    )


def may_open(window: bytes, end: int) -> bool:
    """Tell whether a list may open behind a word that ends at `end`, or values of its line."""
    return _MAY_OPEN.match(window, end) is not None


def opens_at(window: bytes, start: int, end: int) -> int | None:
    """Return where the title of a list begins that a word stands in, or None where none opens."""
    if _OPENS.match(window, end) is None:
        return None
    before = _BEGINS.search(window, max(0, start - LONGEST_TITLE), start)
    return None if before is None else before.start()


def tell_of_people(columns: list[Column], count: int, named: Callable[[], bool]) -> bool:
    """Tell whether columns with so many values are of as many people."""
    kinds = {column.kind for column in columns if column.kind}
    known = sum(1 for column in columns if column.kind or column.entries)
    if known < FEWEST or count < FEWEST:
        return False
    if not kinds.isdisjoint((*NAMES, *NUMBERS)) or any(column.entries for column in columns):
        return True
    return count >= FEWEST_CONTACTS and not named()


def _listed(window: bytes, at: int) -> Iterator[tuple[str, list[str], int]]:
    """Yield title, values and end of columns that follow each other and are as long."""
    count = 0
    while (column := _COLUMN.match(window, at)) is not None:
        if (dashed := column["dashed"]) is not None:
            cells = [line.partition(b"- ")[2] for line in dashed.split(b"\n")[1:]]
        else:
            items = column["list"] or _NUMBER.sub(b"", column["numbered"])
            cells = _ITEMS.findall(items)
        if count not in (0, len(cells)):
            return
        count = len(cells)
        title = column["quoted"] or column["bare"]
        yield decode(title), [decode(cell).strip(" \r\"'") for cell in cells], column.end()
        following = NEXT.match(window, column.end())
        at = column.end() if following is None else following.end()


def _lines(
    window: bytes, start: int, delimiter: bytes, vocabulary: Vocabulary
) -> Iterator[tuple[str, list[str], int]]:
    """Yield title, values and end of lines that follow each other and are as wide.

    The first begins with the word, and no value is a title.
    """
    at = window.rfind(b"\n", max(0, start - LONGEST_TITLE), start) + 1
    if window[at:start].strip(b" \t|\"'"):
        return
    width = 0
    while at < len(window):
        end = window.find(b"\n", at, at + LONGEST_LINE)
        end = len(window) if end < 0 else end
        line = window[at:end].strip(b" \r")
        if delimiter == b"|":
            line = line.strip(b"|")
        title, *cells = cells_of(decode(line), decode(delimiter)) or [""]
        cells = [cell.strip(" \"'") for cell in cells]
        if not title.strip() or len(cells) < FEWEST or width not in (0, len(cells)):
            return
        if any(map(vocabulary.meaning, cells)):
            return
        width = len(cells)
        yield title.strip(), cells, end
        at = end + 1

"""One person or a few in rows whose cells nothing names, with a birth date and what he has.

`VALUES ('Marchetti', 'Delphine', '1981-06-02', 'VIH stade B')`, `entry.1=Delphine Marchetti` above
`entry.2=02/06/1981` and `entry.3=VIH`, the row that an error of a database quotes. Of a list, its
columns tell who they are of; of one row, that a whole name stands beside a date of a life, and that
a cell is nothing but what somebody has.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.asking import says
from dlp.detect.dates import birth_date
from dlp.detect.fold import fold, readable
from dlp.detect.illness import tells
from dlp.detect.mentions import RECENT
from dlp.detect.persons import Record
from dlp.detect.remarked import is_name
from dlp.detect.telling import OF_PERSON
from dlp.detect.told import lists_things

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlp.detect.lexicon import Lexicon
    from dlp.detect.meanings import Meaning

__all__ = ["people_unnamed"]

# More dates are those of a list, or of anything.
MOST_DATES = 24
# Characters of a row before and after its date, and of one that has no end.
BEFORE, AFTER = 240, 400
# Cells between a name and the date.
NEAR = 4
# A cell is no longer, where it says what somebody has.
LONGEST_CELL = 80

_DATE = re.compile(
    r"(?<![\w.-])(?:(?:19[3-9]\d|20[01]\d)(?:[-/.][01]?\d[-/.][0-3]?\d|[01]\d[0-3]\d)"
    r"|[0-3]?\d[-/.][01]?\d[-/.](?:19[3-9]\d|20[01]\d))(?![\w-]|\.\d)"
)
# As Python writes one.
_CALLED = re.compile(r"(?:datetime\.)?date\((\d{4}), (\d\d?), (\d\d?)\)")
_ENDS_ROW = re.compile(r"[\n\r\x1e]|/>|</|[)\]}]\s*[,;]\s*(?=[(\[{])")
_ENDS_CELL = re.compile(
    r"""["']\s*[:,;|]\s*["']?|[;|\t,~\x1f\x01\x00^&{}\[\]()<>=\n\r\\"]|(?<!\w)'|'(?!\w)"""
)
# The name of a field: of an object, an attribute, a form, of what programs print.
_KEY = re.compile(
    r"""["'][\w .-]{1,40}["']\s*:|(?<![^\s&(,;])[\w:.-]{1,40}\s?=(?=["'\w])"""
    r"""|(?<![^\s(,;{])[\w.-]{1,40}:(?=\s*["'])"""
)


def people_unnamed(
    window: bytes,
    low: int,
    high: int,
    lexicon: Lexicon,
    roles: frozenset[str],
    meaning: Callable[[str], Meaning | None],
) -> list[Record]:
    """Return the people of single rows between `low` and `high`.

    Args:
        window: Text around.
        low: Where it begins.
        high: Where it ends.
        lexicon: The health terms.
        roles: What words around say that the text is.
        meaning: Says what a name of a field means: what has one is weighed as such.
    """
    text = _CALLED.sub(r"\1-\2-\3", readable(window[low:high]))
    dates = [match.span() for match in _DATE.finditer(text)][: MOST_DATES + 1]
    if not 0 < len(dates) <= MOST_DATES:
        return []
    if any(_names_people(key, meaning) for key in set(_KEY.findall(text))):
        return []
    told = []
    ends = 0
    for start, stop in dates:
        begin = max(ends, start - BEFORE)
        begin = max([begin, *(match.end() for match in _ENDS_ROW.finditer(text, begin, start))])
        end = _ENDS_ROW.search(text, stop, stop + AFTER)
        ends = end.start() if end else min(len(text), stop + AFTER)
        ahead, behind = _cells(text[begin:start], meaning), _cells(text[stop:ends], meaning)
        record = _of_row(ahead, text[start:stop], behind, lexicon)
        if record is not None:
            told.append(record)
    if not told and len(dates) == 1:
        # Each cell in a line of its own.
        ((start, stop),) = dates
        before, after = text[max(0, start - BEFORE) : start], text[stop : stop + AFTER]
        ahead, behind = (_cells(part.replace(",", " "), meaning) for part in (before, after))
        told = [one] if (one := _of_row(ahead, text[start:stop], behind, lexicon)) else []
    for record in told:
        record.roles = roles
    return told


def _of_row(ahead: list[str], date: str, behind: list[str], lexicon: Lexicon) -> Record | None:
    """Return who a row is about, and what he has, if it says both.

    Args:
        ahead: Its cells before a date.
        date: The date.
        behind: Those behind it.
        lexicon: The health terms.
    """
    born = birth_date(date)
    if born is None or born >= RECENT:
        return None
    name = _name(ahead[-NEAR:][::-1], turned=True) or _name(behind[:NEAR], turned=False)
    cells = ahead + behind
    folded = [fold(cell) for cell in cells]
    if name is None or lists_things(folded):
        return None
    if any(says("works").match(b" " + cell.encode()) is not None for cell in folded):
        return None
    having = [cell for cell in cells if len(cell) <= LONGEST_CELL and tells(cell, lexicon)]
    record = Record(bare=True, stated=True)
    if not (having and record.add("full_name", name) and record.add("birth_date", date)):
        return None
    record.note(lexicon.context(" | ".join(having)))
    return record


def _names_people(key: str, meaning: Callable[[str], Meaning | None]) -> bool:
    """Tell whether what is written as the name of a field is one of a name or a birth date."""
    means = meaning(key.strip("\"' :="))
    return means is not None and not OF_PERSON.isdisjoint(means.kinds)


def _cells(text: str, meaning: Callable[[str], Meaning | None]) -> list[str]:
    """Return what is no sign and no name of a field."""
    cells = (cell.strip(" .'") for cell in _ENDS_CELL.split(_KEY.sub(";", text)))
    return [cell for cell in cells if cell and meaning(cell) is None]


def _name(cells: list[str], *, turned: bool) -> str | None:
    """Return the whole name among cells, in one of them or two that follow each other."""
    for at, cell in enumerate(cells):
        if is_name(cell):
            return cell
        pair = cells[at : at + 2][:: -1 if turned else 1]
        if len(pair) > 1 and is_name(" ".join(pair)):
            return " ".join(pair)
    return None

"""Tables of persons without a header: what each column holds is told from its cells."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from dlp.detect.aligned import in_columns, in_records
from dlp.detect.columns import Column
from dlp.detect.fold import decode
from dlp.detect.illness import tells
from dlp.detect.logins import with_logins
from dlp.detect.looks import is_doctor
from dlp.detect.native import compiled
from dlp.detect.persons import Record
from dlp.detect.score import LEAST_WEIGHT
from dlp.detect.subjects import SHARE, is_title
from dlp.detect.told import LEAST_BIRTHS, MOST, NAMED, SAMPLED, tell_of_things, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlp.detect.aligned import Rows
    from dlp.detect.lexicon import Lexicon

__all__ = ["BIRTHS", "CODES", "DATES", "GROUPS", "medical_records", "persons_in"]


def _dates(century: str, decade: str) -> str:
    year, short = f"{century}[0-9]{{2}}", f"{decade}[0-9]"
    return (
        rf"(?:\b|_)(?:{year}[-/.]?[01][0-9][-/.]?[0-3][0-9]"
        rf"|[0-3]?[0-9][-/.][01]?[0-9][-/.]{year}"
        rf"|[0-3][0-9][01][0-9]{year}|[0-3][0-9]/[01][0-9]/{short}"
        rf"|[0-3][0-9][- ][A-Za-z]{{3,5}}[- ](?:{century})?{short})(?:\b|[T_])"
    )


#: Dates of the last century, as most births are and few dates of files: an unmarked table of
#: persons holds many.
BIRTHS = compiled(_dates("19", "[3-9]"))
#: Codes of ICD-10, with their point.
CODES = compiled(r"\b[A-TV-Z][0-9][0-9AB]\.[0-9]{1,2}\b")
#: Groups of blood in cells.
GROUPS = compiled(
    r"(?i:[;,|\t'\"](?:ab?|b|o|0) ?(?:rh ?)?(?:\+|-|pos|neg)[a-z]{0,4}['\";,|\t\r\n])"
)
#: Any dates: those of children are of this century.
DATES = compiled(_dates("(?:19|20)", "[0-9]"))
# Text before the first birth date and after the last that belongs to a list.
AROUND = 1024
# Share of the rows that must say something medical.
MEDICAL_SHARE = 0.08
# Share of those that must say what somebody has, rather than what he is concerned with; and where
# the dates are of this century, which may be those of anything.
TELLING_SHARE, TELLING_SHARE_YOUNG = 0.1, 0.5
MEDICAL_SHARE_YOUNG = 0.2
# Of these, those whose name is a doctor's.
DOCTORS = 0.3
# Of which kinds one of their columns is, since makers are called by last names, too.
WHOLE = frozenset({"full_name", "first_name"})

# Cells that a row in markup has at least.
MARKED_CELLS = 3
_END = re.compile(r"</([A-Za-z][\w:.-]{0,40})\s*>")
_CLOSING = re.compile(r"</[A-Za-z][^<>]{0,60}>")
_TAG = re.compile(r"<[^<>]{0,400}>")

_DELIMITERS = (";", "\t", "|", ",", "~", "\x1f", "\x01")
_WIDE = re.compile(r" {2,}")
_WRAPPED = re.compile(
    r"^\s*(?:INSERT INTO .{1,80}? VALUES ?)?[\[({]|[\])}][,;]?\s*$", re.IGNORECASE
)


def medical_records(found: Rows, lexicon: Lexicon, roles: frozenset[str]) -> list[Record] | None:
    """Return what is said of the health of persons who are listed.

    None where diseases are spoken of as a subject.

    Args:
        found: Columns and rows.
        lexicon: The health terms.
        roles: What words around say that the text is.
    """
    columns, rows = found
    read = [(*_record(columns, cells, lexicon, roles), cells) for cells in rows]
    # Here and there a medical word is an accident; in a list of patients it is the point. Where
    # many cells speak of it as of a subject, so do the others.
    medical = [(record, cells) for record, _, cells in read if record.weight() >= LEAST_WEIGHT]
    topical = sum(topical for _, topical, _ in read)
    if topical > SHARE * (len(medical) + topical):
        return None
    young = _are_young(columns, rows)
    if young and not _are_named(columns, rows):
        return []
    if len(medical) < max(2, len(rows) * (MEDICAL_SHARE_YOUNG if young else MEDICAL_SHARE)):
        return []
    sample = medical[:: max(1, len(medical) // SAMPLED)]
    telling = sum(
        bool(record.medical or record.of_portal)
        or any(tells(cell, lexicon) for cell in _spoken(columns, cells))
        for record, cells in sample
    )
    if telling < len(sample) * (TELLING_SHARE_YOUNG if young else TELLING_SHARE):
        return []
    return [record for record, _ in medical]


def _spoken(columns: list[Column], cells: list[str]) -> list[str]:
    """Return the cells of a row whose columns say nothing."""
    return [cell for column, cell in zip(columns, cells, strict=False) if cell and not column.kind]


def _record(
    columns: list[Column], cells: list[str], lexicon: Lexicon, roles: frozenset[str]
) -> tuple[Record, bool]:
    """Return what a row says, and whether it says all that is medical as of a subject."""
    record = Record(roles=roles)
    for column, cell in zip(columns, cells, strict=False):
        if column.kind and cell:
            record.add(column.kind, cell)
    spoken = _spoken(columns, cells)
    health, topical = lexicon.said(spoken, wards=True)
    known = tuple(term.folded for term in health.terms if not term.weak)
    titled = any(is_title(cell, known) for cell in (spoken if known else ()))
    if not titled:
        record.note(health)
    return record, topical or titled


def _are_young(columns: list[Column], rows: list[list[str]]) -> bool:
    """Tell whether what seem to be birth dates are of this century."""
    born = next(n for n, column in enumerate(columns) if column.kind == "birth_date")
    return not told([row[born] for row in rows[:SAMPLED] if born < len(row)]).kind


def _are_named(columns: list[Column], rows: list[list[str]]) -> bool:
    """Tell whether a list names people by their first names, and not those who treat them."""
    named = [n for n, column in enumerate(columns) if column.kind in NAMED]
    if WHOLE.isdisjoint(columns[n].kind for n in named):
        return False
    sample = rows[:SAMPLED]
    doctors = sum(any(is_doctor(row[n]) for n in named if n < len(row)) for row in sample)
    return doctors <= DOCTORS * len(sample)


def persons_in(window: bytes, low: int, high: int, things: int) -> Rows | None:
    """Return the columns and rows of the persons listed between `low` and `high`, or None.

    The rows are those that hold a date and are laid out as most of them are; not if all have as
    many cells as those that list `things`.

    Args:
        window: Text around.
        low: Where it begins.
        high: Where it ends.
        things: How many cells the rows of a table have that is known to list something else.
    """
    lines = []
    seen = -1
    for match in DATES.finditer(window, low, high):
        start = window.rfind(b"\n", 0, match.start()) + 1
        if start != seen:
            seen = start
            end = window.find(b"\n", match.end())
            lines.append(decode(window[start : end if end >= 0 else len(window)]).rstrip("\r"))
    births = sum(1 for _ in BIRTHS.finditer(window, low, high))
    rows = _marked(decode(window[low:high]), births) if b"</" in window[low:high] else None
    rows = rows or _rows(lines)
    if rows is not None:
        width = max(map(len, rows))
        if all(len(row) == things for row in rows):
            return None
        columns = [
            told([row[n] for row in rows[:SAMPLED] if n < len(row)], young=True)
            for n in range(width)
        ]
        kinds = {column.kind for column in columns}
        if kinds >= NAMED:
            # Words of any kind are somebody's name, too.
            columns = [Column("") if one.kind == "full_name" else one for one in columns]
        if "birth_date" in kinds and NAMED & kinds:
            return with_logins(columns, rows), rows
    before = decode(window[max(0, low - AROUND) : low])
    inside = decode(window[low:high])
    text = before + inside + decode(window[high : high + AROUND])
    return in_records(text, len(before), len(before) + len(inside)) or in_columns(text)


def _marked(text: str, births: int) -> list[list[str]] | None:
    """Return the rows of a table in markup: what a tag ends that ends about as often as births are.

    Each tag that ends in a row ends a cell.
    """
    ends = Counter(_END.findall(text))
    ends = Counter({tag: n for tag, n in ends.items() if 0.6 * n <= births <= 1.2 * n})
    if not ends:
        return None
    # The tag of the row ends after those of its cells.
    tag = max(ends, key=lambda tag: (ends[tag], text.rfind(f"</{tag}")))
    parts = re.split(rf"</{re.escape(tag)}\s*>", text)
    if tell_of_things([_END.findall(part) for part in parts[:SAMPLED]]):
        return None
    rows = [[_TAG.sub("", cell).strip() for cell in _CLOSING.split(row)][:-1] for row in parts]
    usual = sorted(map(len, rows))[len(rows) // 2]
    return [row for row in rows if len(row) == usual] if usual >= MARKED_CELLS else None


def _rows(lines: list[str]) -> list[list[str]] | None:
    if len(lines) < LEAST_BIRTHS:
        # One long line may hold them all, as tuples or arrays do.
        lines = [part for line in lines for part in re.split(r"[)\]]\s*,\s*[(\[]", line)]
        if len(lines) < LEAST_BIRTHS:
            return None
    lines = [_WRAPPED.sub("", line) for line in lines]
    splitters: list[Callable[[str], list[str]]] = [
        *(lambda line, d=d: line.split(d) for d in _DELIMITERS),
        lambda line: _WIDE.split(line.strip()),
    ]
    for split in splitters:
        rows = [[cell.strip().strip("\"'").strip() for cell in split(line)] for line in lines]
        counts = sorted(len(row) for row in rows)
        usual = counts[len(counts) // 2]
        if usual >= 3 and sum(abs(n - usual) <= 1 for n in counts) >= MOST * len(counts):
            return rows
    return None

"""Tables of persons without a header: what each column holds is told from its cells."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from dlp.detect.columns import Column
from dlp.detect.dates import birth_date
from dlp.detect.fold import decode, fold
from dlp.detect.native import compiled
from dlp.detect.persons import Record
from dlp.detect.score import LEAST_WEIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dlp.detect.lexicon import Lexicon

__all__ = ["BIRTHS", "LEAST_BIRTHS", "lists_things", "medical_records"]

#: Dates of the last century, as most births are and few dates of files: an unmarked table of
#: persons holds many.
BIRTHS = compiled(
    r"\b(?:19[0-9]{2}[-/.]?[01][0-9][-/.]?[0-3][0-9]|[0-3]?[0-9][-/.][01]?[0-9][-/.]19[0-9]{2}"
    r"|[0-3][0-9][01][0-9]19[0-9]{2})\b"
)
LEAST_BIRTHS = 4

SAMPLED = 60
# A column is of a kind if so many of its filled cells are.
MOST = 0.8
# Common names only are in the lists; everyone else's name stands beside them.
SOME = 0.3
# Share of the rows that must say something medical.
MEDICAL_SHARE = 0.08

# Cells that a row in markup has at least.
MARKED_CELLS = 3
# Titles of books, records, orders: the dates beside them are nobody's birth.
_MADE = re.compile(
    r"\b(?:isbn|issn|titre|title|titel|titulo|titolo|auteur|author|autor|autore|parution|publication|publie|published"
    r"|commande|order|facture|invoice|commit|version|album|film|movie)\b"
)
_END = re.compile(r"</([A-Za-z][\w:.-]{0,40})\s*>")
_CLOSING = re.compile(r"</[A-Za-z][^<>]{0,60}>")
_TAG = re.compile(r"<[^<>]{0,400}>")

_DELIMITERS = (";", "\t", "|", ",", "~", "\x1f", "\x01")
_WIDE = re.compile(r" {2,}")
_WRAPPED = re.compile(r"^\s*[\[({]|[\])}][,;]?\s*$")
_NAME = re.compile(r"[^\W\d_]+(?:[ .'\u2019-]+[^\W\d_]+){0,4}\.?")
_PHONE = re.compile(r"\+?[\d(][\d\s().-]{7,18}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.\w{2,}")


def lists_things(header: Iterable[str]) -> bool:
    """Tell whether a header (folded titles) says that dates are of what people made or sold."""
    return any(_MADE.search(title) for title in header)


def medical_records(
    window: bytes,
    low: int,
    high: int,
    lexicon: Lexicon,
    roles: frozenset[str],
    things: int = 0,
) -> list[Record]:
    """Return what is said of the health of persons listed between `low` and `high`.

    Args:
        window: Text around.
        low: Where it begins.
        high: Where it ends.
        lexicon: The health terms.
        roles: What words around say that the text is.
        things: How many cells the rows of a table have that is known to list something else.
    """
    found = _persons_in(window, low, high)
    if found is None or len(found[0]) == things:
        return []
    columns, rows = found
    records = [_record(columns, cells, lexicon, roles) for cells in rows]
    # Here and there a medical word is an accident; in a list of patients it is the point.
    medical = [record for record in records if record.weight() >= LEAST_WEIGHT]
    return medical if len(medical) >= max(2, len(records) * MEDICAL_SHARE) else []


def _record(
    columns: list[Column], cells: list[str], lexicon: Lexicon, roles: frozenset[str]
) -> Record:
    record = Record(roles=roles)
    spoken = []
    for column, cell in zip(columns, cells, strict=False):
        if column.kind and cell:
            record.add(column.kind, cell)
        elif cell:
            spoken.append(cell)
    record.note(lexicon.context(" | ".join(spoken)))
    return record


def _persons_in(window: bytes, low: int, high: int) -> tuple[list[Column], list[list[str]]] | None:
    """Return the columns and rows of the persons listed between `low` and `high`, or None.

    The rows are those that hold a birth date and are laid out as most of them are.
    """
    lines = []
    seen = -1
    for match in BIRTHS.finditer(window, low, high):
        start = window.rfind(b"\n", 0, match.start()) + 1
        if start != seen:
            seen = start
            end = window.find(b"\n", match.end())
            lines.append(decode(window[start : end if end >= 0 else len(window)]).rstrip("\r"))
    births = sum(1 for _ in BIRTHS.finditer(window, low, high))
    rows = _marked(decode(window[low:high]), births) if b"</" in window[low:high] else None
    rows = rows or _rows(lines)
    if rows is None:
        return None
    width = max(map(len, rows))
    columns = [_column([row[n] for row in rows[:SAMPLED] if n < len(row)]) for n in range(width)]
    kinds = [column.kind for column in columns]
    if "birth_date" not in kinds or not {"full_name", "last_name", "first_name"} & set(kinds):
        return None
    return columns, rows


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
    rows = [
        [_TAG.sub("", cell).strip() for cell in _CLOSING.split(row)][:-1]
        for row in re.split(rf"</{re.escape(tag)}\s*>", text)
    ]
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


def _column(cells: list[str]) -> Column:
    filled = [cell for cell in cells if cell]
    if len(filled) < LEAST_BIRTHS - 1:
        return Column(title="")

    def share(test: Callable[[str], object]) -> float:
        return sum(bool(test(cell)) for cell in filled) / len(filled)

    if share(birth_date) >= MOST:
        recent = share(lambda cell: (birth_date(cell) or "2100") > "2012")
        varied = len({birth_date(cell) for cell in filled}) / len(filled)
        return Column(title="", kind="birth_date" if recent < SOME and varied > SOME else "")
    if share(_EMAIL.fullmatch) >= MOST:
        return Column(title="", kind="email")
    if share(_PHONE.fullmatch) >= MOST:
        return Column(title="", kind="phone")
    if share(_NAME.fullmatch) < MOST:
        return Column(title="")
    first, last = names()
    firsts = share(lambda cell: any(word in first for word in _words(cell)))
    lasts = share(lambda cell: any(word in last for word in _words(cell)))
    if max(firsts, lasts) < SOME:
        return Column(title="")
    if share(lambda cell: " " in cell) > MOST:
        return Column(title="", kind="full_name")
    return Column(title="", kind="first_name" if firsts >= lasts else "last_name")


def _words(cell: str) -> Iterator[str]:
    folded = fold(cell)
    yield folded
    yield from folded.split()


@cache
def names() -> tuple[frozenset[str], frozenset[str]]:
    """Return the common first names and last names, folded."""
    folder = resources.files("dlp.detect") / "vocabulary"
    first, last = (
        frozenset((folder / f"{kind}_names.txt").read_text("utf-8").split("\n"))
        for kind in ("first", "last")
    )
    return first, last

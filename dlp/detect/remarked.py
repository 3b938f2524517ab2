"""Lists of people with a remark on each: neither titles nor birth dates say what they are.

`LEFEBVRE;Camille;VIH+`, `add("luc@example.org", "enceinte de 20 SA, HIV positif")`, one person for
each line, element or pair of brackets. Several with a remark that says what somebody has or takes
are patients: what people teach, sell or work at is not said so.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from dlp.detect.fold import fold, readable
from dlp.detect.illness import REMARK, TAKES, remarks
from dlp.detect.looks import is_doctor, is_finding
from dlp.detect.native import compiled
from dlp.detect.persons import Record
from dlp.detect.told import EMAIL, is_whole_name
from dlp.detect.values import is_valid

if TYPE_CHECKING:
    from dlp.detect.lexicon import Lexicon

__all__ = ["AILMENTS", "is_name", "may_be_remarked", "people_remarked"]

_E = r"(?:e|\xc3[\xa9\x89]|[\xe9\xc9])"
#: What most lists of patients have somewhere: the gate sees no list that has none of it.
AILMENTS = compiled(
    rf"(?i:\bVIH\b|\bHIV\b|s{_E}roposi|cancer|tumeur|tumou?r|carcinom|karzinom|diab{_E}t|leuk|leuc{_E}m"
    rf"|h{_E}patit|dialys|{_E}pilep|m{_E}thadon|levothyrox|previscan|grossesse|pregnan|schwanger"
    rf"|zwanger|embaraz|gravid|trisomi|dr{_E}panoc|scl{_E}ros|syphilis|tubercul|ch[ei]mioth"
    r"|chemoth|tamoxif|wird behandelt|dodatni)"
)
# Fewer may be those of an article.
LEAST = 3
# Share of the rows that are as wide as most; of those that speak of a disease, those that are a
# remark; and of the rows that hold the name of a field, or a sign of the layout.
ALIKE, REMARKING, NAMING = 0.7, 0.2, 0.8
# A row is no longer, and no cell of one is a sentence or two.
LONGEST_ROW, LONGEST_CELL = 600, 120

_ENDS_ROW = re.compile(
    r"\n|\r|\x1e|</(?i:tr|li|p|(?:\w+:)?(?:table-)?row|text|item)>|<br ?/?>"
    r"|[)\]}][ \t]*[,;][ \t]*(?=[(\[{])|\\\\ "
)
_PARTED = re.compile(r"\r?\n[ \t]*\r?\n")
# A blank on each side, or a sign that no name and no remark holds. Without a look at the first
# character, each place would be compared to all.
_ENDS_CELL = re.compile(
    r"""(?=[ '@;|\t,~"\x1f\x01\x00$^*!%#=:(){}\[\]<>&\u2022\u00b7])"""
    r"""(?:[;|\t,~"\x1f\x01\x00$^*!%#=:(){}\[\]<>&\u2022\u00b7]+|[ ](?:-+>?|/|\u2013|\u2014)[ ]"""
    r"""|[ ]{2,}|@@|(?<!\w)'|'(?!\w))"""
)
_APART = re.compile("[ '\u2019-]")
_WORD = re.compile(r"[^\W\d_]+(?:[ '\u2019-][^\W\d_]+){0,3}")
# Numbers of other things begin otherwise, or have no blanks.
_PHONE = re.compile(r"(?:\+\d{2}[ .-]?|0)\d(?:[ .-]?\d{2}){4}|0\d{2,4}[ /-]\d{5,8}")
_ADDRESS = re.compile(
    r"\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|av\.?|avenue|bd|boulevard|impasse|all\u00e9e|chemin|route"
    r"|place|quai|lotissement|lieu-dit|r\u00e9sidence|\w+ (?:street|road|lane|avenue))\b",
    re.IGNORECASE,
)
# What a test measured, in a unit of laboratories.
_UNIT = "(?:[gmn\u00b5]+g?/d?m?[lL]|m?UI/m?L|[m\u00b5]?mol/L|G/L|copies/mL)"
# Who measured it, as of controls, is none of whom it is said.
_MEASURER = re.compile(
    r"\b(?:techni(?:cien\w*|cian|ker(?:in)?)|t[\u00e9e]cnic[oa]|MTA|op[\u00e9e]rat(?:eur|rice|or|ora|ore))"
    r" ?[:=] ?[^;|\t\n\r]{2,60}",
    re.IGNORECASE,
)
_MEASURED = re.compile(rf"[<>]?\d+(?:[.,]\d+)? ?{_UNIT}")
# What rows have that say something of somebody.
_SAID = compiled(
    rf"{REMARK.pattern}|{TAKES.pattern}|(?i:\bn{_E}gati[vf])"
    rf"|[0-9] ?(?:{_UNIT.encode().decode('latin-1')})"
)


def may_be_remarked(text: bytes) -> bool:
    """Tell whether such a list may stand in a text that has what most of them have."""
    return len(list(islice(_SAID.spans(text), LEAST))) == LEAST


def people_remarked(
    window: bytes, low: int, high: int, lexicon: Lexicon, roles: frozenset[str]
) -> list[Record]:
    """Return the people listed between `low` and `high` whom a remark says something medical of.

    Args:
        window: Text around.
        low: Where it begins.
        high: Where it ends.
        lexicon: The health terms.
        roles: What words around say that the text is.
    """
    text = readable(window[low:high])
    return _people(_ENDS_ROW.split(text), lexicon, roles) or _people(
        # Each cell may stand in a line of its own.
        [part.replace("\n", ";") for part in _PARTED.split(text)],
        lexicon,
        roles,
    )


def _people(written: list[str], lexicon: Lexicon, roles: frozenset[str]) -> list[Record]:
    """Return the people of some rows, if they are patients."""
    rows, ailing = _rows(written)
    told = [(row, record) for row in rows if (record := _told_of(row, lexicon, roles)) is not None]
    if len({record.identity() for _, record in told}) < max(LEAST, REMARKING * ailing):
        return []
    widths = sorted(len(row) for row, _ in told)
    usual = widths[len(widths) // 2]
    alike = sum(abs(width - usual) <= 1 for width in widths)
    return [record for _, record in told] if alike >= ALIKE * len(widths) else []


def _rows(written: list[str]) -> tuple[list[list[str]], int]:
    """Return the cells of rows that may say something of somebody, and how many name a disease."""
    rows = []
    ailing = 0
    for one in written:
        row = _MEASURER.sub("", one)
        raw = row.encode("utf-8", "replace")
        says = _SAID.search(raw) is not None
        ailing += says or AILMENTS.search(raw) is not None
        if not says or len(row) > LONGEST_ROW:
            continue
        cells = [stripped for cell in _ENDS_CELL.split(row) if (stripped := cell.strip(" .\\"))]
        if len(cells) > 1 and max(map(len, cells)) <= LONGEST_CELL:
            rows.append(cells)
    known = Counter(cell for cells in rows for cell in set(cells))
    names = {
        cell
        for cell, times in known.items()
        if times > NAMING * len(rows) and AILMENTS.search(cell.encode("utf-8", "replace")) is None
    }
    return [[cell for cell in cells if cell not in names] for cells in rows], ailing


def _told_of(cells: list[str], lexicon: Lexicon, roles: frozenset[str]) -> Record | None:
    """Return what a row says, if that is who somebody is and what he has."""
    record = Record(roles=roles)
    left = []
    at = 0
    while at < len(cells):
        pair = " ".join(cells[at : at + 2])
        if EMAIL.fullmatch(cells[at]):
            record.add("email", cells[at])
        elif _PHONE.fullmatch(cells[at]):
            record.add("phone", cells[at])
        elif _ADDRESS.match(cells[at]):
            record.add("address", cells[at])
        elif not record.values.get("full_name") and is_name(cells[at]):
            record.add("full_name", cells[at])
        elif not record.values.get("full_name") and at + 1 < len(cells) and is_name(pair):
            record.add("full_name", pair)
            at += 1
        else:
            left.append(cells[at])
        at += 1
    if not record.values or not left or not _speaks(left, lexicon):
        return None
    record.note(lexicon.said(left, wards=True)[0])
    record.remarked = True
    return record if record.healthy and record.told_by() else None


def is_name(text: str) -> bool:
    """Tell whether a text is a whole name, which begins with capitals and is no doctor's."""
    return (
        _WORD.fullmatch(text) is not None
        and all(word[0].isupper() for word in _APART.split(text) if len(word) > 2)
        and is_whole_name(fold(text).split())
        and is_valid("full_name", text)
        and not is_doctor(text)
    )


def _speaks(cells: list[str], lexicon: Lexicon) -> bool:
    """Tell whether a cell is a remark on what somebody has, or a test stands beside its result."""
    if remarks(cells, lexicon):
        return True
    return any(is_finding(cell) or _MEASURED.fullmatch(cell) for cell in cells) and any(
        not term.weak for term in lexicon.said(cells, wards=True)[0].terms
    )

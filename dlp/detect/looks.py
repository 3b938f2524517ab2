"""Looks: what of a cell weighs, when nothing but the kind of its column and its text are known.

Of a table with a million rows the cells have few looks; what a row weighs is known by them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.codes import ICD
from dlp.detect.dates import serial_date
from dlp.detect.told import EMAIL
from dlp.detect.values import NAMES, NUMBERS, PHONE, WRITTEN_NUMBER, is_valid

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "EMPTY",
    "MARKED",
    "VALID",
    "in_figures",
    "is_coded",
    "is_doctor",
    "is_finding",
    "look",
    "looks",
]

# Nothing stands there, or what no such field holds, or what one does; of the last some are marked.
EMPTY, INVALID, VALID, MARKED = 0, 1, 2, 3

# Letters and records write a birth date in figures, biographies in words.
_IN_FIGURES = re.compile(r"\d{1,4}[/. -]\d{1,2}[/. -]\d{2,4}|\d{8}")
_DOCTOR = re.compile(r"(?:dr|pr|prof|docteur|professeur|doctor)\b", re.IGNORECASE)
_ICD = re.compile(ICD)
# Of its codes, those that hardly anything else is written like: garages have `P0420`.
_CLEAR = re.compile(r"[A-TV-Z][0-9][0-9AB](?:\.[0-9A-Z]{1,4}|[0-9A-Z])?")
# What tests find, and nothing else.
_FINDING = re.compile(
    r"(?:positi[vf][eoa]?|n[e\u00e9]gati[vf][eoa]?|(?:not |non )?d[e\u00e9]tect(?:ed|[e\u00e9]e?)"
    r"|pos\.?|neg\.?|nachgewiesen|(?:non[ -]?)?r[e\u00e9]acti[fv]e?)",
    re.IGNORECASE,
)

# What most cells are that are all different: the looks of these need no second look.
_DATE = re.compile(
    r"(?:0[1-9]|[12][0-9]|3[01])([/.-])(?:0[1-9]|1[0-2])\1(?:19[0-9]|20[0-5])[0-9]"
    r"|(?:19[0-9]|20[0-5])[0-9]([/-])(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12][0-9]|3[01])"
)
_SECRET = re.compile(r"(?=[A-Za-z_!@-]*[013-9])(?=[0-9_!@-]*[A-Za-z])[A-Za-z0-9_!@-]{3,80}")
_ADDRESS = re.compile(r"[0-9]{2,4} [^\W\d_]{2,20} [^\W\d_](?:[^\W\d_]|[ '\u2019-]){1,80}")
_SURE: dict[str, tuple[re.Pattern[str], int]] = {
    "birth_date": (_DATE, MARKED),
    "phone": (PHONE, VALID),
    "email": (EMAIL, VALID),
    "address": (_ADDRESS, VALID),
    "login": (_SECRET, VALID),
    "password": (_SECRET, VALID),
    **dict.fromkeys(NUMBERS, (WRITTEN_NUMBER, VALID)),
}


def in_figures(birth_date: str) -> bool:
    """Tell whether a birth date is written in figures alone."""
    return _IN_FIGURES.match(birth_date) is not None


def is_doctor(name: str) -> bool:
    """Tell whether a name is that of one who treats."""
    return _DOCTOR.match(name) is not None


def is_coded(diagnosis: str, *, clearly: bool = False) -> bool:
    """Tell whether a diagnosis is a code of ICD-10; clearly, whatever the field is called."""
    return (_CLEAR if clearly else _ICD).fullmatch(diagnosis) is not None


def is_finding(result: str) -> bool:
    """Tell whether a result is one of a test of somebody, whatever the field is called."""
    return _FINDING.fullmatch(result) is not None


def look(kind: str, text: str) -> int:
    """Return the look of a cell in a column of a kind."""
    text = text.strip()
    if kind == "birth_date":
        text = serial_date(text) or text
    if not text:
        return EMPTY
    if not is_valid(kind, text):
        return INVALID
    if kind in NAMES:
        return VALID + is_doctor(text)
    if kind == "birth_date":
        return VALID + in_figures(text)
    if kind == "diagnosis":
        return VALID + is_coded(text) + is_coded(text, clearly=True)
    if kind == "result":
        return VALID + is_finding(text)
    return VALID + (kind == "login" and text.isdigit())


def looks(kind: str, texts: Sequence[str], known: dict[str, int]) -> list[int]:
    """Return the looks of cells in a column of a kind; `known` remembers those of some."""
    left = set(texts) - known.keys()
    if kind in _SURE and len(left) > len(texts) // 2:
        # Most are different.
        sure, meant = _SURE[kind]
        return [
            meant if sure.fullmatch(text) else look(kind, text) if text else EMPTY for text in texts
        ]
    known.update((text, look(kind, text)) for text in left)
    return [known[text] for text in texts]

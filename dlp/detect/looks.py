"""Looks: what of a cell weighs, when nothing but the kind of its column and its text are known.

Of a table with a million rows the cells have few looks; what a row weighs is known by them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dlp.detect.codes import ICD
from dlp.detect.dates import serial_date
from dlp.detect.native import compiled
from dlp.detect.values import NAMES, NUMBERS, is_valid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlp.detect.native import Expression

__all__ = [
    "ALIKE",
    "EMPTY",
    "LONGEST_ALIKE",
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
# With nurses, as those sign who take samples.
_DOCTOR = re.compile(r"(?:dr|pr|prof|docteur|professeur|doctor|ide)\b", re.IGNORECASE)
_ICD = re.compile(ICD)
# Of its codes, those that hardly anything else is written like: garages have `P0420`.
_CLEAR = re.compile(r"[A-TV-Z][0-9][0-9AB](?:\.[0-9A-Z]{1,4}|[0-9A-Z])?")
# What tests find, and nothing else.
_FINDING = re.compile(
    r"(?:positi[vf][eoa]?|n[e\u00e9]gati[vf][eoa]?|(?:not |non )?d[e\u00e9]tect(?:ed|[e\u00e9]e?)"
    r"|pos\.?|neg\.?|nachgewiesen|(?:non[ -]?)?r[e\u00e9]acti[fv]e?)",
    re.IGNORECASE,
)

# What most cells are that are all different, each in a line: native code looks at all of a column.
_DAY, _MONTH, _YEAR = "(?:0[1-9]|[12][0-9]|3[01])", "(?:0[1-9]|1[0-2])", "(?:19[0-9]|20[0-5])[0-9]"
_DATE = "|".join(
    [f"{_DAY}{sign}{_MONTH}{sign}{_YEAR}" for sign in ("/", "[.]", "-")]
    + [f"{_YEAR}{sign}{_MONTH}{sign}{_DAY}" for sign in ("/", "-")]
)
_SIGNS = "[A-Za-z0-9_!@-]*"
_OF_PORTAL = (
    f"{_SIGNS}[A-Za-z]{_SIGNS}[A-Za-z0-9_!@-][013-9]{_SIGNS}"
    f"|{_SIGNS}[013-9]{_SIGNS}[A-Za-z0-9_!@-][A-Za-z]{_SIGNS}"
)
# A letter of Latin beyond ASCII, as text and as UTF-8.
_LETTER, _LETTER_IN_BYTES = "[\u00c0-\u017f]", r"[\xc3-\xc5][\x80-\xbf]"
#: By kind, what cells are alike in, and how such look.
ALIKE: dict[str, tuple[str, int]] = {
    "birth_date": (_DATE, MARKED),
    "phone": (r"[+]?[0-9(](?:[ ().-]?[0-9]){7,14}[)]?", VALID),
    "email": (r"[!-?A-~]{1,64}@[!-?A-~]+\.[A-Za-z0-9_]{2,}", VALID),
    "address": (f"[0-9]{{2,4}} [A-Za-z](?:[A-Za-z '-]|{_LETTER}){{2,}}[A-Za-z]", VALID),
    "login": (_OF_PORTAL, VALID),
    "password": (_OF_PORTAL, VALID),
    **dict.fromkeys(NUMBERS, (r"[A-Za-z]{0,6}[ -]?[0-9][0-9A-Za-z /-]{2,23}[0-9A-Za-z]", VALID)),
}
# Nor are they longer.
LONGEST_ALIKE = 80
# Of fewer cells each may as well be looked at by itself.
_FEW = 16


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
    if kind not in ALIKE or not texts:
        known.update((text, look(kind, text)) for text in set(texts) if text not in known)
        return [known[text] for text in texts]
    pattern, meant = ALIKE[kind]
    if _are_alike(kind, texts):
        return [meant if text else EMPTY for text in texts]
    is_alike = _one(pattern).fullmatch
    found: list[int] = []
    for start in range(0, len(texts), _FEW):
        some = texts[start : start + _FEW]
        alike = _are_alike(kind, some)
        for text in some:
            if alike or (len(text) <= LONGEST_ALIKE and is_alike(text)):
                found.append(meant if text else EMPTY)
                continue
            if text not in known:
                known[text] = look(kind, text)
            found.append(known[text])
    return found


@cache
def _one(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def _are_alike(kind: str, texts: Sequence[str]) -> bool:
    """Tell whether all cells are what most of a kind are, or empty."""
    whole = "\n".join(texts) + "\n"
    return (
        whole.count("\n") == len(texts)
        and max(map(len, texts)) <= LONGEST_ALIKE
        and _lines(kind).fullmatch(whole.encode("utf-8", "surrogatepass")) is not None
    )


@cache
def _lines(kind: str) -> Expression:
    pattern = ALIKE[kind][0].replace(_LETTER, _LETTER_IN_BYTES)
    return compiled(f"(?:(?:{pattern})?\n)*")

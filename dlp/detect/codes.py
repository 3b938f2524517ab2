"""What is medical by its form: announced codes of classifications (ICD-10, ATC, CCAM, LOINC),
results in a laboratory's units, weeks of a pregnancy.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.native import compiled
from dlp.late import late

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ICD", "SYSTEMS", "any_code", "any_codes", "code_systems", "names_code"]

# Between the name of a classification and a code of it: punctuation, markup, a few words.
_GAP = (
    r"[^A-Za-z0-9\n]{1,16}"
    r"(?:(?:codes?|value|display|version|principal|nr|n)\b[^A-Za-z0-9\n]{1,8}){0,3}"
)
#: WHO, ICD-10 (2019): a letter, two digits (the second may be A or B in national versions), and up
#: to four further characters after the point.
ICD = r"[A-TV-Z][0-9][0-9AB](?:\.?[0-9A-Z]{1,4})?"
# WHO Collaborating Centre for Drug Statistics Methodology, ATC: at least to the third level.
_ATC = r"[ABCDGHJLMNPRSV][0-9]{2}[A-Z](?:[A-Z](?:[0-9]{2})?)?"
# Assurance maladie, CCAM: four letters, three digits.
_CCAM = r"[A-Z]{4}[0-9]{3}"
# Regenstrief Institute, LOINC: up to seven digits and a check digit (mod 10).
_LOINC = r"[0-9]{3,7}-[0-9]"
_NAMED = {
    "icd10": ((r"(?:cim|icd|cie|mkb)[ -]?(?:10|9|11)?(?:[ -]?(?:cm|gm|fr|pcs|am|ca))?"
              r"|fhir/sid/icd-10(?:-\w{2,4})?|2\.16\.840\.1\.113883\.6\.(?:3|90)"), ICD),
    "atc": (r"atc|whocc\.no/atc|2\.16\.840\.1\.113883\.6\.73", _ATC),
    "ccam": (r"ccam|1\.2\.250\.1\.213\.2\.5", _CCAM),
    "loinc": (r"loinc(?:\.org)?|2\.16\.840\.1\.113883\.6\.1", _LOINC),
}  # fmt: skip
SYSTEMS = tuple(_NAMED)
_ANY = late(
    "|".join(
        rf"(?<![A-Za-z0-9])(?ai:{names}){_GAP}(?P<{system}>{code})(?![A-Za-z0-9])"
        for system, (names, code) in _NAMED.items()
    )
)


# Units in which nothing but blood and its like is measured.
_RESULT = re.compile(
    r"\d ?(?:m?[UI]{2}/m?[lL]|g/d[lL]|mg/d[lL]|mmol/mol|[pn]g/m[lL]|cop(?:ies)?/m[lL]"
    r"|m[lL]/min/1[.,]73|G/L)(?![A-Za-z])"
)
# Weeks of amenorrhoea, of gestation.
_WEEKS = re.compile(
    r"(?<![\w.,])(?:[4-9]|[1-3]\d|4[0-2]) ?(?:SA\b(?! ?[A-Z])|semaines d'am\u00e9norrh\u00e9e"
    r"|weeks? (?:of gestation|pregnant)|SSW\b)"
)


# What each of them holds, in UTF-8, for native code: a hundred times faster than to look for them.
_NAME = (
    r"(?:^|[^A-Za-z0-9])(?i:" + "|".join(name for name, _ in _NAMED.values()) + r")[^A-Za-z0-9\n]"
)
_NUMBER = r"[0-9\x80-\xff] ?"
_UNIT = rf"{_NUMBER}(?:m?[UI]{{2}}/|m?g/d|mmol/mol|[pn]g/m|cop(?:ies)?/m|m[lL]/min|G/L)"
_OF_WEEKS = rf"{_NUMBER}(?:SA\b|semaines d|weeks? (?:of|pregnant)|SSW\b)"
_GATE, _NAMES = compiled(f"{_NAME}|{_UNIT}|{_OF_WEEKS}"), compiled(_NAME)
_MEASURED = {
    "result": (compiled(_UNIT), _RESULT),
    "gestation": (compiled(_OF_WEEKS), _WEEKS),
}


def names_code(text: str) -> bool:
    """Tell whether a classification may be named in `text`, of which a code may follow it."""
    return _NAMES.search(text.encode("utf-8", "replace") + b" ") is not None


def any_code(text: str) -> bool:
    """Tell whether there may be anything of the kind in `text`."""
    return _GATE.search(text.encode("utf-8", "replace")) is not None


def any_codes(window: bytes) -> Iterator[int]:
    """Yield where there may be something of the kind in a text."""
    return (start for start, _ in _GATE.spans(window))


def code_systems(text: str) -> Iterator[str]:
    """Yield the classification of each announced code in `text`, and what else has such a form."""
    if not any_code(text):
        return
    raw = text.encode("utf-8", "replace")
    for what, (gate, form) in _MEASURED.items():
        if gate.search(raw) is not None and form.search(text):
            yield what
    for match in _ANY.finditer(text) if names_code(text) else ():
        system = match.lastgroup or ""
        if system != "loinc" or _is_loinc(match[system]):
            yield system


def _is_loinc(code: str) -> bool:
    """Check a LOINC code's digit (LOINC Users' Guide, appendix C: the algorithm of Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(code.replace("-", ""))):
        doubled = int(digit) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0

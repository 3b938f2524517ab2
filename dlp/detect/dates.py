"""Dates of birth and other dates as people and machines write them."""

from __future__ import annotations

import re

from dlp.late import late

__all__ = ["DATE", "after_date", "birth_date"]

_MONTHS = (
    ("janvier", "january", "januar", "jänner", "enero", "gennaio", "januari", "janeiro", "jan"),
    ("février", "fevrier", "february", "februar", "febrero", "febbraio", "februari", "fevereiro",
     "feb", "févr", "fév"),
    ("mars", "march", "märz", "marzo", "maart", "março", "mar", "mrz"),
    ("avril", "april", "abril", "aprile", "avr", "apr"),
    ("mai", "may", "mayo", "maggio", "mei", "maio"),
    ("juin", "june", "juni", "junio", "giugno", "junho", "jun"),
    ("juillet", "july", "juli", "julio", "luglio", "julho", "jul", "juil"),
    ("août", "aout", "august", "agosto", "augustus", "aug"),
    ("septembre", "september", "septiembre", "settembre", "setembro", "sept", "sep"),
    ("octobre", "october", "oktober", "octubre", "ottobre", "outubro", "oct", "okt"),
    ("novembre", "november", "noviembre", "novembro", "nov"),
    ("décembre", "decembre", "december", "dezember", "diciembre", "dicembre", "dezembro", "dec",
     "déc", "dez"),
)  # fmt: skip
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))

_DAY_FIRST = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4}|\d\d)(?!\d)")
# In Hungary with blanks after the points; in China, Japan and Korea with signs of their own.
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:[/. -]|\. |\u5e74|\ub144 ?)(\d{1,2})(?:[/. -]|\. |\u6708|\uc6d4 ?)(\d{1,2})(?!\d)"
)
_GLUED = re.compile(r"(\d{8})(?:\d{4}(?:\d\d)?)?(?![\d.])")
_WORDS = late(
    rf"(\d{{1,2}})(?:er|st|nd|rd|th|\.)?(?:\s+(?:de|of))?[\s-]+({_NAMES})\.?(?:\s+(?:de|del))?"
    r",?[\s-]+(\d{4})(?!\d)",
    re.IGNORECASE,
)
# As Oracle writes them.
_SHORT = late(rf"(\d\d?)-({_NAMES})-(\d\d)(?!\d)", re.IGNORECASE)
_MONTH_FIRST = late(
    rf"({_NAMES})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})(?!\d)", re.IGNORECASE
)

# How dates are written that begin with a digit or with the name of a month, and where in them
# stand year, month and day.
_FROM_A_DIGIT = (
    (_YEAR_FIRST, (0, 1, 2)),
    (_DAY_FIRST, (2, 1, 0)),
    (_WORDS, (2, 1, 0)),
    (_SHORT, (2, 1, 0)),
)
_FROM_A_NAME = ((_MONTH_FIRST, (2, 0, 1)),)

#: The year of a date, for looking through text: matches a date of any of these forms.
DATE = late(
    rf"(?<!\d)(?:\d{{1,2}}[/. -]\d{{1,2}}[/. -]\d{{4}}|\d{{4}}[/.-]\d{{1,2}}[/.-]\d{{1,2}}"
    rf"|(?:{_WORDS.pattern})|(?:{_MONTH_FIRST.pattern}))(?!\d)",
    re.IGNORECASE,
)

OLDEST, YOUNGEST = 1900, 2060
# From 1919 to 2036.
_SERIAL = re.compile(r"(?:[7-9]\d{3}|[1-4]\d{4})(?:[.,]0+)?")
# Seconds or milliseconds since 1970; those of OData. Eight digits are a date as it is written.
_EPOCH = re.compile(r"(?:/Date\()?(-\d{6,13}|\d{9,13})(?:[+-]\d{4})?(?:\)/)?(?:\.0+)?")
# So many seconds are later than any birth.
_MILLISECONDS = 4_000_000_000


def birth_date(text: str) -> str | None:
    """Return the day that `text` begins with as `YYYY-MM-DD`, or None if it is no date of a life.

    Day and month are told apart where one of them is above 12, or else taken in the order of
    most of the world; a two-digit year is left as it is.
    """
    text = text.strip().strip("\"'").lstrip()
    if text.isalpha():
        # Most of what is asked about: a word.
        return None
    for pattern, order in _FROM_A_DIGIT if text[:1].isdecimal() else _FROM_A_NAME:
        if match := pattern.match(text):
            parts = match.groups()
            return _valid(*(parts[i] for i in order))
    if match := _GLUED.match(text):
        digits = match[1]
        return _valid(digits[:4], digits[4:6], digits[6:]) or _valid(
            digits[4:], digits[2:4], digits[:2]
        )
    return None


def after_date(text: str) -> str:
    """Return what stands behind the date that `text` begins with; nothing if that is no date."""
    for pattern, _ in (*_FROM_A_DIGIT, *_FROM_A_NAME):
        if match := pattern.match(text):
            return text[match.end() :]
    return ""


def serial_date(text: str) -> str | None:
    """Return the day that a number of machines stands for, of those that people are born on.

    Days since 1899-12-30, as spreadsheets count them, seconds or milliseconds since 1970.
    The calendar is that of H. Hinnant, "chrono-compatible low-level date algorithms",
    `civil_from_days`.
    """
    if (epoch := _EPOCH.fullmatch(text)) is not None:
        count = int(epoch[1])
        days = count // (86_400 if abs(count) < _MILLISECONDS else 86_400_000) + 719_468
    elif _SERIAL.fullmatch(text) is not None:
        days = int(re.split("[.,]", text)[0]) - 25_569 + 719_468
    else:
        return None
    era, day_of_era = divmod(days, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    return f"{year}-{month:02d}-{day_of_year - (153 * shifted + 2) // 5 + 1:02d}"


def _valid(year: str, month: str, day: str) -> str | None:
    number = _MONTH.get(month.lower().rstrip(".")) or (int(month) if month.isdigit() else 0)
    day_number = int(day)
    if number > 12 >= day_number:
        number, day_number = day_number, number
    if not (1 <= number <= 12 and 1 <= day_number <= 31):
        return None
    if len(year) == 4 and not OLDEST <= int(year) <= YOUNGEST:
        return None
    return f"{year}-{number:02d}-{day_number:02d}"

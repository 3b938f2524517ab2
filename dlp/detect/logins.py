"""Logins and passwords in a table of persons without titles, told from their cells.

A login is made of its owner's name; passwords are the only short texts of letters and digits that
are all different, and different in where their letters and digits stand, or hold a sign: numbers of
staff, badges and lots do not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.columns import Column
from dlp.detect.fold import fold
from dlp.detect.native import compiled
from dlp.detect.told import EMAIL, MOST, NAMED, SAMPLED, is_many

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["may_hold_passwords", "with_logins"]

# Cells of letters and digits, as most passwords are, and mail addresses are not.
_MIXED = compiled(
    r"[;,|\t'\" ](?:[A-Za-z]+[0-9]|[0-9]+[A-Za-z])[!#-+./0-9:<-?A-_a-z{}~-]{3,}[;,|\t'\" \r\n]"
)

# Share of the passwords that are unlike each other in their shape.
SHAPES = 0.5
# Letters of a name that a login has.
PART = 3
_PASSWORD = re.compile(r"(?=\S*[A-Za-z])(?=\S*\d)[!-~]{6,24}")
_LOGIN = re.compile(r"[A-Za-z0-9._-]{4,40}")
# Those that a house makes are alike, with a sign that no number has.
_SIGNED = re.compile(r"[!@#$%&*?]")
_HEXADECIMAL = re.compile(r"[0-9A-F]+|[0-9a-f]+")
_SIGNS = (re.compile("[A-Z]"), re.compile("[a-z]"), re.compile(r"\d"))


def may_hold_passwords(text: bytes) -> bool:
    """Tell whether a list without titles may hold a password in each row."""
    return is_many(_MIXED, text)


def with_logins(columns: list[Column], rows: Sequence[Sequence[str]]) -> list[Column]:
    """Return the columns of a table of persons, those of logins and passwords told, if both are."""
    some = rows[:SAMPLED]
    named = [n for n, column in enumerate(columns) if column.kind in NAMED]
    login = password = None
    for n, column in enumerate(columns):
        cells = [row[n] for row in some if n < len(row) and row[n]]
        if column.kind not in ("", "email") or len(cells) < MOST * len(some):
            continue
        if login is None and _are_logins([(row[n], [row[m] for m in named if m < len(row)])
                                          for row in some if n < len(row)]):  # fmt: skip
            login = n
        elif _are_passwords(cells):
            password = n
    if login is None or password is None:
        return columns
    kinds = {login: "login", password: "password"}
    return [Column("", kinds[n]) if n in kinds else one for n, one in enumerate(columns)]


def _are_logins(cells: Sequence[tuple[str, Sequence[str]]]) -> bool:
    made = 0
    for cell, names in cells:
        words = [word for name in names for word in fold(name).split() if len(word) >= PART]
        fits = _LOGIN.fullmatch(cell) or EMAIL.fullmatch(cell)
        made += bool(fits) and any(word[:PART] in fold(cell) for word in words)
    return made >= MOST * len(cells)


def _are_passwords(cells: Sequence[str]) -> bool:
    fit = [cell for cell in cells if _PASSWORD.fullmatch(cell) and not EMAIL.fullmatch(cell)]
    if len(fit) < MOST * len(cells) or len(set(fit)) < len(fit):
        return False
    # Numbers of badges and hashes are hexadecimal.
    if all(map(_HEXADECIMAL.fullmatch, fit)):
        return False
    shapes = len({_shape(cell) for cell in fit})
    return shapes > SHAPES * len(fit) or all(map(_SIGNED.search, fit))


def _shape(cell: str) -> str:
    for sign, stands in zip(_SIGNS, "Aa9", strict=True):
        cell = sign.sub(stands, cell)
    return cell

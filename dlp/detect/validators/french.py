"""Check algorithms of French identifiers."""

from __future__ import annotations

from dlp.detect.validators.sums import luhn

__all__ = ["fr_finess", "fr_nir", "fr_nir13", "fr_rpps"]


_CORSICA = {"A": "19", "B": "18"}


def fr_nir(value: str) -> str | None:
    """Check a French NIR/INS of 15 characters; its canonical form is the first 13.

    The key is 97 - (number mod 97), where Corsica's 2A counts as 19 and 2B as 18 (INSEE; décret
    n° 82-103). python-stdnum's `fr.nir` checks the key alone and accepts 000000000000097, so sex,
    month and the orders that are never given are checked here and by the candidate's shape.
    """
    body, key = value[:13], value[13:]
    if body[10:] == "000" or body[7:10] == "000":
        return None
    number = body if value.isdigit() else body[:5] + _CORSICA[body[6]] + body[7:]
    return body if 97 - int(number) % 97 == int(key) else None


def fr_nir13(value: str) -> str | None:
    """Return a NIR without its key if its parts are those of a person; there is no check digit."""
    if value[10:] == "000" or value[7:10] == "000" or len(set(value)) < 4:
        return None
    return value


def fr_rpps(value: str) -> str | None:
    """Check an RPPS number: 11 digits, Luhn (ANS, Annuaire Santé)."""
    return value if luhn(value) else None


def fr_finess(value: str) -> str | None:
    """Check a FINESS number: 9 characters, Luhn, Corsica's letter counted as 0 (DREES)."""
    digits = value.replace("A", "0").replace("B", "0")
    return value if luhn(digits) and digits.strip("0") else None

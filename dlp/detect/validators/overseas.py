"""Check algorithms of identifiers of the Americas, Asia, Australia and New Zealand."""

from __future__ import annotations

from stdnum.iso7064 import mod_11_2

from dlp.detect.validators.sums import alike, luhn, weighted

__all__ = [
    "au_ihi", "au_medicare", "br_cns", "ca_ohip", "ca_ramq", "ca_sin", "cn_ric", "nz_nhi", "us_dea",
    "us_npi", "us_ssn",
]  # fmt: skip

_NHI = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def us_ssn(value: str) -> str | None:
    """Check a US social security number: no check digit, but areas and groups never given (SSA)."""
    area, group, serial = value[:3], value[3:5], value[5:]
    if area in {"000", "666"} or area >= "900" or group == "00" or serial == "0000":
        return None
    return None if alike(value) else value


def us_npi(value: str) -> str | None:
    """Check a National Provider Identifier: Luhn with 80840 before it (CMS, 45 CFR 162.406)."""
    return value if luhn("80840" + value) else None


def us_dea(value: str) -> str | None:
    """Check a DEA number: digits 1, 3, 5 plus twice digits 2, 4, 6, modulo 10 (21 CFR 1301)."""
    digits = value[2:]
    if not digits.strip("0"):
        return None
    total = weighted(digits[:6], (1, 2, 1, 2, 1, 2))
    return value if total % 10 == int(digits[6]) else None


def ca_ohip(value: str) -> str | None:
    """Check an Ontario health number: 10 digits, Luhn; its version letters say nothing of whom."""
    return value[:10] if luhn(value[:10]) else None


def ca_sin(value: str) -> str | None:
    """Check a Canadian social insurance number: 9 digits, Luhn.

    python-stdnum's `ca.sin` refuses the leading 0 of the documented 046 454 286.
    """
    return value if luhn(value) and not alike(value) else None


def ca_ramq(value: str) -> str | None:
    """Check a Quebec health number's birth date; a woman's month has 50 added (RAMQ)."""
    month, day = int(value[6:8]) % 50, int(value[8:10])
    return value if 1 <= month <= 12 and 1 <= day <= 31 and value[6] in "0156" else None


def au_medicare(value: str) -> str | None:
    """Check a Medicare card: weights 1 3 7 9 1 3 7 9, modulo 10; the canonical form has 9 digits.

    The tenth digit counts the card's issues and an eleventh the person on it (Services Australia).
    """
    total = weighted(value[:8], (1, 3, 7, 9, 1, 3, 7, 9))
    return value[:9] + value[10:11] if total % 10 == int(value[8]) else None


def au_ihi(value: str) -> str | None:
    """Check an Individual Healthcare Identifier: 800360, Luhn over 16 digits (ADHA)."""
    return value if luhn(value) else None


def nz_nhi(value: str) -> str | None:
    """Check an NHI number, old (modulo 11) or new (modulo 24) (Health NZ, HISO 10046)."""
    numbers = [_NHI.find(c) + 1 if c.isalpha() else int(c) for c in value]
    if value[3:] == "0000" or any(
        n == 0 and c.isalpha() for n, c in zip(numbers, value, strict=True)
    ):
        return None
    total = sum(n * weight for n, weight in zip(numbers[:6], range(7, 1, -1), strict=True))
    if value[6].isdigit():
        rest = total % 11
        return value if rest and (11 - rest) % 10 == numbers[6] else None
    return value if 24 - total % 24 == numbers[6] else None


def br_cns(value: str) -> str | None:
    """Check a Cartão Nacional de Saúde: weights 15 to 1, modulo 11 (DATASUS)."""
    if value[0] not in "12789" or weighted(value, range(15, 0, -1)) % 11:
        return None
    return value


def cn_ric(value: str) -> str | None:
    """Check a Chinese resident identity number: ISO 7064 MOD 11-2 (GB 11643-1999).

    python-stdnum's `cn.ric` fails on some places of birth that its table lacks.
    """
    return value if mod_11_2.is_valid(value) else None

"""Check algorithms of identifiers of Europe outside France."""

from __future__ import annotations

from stdnum import verhoeff

from dlp.detect.validators.sums import alike, luhn, mod11_descending, weighted

__all__ = [
    "ch_card", "de_kvnr", "de_lanr", "es_nass", "eu_ehic", "gb_chi", "gb_hc", "gb_nhs", "gb_nino",
    "hu_taj", "lu_matricule", "lv_pk", "ru_snils",
]  # fmt: skip

# ISO 3166 numeric codes of the states that issue the European health insurance card.
_EHIC_STATES = frozenset(
    "040 056 100 191 196 203 208 233 246 250 276 300 348 352 372 380 428 438 440 442 470 528 578"
    " 616 620 642 703 705 724 752 756 826".split()
)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def gb_nhs(value: str) -> str | None:
    """Check an NHS number: 10 digits, weights 10 to 1, modulo 11 (NHS Data Dictionary).

    python-stdnum's `gb.nhs` accepts one digit repeated and 0123456789, which are nobody's.
    """
    return value if mod11_descending(value) and not alike(value) else None


def _day(day: str, month: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= _DAYS[int(month) - 1]


def gb_chi(value: str) -> str | None:
    """Check a Scottish CHI number: a birth date DDMMYY, then as an NHS number (NHS Scotland)."""
    return value if mod11_descending(value) and _day(value[:2], value[2:4]) else None


def gb_hc(value: str) -> str | None:
    """Check a Northern Irish H&C number: an NHS number from 320 0000 010 to 399 9999 999."""
    return value if "32" <= value[:2] <= "39" and mod11_descending(value) else None


def gb_nino(value: str) -> str | None:
    """Check a National Insurance number: no check digit, but prefixes never given (NIM39110)."""
    if value[2:8] == "000000" or value[:2] in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}:
        return None
    return value[:8]


def de_kvnr(value: str) -> str | None:
    """Check a Krankenversichertennummer: a letter as two digits, weights 1 and 2, modulo 10.

    Source: GKV-Spitzenverband, Anlage 1 of the Richtlinie nach § 290 SGB V.
    """
    digits = f"{ord(value[0]) - 64:02d}{value[1:9]}"
    total = sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(digits))
    return value if total % 10 == int(value[9]) else None


def de_lanr(value: str) -> str | None:
    """Check a Lebenslange Arztnummer: weights 4 and 9, 10 minus the sum modulo 10 (KBV)."""
    total = weighted(value[:6], (4, 9, 4, 9, 4, 9))
    if not value.strip("0"):
        return None
    return value if (10 - total % 10) % 10 == int(value[6]) else None


def es_nass(value: str) -> str | None:
    """Check a Spanish social-security number: province and number modulo 97 (TGSS)."""
    province, number, key = int(value[:2]), int(value[2:10]), int(value[10:])
    if not (1 <= province <= 53 or province == 66):
        return None
    # Below ten million the province stands beside the seven digits.
    whole = number + province * (10_000_000 if number < 10_000_000 else 100_000_000)
    return value if whole % 97 == key else None


def ch_card(value: str) -> str | None:
    """Check a Swiss insurance card number: 80756, then 15 digits, Luhn (ISO/IEC 7812, VKL)."""
    return value if luhn(value) else None


def eu_ehic(value: str) -> str | None:
    """Check the logical number of a European health insurance card: 80, the state, Luhn.

    Source: Administrative Commission decision S2 (EN 1867, ISO/IEC 7812).
    """
    return value if value[2:5] in _EHIC_STATES and luhn(value) else None


def hu_taj(value: str) -> str | None:
    """Check a Hungarian TAJ number: weights 3 and 7 in turns, modulo 10 (1996. évi XX. törvény)."""
    if len(set(value)) < 3:
        return None
    return value if weighted(value[:8], (3, 7) * 4) % 10 == int(value[8]) else None


def lu_matricule(value: str) -> str | None:
    """Check a Luxembourg matricule: the first eleven digits by Luhn and, apart, by Verhoeff.

    Source: CTIE, Registre national des personnes physiques (loi du 19 juin 2013).
    """
    if not _day(value[6:8], value[4:6]) or not luhn(value[:12]):
        return None
    return value if verhoeff.is_valid(value[:11] + value[12]) else None


def lv_pk(value: str) -> str | None:
    """Check a Latvian personas kods of those given until 2017, which begin with the birth date.

    Weights as in python-stdnum's `lv.pvn`, modulo 11, modulo 10.
    """
    if not _day(value[:2], value[2:4]):
        return None
    total = 1 + weighted(value[:10], (10, 5, 8, 4, 2, 1, 6, 3, 7, 9))
    return value if total % 11 % 10 == int(value[10]) else None


def ru_snils(value: str) -> str | None:
    """Check a Russian SNILS: weights 9 to 1, modulo 101, 100 as 00 (ПФР, постановление № 192п)."""
    if value[:9] <= "001001998" or len(set(value)) < 3:
        return None
    return value if weighted(value[:9], range(9, 0, -1)) % 101 % 100 == int(value[9:]) else None

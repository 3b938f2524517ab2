"""Logins and passwords of patients in a list without titles, and what staff have beside them."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from bench.patients import patients
from dlp.detect.logins import may_hold_passwords
from dlp.inspection import Core
from tests.reading import stops

_CHANCE = random.Random(7)
_WHO = (
    "BERTHELOT Yannick;MOYSAN Solène;CARIOU Odette;RIOU André;TANGUY Louise;HAMEL Emile;"
    "KERBRAT Bruno;FERRAND Hélène"
)


def _list(*draw: Callable[[str, str], str]) -> str:
    """Return a list of people with a birth date, and what is drawn for each of them."""
    rows = []
    for n, who in enumerate(_WHO.split(";")):
        last, first = who.split()
        rows.append(
            ";".join(
                [last, first, f"{n + 10}/0{n + 1}/19{50 + n}", *(d(last, first) for d in draw)]
            )
        )
    return "\n".join(rows) + "\n"


def _login(last: str, first: str) -> str:
    return (first[0] + last).lower()


def _mail(last: str, _first: str) -> str:
    return f"{last.lower()}@mail.example"


def _drawn(signs: str, count: int, before: str = "") -> Callable[[str, str], str]:
    return lambda _last, _first: before + "".join(_CHANCE.choices(signs, k=count))


_PASSWORD = _drawn("abcdefghkmnprstxyzABDEFHK23456789", 9)


@pytest.mark.parametrize("login", [_login, _mail])
def test_a_way_into_a_portal_beside_a_birth_date_is_found(
    core: Core, login: Callable[[str, str], str]
) -> None:
    assert stops(core, _list(login, lambda last, first: _PASSWORD(last, first) + "4b"))


@pytest.mark.parametrize(
    "other",
    [
        _drawn("0123456789", 5, before="A"),
        _drawn("0123456789ABCDEF", 8),
        _drawn("ABCD", 2, before="44-"),
        _drawn("0123456789", 8),
    ],
    ids=["numbers of staff", "badges", "plates", "phones"],
)
def test_other_numbers_of_staff_pass(core: Core, other: Callable[[str, str], str]) -> None:
    assert not stops(core, _list(_login, other))


def test_a_list_with_mail_addresses_is_not_looked_through_for_passwords() -> None:
    rows = [f"{one.nom};{one.date_naissance};{one.email};{n}" for n, one in enumerate(patients(20))]
    held = [
        f"{row};{one.mot_de_passe_portail}" for row, one in zip(rows, patients(20), strict=True)
    ]
    assert not may_hold_passwords("\n".join(rows).encode())
    assert may_hold_passwords("\n".join([*held, ""]).encode())

"""Values of fields about persons: what they look like, by the kind of the field."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from dlp.detect.animals import is_animal
from dlp.detect.dates import birth_date
from dlp.detect.fold import decode, fold
from dlp.detect.told import EMAIL, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "NAMES", "NUMBERS", "PARTS",
    "is_house", "is_in_patient", "is_label", "is_of_patient",
    "is_valid",
]  # fmt: skip

NAMES = ("full_name", "last_name", "birth_name", "first_name")
NUMBERS = ("patient_id", "record_id", "insurer_id")
# What the name of a field says that names a patient.
_OF_PATIENT = re.compile(
    r"pa(?:tient|[cz]iente)|patient|malade|r[e\u00e9]sident|pacjent|doente|patsient",
    re.IGNORECASE,
)
# The object that the name of a field stands in.
_HOLDER = re.compile(rb"""["']([\w.-]{1,40})["']\s{0,4}:\s{0,4}\{[^{}]*\Z""")
LONGEST_OBJECT = 400
_LABELLED = re.compile(rb"""\s{0,12},\s{0,12}"(?i:value|valeur|wert|valore?)"\s{0,4}:""")
# In their order, as in that of the alphabet.
PARTS = frozenset({"birth_day", "birth_month", "birth_year"})

_NAME = re.compile(
    r"[^\W\d_][^\W\d_'\u2019. ^-]*(?:[ '\u2019.,^-]+[^\W\d_][^\W\d_'\u2019.-]*)*[ .]*"
)
_PHONE = re.compile(r"\+?[\d(](?:[\s().-]?\d){7,14}\)?")
# Years of visits are later than those of most births.
_PART = re.compile(r"\d{1,2}|19\d\d|200\d|201[0-2]")
# Where somebody lives takes a number or more than a word, and none of the signs of programs.
_ADDRESS = re.compile(
    r"[^\W_](?=\D{0,40}\d|\S{1,40}\s+\S)(?!.{0,40}?(?:[<>{}=@\[]|\w\()).{4,300}", re.DOTALL
)
_WRITTEN_NUMBER = re.compile(r"[A-Za-z]{0,6}[ -]?\d[\dA-Za-z /-]{3,24}")
_SCHEMA = frozenset(
    "string str text varchar varchar2 nvarchar char character integer int number date datetime"
    " timestamp boolean bool null none nil undefined true false object array uuid required optional"
    " field value label name patient test todo unknown inconnu na firstname lastname prenom nom"
    " any var self this return type function class example exemple placeholder".split()
)
# Whom houses try their software and their devices with.
_NOBODY = re.compile(
    r"(?i:\b(?:test|toto|tata|dummy|lorem|foobar|phantom|fant[o\u00f4]me|anonym\w*)\b)"
)
_LONGEST_SCHEMA = 2 * max(map(len, _SCHEMA))
# A measure or a score: no name, nothing that anybody has or logs in with.
_DECIMAL = re.compile(r"\D{0,2}\d+\.\d{3,}")
_MEASURED = frozenset({"analysis", "result"})
# What students got in a subject, and how many of something: what nobody has or takes.
_GRADE = re.compile(r"\d{1,2}(?:[.,]\d{1,2})?(?: ?/ ?\d{2,3})?")
_SAID = frozenset({"diagnosis", "treatment"})
# A group of blood, or what stands for one: no number.
_GROUP = re.compile(r"(?!\D*\d{3})(?!.*@).{1,40}")
# What a program asks for a login or a password.
_CALL = re.compile(r"[A-Za-z_][\w.]*\(")
# Mailboxes that nobody has for himself.
_SHARED = frozenset(
    "contact contacts info infos information informations mail email courrier accueil reception"
    " secretariat secretaire standard siege bureau office hello bonjour support service services"
    " help hotline sales commercial ventes admin administration webmaster postmaster noreply"
    " no reply direction communication press presse media medias medinfo medical pharmacovigilance"
    " kontakt zentrale vertrieb contacto atencion contatti segreteria algemeen ligue association"
    " team equipe rh hr jobs compta billing".split()
)
_WORDS = re.compile(r"[a-z]+")
# Kinds of which a value is told by itself.
_TELLS: dict[str, Callable[[str], object]] = {
    "phone": _PHONE.fullmatch,
    "email": EMAIL.fullmatch,
    "species": is_animal,
}


def is_valid(kind: str, text: str) -> bool:
    """Tell whether `text` is a value that a field of a kind holds."""
    if kind in NAMES:
        named = 2 <= len(text) <= 60 and not _is_schema(text) and _NAME.fullmatch(text) is not None
        return named and _NOBODY.search(text) is None
    if kind in ("birth_date", "death_date"):
        return birth_date(text) is not None
    if kind in PARTS:
        return _PART.fullmatch(text) is not None
    if kind in _TELLS:
        return bool(_TELLS[kind](text))
    if kind in NUMBERS:
        return _WRITTEN_NUMBER.fullmatch(text) is not None
    if kind == "address":
        return _ADDRESS.fullmatch(text) is not None and any(map(str.isalpha, text))
    if kind == "blood_group":
        return _GROUP.fullmatch(text) is not None
    if (kind not in _MEASURED and _DECIMAL.fullmatch(text)) or (
        kind in _SAID and _GRADE.fullmatch(text)
    ):
        return False
    if kind in ("login", "password"):
        written = 3 <= len(text) <= 80 and " " not in text and not _is_schema(text)
        return written and _CALL.match(text) is None
    return not _is_schema(text)


def _is_schema(text: str) -> bool:
    """Tell whether a value is a word of programs for a value, rather than one."""
    if len(text) > _LONGEST_SCHEMA:
        return False
    # As folding and stripping do.
    folded = text.lower().strip("-_' \t\r\n") if text.isascii() else fold(text).strip()
    return folded in _SCHEMA


@lru_cache(maxsize=4096)
def is_of_patient(key: str) -> bool:
    """Tell whether the name of a field says whose name stands in it: a patient's."""
    return _OF_PATIENT.search(key) is not None


def is_in_patient(window: bytes, start: int) -> bool:
    """Tell whether the name of a field stands in an object that is called a patient."""
    holder = _HOLDER.search(window, max(0, start - LONGEST_OBJECT), start)
    return holder is not None and is_of_patient(decode(holder[1]))


def is_label(window: bytes, end: int) -> bool:
    """Tell whether a string is what its member names, as in `"title": "Bed", "value": 12`."""
    return _LABELLED.match(window, end) is not None


def is_house(name: str, mail: str, terms: Iterable[str]) -> bool:
    """Tell whether a name is unlike a person's, or a mail address a house's.

    Args:
        name: Folded words.
        mail: Or empty.
        terms: Folded health terms that are said with them.
    """
    words = set(name.split())
    first, last = names()
    unknown = bool(words) and first.isdisjoint(words) and last.isdisjoint(words)
    # Associations are called by what they fight.
    speaks = any(words.issuperset(term.split()) for term in terms)
    return unknown or speaks or _is_shared(mail)


def _is_shared(mail: str) -> bool:
    """Tell whether a mail address is a house's rather than a person's."""
    local, _, domain = fold(mail).partition("@")
    if not local:
        return False
    words = _WORDS.findall(local)
    return bool(words) and _SHARED.union(_WORDS.findall(domain)).issuperset(words)

"""People named one after the other with what each of them has: rounds of a ward, handovers.

`Mme Nicole PETIT : chimio J2`, `M. Jean Durand est suivi pour un VIH.`, `113 NGUYEN Van 66 ans :
BPCO`, `Bed 5 - Amit Patel 54M, DKA`. Nothing but a title and a name, how old somebody is or where
he lies tells them apart, as in any news; several in a row with a disease each, and hardly one
without, are no news; nor is one in a letter, whom one speaks of as *patient*, or whose test was
positive.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.asking import says
from dlp.detect.fold import fold, readable
from dlp.detect.illness import HAS, SENTENCES, speaks_of_patient, states
from dlp.detect.mentions import PHONE
from dlp.detect.native import compiled
from dlp.detect.persons import Record
from dlp.detect.prose import AGED, BLANK, NAME, TITLE, YEARS, NamedPerson
from dlp.detect.told import is_whole_name
from dlp.late import late

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.detect.lexicon import Lexicon

__all__ = ["ROUNDS", "people_of_rounds"]

#: A title before two words that begin with a capital, or how old somebody is behind two.
ROUNDS = compiled(
    r"\b(?:M\.|Mr\.?|Mme\.?|Mlle\.?|Monsieur|Madame|Mrs\.?|Ms\.?|Herrn?|Frau|Signora?"
    r"|Sra?\.|Se\xc3\xb1ora?|[Dd]hr\.|[Mm]evr\.|Mevrouw|Senhora?|[Ss]ig\.(?:ra)?|D\.|Pani?"
    r"|[Pp]a(?:tient(?:e|in|en)?|[cz]iente|cjent(?:ka|ki)?)|[Dd]oente):?(?: |\xc2?\xa0){1,2}"
    r"(?:[A-Z]|\xc3[\x80-\x9e])[^\s,;:()]{1,30}(?:(?: |\xc2?\xa0){1,2}(?:[A-Z]|\xc3[\x80-\x9e])"
    # Or how old one is whom a title names.
    rf"|[ ,(]{{1,3}}[0-9]{{1,3}} ?{YEARS.encode().decode('latin-1')}\b)"
    # Words of any length, for the automaton of those that are counted would be large.
    r"|[A-Z]{2} [A-Z][A-Za-z\x80-\xff'-]*[ ,(]{1,3}[0-9]{1,3} ?"
    rf"(?:{YEARS.encode().decode('latin-1')}\b|a\)|[aFMHW]\b)"
    r"|\b(?:[Cc]h(?:ambre)?|[Ll]it|[Bb]ed|[Zz]i(?:mmer)?|[Bb]ett|[Cc]ama|[Ll]etto|[Kk]amer)\.?"
    r" [0-9]{1,4}[ A-Za-z]?[ :-]{1,4}[A-Z]"
    r"|[A-Za-z\x80-\xff] \((?i:ch(?:ambre)?|lit|bed|zi(?:mmer)?|bett|cama|letto|kamer|box)\.?"
    r" ?[0-9]"
)
# Fewer may be those of an article.
LEAST = 3
# Share of those named of whom something medical is told.
MOST = 0.5
# What is said of one person, before another is named.
STATEMENT = 300
# Different diseases or drugs of one who is called a patient.
FEWEST = 2

# A telephone's number.
_CALLED = re.compile(r"(?<![\d+])(?:\+\d{1,3}[ .]?)?(?:\d[ .-]?){8,11}\d(?!\d)")

# Where somebody lies; and how old he is, as only rounds write it.
_BED = (
    r"(?:ch(?:ambre)?|lit|bed|zi(?:mmer)?|bett|cama|letto|kamer|box)\.?"
    rf"{BLANK}?\d{{1,4}}{BLANK}?[a-z]?\b"
)
_SHORT = rf"(?:,?{BLANK}*\(?\d{{1,3}}(?:{BLANK}?[aFMHW])?\)|,?{BLANK}*\d{{1,3}}{BLANK}?[aFMHW]\b)"
_NAMED = late(
    rf"(?<!\w)(?:(?P<room>(?i:{_BED})){BLANK}?[:,/-]?{BLANK}?)?(?P<title>(?i:{TITLE}){BLANK}*:?{BLANK}*)(?P<name>{NAME})"
    rf"(?:\.?(?:{BLANK}*|\n)(?P<age>{AGED}|{_SHORT}))?(?:{BLANK}*[,(-]?{BLANK}*(?P<bed>(?i:{_BED})))?"
    # Behind the number of a room, a time or a mark.
    rf"|(?:^|(?<=[.;:] ))\W{{0,4}}(?:(?P<in_bed>(?i:{_BED}))\W{{1,4}}"
    r"|(?:\w{0,9}\d[\w-]{0,4}\W{1,4}){0,2})"
    rf"(?P<listed>{NAME}(?:,{BLANK}{NAME})?){BLANK}*(?P<listed_age>{AGED}|{_SHORT})",
    re.MULTILINE,
)
# What a test found, behind its name.
_FOUND = re.compile(
    rf"{BLANK}*[:,-]{BLANK}*(?P<test>[^.,;:\n]{{2,60}}?){BLANK}*:?{BLANK}*(?:est{BLANK}|is{BLANK})?"
    r"(?P<result>(?i:positi(?:f|ve?|vo|va|ef)|nachgewiesen|d[\u00e9e]tect[\u00e9e]e?|detected))\b"
)
# Who is spoken of so is one.
_PATIENT = re.compile(r"(?i:pa(?:tient|[cz]ient|cjent|ti\u00ebnt)|doente)")
_ENDS = re.compile(r"\n|[.!?] ")


def people_of_rounds(
    window: bytes, low: int, high: int, lexicon: Lexicon, roles: frozenset[str]
) -> list[Record]:
    """Return the people named between `low` and `high` with what they have, if they are many.

    Args:
        window: Text around.
        low: Where it begins.
        high: Where it ends.
        lexicon: The health terms.
        roles: What words around say that the text is.
    """
    if ROUNDS.search(window, low, high) is None:
        return []
    text = readable(window[low : high + STATEMENT])
    everyone = list(_NAMED.finditer(text))
    named = [one for one in everyone if _is_somebody(one)]
    several = []
    alone = []
    for one, following in _up_to_next(named, text):
        record = _told_of(one, text, following, lexicon, roles)
        if record is not None:
            several.append(record)
        if (single := _single(one, text, following, lexicon, roles)) is not None:
            alone.append(single)
    apart = len({record.name for record in several})
    if apart >= LEAST and len(several) >= MOST * len(named):
        return several
    if alone:
        return alone
    if reached := _all_reached(everyone, text, lexicon, roles):
        return reached
    if "colleague" in roles:
        return [record for record in several if "born_in" in record.values]
    if "letter" not in roles:
        return []
    # A medical letter is about one person, whom it says how to reach; lessons say of nobody.
    return [record for record in several if {"born_in", "phone"} <= record.values.keys()]


def _up_to_next(named: list[re.Match[str]], text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Yield who is named, and where what may be said of him ends: where the next one is."""
    ends = (*(one.start() for one in named[1:]), len(text))
    yield from zip(named, ends, strict=False)


def _told_of(
    named: re.Match[str], text: str, following: int, lexicon: Lexicon, roles: frozenset[str]
) -> Record | None:
    """Return what is said of somebody before `following`, if that is medical."""
    age = named["age"] or named["listed_age"]
    limit = min(following, named.end() + STATEMENT)
    # A prescription goes on below the age.
    below = bool(named["age"]) and "colleague" in roles
    end = None if below else _ENDS.search(text, named.end(), limit)
    said = text[named.end() : end.start() if end else limit]
    health, topical = lexicon.said([said], wards=True)
    if topical or not any(not term.weak for term in health.terms):
        return None
    housed = named["bed"] or named["room"]
    if not (age or housed or HAS.search(said)):
        return None
    record = Record(roles=roles, titled=True, housed=bool(housed))
    record.note(health)
    record.ill = HAS.search(said) is not None
    # What is said of somebody is what he has.
    told = record.add("full_name", named["name"] or named["listed"])
    told = told and record.add("diagnosis", said, sure=False)
    if age:
        record.add("born_in", age)
    if (phone := PHONE.search(text, named.end(), limit)) is not None:
        record.add("phone", phone[0])
    return record if told else None


def _single(
    named: re.Match[str], text: str, following: int, lexicon: Lexicon, roles: frozenset[str]
) -> Record | None:
    """Return what is said of one whom a word makes a patient, or whose test found something."""
    limit = min(following, named.end() + STATEMENT)
    said = text[named.end() : limit]
    found = _FOUND.match(said)
    called = named["title"] is not None and _PATIENT.match(named["title"]) is not None
    if not (found or (called and HAS.search(said) is not None)):
        return None
    parts = [found["test"]] if found else SENTENCES.split(said)
    health, topical = lexicon.said(parts, wards=True)
    known = tuple(term.folded for term in health.terms if not term.weak)
    if topical or not (fold(parts[0]).endswith(known) if found else len(set(known)) >= FEWEST):
        return None
    record = Record(roles=roles, titled=True, enrolled=True, ill=True)
    record.note(health)
    if not record.add("full_name", named["name"] or named["listed"]):
        return None
    record.add("result", found["result"] if found else said, sure=found is not None)
    return record


def _all_reached(
    named: list[re.Match[str]], text: str, lexicon: Lexicon, roles: frozenset[str]
) -> list[Record]:
    """Return those of whom a text says how old they are, what they have and how to call them.

    A title and a last name are enough then: neither news nor lessons tell how to call a patient.
    """
    told = []
    for one, following in _up_to_next(named, text):
        said = text[one.end() : min(following, one.end() + STATEMENT)]
        number = _CALLED.search(said)
        if not (one["title"] and one["age"] and number):
            continue
        if not (speaks_of_patient(said, lexicon) or states(said, lexicon)):
            continue
        around = fold(text[max(0, one.start() - STATEMENT) : one.end() + STATEMENT]).encode()
        works = says("works").search(b" " + fold(said).encode()[:60])
        if works is not None or says("public").search(around) is not None:
            continue
        record = Record(roles=roles, titled=True, cared=True, housed=True, ill=True)
        record.note(lexicon.said(SENTENCES.split(said))[0])
        record.add("full_name", one["name"])
        record.add("born_in", one["age"])
        record.add("phone", number[0])
        told.append(record)
    return told


def _is_somebody(named: re.Match[str]) -> bool:
    """Tell whether a whole name stands behind a title, or with an age in a list as houses write it.

    Behind a title and with an age, a last name in capitals, too, and with a bed any; lessons have
    *Mme Martin, 72 ans*.
    """
    if named["listed"]:
        person = NamedPerson(named["listed"])
        placed = named["in_bed"] or "," in person.name
        # Runners are listed by age and sex.
        if not placed and named["listed_age"].strip()[-1:] in ")FMHW":
            return False
        if named["in_bed"]:
            return len(person.name.split()) > 1
        return bool(placed or person.formal) and is_whole_name(
            fold(person.name.replace(",", "")).split()
        )
    words = named["name"].split()
    written = named["age"] and any(len(word) > 1 and word.isupper() for word in words)
    return bool(written or named["room"] or named["bed"]) or is_whole_name(
        fold(named["name"]).split()
    )

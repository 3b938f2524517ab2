"""Persons mentioned with their birth date and no word that says so: lists of a theatre, messages.

`HAMON Yves 14/09/1948 : coloscopie`, `Mme Guillou (02/11/1987, 06 12 34 56 78) 16 SA`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.dates import after_date, birth_date
from dlp.detect.fold import decode, fold, readable
from dlp.detect.illness import SENTENCES, speaks_of_patient, states, tells
from dlp.detect.native import compiled
from dlp.detect.persons import Record
from dlp.detect.prose import name_before
from dlp.detect.subjects import without_titles
from dlp.detect.told import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.detect.lexicon import Lexicon

__all__ = ["BELOW_OR_BESIDE", "MENTIONS", "PHONE", "mentioned"]

_DAY = r"[0-3]?[0-9][/.-][01]?[0-9][/.-]"
_BORN = rf"(?:{_DAY}(?:19|20)[0-9]{{2}}|(?:19|20)[0-9]{{2}}-[01][0-9]-[0-3][0-9])\b"
_NAMED = r"[A-Za-z\x80-\xff][,;:]?[ \t]{0,3}"
#: A date that follows a word at once, as it follows a name.
MENTIONS = compiled(rf"{_NAMED}[(\[/-]?\*?[ \t]{{0,2}}{_BORN}")
#: The same, and what is looked for where there is a birth date: behind a sign or a short word for
#: birth, and in the line below a name.
BELOW_OR_BESIDE = compiled(
    rf"{_NAMED}(?:[(\[/-]?\*?|\xc2\xb0)[ \t]{{0,2}}(?:(?:(?:ur|s|f|nar|geb)\.|born)[ \t])?{_BORN}"
    # Lines of any log begin with a date of this century.
    rf"|[A-Za-z\x80-\xff]\r?\n{_DAY}19[0-9]{{2}}\b"
)

# Text after a date that speaks of the person before it, where no other person does.
AFTER = 480
NAME = 80
# So many are a list; share of those in it of whom it must be said that they have something.
LIST, TELLING = 2, 0.1
# Births from then on are rarer than other dates beside a name.
RECENT = "2013"
# A life: born and dead, as they stand after the names of the famous.
_LIFE = re.compile(
    rb"[ \t]{0,2}(?:-|\xe2\x80[\x93\x94])[ \t]{0,2}(?:\d{1,4}[/.-]){2}\d{2,4}[ \t]{0,2}\)"
)
# Between cells of a list.
_PARTS = re.compile(r"[\n\t;|,]")
# How to enter a portal, as a message tells.
_LOGIN = re.compile(
    r"(?i:identifiant|login|user(?:name)?|utilisateur)\W{1,4}(?=\S*\d)(\S{4,40})[^\n]{0,40}?"
    r"(?i:mot de passe|mdp|code(?: d'acc\u00e8s)?|password|passwort)\W{1,4}(?=\S*\d)(\S{4,40})"
)
_PORTAL = re.compile(rb"(?i:mot de passe|mdp|code|passwor)")
PHONE = re.compile(r"(?<!\d)(?:\+\d{1,3}[ .]?|0)\d(?:[ .-]?\d\d){4}(?!\d)")


def mentioned(
    window: bytes, low: int, high: int, lexicon: Lexicon, roles: frozenset[str]
) -> Iterator[Record]:
    """Yield the persons mentioned between `low` and `high`.

    Args:
        window: Text around.
        low: Where it begins.
        high: Where it ends.
        lexicon: The health terms.
        roles: What words around say that the text is.
    """
    several = list(_read(window, low, high, lexicon, roles))
    bare = [(one, text) for one, text in several if one.healthy and not one.titled]
    # Beside birth dates may stand what people work at, or give for.
    if (
        roles
        or len(bare) < LIST
        or sum(_tells(one, text, lexicon) for one, text in bare) >= TELLING * len(bare)
    ):
        yield from (one for one, _ in several)
    else:
        yield from (one for one, _ in several if one.titled)


def _tells(record: Record, text: str, lexicon: Lexicon) -> bool:
    """Tell whether a part of a text says what the person of a record has."""
    if record.stated or record.ill:
        return True
    return any(tells(part, lexicon) for part in _PARTS.split(text))


def _read(
    window: bytes, low: int, high: int, lexicon: Lexicon, roles: frozenset[str]
) -> Iterator[tuple[Record, str]]:
    """Yield the records, and the text of each."""
    found = list(_dated(window, low))
    portal = _PORTAL.search(window) is not None
    for number, (start, date_start, record) in enumerate(found):
        if date_start >= high:
            return
        end = min(date_start + AFTER, len(window))
        if number + 1 < len(found):
            end = min(end, found[number + 1][0])
        record.roles = roles
        text = without_titles(readable(window[start:end]))
        record.note(lexicon.said(SENTENCES.split(text))[0])
        if record.healthy:
            record.ill = speaks_of_patient(text, lexicon)
            behind = after_date(readable(window[date_start:end]))
            record.stated = states(behind, lexicon, briefly=not record.titled)
        if (phone := PHONE.search(text)) is not None:
            record.add("phone", phone[0])
        if portal and (login := _LOGIN.search(text)) is not None:
            record.add("login", login[1])
            record.add("password", login[2])
        yield record, text


def _dated(window: bytes, low: int) -> Iterator[tuple[int, int, Record]]:
    """Yield (beginning of the line, of the date, the record) of every name before a birth date."""
    first, _ = names()
    last = 0
    for begin, end in BELOW_OR_BESIDE.spans(window):
        if begin < low:
            continue
        start = begin + 1
        while not window[start : start + 1].isdigit():
            start += 1
        born = decode(window[start:end])
        day = birth_date(born)
        if day is None or day >= RECENT or _LIFE.match(window, end):
            continue
        line = max(window.rfind(b"\n", 0, begin) + 1, begin - NAME)
        below = window[start - 1 : start] == b"\n"
        before = decode(window[line:start]).rstrip("\r\n")
        person = name_before(before)
        if person is None:
            continue
        # Two words with a capital are a heading as often as a name.
        common = any(word in first for word in fold(person.name).split())
        # And so is one in capitals, which is the name of a field before a colon.
        named = before.rstrip(" \t").endswith(":")
        formal = person.formal and (common or not named)
        if not (person.titled or formal or (common and not below)):
            continue
        record = Record(bare=True, titled=person.titled)
        if record.add("full_name", person.name) and record.add("birth_date", born):
            # What stands before the name is about its person where nobody stands before.
            if window.find(b"\n", last, line) < 0 < last:
                line = start - len(before[person.start :].encode())
            last = start
            yield line, start, record

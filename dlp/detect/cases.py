"""Cases: people of whom those who treat them write to each other, with nothing but their name.

`Mme X a fait une fausse couche, à revoir lundi`, `Consultation VIH - X`, `Mr X's MRI shows a
glioblastoma, please list for MDT`. Who is said to have something is told of in any news, and so is
who works where it is treated; not in these words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dlp.detect.asking import SIGNED, says
from dlp.detect.fold import fold, readable
from dlp.detect.native import compiled
from dlp.detect.persons import Record
from dlp.detect.prose import BLANK, NAME, TITLE
from dlp.detect.relations import entered_with, joined, said_of
from dlp.detect.spelling import in_utf8
from dlp.detect.told import is_whole_name
from dlp.late import late

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.detect.lexicon import Lexicon

__all__ = ["AILING", "Named", "named_in", "people_of_cases"]

_E = r"(?:e|\xc3[\xa9\x89]|[\xe9\xc9])"
#: What such messages have somewhere, beside titles and the diseases that lists of patients have.
AILING = compiled(
    r"(?i:schizophr|bipola[ir]|suicid|fausse couche|\bIVG\b|\bAVC\b|\bBPCO\b|infarct|infarto"
    r"|schlaganfall|beroerte|kanker|krebs|pneumo(?:pathie|nia)|fracture d"
    rf"|kali{_E}mi|troponin|xarelto|eliquis|\bHDT\b|\bSPDT\b|\bchimio\b|parkinson|alzheimer)"
)

# Text before and after a name that says what is to be done, and what somebody has.
AROUND, SAID = 400, 240
# Bytes of a window, on each side, that hold so much.
MARGIN = 1600
# What is to be done with somebody weighs so much, what is written where people are treated, and at
# most how often, that it is written to somebody, and each further disease, and how many.
REQUEST, TREATED, TREATED_MOST, LETTER, FURTHER, FURTHER_MOST = 1.5, 0.8, 2, 0.7, 0.4, 2
# That somebody is one of a list that is called one of patients, and of how many.
LIST, LISTED = 2.0, 3
# A title before a name does, and a last name in capitals; without, a name may be anybody's.
FORMAL = 0.3
# He counts of whom this much is said.
LEAST, LEAST_PLAIN = 3.35, 3.95

_UPPER, _LOWER = "[A-Z\u00c0-\u00de]", "[a-z\u00df-\u00ff]"
_LAST = rf"{_UPPER}{{2,}}(?:[ '\u2019-]{_UPPER}{{2,}}){{0,2}}"
# `RDV Mme` and `Bonjour Mme` are none.
_UNTITLED = r"(?!(?:Mme|Mlle|Mr|Mrs|Ms|Miss|Monsieur|Madame|Herrn?|Frau|Sig|Sra?|Mevr|Dr|Pr)\b)"
_FIRST = rf"{_UNTITLED}{_UPPER}{_LOWER}+(?:-{_UPPER}{_LOWER}+)?"
_HEARD = "[a-z\u00df-\u00ff'-]"
_WHO = late(
    rf"(?<![\w.])(?:(?i:{TITLE}){BLANK}*:?{BLANK}*(?P<titled>{NAME})"
    rf"|(?P<formal>{_LAST}{BLANK}+{_FIRST}|{_FIRST}{BLANK}+{_LAST})"
    # As programs write what they hear.
    rf"|(?:madame|monsieur) (?P<heard>{_HEARD}{{2,}} {_HEARD}{{3,}})"
    rf"|(?P<plain>{_FIRST} {_FIRST}))(?!\w)"
)
# Where such a name may begin, in UTF-8: nothing else is compared to all of that. What begins a word
# is known of Latin letters alone.
_CAPITAL, _GAP = "(?:[A-Z]|\xc3[\x80-\x9e])", "(?:[ \t]|\xc2\xa0)"
_SMALL, _REST = "(?:[a-z]|\xc3[\x9f-\xbf])", r"[A-Za-z\x80-\xff'-]*"
_TITLES = in_utf8(TITLE.partition(")")[2])
# Behind a title a name of two words, maybe one of them a particle: no other is a whole one.
_PARTICLE = r"(?:[dlO](?:'|\xe2)|al-|Ma?c|(?:v[ao]n|d[aeio]s?|del|der|den|l[ae]|el|ben|[ ])* )"
_AFTER = (
    rf"{_GAP}*:?{_GAP}*(?:{_PARTICLE}[A-Z\x80-\xff]"
    r"|[A-Z\x80-\xff][A-Za-z.\x80-\xff]*[ \t'\x80-\xff-])"
)
_MAY_BEGIN = compiled(
    rf"{_CAPITAL}(?:{_SMALL}{_REST}{_GAP}+{_CAPITAL}|{_REST}(?:{_GAP}{_CAPITAL}{_REST}){{0,2}}{_GAP}+"
    rf"{_CAPITAL}{_SMALL})|\b(?i:{_TITLES}){_AFTER}|\bmadame |\bmonsieur "
    rf"|\xd0[\x93\xb3][-\xd1]|\xce[\x9a\xba][.\xce]"
)
_DOCTOR = re.compile(
    r"\b(?:Dr|Pr|Prof|Docteur|Professeur|Doctor|Doktor|Dott|Dra)\.? ?\Z", re.IGNORECASE
)
_OWNS = re.compile(r"['\u2019]s\b")
_INLINE = re.compile(r"</?(?:b|i|u|em|strong|span|a|font|mark)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,200}>")
_ESCAPED = re.compile(r"\\[nrt]")
_ENDS = re.compile(r"[\n\r]|[.!?] |[\"\u201c\u00ab{}]")
# Above a list, in a line of its own.
_PATIENTS = re.compile(
    r"^\W{0,4}(?:liste? (?:de |des |del |der |dei )?)?(?:patiente?s|patienten|pazienti|pacientes"
    r"|pati\u00ebnten|r\u00e9sident[es]{1,2}|malades|hospitalis\u00e9s|patientenliste)\b[^\n.;|\t]{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)
_ENTRY = re.compile(
    r"(?:\bSUMMARY|\bSubject: |\bObjet ?: )[^\n]{0,120}\Z"
    r"|\"(?:summary|subject|title|objet|titre)\" ?: ?\"[^\"\n]{0,120}\Z"
)
_DELIMITER = re.compile(r"[;\t|]")


class Named(NamedTuple):
    """Text in which people are named.

    Attributes:
        text: As people read it.
        begin: Where in it those begin of whom it is asked.
        end: Where they end.
        people: Where each name begins, with its title, and ends, it, and whether it is plain.
    """

    text: str
    begin: int
    end: int
    people: list[tuple[int, int, str, bool]]


def named_in(window: bytes, low: int, high: int) -> Named | None:
    """Return the text around a part of `window`, if anybody is named between `low` and `high`."""
    places = (max(0, low - MARGIN), low, high, min(len(window), high + MARGIN))
    begin, low, high, end = (_whole(window, at) for at in places)
    before, inside = _plain(window[begin:low]), _plain(window[low:high])
    text = before + inside + _plain(window[high:end])
    found = Named(text, len(before), len(before) + len(inside), list(_named(text)))
    return found if any(found.begin <= start < found.end for start, *_ in found.people) else None


def people_of_cases(named: Named, lexicon: Lexicon, roles: frozenset[str]) -> list[Record]:
    """Return the people of whom those who treat them write.

    Args:
        named: Who is named.
        lexicon: The health terms.
        roles: What words around say that the text is.
    """
    text, begin, end, found = named
    ends = [*(start for start, *_ in found[1:]), len(text)]
    told = []
    listed = len(found) >= LISTED and _PATIENTS.search(text) is not None
    for (start, behind, name, plain), following in zip(found, ends, strict=False):
        if not begin <= start < end:
            continue
        reach = min(following, behind + SAID)
        record = _told_of(text, start, behind, reach, lexicon, plain=plain, listed=listed)
        if record is not None and record.add("full_name", name):
            record.roles = roles
            told.append(record)
    return told


def _whole(window: bytes, at: int) -> int:
    """Return where the character begins that `at` may be inside of."""
    while 0 < at < len(window) and window[at] & 0xC0 == 0x80:
        at -= 1
    return at


def _plain(data: bytes) -> str:
    """Return text as people read it, without markup and the escapes of strings."""
    text = readable(data)
    if "<" in text:
        text = _TAG.sub("\n", _INLINE.sub("", text))
    return _ESCAPED.sub("\n", text) if "\\" in text else text


def _named(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """Yield where a whole name begins, with its title, and ends, it, and whether it is plain.

    But those of doctors.
    """
    for one in _whole_names(text):
        owns = _OWNS.search(one[0])
        end = one.start() + owns.start() if owns else one.end()
        name = text[one.start(one.lastgroup or 0) : end]
        before = text[max(0, one.start() - 12) : one.start()]
        if is_whole_name(fold(name).split()) and _DOCTOR.search(before) is None:
            yield one.start(), end, name, one["plain"] is not None


def _whole_names(text: str) -> Iterator[re.Match[str]]:
    """Yield what matches, one after the other."""
    data = text.encode("utf-8", "replace")
    at = seen = place = 0
    while (begins := _MAY_BEGIN.search(data, at)) is not None:
        # Characters before it.
        place += len(data[seen : begins.start()].decode("utf-8", "replace"))
        seen = begins.start()
        one = _WHO.match(text, place)
        end = seen if one is None else seen + len(one[0].encode("utf-8", "replace"))
        at = max(end, seen + 1)
        if one is not None:
            yield one


def _told_of(
    text: str,
    start: int,
    end: int,
    following: int,
    lexicon: Lexicon,
    *,
    plain: bool,
    listed: bool,
) -> Record | None:
    """Return what is said of somebody named between two places, if those who treat him say so."""
    around = joined(text[max(0, start - AROUND) : end + AROUND]).encode()
    if says("public").search(around) is not None:
        return None
    said = text[end:following]
    lead, row = _ENDS.split(text[max(0, start - SAID) : start])[-1], _ENDS.split(said)[0]
    # Tables are read as such.
    if len(_DELIMITER.findall(lead + row)) > 1 or SIGNED.search(fold(lead).encode()) is not None:
        return None
    if says("works").search(fold(said[:60]).encode()) is not None:
        return None
    health, topical = lexicon.said([lead, *_ENDS.split(said)], wards=True)
    known = tuple(t.folded for t in health.terms if not (t.weak or t.domain.endswith(".care")))
    relation = 0.0 if topical else said_of(joined(lead), joined(said), known)
    if not plain and (entry := _ENTRY.search(text, max(0, start - SAID), start)) is not None:
        # What is entered with a name in a calendar is no name of a ward.
        entered, topical = lexicon.said([entry[0], row])
        clear = 0.0 if topical else entered_with(joined(entry[0]), joined(row), entered)
        relation, health = (clear, entered) if clear else (relation, health)
    if not relation:
        return None
    clinical = {around[begin:stop] for begin, stop in says("clinical").spans(around)}
    weight = (
        relation
        + FORMAL * (not plain)
        + REQUEST * (says("requested").search(around) is not None)
        + TREATED * min(TREATED_MOST, len(clinical))
        + LETTER * (says("addressed").search(around) is not None)
        + LIST * (listed and not plain)
        + FURTHER * min(FURTHER_MOST, max(0, len(set(known)) - 1))
    )
    if weight < (LEAST_PLAIN if plain else LEAST):
        return None
    record = Record(titled=not plain, cared=True)
    record.note(health)
    record.add("diagnosis", said.strip() or lead.strip())
    return record

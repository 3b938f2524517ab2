"""Names in running text: after a title, or before a date of birth."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dlp.detect.fold import readable
from dlp.late import late

__all__ = [
    "AGED",
    "BLANK",
    "NAME",
    "TITLE",
    "YEARS",
    "NamedPerson",
    "is_called",
    "name_around",
    "name_before",
]

# Letters of Latin, of which capitals with accents are those that names begin with; of Greek and of
# Cyrillic.
_UPPER = (
    "A-Z\u00c0-\u00d6\u00d8-\u00de\u010c\u0130\u0141\u0152\u015a\u015e\u0160\u0179\u017b\u017d"
    "\u0386\u0388-\u038f\u0391-\u03ab\u0401\u0404\u0406\u0407\u0410-\u042f\u0490"
)
_LOWER = (
    "a-z\u00e0-\u00f6\u00f8-\u00ff\u0101-\u0151\u0153-\u017e\u0219\u021b"
    "\u03ac-\u03ce\u0430-\u045f\u0491"
)
_LETTERS = f"[{_UPPER}{_LOWER}'\u2019]"
# Before a last name, in lower case.
_PARTICLE = (
    "(?:[dlO]['\u2019]|Mac|Mc|von |van |van der |van den |de |de la |del |di |da |dos |le |la |el "
    "|ben |al-)"
)
_WORD = rf"(?:{_PARTICLE}?[{_UPPER}]{_LETTERS}*(?:-[{_UPPER}]{_LETTERS}*)*)"
# Text before and after in which somebody is named.
NEAR, BEHIND = 240, 80
BLANK = r"[ \u00a0\t]"
_INITIALS = rf"(?:[{_UPPER}]\.[{_UPPER}]?\.?{BLANK}*){{0,3}}"
NAME = rf"{_INITIALS}{_WORD}(?:{BLANK}+{_WORD}){{0,4}}"
# Without a look at the first letter, which no case changes, each place would be compared to all.
TITLE = (
    r"(?=[bdfhlmnprs\u0433\u03ba])(?:M\.|MM\.|Mr\.?|Mme\.?|Mlle\.?|Monsieur|Madame|Mademoiselle|Mrs\.?|Ms\.?|Miss|Mister|"
    r"Herrn?|Frau|Fr\u00e4ulein|Hr\.|Fr\.|Sig\.(?:ra|na)?|Signora?|Sr\.?|Sra\.?|Srta\.?|"
    r"Se\u00f1ora?|Don|Do\u00f1a|D\u00f1a\.|Dhr\.?|Mevr\.?|Mevrouw|Meneer|De heer|Senhora?|"
    r"l(?:'|\u2019)enfant|Pan[ia]?|Herra|Rouva|Fru|Dl\.|Dna\.|\u0433-(?:\u043d|\u0436\u0430)|\u0433\u0440\."
    r"|\u03ba(?:\u03bf\u03c2|\u03b1|\.)|"
    r"b\u00e9b\u00e9|patiente?|Patientin|paziente|paciente|pati\u00ebnte?|pacjent(?:ka|ki)?|doente|nomm\u00e9e?)"
)
# In the next line, too, unless `patient` ends a line of its own.
_TITLED = late(
    rf"(?<!\w)(?i:{TITLE}){BLANK}*:?{BLANK}*(?:(?<!atient)(?<!atiente)\n)?{BLANK}*({NAME})"
)
#: What follows the number of somebody's years.
YEARS = "(?:ans|years?(?:[ -]old)?|y/?o|Jahre?|a\u00f1os|anos|anni|jaar)"
#: How old somebody is, behind a name; elsewhere the last two are words of other languages.
AGED = (
    rf"(?:,?{BLANK}*(?:(?:de|\u00e2g\u00e9e?{BLANK}de|aged?|di){BLANK})?[,(]?{BLANK}*\d{{1,3}}"
    rf"(?:{BLANK}|-)?(?:(?:{YEARS}|lat|let)\b|J\.|a\))"
    rf"\)?{BLANK}*|,?{BLANK}*(?:anni|lat){BLANK}\d{{1,3}}\b)"
)
# Signs and short words for birth before a date, which no other text has there.
_BORN = (
    r"(?:(?:\*|\u00b0|ur\.|s\.|f\.|nar\.|sz\u00fcl\.|ro\u0111\.|n\u00e9e?|geb\.?|born)[ \u00a0]*)"
)
# Who treats is no patient.
_DOCTOR = r"(?:Dr|Docteur|Pr|Prof|Professeur|Doctor|Doktor|Dott|Dra?)\.?"
_LAST = late(
    rf"(?P<doctor>(?<!\w){_DOCTOR}{BLANK}+)?(?P<title>(?<!\w)(?i:{TITLE}){BLANK}*:?{BLANK}*)?"
    rf"(?P<name>{NAME}|{_WORD}(?:,?{BLANK}+{_WORD}){{1,4}}){BLANK}*{AGED}?"
    rf"[,;:(\[/-]{{0,2}}{BLANK}*{_BORN}?\Z"
)
# A title, and a last name of more than an initial.
_CALLED = late(
    rf"(?i:(?!pa|doente|nomm|l['\u2019]){TITLE}){BLANK}+"
    rf"{_PARTICLE}?[{_UPPER}]{_LETTERS}{{2,}}(?:[ -]{_WORD})?"
)
# The father's name, in Russian, Ukrainian and Bulgarian.
_PATRONYMIC = re.compile(
    "(?:[\u043e\u0435]\u0432\u0438\u0447|[\u043e\u0435\u0456]\u0432\u043d\u0430|\u0438\u0447\u043d\u0430)\\b",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]{0,200}>")
_CAPITAL = re.compile(rb"[A-Z\xc0-\xde]")
_BEFORE = late(
    rf"({_WORD}(?:{BLANK}+{_WORD}){{1,4}}){BLANK}*[,;(\n-]?{BLANK}*"
    rf"(?:{_WORD}[ \t]*[,;]?[ \t]*)?\(?\s*\Z"
)
# All that these are made of, and a word of a name, both from behind.
_OF_BEFORE = late(rf"[{_UPPER}{_LOWER}'\u2019\s,;(-]*")
_OF_WORD = late(rf"[{_UPPER}{_LOWER}'\u2019-]*")
_BEGINS_NAME = late(f"[{_UPPER}]")
# How years and words for birth end that a name stands before.
_SMALL = tuple(
    "n\u00e9 n\u00e9e geb born ans year years old o Jahr Jahre os anni jaar lat let".split()
)
# At once behind a number of a file, as in lists of an administration.
_AFTER = late(rf"{BLANK}*(?:[-,;:(|/]{BLANK}*)?({_WORD}(?:{BLANK}+{_WORD}){{1,3}})(?![{_LOWER}])")


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A name in running text.

    Attributes:
        name: As it is written.
        titled: Whether a title stands before it.
        start: Where it begins, title included, in the text that was looked at.
    """

    name: str
    titled: bool = False
    start: int = 0

    @property
    def formal(self) -> bool:
        """Whether it is written as an administration does.

        The last name alone stands in capitals, or the father's name stands with it.
        """
        if _PATRONYMIC.search(self.name) is not None:
            return True
        words = self.name.replace("-", " ").split()
        capitals = [word.isupper() and len(word) > 1 for word in words]
        return any(capitals) and not all(capitals)


def name_around(window: bytes, start: int, end: int) -> NamedPerson | None:
    """Return the name of the person whose date of birth, or file, stands in `window`.

    Args:
        window: Text around.
        start: Where the words begin that announce it.
        end: Where it ends.
    """
    before, after = window[max(0, start - NEAR) : start], window[end : end + BEHIND]
    if _CAPITAL.search(before) is None and _CAPITAL.search(after) is None:
        return None
    text = _TAG.sub("", readable(before))
    titled = list(_TITLED.finditer(text))
    if titled:
        return NamedPerson(titled[-1][1].strip(), titled=True)
    of_name = _OF_BEFORE.match(text[::-1])
    assert of_name is not None
    if (match := _BEFORE.search(text, len(text) - of_name.end())) is not None:
        return NamedPerson(match[1].strip())
    text = _TAG.sub("", readable(after))
    if (match := _TITLED.search(text)) is not None:
        return NamedPerson(match[1].strip(), titled=True)
    if (match := _AFTER.match(text)) is not None and (one := NamedPerson(match[1])).formal:
        return one
    return None


def is_called(text: str) -> bool:
    """Tell whether a text is what somebody is called by those who know him: a title and a name."""
    return _CALLED.fullmatch(text) is not None


def _may_end_named(text: str) -> bool:
    """Tell, quickly, whether a text may end with a name, or with what may stand behind one."""
    found = _OF_WORD.match(text.rstrip(" \u00a0\t")[::-1])
    word = found[0][::-1] if found else ""
    # It may with a sign or a number.
    return word[-1:] in ("", "-") or word.endswith(_SMALL) or _BEGINS_NAME.search(word) is not None


def name_before(text: str) -> NamedPerson | None:
    """Return the name that `text` ends with, unless it is that of a doctor."""
    found = _LAST.search(text) if _may_end_named(text) else None
    if found is None or found["doctor"]:
        return None
    name = found["name"].replace(",", " ")
    return NamedPerson(name, titled=found["title"] is not None, start=found.start())

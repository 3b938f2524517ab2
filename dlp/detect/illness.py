"""Who has what is medical in a sentence or a remark: what is said of patients, not of illnesses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.fold import decode, fold
from dlp.detect.native import compiled
from dlp.detect.prose import YEARS
from dlp.late import late

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlp.detect.lexicon import Lexicon

__all__ = ["HAS", "REMARK", "SENTENCES", "TAKES", "remarks", "speaks_of_patient", "states", "tells"]

#: What is said of people who have a disease, and not of those who speak of it.
HAS = late(
    r"\b(?:suivie?s?|trait[\u00e9e]e?s?|atteinte?s?|souffr\w+|pr\u00e9sent(?:e|ant)|enceinte"
    r"|prise? en charge|hospitalis\w+|admise?|op\u00e9r\u00e9e?|greff\u00e9e?|diagnostiqu\u00e9\w*"
    r"|porteu(?:r|se)|s\u00e9ropositi\w+|sevrage|stade|ATCD|ant\u00e9c\u00e9dents?|r\u00e9mission"
    r"|r\u00e9cidive|d\u00e9compens\w+|d\u00e9s\u00e9quilibr\w+|sous|J ?[+-]? ?\d{1,3}"
    rf"|\d{{1,3}} ?(?:{YEARS}|a\.)|[1-4]?\d ?SA"
    r"|treated|suffer\w*|diagnosed|admitted|pregnant|positive|stage|relapse\w*|history of|is on"
    r"|presents? with|behandelt|leidet|erkrankt|diagnostiziert|schwanger|aufgenommen|Rezidiv|unter"
    r"|wegen|padece|en tratamiento|tratad[ao]|diagnosticad[ao]|ingresad[ao]|embarazada|sufre"
    r"|affett[ao]|ricoverat[ao]|incinta|soffre|in cura|in terapia|behandeld|lijdt|zwanger"
    r"|opgenomen|gebruikt|gr\u00e1vida|em uso de|em tratamento|sofre|internad[ao]"
    r"|rozpoznan\w*|leczon[ay]|choruje|w trakcie|przyjmuje)\b"
)
#: Between sentences, and parts of lines that are none.
SENTENCES = re.compile(r"[\n\t;|]|[.!?] ")

# An e with its accent, or without, in UTF-8 and Latin-1.
_ACUTE = r"(?:\xc3[\xa9\x89]|[\xe9\xc9])"
_E = rf"(?:e|{_ACUTE})"
#: What a remark beside a name says that somebody has, or how he has it; in any case, as bytes.
REMARK = compiled(
    r"(?i:\b(?:VIH|HIV|VHC|VHB|HCV|HBV|BRCA ?[12])[ -]?(?:\+|pos|mut|dodatni)"
    rf"|s{_E}ropositi[vf]|\bpositi(?:[vf]\b|ve\b|v[oa]\b|ef\b)|\bdodatni"
    r"|\benceinte|\bpregnant\b|\bschwanger\b|\bzwanger\b|\bembarazada|\bincinta|\bgr\xc3\xa1vida"
    r"|\bgravidanza [0-9]|\bgrossesse [0-9]|\bci\xc4\x85\xc5\xbca [0-9]|\b[0-9]{1,2} ?SA\b"
    rf"|\br{_E}mission|\bremis(?:i\xc3\xb3n|sione)|\batteinte? d|\bsouffre|\bporteu(?:r|se) d"
    rf"|\bdialys{_ACUTE}|\bgreff{_ACUTE}|\btransplant{_ACUTE}|\bamput{_ACUTE}|\bmut{_ACUTE}"
    rf"|h{_E}t{_E}rozygote|homozygote|\bATCD\b|\bant{_E}c{_E}dents? d|\bhistory of"
    rf"|\bdiagnos(?:ed|tiziert|ticad|tiqu{_ACUTE}|ticat)|\btrait{_ACUTE}e?s? (?:par|pour)"
    r"|\bsuivie? pour|\btreated|\bbehandel[dt]"
    r"|\bch[ei]mio[a-z\x80-\xff]* en cours|\bchemo[a-z]* ongoing|\bancienn?e?\b)"
)
#: What stands before what somebody takes.
TAKES = compiled(
    r"(?i:(?:\b(?:sous|prend(?: du| de la)?|traitement(?: par)?|takes|unter|nimmt|gebruikt"
    r"|en tratamiento con|toma|in terapia con|prende|a tomar|em uso de|przyjmuje)"
    # Whole remarks only, in a text that is full of it.
    r"|(?:\A|[\";|\t>-] ?)on) )"
)
# Who writes of himself or of what he bought, and of people who have a disease.
_GENERAL = late(
    r"\b(?:chez|femmes? enceintes?|patiente?s|personnes|femmes|prise en charge|women"
    r"|people|Frauen|Patienten|mujeres|pacientes|donne|pazienti|pati\u00ebnten|vrouwen"
    r"|mon|ma|mes|notre|my|our|meine?[mnrs]?|unser|mi|mio|mia|mijn|meu|minha|m\u00f3j|moja)\b",
    re.IGNORECASE,
)
# Between somebody and what he has, where that is said of him at once.
_AT_ONCE = late(
    r"[ \t\u00a0,;:()\[\]/.|=\\\u2013\u2014-]*"
    r"(?:(?:est|is|ist|\u00e8|es|a|ha|has|hat|tiene|heeft|tem|ma|avec|with|mit|con|met|com|pour|for"
    r"|wegen|por|per|voor|leidet|padece|sufre|soffre|sofre|lijdt|suffers|souffre|atteinte?"
    r"|affett[ao]|sous|prend|takes|on|unter|nimmt|toma|prende|suivie?|trait[e\u00e9]e?"
    r"|op[e\u00e9]r[e\u00e9]e?|porteu(?:r|se)|treated|diagnosed|behandelt|tratad[ao]|in terapia"
    r"|in cura|em uso|en tratamiento|motif|suspicion|susp\.?|ant[e\u00e9]c[e\u00e9]dents?|atcd|dx"
    r"|mutations?|mut[e\u00e9]e?"
    r"|diag(?:nostic|nosis|nose|n[o\u00f3]stico|nosi)?)[ \t:,.]+){0,2}"
    r"(?:(?:d['\u2019]|de|from|of|an|von|aan|da|di|um|uma|une?|eine?[mnr]?|een|una|a)[ \t]?\b)"
    r"{0,2}[ \t]*",
    re.IGNORECASE,
)
# An everyday word by itself.
_EXPECTING = re.compile(
    r"(?:enceinte|pregnant|schwanger|embarazada|incinta|zwanger|gravida)\b(?: d?e? ?\d+ ?\w+)?"
)
# What a title of something made goes on with, behind what it is about.
_GOES_ON = re.compile(
    r"\s*(?:[:\u2013\u2014-]\s*\w|, ?(?:l[ea]s?|l |une?|the|der|die|das|el|los|las|il|gli|het) )"
)
_AND = re.compile(r"\s*(?:et|and|und|y|e|en|i) ")
_PHRASE_ENDS = re.compile(r"[^\w\s'\u2019-]")
# Words of a phrase behind the name of a disease, unless it is a title.
FEW = 2
# A remark is no longer.
LONGEST_REMARK = 160


def speaks_of_patient(text: str, lexicon: Lexicon) -> bool:
    """Tell whether a sentence says of somebody that he has, or is treated for, what is medical."""
    return any(
        HAS.search(part) is not None and any(not term.weak for term in lexicon.context(part).terms)
        for part in SENTENCES.split(text)
    )


def states(said: str, lexicon: Lexicon, *, briefly: bool = False) -> bool:
    """Tell whether what stands behind somebody's birth date is at once what he has.

    Args:
        said: What stands behind it, one line of it at most being looked at.
        lexicon: The health terms.
        briefly: Whether that has to be all of a phrase, since titles of what somebody made on a
            day begin so, too.
    """
    line = said.partition("\n")[0]
    begins = _AT_ONCE.match(line)
    line = line[begins.end() :] if begins else line
    health, topical = lexicon.said([SENTENCES.split(line)[0]], wards=True)
    folded = fold(line)
    known = [t.folded for t in health.terms if not t.weak and folded.startswith(t.folded)]
    if health and (expecting := _EXPECTING.match(folded)) is not None:
        known.append(expecting[0])
    if topical or not known:
        return False
    if not briefly:
        return True
    rest = folded[max(map(len, known)) :]
    if (joined := _AND.match(rest)) is not None and not rest.startswith(
        tuple(t.folded for t in health.terms if not t.weak), joined.end()
    ):
        return False
    phrase = _PHRASE_ENDS.split(rest)[0]
    return _GOES_ON.match(rest) is None and len(phrase.split()) <= FEW


def tells(said: str, lexicon: Lexicon) -> bool:
    """Tell whether a cell of a list says what somebody has, and not what he is concerned with."""
    if _GENERAL.search(said) is not None:
        return False
    return states(said, lexicon, briefly=True) or speaks_of_patient(said, lexicon)


def remarks(texts: Iterable[str], lexicon: Lexicon) -> bool:
    """Tell whether one of a person's fields is a remark on what he has or takes."""
    return any(_remarks(text, lexicon) for text in texts)


def _remarks(text: str, lexicon: Lexicon) -> bool:
    if len(text) > LONGEST_REMARK or text.isdigit() or _GENERAL.search(text) is not None:
        return False
    raw = text.encode("utf-8", "replace")
    said = REMARK.search(raw) is not None
    takes = [end for _, end in TAKES.spans(raw)]
    if not (said or takes):
        return False
    health, topical = lexicon.said([text], wards=True)
    known = tuple(term.folded for term in health.terms if not term.weak)
    if topical or not known:
        return False
    return said or any(fold(decode(raw[end:])).startswith(known) for end in takes)

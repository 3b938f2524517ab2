"""Relations: whether somebody is said to have what is medical around his name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.asking import SHOWS, says, small
from dlp.detect.fold import decode, fold

if TYPE_CHECKING:
    from dlp.detect.lexicon import HealthContext

__all__ = ["entered_with", "joined", "said_of"]

# How clear it is: it is said so, he is written to of it, it stands before his name, beside it, or
# is entered with it in a calendar. And in all.
HAVING, ADDRESSEE, BEFORE, BESIDE, ENTERED = 2.0, 2.4, 1.6, 1.3, 3.2
CLEAREST = 3.3
# Text behind a name that may be a remark.
REMARK = 160
# Bytes behind what says so, and words of any kind among them.
REACH, OTHERS = 100, 3

_PHRASES = re.compile(r"[:;,()?/\n]")
# Before a name, of whom something is.
_OF = re.compile(
    r"(?: [a-z0-9]+){0,2} (?:d|de|du|des|pour|chez|of|for|bei|von|di|del|della|van|voor|c\d\d?) ?"
)
_ITS = re.compile(r"\b(?:sa|son|ses|his|her|seiner?|seine[mn]|ihrer?|ihre[mn]|suo|zijn|haar|seu)\b")
_YOURS = re.compile(
    r"\b(?:votre|vos|ton|ta|tes|mon|ma|mes|your|my|uw)\b"
    r"(?: (?:tests?|examens?|resultats?|bilan|seances?|traitement|injection|results?|scan))?"
)
# Behind a drug, how much of it is taken.
_DOSED = re.compile(
    r"[^.!?]{0,40}?(?:\b\d+ (?:cp|comprimes?|gelules?|sachets?|mg) ?(?:par |/)? ?j|\bqsp)"
)
# Entries of calendars, and what people come for; a course of chemotherapy has its number.
_ENTRY = re.compile(r"[\"']?(?:summary|subject|title|objet|titre)(?:;[^:]{0,80})?\"? ?: ?\"?")
_VISIT = re.compile(
    r"(?:consult[a-z]*|cs|suivi|rdv|seance|cure|bilan|controle|hospit[a-z]*|bloc|pose|visite"
    r"|termin|sprechstunde|appointment|follow up|visita|cita|afspraak|consulta|wizyta)\b"
)
_CYCLE = re.compile(r"\bc\d\d?\b")
_WORD = re.compile(r"[^\W_]+")
_DASHES = (" - ", " \u2013 ", " \u2014 ", " / ", " -- ")


def joined(text: str) -> str:
    """Return a text folded, its dashes as colons."""
    for dash in _DASHES:
        text = text.replace(dash, " : ")
    return fold(text)


def said_of(lead: str, said: str, known: tuple[str, ...]) -> float:
    """Return how clearly somebody is said to have something; 0 where he is not.

    Args:
        lead: What stands before his name, joined.
        said: What stands behind it.
        known: Health terms in either.
    """
    if not known:
        return 0.0
    raw = f"{lead} {said}".encode()
    having = (
        any(
            _follows(decode(raw[at : at + REACH]), known, OTHERS)
            for _, at in says("has").spans(raw)
        )
        or any(one in decode(raw[at : at + REACH]) for _, at in SHOWS.spans(raw) for one in known)
        or any(_DOSED.match(said, said.find(one) + len(one)) for one in known if one in said)
        or any(_follows(said[one.end() :], known, 0) for one in _ITS.finditer(said))
    )
    addressed = any(_follows(said[one.end() :], known, 0) for one in _YOURS.finditer(said))
    before = any(_OF.fullmatch(lead, lead.rfind(one) + len(one)) for one in known if one in lead)
    beside = any(_follows(phrase, known, 0) for phrase in _PHRASES.split(said[:REMARK]))
    clear = HAVING * having + ADDRESSEE * addressed + BEFORE * before + BESIDE * beside
    return min(CLEAREST, clear)


def entered_with(lead: str, said: str, health: HealthContext) -> float:
    """Return how clearly what a calendar has beside a name is what somebody comes for.

    Args:
        lead: What stands before the name, joined.
        said: What stands behind it.
        health: What both say that is medical, names of wards, too.
    """
    entry = _ENTRY.match(lead)
    if entry is None:
        return 0.0
    terms = [t for t in health.terms if not (t.weak or t.domain.endswith(".drugs"))]
    phrases = [part.strip() for part in f"{lead[entry.end() :]}:{said}".split(":")]
    # Any message has a subject.
    if not lead.startswith("summary") and not any(map(_VISIT.match, phrases)):
        return 0.0
    for phrase in phrases:
        visit = _VISIT.match(phrase)
        known = tuple(t.folded for t in terms if visit or not t.ward or _CYCLE.search(phrase))
        if known and _follows(phrase[visit.end() if visit else 0 :], known, 0):
            return ENTERED
    return 0.0


def _follows(said: str, known: tuple[str, ...], most: int) -> bool:
    """Tell whether one of some terms follows, after small words and at `most` so many others."""
    others = 0
    for word in _WORD.finditer(said):
        if said.startswith(known, word.start()):
            return True
        others += word[0] not in small()
        if others > most:
            return False
    return False

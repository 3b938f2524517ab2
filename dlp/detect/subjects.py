"""Subjects: what people read, write and learn of, and the wards they work in; none of it is theirs.

A column of titles of books or courses, or of names of wards, holds diseases and treatments among
others, and says what it is by the rest of its cells.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.fold import fold
from dlp.detect.lexicon import is_topical

if TYPE_CHECKING:
    from collections.abc import Collection

    from dlp.detect.lexicon import HealthContext

__all__ = ["SHARE", "are_subjects", "is_title", "without_titles"]

#: Of what is medical, the share that may be spoken of as of a subject.
SHARE = 0.3
# Cells of which a column's can be told.
LEAST = 3

# Before what people write of, teach others to live with, or tell of themselves.
_OPENING = re.compile(
    r"(?=\w)(?:(?:(?:bien |mieux )?vivre|apprivoiser|comprendre|vaincre|guerir|accompagner|soigner"
    r"|prevenir|depister|living|coping|dealing|understanding|managing|beating|overcoming|caring"
    r"|leben|umgang|vivir|convivir|entender|comprender|afrontar|superar|convivere|vivere|capire"
    r"|affrontare|vincere|leven|omgaan|guide|tout|all|histoire|history|historia|storia|mon|ma|mes"
    r"|my|meine?|mi|il mio|la mia|mijn)(?: (?:avec|with|mit|con|met|for|du|de|of|sur|about|d'))? )?"
    r"(?:(?:le|la|les|un|une|the|der|die|das|dem|einem|einer|el|los|las|il|lo|gli|het) "
    r"|l['\u2019 ])?"
)
# And what they end with.
_ENDING = re.compile(
    r"\b(?:mode d['\u2019 ]emploi|expliquee? a(?:ux)? \w+(?: \w+)?|pas a pas|pour les nuls"
    r"|au quotidien|et moi|(?:semaine par|week by|woche fur|semana a|settimana per|week voor) \w+"
    r"|(?:family )?guide|handbook|explained|for dummies|and me|and you|a history|verstehen|erklart"
    r"|im alltag|ratgeber|wege aus der \w+|explicad[ao]|para dummies|una historia|spiegat[ao]"
    r"|una storia|e io)\W*\Z"
)
# In quotation marks behind what is called so.
_NAMED = re.compile(
    r"(?i:\b(?:formations?|module|cours|stage|atelier|session|conf\u00e9rence|th\u00e8se|ouvrage|livre|article"
    r"|revue|programme|\u00e9tude|dipl\u00f4me|webinaire|training|course|workshop|lecture|book|thesis|study"
    r"|fortbildung|seminar|kurs|vortrag|buch|curso|libro|taller|corso|cursus))\b[^.\n\u00ab\u201c\u201e]{0,24}"
    r"(?:\u00ab[^\n\u00ab\u00bb]{2,160}\u00bb|[\u201c\u201e][^\n\u201c\u201d\u201e]{2,160}[\u201c\u201d])"
)


def without_titles(text: str) -> str:
    """Return a text without the names of courses, books and studies in quotation marks."""
    return _NAMED.sub("", text) if any(mark in text for mark in "\u00ab\u201c\u201e") else text


def is_title(cell: str, known: tuple[str, ...]) -> bool:
    """Tell whether a cell begins or ends as titles of what people write of do.

    As `Le cancer du sein chez la femme jeune` and `Alzheimer, mode d'emploi` do.

    Args:
        cell: As written.
        known: Folded health terms in it.
    """
    folded = fold(cell)
    opening = _OPENING.match(folded)
    if opening is not None and opening[0] and folded.startswith(known, opening.end()):
        return True
    return folded.startswith(known) and _ENDING.search(folded) is not None


def are_subjects(cells: Collection[tuple[str, HealthContext]]) -> bool:
    """Tell whether the different cells of a column that name what is medical, and it, are such."""
    if len(cells) < LEAST:
        return False
    told = sum(
        is_topical(cell, health)
        or is_title(cell, tuple(term.folded for term in health.terms if not term.weak))
        for cell, health in cells
    )
    return told > SHARE * len(cells)

"""People named one after the other with what each of them has: rounds of a ward, handovers.

`Mme Nicole PETIT : chimio J2`, `M. Jean Durand est suivi pour un VIH.` Nothing but a title and a
name tells them apart, as in any news; several in a row with a disease each, and hardly one
without, are no news.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.fold import fold, readable
from dlp.detect.native import compiled
from dlp.detect.persons import Record
from dlp.detect.prose import BLANK, NAME, TITLE
from dlp.detect.told import is_whole_name

if TYPE_CHECKING:
    from dlp.detect.lexicon import Lexicon

__all__ = ["ROUNDS", "people_of_rounds"]

#: A title before two words that begin with a capital.
ROUNDS = compiled(
    r"\b(?:M\.|Mr\.?|Mme\.?|Mlle\.?|Monsieur|Madame|Mrs\.?|Ms\.?|Herrn?|Frau|Sig\.(?:ra)?|Signora?"
    r"|Sra?\.|Se\xc3\xb1ora?|Dhr\.|Mevr\.|Mevrouw|Senhora?)(?: |\xc2?\xa0){1,2}"
    r"(?:[A-Z]|\xc3[\x80-\x9e])[^\s,;:()]{1,30}(?: |\xc2?\xa0){1,2}(?:[A-Z]|\xc3[\x80-\x9e])"
)
# Fewer may be those of an article.
LEAST = 3
# Share of those named of whom something medical is told.
MOST = 0.5
# What is said of one person, before another is named.
STATEMENT = 300

# What is said of people who have a disease, and not of those who speak of it.
_HAS = re.compile(
    r"\b(?:suivie?s?|trait[\u00e9e]e?s?|atteinte?s?|souffr\w+|pr\u00e9sente|enceinte|hospitalis\w+|admise?"
    r"|op\u00e9r\u00e9e?|greff\u00e9e?|diagnostiqu\u00e9\w*|porteu(?:r|se)|s\u00e9ropositi\w+|sevrage|stade|ATCD"
    r"|ant\u00e9c\u00e9dents?|r\u00e9mission|r\u00e9cidive|d\u00e9compens\w+|d\u00e9s\u00e9quilibr\w+|sous"
    r"|J ?[+-]? ?\d{1,3}"
    r"|\d{1,3} ?(?:ans|a\.|yo|y/o|years?|Jahre?|a\u00f1os|anni|jaar|anos)|[1-4]?\d ?SA"
    r"|treated|suffer\w*|diagnosed|admitted|pregnant|positive|stage|relapse\w*|history of|is on"
    r"|behandelt|leidet|erkrankt|diagnostiziert|schwanger|aufgenommen|Rezidiv|unter"
    r"|padece|tratad[ao]|diagnosticad[ao]|ingresad[ao]|embarazada|sufre|affett[ao]|ricoverat[ao]"
    r"|incinta|soffre|in cura|behandeld|lijdt|zwanger|opgenomen|gr\u00e1vida|sofre|internad[ao])\b"
)
_NAMED = re.compile(rf"(?<!\w)(?i:{TITLE}){BLANK}*({NAME})")
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
    named = [one for one in _NAMED.finditer(text) if is_whole_name(fold(one[1]).split())]
    records = []
    for number, one in enumerate(named):
        following = named[number + 1].start() if number + 1 < len(named) else len(text)
        end = _ENDS.search(text, one.end(), min(following, one.end() + STATEMENT))
        said = text[one.end() : end.start() if end else min(following, one.end() + STATEMENT)]
        health, topical = lexicon.said([said], wards=True)
        record = Record(roles=roles, titled=True)
        if _HAS.search(said) and not topical and any(not term.weak for term in health.terms):
            record.note(health)
            # What is said of somebody is what he has.
            if record.add("full_name", one[1]) and record.add("diagnosis", said, sure=False):
                records.append(record)
    apart = len({record.name for record in records})
    return records if apart >= LEAST and len(records) >= MOST * len(named) else []

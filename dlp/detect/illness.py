"""Who has what is medical in a sentence: what is said of patients, and not of illnesses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlp.detect.lexicon import Lexicon

__all__ = ["HAS", "SENTENCES", "speaks_of_patient"]

#: What is said of people who have a disease, and not of those who speak of it.
HAS = re.compile(
    r"\b(?:suivie?s?|trait[\u00e9e]e?s?|atteinte?s?|souffr\w+|pr\u00e9sent(?:e|ant)|enceinte"
    r"|prise? en charge|hospitalis\w+|admise?|op\u00e9r\u00e9e?|greff\u00e9e?|diagnostiqu\u00e9\w*"
    r"|porteu(?:r|se)|s\u00e9ropositi\w+|sevrage|stade|ATCD|ant\u00e9c\u00e9dents?|r\u00e9mission"
    r"|r\u00e9cidive|d\u00e9compens\w+|d\u00e9s\u00e9quilibr\w+|sous|J ?[+-]? ?\d{1,3}"
    r"|\d{1,3} ?(?:ans|a\.|yo|y/o|years?|Jahre?|a\u00f1os|anni|jaar|anos)|[1-4]?\d ?SA"
    r"|treated|suffer\w*|diagnosed|admitted|pregnant|positive|stage|relapse\w*|history of|is on"
    r"|presents? with|behandelt|leidet|erkrankt|diagnostiziert|schwanger|aufgenommen|Rezidiv|unter"
    r"|wegen|padece|en tratamiento|tratad[ao]|diagnosticad[ao]|ingresad[ao]|embarazada|sufre"
    r"|affett[ao]|ricoverat[ao]|incinta|soffre|in cura|in terapia|behandeld|lijdt|zwanger"
    r"|opgenomen|gebruikt|gr\u00e1vida|em uso de|em tratamento|sofre|internad[ao])\b"
)
#: Between sentences, and parts of lines that are none.
SENTENCES = re.compile(r"[\n\t;|]|[.!?] ")


def speaks_of_patient(text: str, lexicon: Lexicon) -> bool:
    """Tell whether a sentence says of somebody that he has, or is treated for, what is medical."""
    return any(
        HAS.search(part) is not None and any(not term.weak for term in lexicon.context(part).terms)
        for part in SENTENCES.split(text)
    )

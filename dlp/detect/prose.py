"""Names in running text: after a title, or before a date of birth."""

from __future__ import annotations

import re

from dlp.detect.fold import decode

__all__ = ["name_around"]

_UPPER = "A-Z\u00c0-\u00d6\u00d8-\u00de\u0152\u0160\u017d"
_LOWER = "a-z\u00e0-\u00f6\u00f8-\u00ff\u0153\u0161\u017e"
_LETTERS = f"[{_UPPER}{_LOWER}'\u2019]"
# Before a last name, in lower case.
_PARTICLE = (
    "(?:[dlO]['\u2019]|Mac|Mc|von |van |van der |van den |de |de la |del |di |da |dos |le |la |el "
    "|ben |al-)"
)
_WORD = rf"(?:{_PARTICLE}?[{_UPPER}]{_LETTERS}*(?:-[{_UPPER}]{_LETTERS}*)*)"
_BLANK = r"[ \u00a0\t]"
_NAME = rf"{_WORD}(?:{_BLANK}+{_WORD}){{0,4}}"
_TITLE = (
    r"(?:M\.|MM\.|Mr\.?|Mme\.?|Mlle\.?|Monsieur|Madame|Mademoiselle|Mrs\.?|Ms\.?|Miss|Mister|"
    r"Herrn?|Frau|Fr\u00e4ulein|Hr\.|Fr\.|Sig\.(?:ra|na)?|Signora?|Sr\.?|Sra\.?|Srta\.?|"
    r"Se\u00f1ora?|Don|Do\u00f1a|Dhr\.?|Mevr\.?|Mevrouw|Meneer|De heer|Senhora?|l['\u2019]enfant|"
    r"b\u00e9b\u00e9|patiente?|Patientin|paziente|paciente|pati\u00ebnte?|nomm\u00e9e?)"
)
_TITLED = re.compile(rf"(?<!\w)(?i:{_TITLE}){_BLANK}*:?{_BLANK}*\n?{_BLANK}*({_NAME})")
_BEFORE = re.compile(
    rf"({_WORD}(?:{_BLANK}+{_WORD}){{1,4}}){_BLANK}*[,;(\n-]?{_BLANK}*"
    rf"(?:{_WORD}[ \t]*[,;]?[ \t]*)?\(?\s*\Z"
)


def name_around(before: bytes, after: bytes) -> str:
    """Return the name of the person whose date of birth stands between, or an empty string.

    Args:
        before: Text before the words that announce the date, some 200 bytes.
        after: Text after the date, some 80 bytes.
    """
    text = decode(before)
    titled = list(_TITLED.finditer(text))
    if titled:
        return titled[-1][1].strip()
    if (match := _BEFORE.search(text)) is not None:
        return match[1].strip()
    following = _TITLED.search(decode(after))
    return following[1].strip() if following else ""

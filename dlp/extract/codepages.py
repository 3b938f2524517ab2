"""Code pages that nobody declares: told from the bytes beyond ASCII, by what they would spell.

Text is UTF-8 or Windows-1252 as a rule. Where its bytes spell no words in these, as Cyrillic
read so or accents of DOS and old Macs, it is read in the page in which they are the letters that
people write most, in the case in which letters stand in words.
"""

from __future__ import annotations

import re

__all__ = ["code_page"]

# Fewer bytes beyond ASCII prove nothing.
LEAST = 4
# No language of Latin letters has so many with accents in a row.
ROW = 3
# Share of the bytes beyond ASCII that stand so in any other script.
MOST = 0.6
# How well, of 1, the letters of a page have to fit, and how much better than those of Windows-1252.
GOOD = 0.5
MARGIN = 0.4
# Share of the characters of two bytes that stand beside another one.
BESIDE = 0.7

_HIGH = re.compile(rb"[\x80-\xff]+")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x7f]")
# Letters in the order of how frequent they are in the languages that are written in a page; those
# that hardly any word has are left out.
_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёіїє"
_GREEK = "αοιετσνηυρπκμλωςγδθχφβξζψάίόέήώύ"
_ARABIC = "ايلنموهرتبعدسفكقحجطصشضذزغثخظءئؤإأآةى"
_HEBREW = "יהולאתרבשמנדעכפקחגטזסצםןךףץ"
_THAI = "านรอกเงคมยลวดทตสะปชจพหขใแโผซถธศณฐบุูิีึืั็่้์ำ"
_WESTERN = "éèàçêüöäôâîûùïëñóíáßúãõåæøœòì"
_CENTRAL = "ąęłńóśżćáéíčěšřžýůúďťöüőűăâîșțşţźôäĺľŕđ"
_TURKISH = "ışğüöçâîé"
_SCRIPTS = {
    "cp1251": _CYRILLIC, "koi8-u": _CYRILLIC, "cp866": _CYRILLIC, "cp855": _CYRILLIC,
    "iso8859-5": _CYRILLIC, "mac-cyrillic": _CYRILLIC, "cp1253": _GREEK, "cp737": _GREEK,
    "cp1256": _ARABIC, "iso8859-6": _ARABIC, "cp1255": _HEBREW, "cp862": _HEBREW, "cp874": _THAI,
}  # fmt: skip
_LATIN = {
    "cp1252": _WESTERN, "cp850": _WESTERN, "mac-roman": _WESTERN, "cp1250": _CENTRAL,
    "iso8859-2": _CENTRAL, "cp852": _CENTRAL, "cp1254": _TURKISH,
}  # fmt: skip
# Which pairs of bytes are frequent: kana in EUC; syllables; the first levels of GB 2312 and of
# Big5; kana and the first level of JIS. What fits in one may fit in those below it, too.
_PAIRS = {
    "euc_jp": re.compile(rb"[\xa1\xa4\xa5][\xa1-\xfe]"),
    "cp949": re.compile(rb"[\xa1\xb0-\xc8][\xa1-\xfe]"),
    "gb18030": re.compile(rb"[\xb0-\xd7\xa1\xa3][\xa1-\xfe]"),
    "big5": re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]|\xa1[\x40-\xfe]"),
    "shift_jis": re.compile(
        rb"\x82[\x4f-\x58\x9f-\xf1]|\x83[\x40-\x96]|[\x88-\x97][\x40-\xfc]|\x81[\x40-\xac]"
    ),
}
# Share of the pairs that are; a third of Japanese is kana.
PAIRED = dict.fromkeys(_PAIRS, 0.7) | {"euc_jp": 0.3}
# As good as the best.
ALIKE = 0.92
_PAIR = rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]"
_PAIR_OF_ROW = re.compile(rb"(?:%s)+" % _PAIR)
# What stands between words, or in the middle of one.
_SIGNS = frozenset("«»\u201c\u201d\u201e\u2013\u2014\u2026\u2018°€§·•№\xa0")
_APOSTROPHES = frozenset("\u2019\xb4")


def code_page(head: bytes) -> str | None:
    """Return the code page of a text that begins with `head`, or None where it is read as it is.

    Args:
        head: A few hundred bytes, if the text has as many; it may end inside of a character.
    """
    if head.isascii() or _CONTROLS.search(head) is not None or _holds(head, "utf-8"):
        return None
    runs = _HIGH.findall(head)
    high = sum(map(len, runs))
    if high < LEAST:
        return None
    if (pairs := _pairs(head)) is not None:
        return pairs
    in_rows = sum(len(run) for run in runs if len(run) >= ROW)
    pages = _SCRIPTS if in_rows >= MOST * high else _LATIN
    fits = {page: _fit(head.decode(page, "replace"), letters) for page, letters in pages.items()}
    best = max(fits, key=lambda page: fits[page])
    least = GOOD if pages is _SCRIPTS else max(GOOD, fits["cp1252"] + MARGIN)
    return best if fits[best] >= least else None


def _pairs(head: bytes) -> str | None:
    """Return the page in which pairs of bytes are frequent characters, several in a row."""
    rows = [match[0] for match in _PAIR_OF_ROW.finditer(head)]
    pairs = sum(len(row) // 2 for row in rows)
    beside = sum(len(row) // 2 for row in rows if len(row) > 2)
    if beside < max(LEAST // 2, BESIDE * pairs):
        return None
    seen = {
        page: sum(
            frequent.fullmatch(row[at : at + 2]) is not None
            for row in rows
            for at in range(0, len(row), 2)
        )
        for page, frequent in _PAIRS.items()
        if _holds(head, page)
    }
    most = max((count for page, count in seen.items() if page != "euc_jp"), default=0)
    for page, count in seen.items():
        if count >= PAIRED[page] * pairs and (page == "euc_jp" or count >= ALIKE * most):
            return page
    return None


def _holds(head: bytes, page: str) -> bool:
    """Tell whether all of a text, but for a character cut off at its end, stands in a page."""
    try:
        head.decode(page)
    except UnicodeDecodeError as error:
        return error.end == len(head)
    return True


def _fit(text: str, letters: str) -> float:
    """Return how well the characters beyond ASCII fit words of frequent letters, at most 1."""
    total = count = 0.0
    for at, char in enumerate(text):
        if char < "\x80":
            continue
        before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
        within = before.isalpha() and after.isalpha()
        if (char in _SIGNS and not within) or char in _APOSTROPHES:
            continue
        count += 1
        place = letters.find(char.lower())
        # Capitals stand at the beginning of words, and among capitals.
        odd = char.isupper() and before.islower()
        odd |= char.islower() and before.isupper() and after.isupper()
        total += -1 if place < 0 or odd else 1 - place / (2 * len(letters))
    return total / count if count else 0.0

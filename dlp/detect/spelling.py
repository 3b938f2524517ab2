"""Spellings: the expressions over bytes of all that a word is written as.

A word without accents may stand for those that Western Europe writes; one that is given with its
accents, for itself and its bare form. Letters of other scripts are their exact bytes in UTF-8, in
both cases.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from dlp.detect.fold import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ENDS_NAME",
    "OPENS_LIST",
    "in_utf8",
    "is_latin",
    "is_part",
    "leads",
    "loosely",
    "strictly",
    "union",
]

#: After the name of a field: of an object, a form, a table, which may be of fixed width.
ENDS_NAME = r"""["'`\]]{0,2}(?:[ _\t]*[:;,|\t=<>\r\n)&!]|[ ][ "])"""
#: And after the title of a column that is a list of names.
OPENS_LIST = r"""["'`]?[ ]{0,2}(?::|=|<-)\s{0,2}(?:(?:c\(|\[)\s{0,8}["']|\{\s{0,8}"0")"""

# Letters that people write with accents where the word is given without. Any accented letter is
# taken for them, in UTF-8 or Latin-1: which one it is, is told by folding what matched.
_MAYBE_ACCENTED = frozenset("aceinou")
# Words no longer than this are abbreviations, or given with their accents.
_SHORT = 4
# Between the words of a term: blanks, dashes, apostrophes, the points and rings of abbreviations.
_JOINT = r"[ .\x80-\xc2\xe2]{0,4}"
_LONG_JOINT = r"[ _.'\t\r\n\x80-\xc2\xe2-]*"
# Scripts whose letters have variants: Greek, Cyrillic, Hebrew, Arabic.
_SCRIPTS = (*range(0x370, 0x530), *range(0x5D0, 0x5EB), *range(0x620, 0x6D5))
# Letters of Latin in two bytes are below.
LATIN = 0x250
# The last letter before a place, and the first after it; digits of Arabic and Persian are none.
_LETTER = (
    rb"(?:[\xc3-\xc9\xce-\xd3\xd7\xd8\xda][\x80-\xbf]|\xd9[\x80-\x9f\xaa-\xbf]|\xdb[\x80-\xaf]"
    rb"|[\xe0\xe1\xe3-\xed][\x80-\xbf]{2})"
)
_BEFORE = re.compile(_LETTER + rb"\Z")
_AFTER = re.compile(_LETTER)
# Signs of Chinese and Japanese text, which are no letters.
_SIGN = re.compile(rb"\xe3\x80[\x80-\xbf]")


def _variants() -> dict[str, str]:
    """Return, by folded letter, the bytes of all that fold to it."""
    letters: dict[str, list[bytes]] = {}
    for code in _SCRIPTS:
        if (letter := chr(code)).isalpha():
            letters.setdefault(fold(letter), []).append(letter.encode())
    found = {}
    for letter, written in letters.items():
        leads = groupby(sorted(set(written)), key=lambda one: one[0])
        alternatives = [
            rf"\x{lead:02x}[{''.join(rf'\x{one[1]:02x}' for one in several)}]"
            for lead, several in leads
        ]
        found[letter] = "|".join(alternatives)
    return found


_VARIANTS = _variants()


def in_utf8(expression: str) -> str:
    """Return an expression of text as one of bytes of UTF-8; letters beyond ASCII have both cases.

    It has none of those in a class.
    """

    def written(one: re.Match[str]) -> str:
        letter = chr(int(one[1], 16)) if one[1] else one[0]
        cases = sorted({letter.lower(), letter.upper()})
        return "(?:" + "|".join(case.encode().decode("latin-1") for case in cases) + ")"

    return re.sub(r"\\u([0-9a-f]{4})|[^\x00-\x7f]", written, expression)


def is_latin(word: str) -> bool:
    """Tell whether a word is written in Latin letters, or none."""
    return all(ord(letter) < LATIN or 0x1E00 <= ord(letter) < 0x1F00 for letter in word)


def union(words: Iterable[list[str]]) -> str:
    """Return the expression of any of several words, given as the expressions of their letters.

    What words begin with alike stands in it once: at every byte RE2 goes through all that may
    follow, and by itself it would take words for different from their boundary or first accent on.
    Which of several words is matched, their order does not say.
    """
    ordered = sorted(words)
    return _together(ordered, 0) if ordered else ""


def _together(words: list[list[str]], at: int) -> str:
    """Return that of sorted words that begin alike, from one of their letters on."""
    first, last = words[0], words[-1]
    # What these share, all between them do.
    begin, shortest = at, min(len(first), len(last))
    while at < shortest and first[at] == last[at]:
        at += 1
    shared = "".join(first[begin:at])
    if at == len(last):
        return shared
    ends = [""] if at == len(first) else []
    goes_on = (word for word in words if len(word) > at)
    alternatives = [_together(list(alike), at) for _, alike in groupby(goes_on, key=itemgetter(at))]
    return f"{shared}(?:{'|'.join(alternatives + ends)})"


def strictly(word: str, exact: bool) -> list[str]:  # noqa: FBT001
    """Return the expressions of a word's letters, in bytes with blanks for other joints.

    They may match a few more spellings, that fold to something else.

    Args:
        word: In lower case.
        exact: Whether it is given with its accents.
    """
    return _expressions(word, _JOINT, exact)


def loosely(word: str, exact: bool) -> list[str]:  # noqa: FBT001
    """Return those in bytes as they are, which matches however much stands between the words."""
    return _expressions(word, _LONG_JOINT, exact)


class _Letter(NamedTuple):
    """A letter of words, as given.

    Attributes:
        folded: What it folds to.
        is_latin: Whether it is one of Latin letters, or none.
        escaped: Expression of it as given.
        others: Expression of its variants in its own script.
    """

    folded: str
    is_latin: bool
    escaped: str
    others: str


@cache
def _letter(letter: str) -> _Letter:
    folded = fold(letter)
    variants = _VARIANTS.get(folded)
    exactly = "".join(rf"\x{byte:02x}" for byte in letter.encode())
    others = f"(?:{variants})" if variants else exactly
    return _Letter(folded, is_latin(letter), re.escape(letter), others)


def _expressions(word: str, joint: str, exact: bool) -> list[str]:  # noqa: FBT001
    bare = not exact and word.isascii() and len(word) > _SHORT
    parts: list[str] = []
    for at, letter in enumerate(word):
        folded, latin, escaped, others = _letter(letter)
        # RE2's boundaries are those of ASCII words: none stands beside an accented letter.
        ends = latin and folded.isalnum()
        before = r"\b" if at == 0 and ends else ""
        after = r"\b" if at == len(word) - 1 and ends else ""
        if not folded.strip():
            # One, however many signs stand there.
            if folded and parts[-1:] != [joint]:
                parts.append(joint)
        elif latin:
            accented = not letter.isascii() or (
                bare and letter in _MAYBE_ACCENTED and (at > 0 or letter == "e")
            )
            # Vietnamese letters are three bytes.
            rest = r"[\x80-\xbf]?" if ord(letter) < LATIN else r"[\x80-\xbf]{0,2}"
            if accented and len(folded) == 1 and not (before or after):
                parts.append(rf"[{folded}\xc3-\xff]{rest}")
            elif accented:
                # Of Latin-1 only what begins no letter of another script in UTF-8.
                high = r"[\xc3-\xc8\xe1][\x80-\xbf]{1,2}|[\xc9\xe0-\xff]"
                parts.append(rf"(?:{before}{folded}{after}|{high})")
            else:
                parts += filter(None, (before, escaped, after))
        else:
            parts.append(others)
    return parts


def leads(words: Iterable[str]) -> tuple[bytes, ...]:
    """Return few bytes of which each of these words, in whatever case, has one."""
    left = [
        {
            letter.encode()[:1]
            for letter in word
            if not letter.isascii() and letter.encode()[0] == letter.upper().encode()[0]
        }
        for word in words
    ]
    found: list[bytes] = []
    while left:
        counted = Counter(lead for word in left for lead in word)
        found.append(max(counted, key=lambda lead: (counted[lead], lead)))
        left = [word for word in left if found[-1] not in word]
    return tuple(found)


def is_part(window: bytes, start: int, end: int) -> bool:
    """Tell whether what stands between `start` and `end` is a part of a longer word.

    Of those that RE2's boundaries, which are of ASCII, don't tell: where a letter at an end, or
    beyond it, is another.
    """
    before, after = window[max(0, start - 1) : start], window[end : end + 1]
    if before >= b"\x80":
        found = _BEFORE.search(window, max(0, start - 3), start)
        if found is not None and _SIGN.fullmatch(found[0]) is None:
            return True
    elif before.isalnum() and window[start] >= 0x80:
        return True
    if after >= b"\x80":
        found = _AFTER.match(window, end)
        return found is not None and _SIGN.fullmatch(found[0]) is None
    return after.isalnum() and window[end - 1] >= 0x80

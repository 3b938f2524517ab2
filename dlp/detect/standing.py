"""Standing: the health terms of a text, as the words that stand there."""

from __future__ import annotations

from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING

from dlp.detect.fold import plain
from dlp.detect.terms import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from dlp.detect.terms import Term

__all__ = ["Found", "Part", "Standing", "around_others", "in_one_language", "take"]

#: Where a term stands, from its beginning to its end, and what it may be.
type Standing = tuple[int, int, tuple[Term, ...]]
#: Terms by their form, and how many it may be.
type Found = dict[tuple[str, int], list[Term]]
_place = itemgetter(0, 1)
_ASCII = bytes(range(128))
# No term that has a letter beyond ASCII is longer.
LONGEST = 64


class Part:
    """A text in which terms stand.

    Attributes:
        found: The terms, by their form and how many it may be; as far as they are those anywhere.
        doubted: The text, folded, and where terms stand in it that may be written otherwise.
        written: Terms that only count in their own capitals, and stand in them.
    """

    __slots__ = ("doubted", "found", "written")

    def __init__(self, text: str, folded: str, standing: list[Standing]) -> None:
        standing.sort(key=_place, reverse=True)
        cased = {t.text for _, _, terms in standing for t in terms if t.cased}
        if cased:
            cased_text = plain(text)
            self.written = frozenset(word for word in cased if _stands(word, cased_text))
        else:
            self.written = frozenset()
        self.found: Found = {}
        self.doubted: tuple[str, list[Standing]] | None = None
        if self.written == cased:
            take(folded, standing, self.written, self.found)
        else:
            self.doubted = (folded, standing)


def take(folded: str, standing: list[Standing], written: AbstractSet[str], found: Found) -> None:
    """Take what stands in a text, where some terms are written in their own capitals."""
    last, weak = -1, True
    # Of those that begin at one place, the longest comes first.
    for start, end, terms in standing:
        kept = [t for t in terms if not t.cased or t.text in written]
        if start == last:
            # The stem of one language is the beginning of another's word.
            kept = [t for t in kept if not t.stem or (weak and not t.weak)]
        if kept:
            weak = all(t.weak for t in kept) and (weak or start != last)
            last = start
            found[folded[start:end], len(kept)] = kept


def _stands(word: str, text: str) -> bool:
    """Tell whether `word` stands in `text` as it is written, and is no part of another."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if not (_in_word(text, at - 1) or _in_word(text, end)):
            return True
        at = text.find(word, at + 1)
    return False


def _in_word(text: str, at: int) -> bool:
    return 0 <= at < len(text) and (text[at].isalnum() or text[at] == "_")


def around_others(text: str) -> list[tuple[int, int]]:
    """Return the parts of a text in which a term may stand that has a letter beyond ASCII.

    Quotation marks and dashes are none; parts are in their order, and don't overlap.
    """
    if text.isascii():
        return []
    others = text.encode("utf-8", "surrogatepass").translate(None, _ASCII)
    letters = [one for one in others.decode("utf-8", "surrogatepass") if one.isalpha()]
    if len(letters) * LONGEST > len(text):
        return [(0, len(text))]
    parts: list[tuple[int, int]] = []
    for at in sorted(at for one in set(letters) for at in _places(text, one)):
        begin, end = max(0, at - LONGEST), min(len(text), at + LONGEST)
        if parts and begin <= parts[-1][1]:
            begin, _ = parts.pop()
        parts.append((begin, end))
    return parts


def _places(text: str, letter: str) -> Iterator[int]:
    at = text.find(letter)
    while at >= 0:
        yield at
        at = text.find(letter, at + 1)


def in_one_language(found: Iterable[list[Term]]) -> list[Term]:
    """Return one term for each word, in the language that has most of them.

    A word that several languages share is one word, not one of each; of those that have as many,
    the first of `LANGUAGES` counts.
    """
    found = list(found)
    several = [terms for terms in found if len(terms) > 1]
    if not several:
        return [terms[0] for terms in found]
    spoken = Counter(terms[0].language for terms in found if len(terms) == 1)
    for terms in several:
        spoken.update({t.language for t in terms})
    return [
        terms[0]
        if len(terms) == 1
        else max(terms, key=lambda t: (spoken[t.language], t.weak, -LANGUAGES.index(t.language)))
        for terms in found
    ]

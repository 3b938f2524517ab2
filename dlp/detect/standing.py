"""Standing: the health terms of a text, as the words that stand there."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from dlp.detect.fold import plain

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from dlp.detect.terms import Term

__all__ = ["Found", "Part", "Standing", "take"]

#: Where a term stands, from its beginning to its end, and what it may be.
type Standing = tuple[int, int, tuple[Term, ...]]
#: Terms by their form, and how many it may be.
type Found = dict[tuple[str, int], list[Term]]
_place = itemgetter(0, 1)


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

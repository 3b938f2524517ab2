"""Health terms: the lexicons compiled into one Aho-Corasick automaton over folded text."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from typing import TYPE_CHECKING

import ahocorasick

from dlp.detect.codes import any_code, code_systems
from dlp.detect.fold import fold
from dlp.detect.standing import Part, around_others, in_one_language, take
from dlp.detect.terms import ENDING, UNPARTED, Term, forms, read_terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dlp.detect.standing import Found, Standing

__all__ = [
    "MANY", "HealthContext", "Lexicon", "Speech", "Term", "is_topical", "load_lexicon", "strong",
]  # fmt: skip


# The domain of those who treat and where, which say nothing about a patient; and that of those who
# speak of diseases as of a subject.
SPECIALTY, SUBJECT = "specialty", "subject"
# Between texts that are searched together; no term holds it, and folding leaves it.
_APART = "\0"
_ENDS = re.compile(_APART)
# Of more strong terms than so many none weighs anything.
MANY = 4
# Words of the name of a ward, and characters of what is still one statement.
WARD, STATEMENT = 4, 160


@dataclass(frozen=True, slots=True)
class HealthContext:
    """The health terms of one record; true when they amount to health context.

    One strong term does, or three everyday words of at least two domains.
    """

    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        if any(not term.weak for term in self.terms):
            return True
        if len(self.terms) < 3:
            return False
        # The same word of two languages is one.
        domains = {t.folded: t.domain.partition(".")[2] for t in self.terms}
        weak = [domain for domain in domains.values() if domain not in (SPECIALTY, SUBJECT)]
        return len(weak) >= 3 and len(set(weak)) >= 2


class Lexicon:
    """All terms, searched in one pass.

    Args:
        read: Returns them; asked when the first text is searched, since most have nobody to be
            searched for.
    """

    def __init__(self, read: Callable[[], Iterable[Term]]) -> None:
        self._read = read

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """All of them."""
        return tuple(self._read())

    @cached_property
    def domains(self) -> frozenset[str]:
        """The domains of the terms."""
        return frozenset(term.domain for term in self.terms)

    @cached_property
    def _automata(self) -> tuple[ahocorasick.Automaton, ahocorasick.Automaton]:
        """Those of terms in ASCII, and of all others.

        A step takes as long as there are letters that may come next, of which one automaton of all
        scripts has three times as many; and most texts, folded, are ASCII.
        """
        written: dict[str, list[Term]] = {}
        for term in self.terms:
            for form in forms(term):
                written.setdefault(form, []).append(term)
        ascii_terms, others = ahocorasick.Automaton(), ahocorasick.Automaton()
        for form, meant in written.items():
            automaton = ascii_terms if form.isascii() else others
            # Whether it may be a part of a word.
            part = any(term.stem or term.language in UNPARTED for term in meant)
            automaton.add_word(form, (len(form), tuple(meant), part))
        ascii_terms.make_automaton()
        others.make_automaton()
        return ascii_terms, others

    def __len__(self) -> int:
        return sum(map(len, self._automata))

    @property
    def forms(self) -> Iterator[str]:
        """All folded forms of its terms."""
        return chain.from_iterable(automaton.keys() for automaton in self._automata)

    def context(self, text: str) -> HealthContext:
        """Return the different terms that stand in `text` at word boundaries."""
        folded = fold(text)
        standing = self._standing(folded)
        # Most texts that are asked about hold none.
        parts = [Part(text, folded, standing)] if standing else []
        return self.among(parts, code_systems(text))

    def speaks(self, text: str) -> bool:
        """Tell whether the terms that stand in `text` amount to health context."""
        folded = fold(text)
        standing: list[Standing] = []
        for one in self._each(folded):
            # Whatever else stands there, this is one; texts about health have it soon.
            if all(_is_sure(term) for term in one[2]):
                return True
            standing.append(one)
        return bool(self.among([Part(text, folded, standing)], code_systems(text)))

    def part(self, text: str) -> Part:
        """Return a text with where terms stand in it."""
        folded = fold(text)
        return Part(text, folded, self._standing(folded))

    def parts(self, text: str) -> dict[int, Part]:
        """Return the parts of a text that hold terms, by their numbers, NUL between two parts."""
        folded = fold(text)
        ends = [match.start() for match in _ENDS.finditer(folded)]
        standing: dict[int, list[Standing]] = {}
        for one in self._standing(folded):
            standing.setdefault(bisect_left(ends, one[0]), []).append(one)
        written = text.split(_APART)
        found = {}
        # Lists say the same again and again.
        known: dict[str, Part] = {}
        for n in sorted(standing):
            part = known.get(written[n])
            if part is None:
                begin, end = ends[n - 1] + 1 if n else 0, ends[n] if n < len(ends) else None
                places = [(at - begin, to - begin, terms) for at, to, terms in standing[n]]
                part = known[written[n]] = Part(written[n], folded[begin:end], places)
            found[n] = part
        return found

    def among(self, parts: Sequence[Part], codes: Iterable[str]) -> HealthContext:
        """Return the different terms that stand in parts of a text, and what else is medical.

        Args:
            parts: The parts.
            codes: Of which classifications there are codes.
        """
        found: Found = {}
        written: set[str] = set()
        for part in parts:
            found.update(part.found)
            written.update(part.written)
        for part in parts:
            if part.doubted is not None:
                take(*part.doubted, written, found)
        spoken = in_one_language(found.values())
        return HealthContext(tuple(dict.fromkeys((*spoken, *map(_code, codes)))))

    def quiet(self, texts: Sequence[str]) -> list[bool]:
        """Return which of many texts hold no term at all, nor anything else that is medical."""
        quiet = [True] * len(texts)
        whole = _APART.join(texts)
        if whole.count(_APART) != len(texts) - 1:
            return [False] * len(texts)
        folded = fold(whole)
        ends = [match.start() for match in _ENDS.finditer(folded)]
        for start, _, _ in self._standing(folded):
            quiet[bisect_left(ends, start)] = False
        if any_code(whole):
            quiet = [one and not any_code(text) for one, text in zip(quiet, texts, strict=True)]
        return quiet

    def _standing(self, folded: str) -> list[Standing]:
        """Return where terms begin and end that stand as words in a folded text, and which."""
        return list(self._each(folded))

    def _each(self, folded: str) -> Iterator[Standing]:
        of_ascii, others = self._automata
        yield from _words(folded, of_ascii, 0, len(folded))
        for start, end in around_others(folded):
            yield from _words(folded, others, start, end)

    def said(self, parts: Sequence[str], *, wards: bool = False) -> tuple[HealthContext, bool]:
        """Return what cells or sentences say of somebody's health.

        With it, whether all that is medical in them is spoken of as a subject.

        Args:
            parts: The cells or sentences.
            wards: Whether a cell that says no more than `chemotherapy` is taken for a ward's.
        """
        health = self.context(" | ".join(parts))
        if not health or not any(
            (wards and term.ward) or term.domain.endswith((f".{SUBJECT}", f".{SPECIALTY}"))
            for term in health.terms
        ):
            return health, False
        topics = self._topics(parts, wards=wards)
        health = self.context(" | ".join(part for part in parts if part not in topics))
        return health, not health

    def _topics(self, parts: Iterable[str], *, wards: bool) -> set[str]:
        """Return the cells or sentences that are topical; terms are looked for in all at once."""
        short = [part for part in dict.fromkeys(parts) if len(part) <= STATEMENT]
        if any(_APART in part for part in short):
            found = {part: self.context(part) for part in short}
        else:
            standing = self.parts(_APART.join(short)).items()
            found = {short[n]: self.among([one], code_systems(short[n])) for n, one in standing}
        return {part for part, health in found.items() if is_topical(part, health, wards=wards)}


class Speech:
    """Cells or sentences, of which it is looked up what they say once that is asked for."""

    __slots__ = ("_found", "_lexicon", "_parts")

    def __init__(self, lexicon: Lexicon, parts: Sequence[str]) -> None:
        self._lexicon = lexicon
        self._parts = parts
        self._found: HealthContext | None = None

    def health(self) -> HealthContext:
        """Return what they say of somebody's health."""
        if self._found is None:
            self._found, _ = self._lexicon.said(self._parts)
        return self._found


def strong(terms: Iterable[Term]) -> int:
    """Return how many different terms are no everyday words."""
    return len({term.folded for term in terms if not term.weak})


def _is_sure(term: Term) -> bool:
    """Tell whether a term says something medical wherever it stands, and however it is written."""
    return not (term.weak or term.cased or term.stem)


def _words(
    folded: str, automaton: ahocorasick.Automaton, begin: int, stop: int
) -> Iterator[Standing]:
    """Yield where terms of an automaton stand as words in a part of a folded text, and which."""
    last = len(folded) - 1
    for end, (length, terms, part) in automaton.iter(folded, begin, stop) if len(automaton) else ():
        start = end - length
        if (start >= 0 and folded[start].isalnum()) or (end < last and folded[end + 1].isalnum()):
            if not part:
                continue
            terms = _of_part(terms, folded, start, end + 1)  # noqa: PLW2901
            if not terms:
                continue
        yield start + 1, end + 1, terms


def _of_part(terms: tuple[Term, ...], text: str, start: int, end: int) -> tuple[Term, ...]:
    """Return those of `terms` that a part of a word after `start` and before `end` may be."""
    begins = start < 0 or not text[start].isalnum()
    goes_on = end < len(text) and text[end : end + ENDING + 1].isalnum()
    ends = not goes_on or len(text) - end <= ENDING
    return tuple(
        term for term in terms if term.language in UNPARTED or (term.stem and begins and ends)
    )


def is_topical(text: str, health: HealthContext, *, wards: bool = False) -> bool:
    """Tell whether a text speaks of a disease as of a subject, or names a ward.

    As `Nephrology and dialysis`, where `dialysis` says nothing of a patient.
    """
    domains = {term.domain.partition(".")[2] for term in health.terms}
    if SUBJECT in domains or not health.terms:
        return SUBJECT in domains
    named = SPECIALTY in domains or (wards and all(t.ward or t.weak for t in health.terms))
    return named and len(text.split()) <= WARD


@cache
def _code(system: str) -> Term:
    return Term(domain=f"code.{system}", text=system, weak=False, cased=False)


@cache
def load_lexicon() -> Lexicon:
    """Return the built-in lexicons, one file per language.

    Using it raises ValueError where a line is not well formed; names the language and the line.
    """
    return Lexicon(read_terms)

"""Health terms: the lexicons compiled into one Aho-Corasick automaton over folded text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from itertools import product
from typing import TYPE_CHECKING

import ahocorasick

from dlp.detect.codes import any_code, code_systems
from dlp.detect.fold import fold, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["HealthContext", "Lexicon", "Speech", "Term", "load_lexicon"]


# Which language a word is said to be of where several share it and no other word decides.
LANGUAGES = ("fr", "en", "de", "es", "it", "nl")
# The domain of those who treat and where, which say nothing about a patient; and that of those who
# speak of diseases as of a subject.
SPECIALTY, SUBJECT = "specialty", "subject"
# Between texts that are searched together; no term holds it, and folding leaves it.
_APART = "\0"
_ENDS = re.compile(_APART)
# Words of the name of a ward, and characters of what is still one statement.
WARD, STATEMENT = 4, 160


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Term:
    """One health term; there is one object of each.

    Attributes:
        domain: Language and domain, as `fr.oncology`.
        text: The term as written in its lexicon.
        weak: Whether it is also an everyday word, which counts only beside others.
        cased: Whether it only counts in its own capitals, as abbreviations do.
        ward: Whether wards are called so, too.
        language: Its language, as `fr`.
    """

    domain: str
    text: str
    weak: bool
    cased: bool
    ward: bool = False
    language: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "language", self.domain.partition(".")[0])


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
        weak = [t.domain.partition(".")[2] for t in self.terms]
        weak = [domain for domain in weak if domain not in (SPECIALTY, SUBJECT)]
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
    def _terms(self) -> tuple[Term, ...]:
        return tuple(self._read())

    @cached_property
    def domains(self) -> frozenset[str]:
        """The domains of the terms."""
        return frozenset(term.domain for term in self._terms)

    @cached_property
    def _automaton(self) -> ahocorasick.Automaton:
        automaton = ahocorasick.Automaton()
        forms: dict[str, list[Term]] = {}
        for term in self._terms:
            for form in _forms(term):
                forms.setdefault(form, []).append(term)
        for form, meant in forms.items():
            automaton.add_word(form, (len(form), tuple(meant)))
        automaton.make_automaton()
        return automaton

    def __len__(self) -> int:
        return len(self._automaton)

    @property
    def forms(self) -> Iterable[str]:
        """All folded forms of its terms."""
        forms: Iterable[str] = self._automaton.keys()
        return forms

    def context(self, text: str) -> HealthContext:
        """Return the different terms that stand in `text` at word boundaries."""
        folded = fold(text)
        last = len(folded) - 1
        written = ""
        found: dict[str, list[Term]] = {}
        for end, (length, terms) in self._automaton.iter(folded):
            start = end - length
            if (start >= 0 and folded[start].isalnum()) or (
                end < last and folded[end + 1].isalnum()
            ):
                continue
            form = folded[start + 1 : end + 1]
            if form not in found:
                written = written or plain(text)
                found[form] = [t for t in terms if not t.cased or _stands(t.text, written)]
        codes = map(_code, code_systems(text))
        if not found:
            return HealthContext(tuple(dict.fromkeys(codes)))
        spoken = _in_one_language(filter(None, found.values()))
        return HealthContext(tuple(dict.fromkeys((*spoken, *codes))))

    def quiet(self, texts: Sequence[str]) -> list[bool]:
        """Return which of many texts hold no term at all, nor anything else that is medical."""
        quiet = [True] * len(texts)
        whole = _APART.join(texts)
        if whole.count(_APART) != len(texts) - 1:
            return [False] * len(texts)
        folded = fold(whole)
        ends = [match.start() for match in _ENDS.finditer(folded)]
        last = len(folded) - 1
        for end, (length, _) in self._automaton.iter(folded):
            start = end - length
            if not (
                (start >= 0 and folded[start].isalnum())
                or (end < last and folded[end + 1].isalnum())
            ):
                quiet[bisect_left(ends, end)] = False
        if any_code(whole):
            quiet = [one and not any_code(text) for one, text in zip(quiet, texts, strict=True)]
        return quiet

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
        left = [part for part in parts if not _topical(part, self.context(part), wards=wards)]
        health = self.context(" | ".join(left))
        return health, not health


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


def _topical(text: str, health: HealthContext, *, wards: bool) -> bool:
    """Tell whether a text speaks of a disease as of a subject, or names a ward.

    As `Nephrology and dialysis`, where `dialysis` says nothing of a patient.
    """
    if len(text) > STATEMENT:
        return False
    domains = {term.domain.partition(".")[2] for term in health.terms}
    if SUBJECT in domains or not health.terms:
        return SUBJECT in domains
    named = SPECIALTY in domains or (wards and all(t.ward or t.weak for t in health.terms))
    return named and len(text.split()) <= WARD


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


@cache
def _code(system: str) -> Term:
    return Term(domain=f"code.{system}", text=system, weak=False, cased=False)


def _in_one_language(found: Iterable[list[Term]]) -> Iterator[Term]:
    """Yield one term for each word, in the language that has most of them.

    A word that several languages share is one word, not one of each; of those that have as many,
    the first of `LANGUAGES` counts.
    """
    found = list(found)
    if all(len(terms) == 1 for terms in found):
        yield from (terms[0] for terms in found)
        return
    spoken = Counter(language for terms in found for language in {t.language for t in terms})
    for terms in found:
        yield max(terms, key=lambda t: (spoken[t.language], t.weak, -LANGUAGES.index(t.language)))


def _forms(term: Term) -> Iterator[str]:
    """Yield the folded term, with and without a plural ending on each of its longer words."""
    folded = fold(term.text)
    if term.cased:
        yield folded
        return
    choices: list[tuple[str, ...]] = []
    for number, word in enumerate(folded.split(" ")):
        inflects = len(word) >= 4 and word.isalpha() and word[-1] not in "sxz" and number < 3
        choices.append((word, word + "s", word + "x") if inflects else (word,))
    yield from (" ".join(words) for words in product(*choices))


def _parse(text: str, language: str) -> Iterator[Term]:
    domain = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        if line.startswith("[") and line.endswith("]"):
            domain = f"{language}.{line[1:-1]}"
            continue
        name, _, flags_text = (part.strip() for part in line.partition("|"))
        flags = set(flags_text.split())
        if not domain or not name or not flags <= {"weak", "case", "ward"}:
            raise ValueError(f"lexicon {language} line {number}: expected `term | weak case ward`")
        yield Term(
            domain=domain,
            text=name,
            weak="weak" in flags,
            cased="case" in flags,
            ward="ward" in flags,
        )


def _read_all() -> Iterator[Term]:
    folder = resources.files("dlp.detect") / "lexicons"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".txt"):
            yield from _parse(file.read_text("utf-8"), file.name.removesuffix(".txt"))


@cache
def load_lexicon() -> Lexicon:
    """Return the built-in lexicons, one file per language.

    Using it raises ValueError where a line is not well formed; names the language and the line.
    """
    return Lexicon(_read_all)

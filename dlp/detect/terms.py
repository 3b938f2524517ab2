"""Terms: the lexicons as they are written, one file per language, and their spellings."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources
from itertools import product
from typing import TYPE_CHECKING

from dlp.detect.fold import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ENDING", "LANGUAGES", "UNPARTED", "Term", "forms", "read_terms"]

# Which language a word is said to be of where several share it and no other word decides.
LANGUAGES = tuple(
    "fr en de es it nl pt pl sv da no fi tr cs sk hu ro hr sl et lt lv"
    " el bg ru uk he ar zh ja ko vi th".split()
)
# Those whose words take an `s` or `x` more where there are several of a thing.
PLURALS = frozenset(("fr", "en", "de", "es", "it", "nl", "pt", "sv", "da", "no"))
# Those that write no blanks between words.
UNPARTED = frozenset(("zh", "ja", "th"))
# Letters that may follow a stem.
ENDING = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Term:
    """One health term; there is one object of each.

    Attributes:
        domain: Language and domain, as `fr.oncology`.
        text: The term as written in its lexicon.
        weak: Whether it is also an everyday word, which counts only beside others.
        cased: Whether it only counts in its own capitals, as abbreviations do.
        ward: Whether wards are called so, too.
        stem: Whether endings follow it.
        language: Its language, as `fr`.
        folded: Its text, folded.
    """

    domain: str
    text: str
    weak: bool
    cased: bool
    ward: bool = False
    stem: bool = False
    language: str = field(init=False)
    folded: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "language", self.domain.partition(".")[0])
        object.__setattr__(self, "folded", fold(self.text))


def forms(term: Term) -> Iterator[str]:
    """Yield the folded term, with and without a plural ending on each of its longer words."""
    folded = term.folded
    if term.cased or term.stem or term.language not in PLURALS:
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
            raise ValueError(
                f"lexicon {language} line {number}: expected `term[*] | weak case ward`"
            )
        yield Term(
            domain=domain,
            text=name.removesuffix("*"),
            weak="weak" in flags,
            cased="case" in flags,
            ward="ward" in flags,
            stem=name.endswith("*"),
        )


def read_terms() -> Iterator[Term]:
    """Yield all terms.

    Raises:
        ValueError: A line is not well formed; names the language and the line.
    """
    folder = resources.files("dlp.detect") / "lexicons"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".txt"):
            yield from _parse(file.read_text("utf-8"), file.name.removesuffix(".txt"))

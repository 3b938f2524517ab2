"""Everything that detection knows, compiled once and shared by all messages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from dlp.detect.cases import AILING
from dlp.detect.entries import Entry, load_catalog
from dlp.detect.forms import cleaned, is_spelt, written_forms
from dlp.detect.gate import NOTHING, REACH, Gate, Sign, number_gate
from dlp.detect.grouped import Grouped
from dlp.detect.lexicon import Lexicon, load_lexicon
from dlp.detect.mentions import MENTIONS
from dlp.detect.native import compiled
from dlp.detect.remarked import AILMENTS
from dlp.detect.rounds import ROUNDS
from dlp.detect.untitled import BIRTHS
from dlp.detect.words import Vocabulary, load_vocabulary
from dlp.extract.opaque import is_opaque, is_quiet
from dlp.late import compile_all

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Detectors", "load_detectors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectors:
    """The catalog, the vocabulary, the lexicon, and the gate in front of them.

    Attributes:
        entries: The catalog.
        vocabulary: Words that announce, and names of fields.
        lexicon: Health terms.
        gate: Tells what there may be in a text.
        number_forms: Expression of every place where an unannounced identifier could stand.
        alone: Identifiers that count unannounced.
        by_length: The same, by the length of an unbroken run of digits.
        alone_forms: Expression of any written form of them.
        grouped: Finds them in groups of digits.
        split: Those whose tail may stand apart, by the length of the rest.
    """

    entries: tuple[Entry, ...]
    vocabulary: Vocabulary
    lexicon: Lexicon
    gate: Gate
    number_forms: str
    alone: tuple[Entry, ...]
    by_length: Mapping[int, tuple[Entry, ...]]
    alone_forms: str
    grouped: Grouped
    split: Mapping[int, tuple[Entry, ...]]

    @property
    def numbers(self) -> Any:
        """Matches, in bytes, every place where an unannounced identifier could stand."""
        return compiled(self.number_forms)

    @property
    def any_alone(self) -> Any:
        """Matches any written form of identifiers that count unannounced."""
        return compiled(self.alone_forms)

    def signs(self, window: bytes, low: int, high: int) -> Sign:
        """Return the signs of what begins between `low` and `high`: of bytes of chance, numbers."""
        if not is_opaque(window[low:high]):
            return self.gate.signs(window, low, high)
        return NOTHING if is_quiet(window[low : high + REACH]) else Sign.NUMBER

    def spelt(self, run: bytes) -> tuple[Entry, ...]:
        """Return the identifiers that a run may be whose digits stand one by one, or in markup."""
        if b"<" in run:
            return self.by_length.get(len(cleaned(run)), ())
        return self.by_length.get(len(run) // 2 + 1, ()) if is_spelt(run) else ()

    def warm(self) -> None:
        """Compile what is otherwise compiled when a text first needs it.

        Raises:
            ValueError: A lexicon is not well formed; names the language and the line.
        """
        self.vocabulary.warm()
        self.lexicon.context("")
        assert self.numbers
        assert self.any_alone
        compile_all()


@cache
def load_detectors() -> Detectors:
    """Read the built-in catalog, vocabulary and lexicons, and compile the gate.

    Raises:
        ValueError: A file is not well formed; names it.
    """
    entries = load_catalog()
    alone = tuple(entry for entry in entries if entry.alone)
    by_length: dict[int, tuple[Entry, ...]] = {}
    for entry in alone:
        for length in entry.lengths:
            by_length[length] = (*by_length.get(length, ()), entry)
    # Runs of digits with separators don't lead to these.
    alone_forms = written_forms(form for entry in alone for form in entry.forms)
    lettered = [form for entry in alone for form in entry.forms if entry.lettered or "=" in form]
    vocabulary = load_vocabulary()
    numbers = number_gate(lettered)
    return Detectors(
        entries=entries,
        vocabulary=vocabulary,
        lexicon=load_lexicon(),
        gate=Gate(
            {
                Sign.NUMBER: numbers,
                Sign.WORD: vocabulary.trigger,
                Sign.BIRTHS: BIRTHS.pattern,
                Sign.MENTION: "|".join(one.pattern for one in (MENTIONS, ROUNDS, AILMENTS, AILING)),
            },
            vocabulary.other_trigger,
            vocabulary.may_hold_others,
        ),
        number_forms=numbers,
        alone=alone,
        by_length=by_length,
        split={
            length - entry.tail: (entry,)
            for entry in alone
            if entry.tail
            for length in entry.lengths
        },
        alone_forms=alone_forms,
        grouped=Grouped(alone, alone_forms),
    )

"""Everything that detection knows, compiled once and shared by all messages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from dlp.detect.entries import Entry, load_catalog
from dlp.detect.forms import compiled, written_forms
from dlp.detect.gate import number_gate
from dlp.detect.lexicon import Lexicon, load_lexicon
from dlp.detect.words import Vocabulary, load_vocabulary

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
        gate: Matches, in bytes, every place where an unannounced identifier could stand.
        alone: Identifiers that count unannounced.
        by_length: The same, by the length of an unbroken run of digits.
        any_alone: Matches any written form of them.
        split: Those whose tail may stand apart, by the length of the rest.
    """

    entries: tuple[Entry, ...]
    vocabulary: Vocabulary
    lexicon: Lexicon
    gate: Any
    alone: tuple[Entry, ...]
    by_length: Mapping[int, tuple[Entry, ...]]
    any_alone: Any
    split: Mapping[int, tuple[Entry, ...]]


@cache
def load_detectors() -> Detectors:
    """Read and compile the built-in catalog, vocabulary and lexicons.

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
    lettered = [form for entry in alone for form in entry.forms if entry.lettered or "=" in form]
    return Detectors(
        entries=entries,
        vocabulary=load_vocabulary(),
        lexicon=load_lexicon(),
        gate=number_gate(lettered),
        alone=alone,
        by_length=by_length,
        split={
            length - entry.tail: (entry,)
            for entry in alone
            if entry.tail
            for length in entry.lengths
        },
        any_alone=compiled(written_forms(form for entry in alone for form in entry.forms)),
    )

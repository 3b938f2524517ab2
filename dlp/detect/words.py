"""The vocabulary: words and names of fields that say what stands beside them.

Catalog entries bring the words that announce them; `vocabulary/fields.toml` those of person data,
of medical records and of letters. All are compiled into two expressions over raw bytes: a few that
are worth stopping for, looked for everywhere, and all of them, looked for where something is.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING

from dlp.detect.entries import Entry, load_against, load_catalog
from dlp.detect.fold import decode, fold
from dlp.detect.native import Expression, compiled

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Hit", "Meaning", "Vocabulary", "load_vocabulary"]

# Beside what fields mean, the file holds words that say what a text is.
ROLES = frozenset({"patient", "letter", "title", "business", "business_context"})
# What is worth stopping for: who a person is. What is medical is read where somebody is.
TRIGGERS = frozenset({
    "last_name", "birth_name", "birth_date", "patient_id", "record_id", "insurer_id", "patient",
})  # fmt: skip
# Those of whose weak words a name of a field is.
WEAK_TRIGGERS = frozenset({"birth_date", "record_id"})
# Kinds of whose words a name of a field is, where `nom`, beside it, is a word of any text.
NAME_TRIGGERS = frozenset({"first_name"})
# Kinds of which a name of a field is, where somebody's name is called one, too, so near.
MEDICAL_TRIGGERS = frozenset({"diagnosis", "treatment", "analysis", "result"})
NAMING = frozenset(
    {"full_name", "last_name", "first_name", "birth_name", "email", "phone", "login"}
)
NEAR = 300
# What stands in every message of a health format, lower case, `_` as a blank.
_SIGNS = (
    r"\bpid\||[\r\n]p\||\bnm1\*|\bpna\+pat|\*\*\*\*fin|[\"']resourcetype[\"']|<patientrole"
    r"|hl7\.org/fhir|hl7-org:v2xml|hprimxml|begin:vcard"
)
# After the name of a field: of an object, a form, a table.
_ENDS_NAME = r"""["'`\]]{0,2}[ _\t]{0,2}[:;,|\t=<>\r\n)]"""
# Byte strings remembered with what they mean.
REMEMBERED = 20_000

_LETTER = re.compile(rb"[A-Za-z\x80-\xff]")
_LOWER = bytes(
    ord(" ") if byte == ord("_") else byte + 32 if 65 <= byte <= 90 else byte for byte in range(256)
)
# The accented forms of a letter, in UTF-8 and in Latin-1.
_ACCENTED = {
    letter: rf"(?:\xc3[\x{low - 64:02x}-\x{high - 64:02x}\x{low - 32:02x}-\x{high - 32:02x}]"
    rf"|[\x{low:02x}-\x{high:02x}\x{low + 32:02x}-\x{high + 32:02x}])"
    for letter, low, high in (
        ("a", 0xC0, 0xC5), ("c", 0xC7, 0xC7), ("e", 0xC8, 0xCB), ("i", 0xCC, 0xCF),
        ("n", 0xD1, 0xD1), ("o", 0xD2, 0xD6), ("u", 0xD9, 0xDC),
    )
}  # fmt: skip
_JOINT = r"(?:[ _.'\t\r\n-]|\xc2[\xa0\xb0\xba]|\xe2\x80[\x80-\x99\xaf]|[\xa0\xb0\xba\x92]){0,3}"
# A key of JSON, a form or a table may say whose field it is, and which of several.
_PREFIXES = ("patient", "pat", "pt", "pid", "assure", "beneficiaire", "malade", "person", "subject")
_AFFIXED = re.compile(rf"(?:{'|'.join(_PREFIXES)})?(.*?)(?:{'|'.join(_PREFIXES)}|[0-9]{{1,2}})?")


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What a word means.

    Attributes:
        kinds: Fields that it names with near certainty.
        weak: Fields that it names where it is the whole title of a column.
        entries: Identifiers that it announces.
        named: Identifiers that it announces as the whole name of a field.
        against: Identifiers that it speaks against.
        against_all: Whether it speaks against any identifier.
        roles: Whether it stands in texts about patients, medical letters, before names…
        test: Identifiers whose values it says are nobody's.
    """

    kinds: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    entries: tuple[Entry, ...] = ()
    named: tuple[Entry, ...] = ()
    against: frozenset[Entry] = frozenset()
    against_all: bool = False
    roles: frozenset[str] = frozenset()
    test: frozenset[Entry] = frozenset()


@dataclass(slots=True)
class _Draft:
    key: str
    kinds: set[str] = field(default_factory=set)
    weak: set[str] = field(default_factory=set)
    entries: dict[Entry, None] = field(default_factory=dict)
    named: dict[Entry, None] = field(default_factory=dict)
    against: set[Entry] = field(default_factory=set)
    against_all: bool = False
    roles: set[str] = field(default_factory=set)
    test: set[Entry] = field(default_factory=set)

    def meaning(self) -> Meaning:
        """Return what was gathered."""
        return Meaning(
            kinds=frozenset(self.kinds),
            weak=frozenset(self.weak),
            entries=tuple(self.entries),
            named=tuple(dict.fromkeys((*self.entries, *self.named))),
            against=frozenset(self.against),
            against_all=self.against_all,
            roles=frozenset(self.roles),
            test=frozenset(self.test),
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """A word in bytes, and what it means."""

    start: int
    end: int
    meaning: Meaning


def squashed(text: str) -> str:
    """Return the folded letters and digits of `text`."""
    return "".join(filter(str.isalnum, fold(text)))


class Vocabulary:
    """All words, and how to find them.

    Args:
        entries: The catalog.
        fields: Words by kind of field or role, as `fields.toml` holds them.
        against: Words that speak against any identifier.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        fields: dict[str, dict[str, list[str]]],
        against: Iterable[str],
    ) -> None:
        self._drafts: dict[str, _Draft] = {}
        self._written: dict[str, set[str]] = {}
        trigger: set[str] = set()
        names: set[str] = set()
        weak: set[str] = set()
        for entry in entries:
            trigger |= {self._draft(w, entry).key for w in (*entry.words, *entry.systems)}
            names |= {self._draft(w, named=entry).key for w in entry.names}
            for word in entry.against:
                self._draft(word).against.add(entry)
            for word in entry.test_systems:
                self._draft(word).test.add(entry)
        for word in against:
            self._draft(word).against_all = True
        for kind, table in fields.items():
            words = {self._field(word, kind) for word in table.get("words", ())}
            trigger |= words if kind in TRIGGERS else set()
            names |= words if kind in NAME_TRIGGERS | MEDICAL_TRIGGERS else set()
            for word in (*table.get("weak", ()), *table.get("quiet", ())):
                self._draft(word).weak.add(kind)
            if kind in WEAK_TRIGGERS | MEDICAL_TRIGGERS:
                weak |= {squashed(word) for word in table.get("weak", ())}
        self._meanings = {key: one.meaning() for key, one in self._drafts.items()}
        triggers = _raw(self._union(trigger))
        titles = _raw(self._union((names | weak) - trigger))
        #: Matches, in bytes as they are, every word that is worth stopping for.
        self.trigger = f"(?i:{triggers}|(?:{titles}){_ENDS_NAME}|{_raw(_SIGNS)})"
        self._seen: dict[bytes, Meaning | None] = {}

    @cached_property
    def _all(self) -> Expression:
        return compiled(self._union(self._meanings))

    def warm(self) -> None:
        """Compile what is otherwise compiled when it is first needed."""
        self.stops(b"")
        self.words(b"", 0, 0)
        self.signed(b"")

    def _draft(self, word: str, entry: Entry | None = None, named: Entry | None = None) -> _Draft:
        key = squashed(word)
        self._written.setdefault(key, set()).add(fold(word))
        draft = self._drafts.setdefault(key, _Draft(key))
        if entry is not None:
            draft.entries[entry] = None
        if named is not None:
            draft.named[named] = None
        return draft

    def _field(self, word: str, kind: str) -> str:
        draft = self._draft(word)
        (draft.roles if kind in ROLES else draft.kinds).add(kind)
        return draft.key

    def _union(self, keys: Iterable[str]) -> str:
        """Return the expression of all spellings of words."""
        # The longest first: RE2 takes the first alternative that matches.
        words = {form for key in keys for form in self._written[key]}
        ordered = sorted(words, key=lambda word: (-len(word), word))
        return "|".join(map(_expression, ordered))

    def stops(self, window: bytes) -> bool:
        """Tell whether a word worth stopping for, or a message's sign, is in `window`."""
        return any(
            self._stops_at(window, start, end)
            for start, end in compiled(self.trigger).spans(window)
        )

    def _stops_at(self, window: bytes, start: int, end: int) -> bool:
        meaning = self._meaning_of(window[start:end])
        if meaning is None:
            return self.signed(window[max(0, start - 1) : end])
        kinds = meaning.kinds | meaning.weak
        if meaning.entries or meaning.named or not kinds & MEDICAL_TRIGGERS:
            return True
        around = self.words(window, max(0, start - NEAR), min(len(window), end + NEAR))
        return any(NAMING & (hit.meaning.kinds | hit.meaning.weak) for hit in around)

    def signed(self, window: bytes) -> bool:
        """Tell whether a message of a health format may be in `window`."""
        return compiled(_SIGNS).search(window.translate(_LOWER)) is not None

    def words(self, window: bytes, start: int, end: int) -> list[Hit]:
        """Return all words between `start` and `end`, positions being those in `window`."""
        # The bytes around decide whether a word is whole.
        low = max(0, start - 1)
        around = window[low : end + 1]
        # Columns of numbers have none, but an OID may name an authority.
        if _LETTER.search(around) is None and b"." not in around:
            return []
        return [h for h in self._found(self._all, around, low) if h.start >= start]

    def meaning(self, title: str) -> Meaning | None:
        """Return what a whole name of a field, or title of a column, means."""
        key = squashed(title)
        found = self._meanings.get(key)
        if found is None and (match := _AFFIXED.fullmatch(key)) and match[1] != key:
            found = self._meanings.get(match[1])
        return found

    def _found(self, expression: Expression, window: bytes, offset: int) -> Iterable[Hit]:
        for start, end in expression.spans(window.translate(_LOWER)):
            # A byte of an accented letter before or after makes it a part of a word.
            if _in_letter(window, start - 1) or _in_letter(window, end):
                continue
            meaning = self._meaning_of(window[start:end])
            if meaning is not None:
                yield Hit(start + offset, end + offset, meaning)

    def _meaning_of(self, written: bytes) -> Meaning | None:
        if written in self._seen:
            return self._seen[written]
        meaning = self._meanings.get(squashed(decode(written)))
        if len(self._seen) < REMEMBERED:
            self._seen[written] = meaning
        return meaning


def _raw(expression: str) -> str:
    """Return an expression for bytes whose `_` are no blanks: they end words all the same."""
    return expression.replace(r"\b", r"(?:\b|_)")


def _in_letter(window: bytes, at: int) -> bool:
    """Tell whether the byte at `at` belongs to an accented letter."""
    if not 0 <= at < len(window) or window[at] < 0x80:
        return False
    if 0xC3 <= window[at] <= 0xC8:
        return True
    return at > 0 and 0xC3 <= window[at - 1] <= 0xC8


def _expression(word: str) -> str:
    """Return the expression (bytes, lower case) of a folded word and its spellings."""
    parts = []
    for at, character in enumerate(word):
        # RE2's boundaries are those of ASCII words: none stands beside an accented letter.
        before = r"\b" if at == 0 and character.isalnum() else ""
        after = r"\b" if at == len(word) - 1 and character.isalnum() else ""
        if character == " ":
            parts.append(_JOINT)
        elif character in _ACCENTED and (at or character == "e"):
            parts.append(rf"(?:{before}{character}{after}|{_ACCENTED[character]})")
        elif character.isascii():
            parts.append(before + re.escape(character) + after)
        else:
            parts.append(r"[\x80-\xff]{1,3}")
    return "".join(parts)


@cache
def load_vocabulary() -> Vocabulary:
    """Read and compile the built-in vocabulary.

    Raises:
        ValueError: A file is not well formed.
    """
    file = resources.files("dlp.detect") / "vocabulary" / "fields.toml"
    fields = tomllib.loads(file.read_text("utf-8"))
    return Vocabulary(load_catalog(), fields, load_against())

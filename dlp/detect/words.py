"""The vocabulary: words and names of fields that say what stands beside them.

Catalog entries bring the words that announce them; `vocabulary/fields.toml` those of person data,
of medical records and of letters, `vocabulary/languages` those of further languages. All are
compiled into two expressions over raw bytes: a few that are worth stopping for, looked for
everywhere, and all of them, looked for where something is. Scripts other than Latin have two of
their own, for texts that hold any of their bytes.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from dlp.detect.bearing import Bearing
from dlp.detect.entries import Entry, load_against, load_catalog
from dlp.detect.fieldwords import read_fields
from dlp.detect.fold import decode, fold
from dlp.detect.meanings import Draft, Meaning
from dlp.detect.native import Expression, compiled, holds
from dlp.detect.spelling import (
    ENDS_NAME,
    OPENS_LIST,
    is_latin,
    is_part,
    leads,
    loosely,
    strictly,
    union,
)
from dlp.detect.tagged import SIGNS
from dlp.detect.triggers import (
    MEDICAL_TRIGGERS,
    NAME_TRIGGERS,
    ROLES,
    TITLES,
    TRIGGERS,
    WEAK_TRIGGERS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Hit", "Meaning", "Vocabulary", "load_vocabulary"]

# What stands in every message of a health format, lower case, `_` as a blank.
_SIGNS = (
    r"\bpid\||[\r\n]p\||\bnm1\*|\bpna\+pat|\*\*\*\*fin|[\"']resourcetype[\"']|<patientrole"
    r"|hl7\.org/fhir|hl7-org:v2xml|hprimxml|<kmehrmessage|begin:vcard|" + SIGNS
)
# Byte strings remembered with what they mean.
REMEMBERED = 20_000

# Between the title of a column and its list; more than stands between the words of a term.
_ASSIGNED = re.compile(rb"[:=<]")
_GAP = re.compile(rb"[ _.'\t\r\n-]{5,}")
_LETTER = re.compile(rb"[A-Za-z\x80-\xff]")
_LOWER = bytes(
    ord(" ") if byte == ord("_") else byte + 32 if 65 <= byte <= 90 else byte for byte in range(256)
)
# The same, and all signs of ASCII between the words of a term as blanks but the point.
_JOINED = _LOWER.translate(bytes(ord(" ") if chr(b) in "-'\t\r\n" else b for b in range(256)))
# A key of JSON, a form or a table may say whose field it is, and which of several.
_PREFIXES = ("patient", "pat", "pt", "pid", "assure", "beneficiaire", "malade", "person", "subject")
_AFFIXED = re.compile(rf"(?:{'|'.join(_PREFIXES)})?(.*?)(?:{'|'.join(_PREFIXES)}|[0-9]{{1,2}})?")
# What stands for a blank, or a letter with an accent, in a name of OData, SharePoint or Access.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Hit(NamedTuple):
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
        exact: Those of the words of fields that are given with their accents.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        fields: dict[str, dict[str, list[str]]],
        against: Iterable[str],
        exact: frozenset[str] = frozenset(),
    ) -> None:
        self._exact = exact
        self._drafts: dict[str, Draft] = {}
        # Spellings by key, and whether they are given with their accents.
        self._written: dict[str, tuple[tuple[str, bool], ...]] = {}
        trigger, names, weak = set[str](), set[str](), set[str]()
        said: dict[str, set[str]] = {}
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
            words = said[kind] = {self._field(word, kind) for word in table.get("words", ())}
            trigger |= words if kind in TRIGGERS else set()
            names |= words if kind in NAME_TRIGGERS | MEDICAL_TRIGGERS else set()
            for word in (*table.get("weak", ()), *table.get("quiet", ())):
                self._draft(word).weak.add(kind)
            if kind in WEAK_TRIGGERS | MEDICAL_TRIGGERS:
                weak |= {squashed(word) for word in table.get("weak", ())}
        # What says that it is a patient's is one of somebody's.
        called, patients = (said.get(kind, set()) for kind in ("full_name", "patient"))
        names |= {name for name in called if any(one in name for one in patients)}
        called = {key for key, one in self._drafts.items() if one.weak & TITLES}
        known: dict[Any, Meaning] = {}
        self._meanings = {key: one.meaning(known) for key, one in self._drafts.items()}
        self._drafts.clear()
        titles = (names | weak) - trigger
        #: Matches, in bytes as they are, every word in Latin letters that is worth stopping for.
        self.trigger = (
            f"(?i:{_raw(self._union(trigger, loosely))}"
            f"|(?:{_raw(self._union(titles, loosely))}){ENDS_NAME}|{_raw(_SIGNS)}"
            f"|(?:{_raw(self._union(called, loosely))}){OPENS_LIST})"
        )
        #: The same in other scripts, but of those that are medical.
        persons = titles - {key for key in titles if self._meanings[key].kinds & MEDICAL_TRIGGERS}
        self.other_trigger = (
            f"{self._union(trigger, loosely, latin=False)}"
            f"|(?:{self._union(persons, loosely, latin=False)}){ENDS_NAME}"
        )
        others = {form for key in trigger | persons for form, _ in self._written[key]}
        #: Bytes of which every such word has one.
        self.other_leads = leads(form for form in others if not is_latin(form))
        self._stopping = frozenset(trigger | titles)
        self._seen: dict[bytes, Meaning | None] = {}
        self._some: dict[frozenset[str] | str, tuple[str, str]] = {}

    @cached_property
    def _all(self) -> Expression:
        return compiled(self._union(self._meanings, strictly), longest=True)

    @cached_property
    def _others(self) -> Expression:
        return compiled(self._union(self._meanings, strictly, latin=False), longest=True)

    def warm(self) -> None:
        """Compile what is otherwise compiled when it is first needed."""
        self.stops(b"")
        # Words are looked for where a letter stands, those of other scripts beside one of those.
        letters = "Nom \u00e9".encode()
        self.words(letters, 0, len(letters))
        self.may_announce(b"")
        self.signed(b"")

    def _draft(self, word: str, entry: Entry | None = None, named: Entry | None = None) -> Draft:
        key = squashed(word)
        form = (word.lower(), word in self._exact)
        if form not in (known := self._written.get(key, ())):
            self._written[key] = (*known, form)
        draft = self._drafts.setdefault(key, Draft(key))
        if entry is not None:
            draft.entries[entry] = None
        if named is not None:
            draft.named[named] = None
        return draft

    def _field(self, word: str, kind: str) -> str:
        draft = self._draft(word)
        (draft.roles if kind in ROLES else draft.kinds).add(kind)
        return draft.key

    def _union(
        self, keys: Iterable[str], spelt: Callable[[str, bool], list[str]], *, latin: bool = True
    ) -> str:
        """Return the expression of all spellings of words in Latin letters, or in others."""
        forms = {form for key in keys for form in self._written[key] if is_latin(form[0]) is latin}
        return union(spelt(word, exact) for word, exact in sorted(forms))

    def stops(self, window: bytes, beyond: bytes = b"") -> bool:
        """Tell whether a word worth stopping for, or a message's sign, is in `window`.

        Args:
            window: Text.
            beyond: What follows it, where what a word at its end announces may stand.
        """
        bearing = Bearing(self, window, beyond)

        def stop(start: int, end: int) -> bool | None:
            return self._stops_at(window, start, end, bearing) or None

        return any(compiled(self.trigger, longest=True).taken(window, stop)) or (
            self.may_hold_others(window)
            and any(compiled(self.other_trigger, longest=True).taken(window, stop))
        )

    def may_say(self, window: bytes, start: int, end: int, roles: frozenset[str]) -> bool:
        """Tell whether a word between `start` and `end` may say any of some roles."""
        expressions = self._expressions(roles, lambda one: bool(one.roles & roles))
        return holds(expressions, window[max(0, start - 1) : end + 1].translate(_JOINED))

    def may_announce(self, window: bytes) -> bool:
        """Tell whether a word in `window` may speak of identifiers, for or against."""
        return holds(self._expressions("", lambda one: one.speaks), window.translate(_JOINED))

    def _expressions(
        self, key: frozenset[str] | str, means: Callable[[Meaning], bool]
    ) -> tuple[str, str]:
        """Return the expressions of all words that mean something, in Latin and other letters."""
        if key not in self._some:
            words = [word for word, meaning in self._meanings.items() if means(meaning)]
            self._some[key] = (
                self._union(words, strictly),
                self._union(words, strictly, latin=False),
            )
        return self._some[key]

    def may_hold_others(self, window: bytes) -> bool:
        """Tell whether a word in other letters than Latin may be in `window`."""
        return not window.isascii() and any(map(window.__contains__, self.other_leads))

    def _stops_at(self, window: bytes, start: int, end: int, bearing: Bearing) -> bool:
        written = window[start:end]
        meaning = self._meaning_of(written) or self._meaning_of(_ASSIGNED.split(written)[0])
        if meaning is None:
            return self.signed(window[max(0, start - 1) : end])
        # What stands between may be more than belongs to a term.
        parts = _GAP.split(written)
        if len(parts) > 1 and not any(squashed(decode(one)) in self._stopping for one in parts):
            return False
        kinds = meaning.kinds | meaning.weak
        announced = (*meaning.entries, *meaning.named)
        if announced and bearing.holds(announced):
            return True
        if kinds & MEDICAL_TRIGGERS:
            return bearing.names_somebody(start, end)
        # Many an abbreviation of a number is one of programs, too.
        return not announced or bool(kinds or meaning.roles)

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
        hits = [h for h in self._found(self._all, around, low) if h.start >= start]
        if not around.isascii():
            others = [h for h in self._found(self._others, around, low) if h.start >= start]
            if others:
                return sorted([*hits, *others], key=lambda hit: hit.start)
        return hits

    def meaning(self, title: str) -> Meaning | None:
        """Return what a whole name of a field, or title of a column, means."""
        if "_x" in title:
            title = _ESCAPED.sub(lambda one: chr(int(one[1], 16)), title)
        key = squashed(title)
        found = self._meanings.get(key)
        if found is None and (match := _AFFIXED.fullmatch(key)) and match[1] != key:
            found = self._meanings.get(match[1])
        return found

    def _found(self, expression: Expression, window: bytes, offset: int) -> Iterable[Hit]:
        seen, size = self._seen, len(window)

        def hit(start: int, end: int) -> Hit | None:
            ends = window[start] | window[end - 1] | window[start - 1 if start else start]
            if (ends | window[end] if end < size else ends) >= 0x80 and is_part(window, start, end):
                return None
            written = window[start:end]
            meaning = seen[written] if written in seen else self._meaning_of(written)
            if meaning is None:
                return None
            # Calling the class takes twice as long.
            return tuple.__new__(Hit, (start + offset, end + offset, meaning))

        return expression.taken(window.translate(_JOINED), hit)

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


@cache
def load_vocabulary() -> Vocabulary:
    """Read and compile the built-in vocabulary.

    Raises:
        ValueError: A file is not well formed.
    """
    fields, exact = read_fields(MEDICAL_TRIGGERS)
    return Vocabulary(load_catalog(), fields, load_against(), exact)

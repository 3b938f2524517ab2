"""Meanings: what a word says of what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlp.detect.entries import Entry

__all__ = ["Draft", "Meaning"]


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

    @property
    def speaks(self) -> bool:
        """Whether it says anything of a number that stands beside it."""
        return bool(self.entries or self.against or self.against_all or self.test)


@dataclass(slots=True)
class Draft:
    """What is gathered of a word, as `Meaning`."""

    key: str
    kinds: set[str] = field(default_factory=set)
    weak: set[str] = field(default_factory=set)
    entries: dict[Entry, None] = field(default_factory=dict)
    named: dict[Entry, None] = field(default_factory=dict)
    against: set[Entry] = field(default_factory=set)
    against_all: bool = False
    roles: set[str] = field(default_factory=set)
    test: set[Entry] = field(default_factory=set)

    def meaning(self, known: dict[Any, Meaning]) -> Meaning:
        """Return what was gathered, as the one of those `known` that says the same."""
        parts = (
            frozenset(self.kinds),
            frozenset(self.weak),
            tuple(self.entries),
            tuple(dict.fromkeys((*self.entries, *self.named))),
            frozenset(self.against),
            self.against_all,
            frozenset(self.roles),
            frozenset(self.test),
        )
        return known.setdefault(parts, Meaning(*parts))

"""People: whom the records of one message tell apart, each counted once.

A document is read in several ways, and not all of them show the same of somebody: by one, he is
an identifier, by another a name and a birth date, by a third one name of several. That is one
person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.detect.dates import birth_date, serial_date
from dlp.detect.persons import IDENTIFIER, NAME
from dlp.detect.told import name_of
from dlp.detect.values import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["CALLED", "People"]

BORN = "birth_date"
# Fields of what somebody is called, and of when he was born.
CALLED = (*sorted(NAMES), BORN)


class People:
    """Collects persons by keyed hashes.

    Attributes:
        weight: Of what all records say, as log odds.
        told: How many records told of somebody, of the same one, too.
    """

    def __init__(self) -> None:
        self.weight = 0.0
        self.told = 0
        self._weights: dict[int, float] = {}
        # Whether persons were told apart by an identifier, and what they are called, until anybody
        # asks and one of them is told apart by that alone.
        self._unread: list[tuple[int, bool, Mapping[str, str]]] = []
        self._names = False
        # By birth date.
        self._identified: dict[str, set[frozenset[str]]] = {}
        self._named: dict[str, dict[frozenset[str], int]] = {}

    def __len__(self) -> int:
        """Return how many were told apart, whoever was so twice."""
        return len(self._weights)

    def add(
        self, person: int, weight: float, told_by: tuple[str, ...], values: Mapping[str, str]
    ) -> None:
        """Take what one record says.

        Args:
            person: Keyed hash of what tells him apart.
            weight: Of what is said, as log odds.
            told_by: The parts that tell him apart.
            values: Values of fields by kind, those of `CALLED` among them.
        """
        self.told += 1
        before = self._weights.get(person)
        if before is None and BORN in values:
            identified = told_by == (IDENTIFIER,)
            if identified or told_by == (NAME, BORN):
                called = {kind: values[kind] for kind in CALLED if kind in values}
                self._unread.append((person, identified, called))
                self._names = self._names or not identified
        if weight > (before or 0.0):
            self._weights[person] = weight
            self.weight += weight - (before or 0.0)

    def distinct(self) -> dict[int, float]:
        """Return the weight of each, who was told of twice once."""
        if not self._names:
            return self._weights
        for person, identified, called in self._unread:
            born = birth_date(serial_date(called[BORN]) or called[BORN])
            words = frozenset(name_of(called).split())
            if not (born and words):
                continue
            if identified:
                self._identified.setdefault(born, set()).add(words)
            else:
                self._named.setdefault(born, {})[words] = person
        self._unread.clear()
        again = {person for born in self._named for person in self._again(born)}
        if not again:
            return self._weights
        return {person: weight for person, weight in self._weights.items() if person not in again}

    def _again(self, born: str) -> Iterator[int]:
        """Yield those born on a day who are told apart otherwise, too."""
        named, identified = self._named[born], self._identified.get(born, ())
        for words, person in named.items():
            # Where only half of it is read, what stands beside a name looks like more of it.
            if any(known & words for known in identified) or any(known < words for known in named):
                yield person

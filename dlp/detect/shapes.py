"""Shapes: what the fields of records mean, judged once for all that have the same fields.

What reading word by word says of the first record of a shape has to be what its fields say; else
all of that shape are read word by word.
"""

from __future__ import annotations

import html
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from dlp.detect.announced import announced_by
from dlp.detect.columns import Column, titled
from dlp.detect.fold import decode
from dlp.detect.keyed import limits, named_value
from dlp.detect.parties import begins, parties
from dlp.detect.tables import Table
from dlp.detect.values import NAMES, is_in_patient

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dlp.detect.keyed import Named
    from dlp.detect.lexicon import Lexicon
    from dlp.detect.parties import Path
    from dlp.detect.words import Hit, Meaning, Vocabulary

__all__ = ["REMEMBERED", "Places", "Shape", "Shapes", "matters"]

FEWEST_FIELDS, MOST_FIELDS = 2, 200
# Shapes of a text; where there are more, its records are not alike.
MOST_SHAPES = 256
# Values of which it is remembered that they name nothing.
REMEMBERED = 4_096

_AROUND = " \t\r\n,;\"'\\"
_OPENING = ("{", "[{")

#: Where the names and the values of a record's fields begin and end, in turns.
type Places = Sequence[tuple[int, int, int, int]]


@dataclass(frozen=True, slots=True)
class Shape:
    """What records with the same fields are.

    Attributes:
        parts: As whose rows they are read, and which fields are those of each; none where they are
            read word by word.
        silent: Whether no word in its names of fields names or announces anything.
        of_person: Whether its records are read as rows of people.
    """

    parts: tuple[tuple[Table, tuple[int, ...]], ...] = ()
    silent: bool = False
    of_person: bool = field(init=False)

    def __post_init__(self) -> None:
        of_person = any(table.lists_people for table, _ in self.parts)
        object.__setattr__(self, "of_person", of_person)


_ODD = Shape()


class Shapes:
    """Judges and remembers the shapes of one text's records.

    Args:
        vocabulary: The words.
        lexicon: The health terms.
    """

    def __init__(self, vocabulary: Vocabulary, lexicon: Lexicon) -> None:
        self._vocabulary = vocabulary
        self._lexicon = lexicon
        self._known: dict[tuple[str, ...], Shape] = {}
        self._mute: set[tuple[bytes, int]] = set()

    def known(self, keys: tuple[str, ...]) -> Shape | None:
        """Return the shape of records with these names of fields, once it needs no judging."""
        return self._known.get(keys, _ODD if len(self._known) >= MOST_SHAPES else None)

    def judge(
        self,
        keys: tuple[str, ...],
        window: bytes,
        places: Places,
        paths: Callable[[], Sequence[Path] | None],
        hits: list[Hit],
    ) -> Shape:
        """Judge a shape by a record of it.

        Args:
            keys: The names of its fields.
            window: Text around.
            places: Where they stand.
            paths: Tells which objects they stand in.
            hits: The words in it that may be names of fields.
        """
        shape = _ODD
        if FEWEST_FIELDS <= len(keys) <= MOST_FIELDS:
            columns = self._columns(keys, window, places, hits)
            if columns is not None:
                shape = self._shape(columns, paths())
                if not any(one.kind or one.entries for one in columns):
                    naming = (hit for hit in hits if not _field_of(places, hit.start)[1])
                    shape = Shape(silent=not any(hit.meaning.named for hit in naming))
        self._known[keys] = shape
        return shape

    def _shape(self, columns: list[Column], paths: Sequence[Path] | None) -> Shape:
        """Return the shape of records with these columns."""
        parts = []
        for fields in parties(columns, paths):
            of_one = [columns[n] for n in fields]
            if _is_odd(of_one):
                return _ODD
            parts.append((self._table(of_one), tuple(fields)))
        return Shape(tuple(parts))

    def is_plain(self, window: bytes, places: Places, hits: list[Hit]) -> bool:
        """Tell whether no word in the values of a record names or announces anything."""
        for hit, following in zip(hits, limits(window, hits), strict=True):
            n, in_value = _field_of(places, hit.start)
            if in_value and not self._is_mute(window, places[n], hit, following):
                return False
        return True

    def _columns(
        self, keys: tuple[str, ...], window: bytes, places: Places, hits: list[Hit]
    ) -> list[Column] | None:
        """Return what the fields are, or None where words say something else of them."""
        worded: set[int] = set()
        named: dict[int, Named] = {}
        outer: set[int] = set()
        # Words in values say nothing of where those end.
        naming = [hit for hit in hits if not _field_of(places, hit.start)[1]]
        at = 0
        for hit, following in zip(naming, limits(window, naming), strict=True):
            # A member of an object that was read as the value of its name.
            if hit.start < at:
                continue
            n, _ = _field_of(places, hit.start)
            in_name = n >= 0 and hit.start < places[n][1]
            worded |= {n} if in_name else set()
            found = named_value(window, hit, following, self._vocabulary)
            # A string that holds an object is no value of its own.
            if found is None or found.text in _OPENING or not matters(found.meaning):
                continue
            # The name of what stands around fields names the first of them.
            of, in_value = (n, True) if in_name else _field_of(places, found.start)
            value = _value(window, places[of]) if in_value else ""
            if in_name and not value:
                # What stands below an empty field is another's.
                continue
            at = found.start
            # What no quote ends is the field's as far as its line goes.
            if not value or not value.startswith(found.text.strip(_AROUND)):
                return None
            if in_name or of not in worded | named.keys():
                named[of] = found
                outer = outer - {of} if in_name else outer | {of}
        columns = [
            titled(key, self._vocabulary) if n in worded else Column(key)
            for n, key in enumerate(keys)
        ]
        for n, found in named.items():
            kinds = found.meaning.kinds or found.meaning.weak
            if len(kinds) > 1:
                return None
            enrols = "patient" in found.meaning.roles
            columns[n] = replace(columns[n], kind=min(kinds, default=""), enrols=enrols)
        for n in worded - named.keys():
            columns[n] = replace(columns[n], kind="") if _value(window, places[n]) else columns[n]
        return _enrolled(columns, outer, window, places)

    def _table(self, columns: list[Column]) -> Table:
        titles = dict.fromkeys(one.title for one in columns)
        voices = [title for title in titles if self._lexicon.said([title])[0].terms]
        return Table(style="members", delimiter=b"", columns=columns, voices=tuple(voices))

    def _is_mute(
        self, window: bytes, field: tuple[int, int, int, int], hit: Hit, limit: int
    ) -> bool:
        """Tell whether a word in a value neither names nor announces anything."""
        value = (window[field[2] : field[3]], hit.start - field[2])
        if value in self._mute:
            return True
        named = named_value(window, hit, limit, self._vocabulary)
        if named is not None and matters(named.meaning):
            return False
        announced = announced_by(hit.meaning.entries, window, hit.end, self._vocabulary)
        if next(announced, None) is not None:
            return False
        if len(self._mute) > REMEMBERED:
            self._mute.clear()
        self._mute.add(value)
        return True


def matters(meaning: Meaning) -> bool:
    """Tell whether a word may be the name of a field."""
    return bool(meaning.kinds or meaning.weak or meaning.named)


def _value(window: bytes, place: tuple[int, int, int, int]) -> str:
    return html.unescape(decode(window[place[2] : place[3]])).strip(_AROUND)


def _field_of(places: Places, at: int) -> tuple[int, bool]:
    """Return which field stands at a place or before it, and whether its value does."""
    n = bisect_right(places, at, key=itemgetter(0)) - 1
    return n, n >= 0 and places[n][2] <= at < places[n][3]


def _is_odd(columns: list[Column]) -> bool:
    """Tell whether fields are of several persons, or name theirs in some other way."""
    kinds = {one.kind for one in columns}
    if "birth_date" in kinds and kinds.isdisjoint(NAMES):
        return True
    count = Counter(one.title for one in columns if begins(one))
    return any(times > 1 for times in count.values())


def _enrolled(
    columns: list[Column], outer: set[int], window: bytes, places: Places
) -> list[Column]:
    """Return the columns, names of patients told by what they stand in.

    What an object of its own is called for, as the motive of a visit, is theirs alone: doctors are
    listed with motives, too. `outer` are the fields that what they stand in names.
    """
    patients = {
        n
        for n, column in enumerate(columns)
        if column.kind in NAMES and is_in_patient(window, places[n][0] - 1)
    }
    for n in patients:
        columns[n] = replace(columns[n], enrols=True)
    for n in () if patients else outer:
        if columns[n].kind == "diagnosis":
            columns[n] = replace(columns[n], kind="")
    return columns

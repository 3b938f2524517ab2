"""Objects inside of objects: what of one is a value, and whose all is that stands in it.

Programs keep a patient as an object with others inside: one for what he is called, lists of what
he has and takes. Who is told apart in one of them is whom the object around is about, unless it
tells of somebody else, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlp.detect.fold import decode
from dlp.detect.telling import MEDICAL
from dlp.detect.values import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.detect.lexicon import Lexicon
    from dlp.detect.persons import Record
    from dlp.detect.words import Hit, Vocabulary

__all__ = ["Scopes", "called"]

# Whom more people than these are told apart beside is one of a list.
FEW = 4
# Of blocks that a patient's object goes on through; what he has shows sooner.
BLOCKS = 8
# Fields of results are of searches, too.
SAID = MEDICAL - {"result"}

_OBJECT = re.compile(rb"""["'][ \t]{0,4}:\s{0,40}(?:\[\s{0,40})?\{""")
_PART = re.compile(
    rb"""["'](first|given|forename|prenom|last|family|surname)["']\s{0,4}:\s{0,40}"""
    rb"""(?:\[\s{0,40})?["']([^"'\\\r\n]{1,80})["']"""
)
_KINDS = {b"first": "first_name", b"given": "first_name", b"forename": "first_name",
          b"prenom": "first_name"}  # fmt: skip
_LONGEST = 400
# Strings, so that no bracket in them counts; and brackets. No string begins with an escaped quote:
# objects in strings have many, and each would be looked past to the end of the block.
_TOKEN = re.compile(rb'(?<!\\)"(?:[^"\\\n]|\\.)*+"|[\[\]{}]')
_KEY = re.compile(rb'"([^"\\\n]{2,60})"\s{0,4}:')


def called(window: bytes, hit: Hit) -> Iterator[tuple[str, str, str, int]]:
    """Yield (kind, key, value, place) of what somebody is called, where a name is an object.

    Args:
        window: Text around.
        hit: The word that may be the name of such a field.
    """
    if (hit.meaning.kinds | hit.meaning.weak).isdisjoint(NAMES):
        return
    opening = _OBJECT.match(window, hit.end)
    if opening is None:
        return
    end = window.find(b"}", opening.end(), opening.end() + _LONGEST)
    for part in _PART.finditer(window, opening.end(), max(end, opening.end())):
        key = decode(window[hit.start : hit.end]).lower()
        yield (
            _KINDS.get(part[1], "last_name"),
            f"{key}.{part[1].decode()}",
            decode(part[2]),
            (part.start(2)),
        )


@dataclass(slots=True)
class _Scope:
    """What is all about one person.

    Attributes:
        record: The person's.
        kinds: Of the fields in it that are medical.
        left: How many brackets are to be closed until it ends.
        blocks: Through how many it may go on.
    """

    record: Record
    kinds: set[str] = field(default_factory=set)
    left: int = 0
    blocks: int = BLOCKS


class Scopes:
    """Follows objects that are about one person through the blocks of a text.

    Args:
        vocabulary: Tells which fields are medical.
        lexicon: The health terms.
    """

    def __init__(self, vocabulary: Vocabulary, lexicon: Lexicon) -> None:
        self._vocabulary = vocabulary
        self._lexicon = lexicon
        self._going: _Scope | None = None

    def read(
        self, window: bytes, low: int, high: int, told: list[tuple[int, Record]]
    ) -> Iterator[Record]:
        """Yield the persons of whom a block says more around the record that tells them apart.

        Args:
            window: Text around.
            low: Where the block begins.
            high: Where it ends.
            told: Who is told apart in it, and where.
        """
        if not (self._going or told):
            return
        if len(told) > FEW or window.find(b"{", low, high) < 0:
            self._going = None
            return
        objects = _Objects(window, low, high)
        if (scope := self._going) is not None:
            end = objects.closes(scope.left)
            if _others(scope.record, told, low, end) or not scope.blocks:
                self._going = scope = None
            else:
                yield from self._more(scope, window[low:end])
                scope.left += objects.unclosed
                scope.blocks -= 1
                if end < high:
                    self._going = None
        for place, record in told:
            span = next(
                (
                    one
                    for one in objects.around(place)
                    if not _others(record, told, one.start, one.end)
                ),
                None,
            )
            if span is None or (scope is not None and scope.record.identity() == record.identity()):
                continue
            found = _Scope(record, left=span.left)
            yield from self._more(found, window[span.start : span.end])
            if span.left:
                self._going = found

    def _more(self, scope: _Scope, text: bytes) -> Iterator[Record]:
        """Yield the person again, if fields of the text say what he has."""
        for key in set(_KEY.findall(text)):
            meaning = self._vocabulary.meaning(decode(key))
            if meaning is not None:
                scope.kinds |= (meaning.kinds | meaning.weak) & SAID
        if scope.kinds:
            scope.record.hinted |= scope.kinds
            scope.record.keep(text, self._lexicon)
            scope.record.search(self._lexicon)
            yield scope.record


def _others(record: Record, told: list[tuple[int, Record]], start: int, end: int) -> bool:
    """Tell whether somebody else is told apart in a part of the text."""
    who = record.identity()
    return any(start <= place < end and one.identity() != who for place, one in told)


@dataclass(slots=True)
class _Span:
    """An object or array.

    Attributes:
        start: Where it begins.
        end: Where it ends, or the block does.
        parent: What it stands in, as far as the block shows.
        is_object: Whether it is one.
        left: How many brackets are open at the end of the block, this one's among them.
    """

    start: int
    end: int
    parent: _Span | None
    is_object: bool
    left: int = 0


class _Objects:
    """The objects and arrays of a block.

    Attributes:
        unclosed: Brackets that are opened in it and not closed, less those closed and not opened.
    """

    def __init__(self, window: bytes, low: int, high: int) -> None:
        self._spans: list[_Span] = []
        # Where those close that were open before the block.
        self._closing: list[int] = []
        self._high = high
        inner: _Span | None = None
        for token in _TOKEN.finditer(window, low, high):
            sign = token[0]
            if sign in b"{[":
                inner = _Span(token.start(), high, inner, sign == b"{")
                self._spans.append(inner)
            elif sign in b"}]":
                if inner is None:
                    self._closing.append(token.end())
                else:
                    inner.end = token.end()
                    inner = inner.parent
        depth = 0
        opened: list[_Span] = []
        while inner is not None:
            opened.append(inner)
            inner = inner.parent
        for depth, one in enumerate(opened, 1):
            one.left = depth
        self.unclosed = depth - len(self._closing)

    def closes(self, left: int) -> int:
        """Return where so many brackets that were open before the block are closed, or its end."""
        return self._closing[left - 1] if 0 < left <= len(self._closing) else self._high

    def around(self, place: int) -> Iterator[_Span]:
        """Yield the objects around a place, none of a list's, from the outermost on."""
        inner = None
        for one in self._spans:
            if one.start <= place < one.end:
                inner = one
        chain: list[_Span] = []
        while inner is not None and (inner.is_object or not chain):
            chain.append(inner)
            inner = inner.parent
        yield from reversed(chain)

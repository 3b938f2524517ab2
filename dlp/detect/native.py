"""RE2 over bytes, with little around it.

The library's own wrapper makes a generator and reads the names of groups for every match, which
takes longer than to find most of them. What this relies on inside of it is held by a test.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import re2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Ahead", "Expression", "Found", "compiled", "compiled_set", "holds"]


def _options_of(*, longest: bool = False) -> re2.Options:
    options = re2.Options()
    # Bytes are read as Latin-1.
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = 64 << 20
    options.longest_match = longest
    return options


_options, _longest = _options_of(), _options_of(longest=True)

_ANYWHERE = re2._re2.RE2.Anchor.UNANCHORED  # noqa: SLF001
_HERE = re2._re2.RE2.Anchor.ANCHOR_START  # noqa: SLF001
_WHOLE = re2._re2.RE2.Anchor.ANCHOR_BOTH  # noqa: SLF001
# What stands between words, in ASCII, and a blank of Latin-1 or UTF-8.
_APART = re.compile(rb"[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f\xa0]")


class Found:
    """A match, as those of `re` are."""

    __slots__ = ("_data", "_spans")

    def __init__(self, data: bytes, spans: list[tuple[int, int]]) -> None:
        self._data = data
        self._spans = spans

    def __getitem__(self, group: int) -> bytes:
        start, end = self._spans[group]
        return self._data[start:end]

    def start(self, group: int = 0) -> int:
        """Return where a group begins."""
        return self._spans[group][0]

    def end(self, group: int = 0) -> int:
        """Return where a group ends."""
        return self._spans[group][1]

    def span(self, group: int = 0) -> tuple[int, int]:
        """Return where a group begins and ends."""
        return self._spans[group]


class Expression:
    """An expression, compiled, with those methods of a `re.Pattern` that are needed.

    Args:
        pattern: What to match.
        longest: Whether, of what matches from a place on, the longest is taken, rather than what
            the first alternative matches.

    Attributes:
        pattern: As given.
    """

    __slots__ = ("_match", "pattern")

    def __init__(self, pattern: str, *, longest: bool = False) -> None:
        self.pattern = pattern
        options = _longest if longest else _options
        self._match = re2.compile(pattern.encode("latin-1"), options)._regexp.Match  # noqa: SLF001

    def search(self, data: bytes, start: int = 0, end: int | None = None) -> Found | None:
        """Return the first match between `start` and `end`."""
        return self._found(_ANYWHERE, data, start, end)

    def match(self, data: bytes, start: int = 0, end: int | None = None) -> Found | None:
        """Return the match that begins at `start`."""
        return self._found(_HERE, data, start, end)

    def fullmatch(self, data: bytes, start: int = 0, end: int | None = None) -> Found | None:
        """Return the match from `start` to `end`."""
        return self._found(_WHOLE, data, start, end)

    def finditer(self, data: bytes, start: int = 0, end: int | None = None) -> Iterator[Found]:
        """Yield all matches; those of no length are none of ours."""
        size = len(data)
        end = size if end is None or end > size else end
        at = start
        while at < end:
            spans = self._match(_ANYWHERE, data, at, end)
            following = spans[0][1]
            if following <= at:
                return
            yield Found(data, spans)
            at = following

    def spans(self, data: bytes, start: int = 0) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of every match from `start` on."""
        at, end = start, len(data)
        match = self._match
        while at < end:
            span = match(_ANYWHERE, data, at, end)[0]
            if span[1] <= at:
                return
            yield span
            at = span[1]

    def taken[T](self, data: bytes, take: Callable[[int, int], T | None]) -> Iterator[T]:
        """Yield what `take` makes of the matches; what it refuses hides none that begins in it."""
        match = self._match
        at, size = 0, len(data)
        while at < size:
            start, end = match(_ANYWHERE, data, at, size)[0]
            if end <= at:
                return
            taken = take(start, end)
            while taken is None and (shorter := self._shorter(data, start, end)) is not None:
                end = shorter
                taken = take(start, end)
            at = start + 1 if taken is None else end
            if taken is not None:
                yield taken

    def _shorter(self, data: bytes, start: int, end: int) -> int | None:
        """Return where a match from `start` ends before `end`, if there is one of whole words."""
        if _APART.search(data, start, end) is None:
            return None
        while (found := self._found(_HERE, data, start, end - 1)) is not None:
            end = found.end()
            if end <= start:
                return None
            # What is left out is no end of a text.
            if not (data[end - 1 : end].isalnum() and data[end : end + 1].isalnum()):
                return end
        return None

    def _found(self, anchor: Any, data: bytes, start: int, end: int | None) -> Found | None:
        size = len(data)
        if end is None or end > size:
            end = size
        if start > end:
            return None
        spans = self._match(anchor, data, start, end)
        return None if spans[0][0] < 0 else Found(data, spans)


class Ahead:
    """Tells in which parts of a text an expression matches, asked about in their order.

    Where it seldom does, that takes one search for many parts.

    Args:
        expression: A compiled one, of RE2 or of `re`.
        data: The text.
    """

    __slots__ = ("_at", "_data", "_expression")

    def __init__(self, expression: Expression | re.Pattern[bytes], data: bytes) -> None:
        self._expression = expression
        self._data = data
        self._at = -1

    def begins(self, start: int, end: int) -> bool:
        """Tell whether a match begins between `start` and `end`; it may end behind that."""
        if self._at < start:
            found = self._expression.search(self._data, start)
            self._at = len(self._data) if found is None else found.start()
        return self._at < end


@cache
def compiled(pattern: str, *, longest: bool = False) -> Expression:
    """Return `pattern` compiled; once, since the large ones take a while."""
    return Expression(pattern, longest=longest)


def holds(patterns: tuple[str, str], data: bytes) -> bool:
    """Tell whether a pattern of ASCII matches anywhere in `data`, or one of other letters."""
    of_ascii, others = patterns
    return (bool(of_ascii) and compiled(of_ascii).search(data) is not None) or (
        bool(others) and not data.isascii() and compiled(others).search(data) is not None
    )


def compiled_set(patterns: Iterable[str]) -> Any:
    """Return an RE2 set that tells which of `patterns` match bytes from their beginning."""
    several = re2.Set.MatchSet(_options)
    for pattern in patterns:
        several.Add(pattern.encode("latin-1"))
    several.Compile()
    return several

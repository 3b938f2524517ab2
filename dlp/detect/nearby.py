"""Nearby: what is medical around places of one window, which is searched once for all of them."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from dlp.detect.codes import any_codes, code_systems, names_code
from dlp.detect.fold import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dlp.detect.lexicon import HealthContext, Lexicon
    from dlp.detect.standing import Part

__all__ = ["Nearby"]

# No term holds one of these, nor so many blanks, and folding leaves what they become.
_SIGNS = b'"<>{}[]:;=|'
_BLANKS = b"   "
_APART = bytes(0 if byte in _SIGNS else byte for byte in range(256))
_ENDS_IN_BYTES = re.compile(b"\0")


class Nearby:
    """Tells which health terms stand in parts of a window.

    Args:
        lexicon: The health terms.
        window: The text.
    """

    def __init__(self, lexicon: Lexicon, window: bytes) -> None:
        self._lexicon = lexicon
        self._window = window
        self._asked = 0

    def context(self, start: int, end: int) -> HealthContext:
        """Return the different terms that stand between `start` and `end`, as words."""
        window = self._window
        start, end = max(0, start), min(end, len(window))
        # Of few parts each may as well be searched by itself.
        self._asked += end - start
        if self._asked <= len(window) // 2:
            return self._lexicon.context(decode(window[start:end]))
        ends = self._ends
        first, last = bisect_left(ends, start), bisect_left(ends, end)
        if last - first < 2:
            return self._lexicon.context(decode(window[start:end]))
        edges = [decode(window[start : ends[first]]), decode(window[ends[last - 1] + 1 : end])]
        low, high = bisect_left(self._filled, first + 1), bisect_left(self._filled, last)
        parts = [self._parts[n] for n in self._filled[low:high]]
        parts += map(self._lexicon.part, edges)
        return self._lexicon.among(parts, self._codes(edges, first, last, start, end))

    def _codes(
        self, edges: Sequence[str], first: int, last: int, start: int, end: int
    ) -> Iterable[str]:
        """Return of which classifications there are codes."""
        if self._coded is None:
            return code_systems(decode(self._window[start:end]))
        inside = (codes for n, codes in self._coded.items() if first < n < last)
        return chain(*inside, *map(code_systems, edges))

    @cached_property
    def _marked(self) -> bytes:
        return self._window.translate(_APART).replace(_BLANKS, bytes(len(_BLANKS)))

    @cached_property
    def _ends(self) -> list[int]:
        """Where what stands between two signs ends."""
        return [match.start() for match in _ENDS_IN_BYTES.finditer(self._marked)]

    @cached_property
    def _coded(self) -> Mapping[int, Sequence[str]] | None:
        """What is medical by its form between two signs, or None where it may stand around one."""
        window, ends = self._window, self._ends
        if names_code(decode(window)):
            return None
        places = {bisect_left(ends, at) for at in any_codes(window)}
        bounds = [-1, *ends, len(window)]
        texts = {n: decode(window[bounds[n] + 1 : bounds[n + 1]]) for n in places}
        return {n: list(code_systems(text)) for n, text in texts.items()}

    @cached_property
    def _parts(self) -> Mapping[int, Part]:
        """What stands between two signs and holds a term, by its number."""
        try:
            text = self._marked.decode("utf-8")
        except UnicodeDecodeError:
            text = "\0".join(map(decode, self._marked.split(b"\0")))
        return self._lexicon.parts(text)

    @cached_property
    def _filled(self) -> list[int]:
        return list(self._parts)

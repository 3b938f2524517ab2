"""Rules by what they ask for: sets of them, as the bits of a number, found without trying each."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Steps", "Words"]


class Steps:
    """Rules by a number: for each stretch between the ends of their intervals, those that hold."""

    def __init__(self, intervals: Iterable[tuple[int, Iterable[tuple[int, int]] | None]]) -> None:
        changes: defaultdict[int, int] = defaultdict(int)
        always = 0
        for number, spans in intervals:
            if spans is None:
                always |= 1 << number
                continue
            inside: set[int] = set()
            for first, last in _merged(spans):
                inside ^= {first, last + 1}
            for edge in inside:
                changes[edge] ^= 1 << number
        self._edges = sorted(changes)
        self._masks = [always]
        for edge in self._edges:
            self._masks.append(self._masks[-1] ^ changes[edge])

    def __getitem__(self, value: int) -> int:
        return self._masks[bisect_right(self._edges, value)]


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


class Words:
    """Rules by a word: those that name it, and those that ask for none."""

    def __init__(self, words: Iterable[tuple[int, Iterable[str] | None]]) -> None:
        self.others = 0
        named: defaultdict[str, int] = defaultdict(int)
        for number, asked in words:
            if asked is None:
                self.others |= 1 << number
                continue
            for word in asked:
                named[word] |= 1 << number
        self._named = {word: mask | self.others for word, mask in named.items()}

    def __getitem__(self, word: str) -> int:
        return self._named.get(word, self.others)

"""The gate: finds in raw bytes, in native code, the places that deserve a look.

Clean traffic ends here. All that could begin a finding is one expression, so that one pass over a
text tells whether there is anything and of which kind. The gate may let too much through, never
too little: it knows shapes and literal words, and nothing of what they mean.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from dlp.detect.forms import ELEMENT, INVISIBLE, SEPARATOR, written_forms
from dlp.detect.native import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["NOTHING", "REACH", "Gate", "Sign", "number_gate"]

# Nothing that counts is written over more bytes.
REACH = 1024
# Nor any word or date over more than these.
NEAR = 256

# The shortest number that counts without a word beside it, in elements, less the first.
_SHORTEST = 10
# Places of a text that are told apart; a text with more of them has all kinds.
_PLACES = 24


class Sign(enum.Flag):
    """What a text may hold, each kind with a reader of its own."""

    NUMBER = enum.auto()
    WORD = enum.auto()
    BIRTHS = enum.auto()
    MENTION = enum.auto()


# To make one anew takes longer than most tests of a small text.
NOTHING = Sign(0)


class Gate:
    """Tells which signs stand in a text.

    Args:
        expressions: RE2 expressions of each sign, without groups; each is compiled on its own when
            a text first holds its sign.
        others: Expression of words in other letters than Latin.
        may_hold: Tells whether a text may hold any.
    """

    def __init__(
        self,
        expressions: Mapping[Sign, str],
        others: str = "",
        may_hold: Callable[[bytes], bool] = lambda _: False,
    ) -> None:
        self._any = compiled("|".join(f"(?:{one})" for one in expressions.values()))
        self._each = dict(expressions)
        self._others, self._may_hold = others, may_hold
        self._all = NOTHING
        for sign in expressions:
            self._all |= sign

    def signs(self, window: bytes, low: int, high: int) -> Sign:
        """Return the signs of what begins between `low` and `high`."""
        end = min(len(window), high + REACH)
        seen = self._signs(window, low, high, end)
        if (seen is NOTHING or Sign.WORD not in seen) and self._may_hold(window[low:high]):
            other = compiled(self._others, longest=True).search(window, low, end)
            if other is not None and other.start() < high:
                return seen | Sign.WORD
        return seen

    def _signs(self, window: bytes, low: int, high: int, end: int) -> Sign:
        seen = NOTHING
        at = low
        for _ in range(_PLACES):
            match = self._any.search(window, at, end)
            if match is None or match.start() >= high:
                return seen
            begin, stop = match.span()
            # What matched first may hide what begins inside of it.
            for sign, expression in self._each.items():
                if sign not in seen:
                    reach = min(end, stop + (REACH if sign is Sign.NUMBER else NEAR))
                    other = compiled(expression, longest=True).search(window, begin, reach)
                    if other is not None and other.start() <= stop:
                        seen |= sign
            if seen == self._all:
                return seen
            at = max(stop, begin + 1)
        return self._all


def number_gate(lettered: Iterable[str]) -> str:
    """Return the expression of all places where an identifier could stand unannounced.

    Longest runs of digits with separators, and the forms that hold letters.

    Args:
        lettered: Templates of the identifiers with letters.
    """
    digits = rf"(?:{ELEMENT})(?:(?:{SEPARATOR}|{INVISIBLE}){{0,3}}(?:{ELEMENT})){{{_SHORTEST},}}"
    forms = written_forms(lettered)
    return rf"{digits}|\b(?:{forms})\b" if forms else digits

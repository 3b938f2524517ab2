"""Check sums that many identifiers share."""

from __future__ import annotations

from itertools import pairwise
from math import sumprod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["alike", "luhn", "mod11_descending", "weighted"]

# Digits are added up as the bytes they are written as, which is what native code does fastest.
_VALUES = bytes.maketrans(b"0123456789", bytes(range(10)))
# Twice a digit, its own digits added up.
_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))


def luhn(digits: str) -> bool:
    """Check the last digit by Luhn's algorithm (ISO/IEC 7812-1, annex B)."""
    written = digits.encode("ascii")
    single, double = written[::-2], written[-2::-2]
    return (sum(single.translate(_VALUES)) + sum(double.translate(_DOUBLED))) % 10 == 0


def weighted(digits: str, weights: Sequence[int]) -> int:
    """Return the sum of the digits, each times its weight."""
    return int(sumprod(digits.encode("ascii").translate(_VALUES), weights))


def mod11_descending(digits: str) -> bool:
    """Check ten digits of weights 10 to 1: their sum is a multiple of 11."""
    return weighted(digits, range(10, 0, -1)) % 11 == 0


def alike(digits: str) -> bool:
    """Tell whether digits are one repeated, or follow each other, as in a placeholder."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(digits)}
    return len(steps) == 1 and steps <= {0, 1, 9}

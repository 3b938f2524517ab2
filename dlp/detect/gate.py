"""The gate: finds in raw bytes, in native code, the places that deserve a look.

Clean traffic ends here. The gate may let too much through, never too little: it knows shapes and
literal words, and nothing of what they mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlp.detect.forms import ELEMENT, INVISIBLE, SEPARATOR, compiled, written_forms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["number_gate", "spans"]

# The shortest number that counts without a word beside it, in elements, less the first.
_SHORTEST = 10


def number_gate(lettered: Iterable[str]) -> Any:
    """Return the expression of all places where an identifier could stand unannounced.

    Longest runs of digits with separators, and the forms that hold letters.

    Args:
        lettered: Templates of the identifiers with letters.
    """
    digits = rf"(?:{ELEMENT})(?:(?:{SEPARATOR}|{INVISIBLE}){{0,3}}(?:{ELEMENT})){{{_SHORTEST},}}"
    forms = written_forms(lettered)
    return compiled(rf"{digits}|\b(?:{forms})\b" if forms else digits)


def spans(expression: Any, data: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every match of `expression` in `data`."""
    for match in expression.finditer(data):
        yield match.span()

"""The gate: finds in raw bytes, in native code, the places that deserve a look.

Clean traffic ends here. The gate may let too much through, never too little: it knows shapes and
literal words, and nothing of what they mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlp.detect.forms import ELEMENT, INVISIBLE, SEPARATOR, compiled, written_forms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["is_opaque", "number_gate", "spans"]

# The shortest number that counts without a word beside it, in elements, less the first.
_SHORTEST = 10

# Bytes that text in any encoding has next to none of; those that it is made of, in UTF-16 too.
_CONTROLS = bytes({*range(1, 9), *range(14, 32), 127})
_TEXT = bytes({0, 9, 10, 13, *range(32, 127)})
# Text of a few lines inside of something else shows in a piece of this size.
_PIECE = 2 * 1024


def is_opaque(block: bytes) -> bool:
    """Tell whether `block` is compressed, encrypted or an image all over, so that it has no words.

    Chance makes a tenth of such bytes controls, and a little more than a third of them text.
    """
    if len(block) - len(block.translate(None, _CONTROLS)) < len(block) // 25:
        return False
    for start in range(0, len(block), _PIECE):
        piece = block[start : start + _PIECE]
        if len(piece.translate(None, _TEXT)) * 2 < len(piece):
            return False
    return True


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

"""The gate: finds in raw bytes, in native code, the places where an identifier could stand.

Clean traffic ends here. The gate may let too much through, never too little: it knows the longest
runs of digits with separators, and where in them an identifier may have separators, and nothing
of what they mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import re2

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["DIGIT", "INVISIBLE", "regions", "written_form"]

# Bytes of UTF-8, Windows-1252 and Latin-1 alike; RE2 reads them as Latin-1.
INVISIBLE = r"\xc2\xad|\xe2\x80[\x8b-\x8f]|\xe2\x81\xa0|\xef\xbb\xbf|\xad"
# Space, dot, slash, dash, underscore; no-break, thin and other spaces; Unicode hyphens.
_SEPARATOR = r"[ ./_-]|\xc2\xa0|\xe2\x80[\x80-\x8a\x90-\x95\xaf]|\xa0"
DIGIT = r"(?:[0-9]|\xef\xbc[\x90-\x99])"
# Corsica's departments are the only letters inside a number.
_ELEMENT = rf"2[ABab]|{DIGIT}"

# The shortest identifier of the catalog, in elements, less the first.
_SHORTEST = 12

_options = re2.Options()
_options.encoding = re2.Options.Encoding.LATIN1
_options.log_errors = False


def _compile(pattern: str) -> Any:
    return re2.compile(pattern.encode("ascii"), _options)


_REGION = _compile(
    rf"(?:{_ELEMENT})(?:(?:{_SEPARATOR}|{INVISIBLE}){{0,3}}(?:{_ELEMENT})){{{_SHORTEST},}}"
)


def regions(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every longest run of digits and separators in `data`."""
    for match in _REGION.finditer(data):
        yield match.span()


def written_form(length: int, groups: Iterable[Iterable[int]]) -> Any:
    """Return the expression (RE2, bytes) of an identifier's written forms.

    Args:
        length: Its characters.
        groups: Sets of offsets at which one form may hold separators; invisible characters may
            stand anywhere.
    """
    anywhere = rf"(?:{INVISIBLE}){{0,2}}"
    between = rf"(?:{_SEPARATOR}|{INVISIBLE}){{0,3}}"
    one = rf"(?:[ABab]|{DIGIT})"
    forms = [
        one + "".join((between if at in group else anywhere) + one for at in range(1, length))
        for group in map(frozenset, groups)
    ]
    return _compile("|".join(f"(?:{form})" for form in forms))

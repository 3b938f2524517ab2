"""The gate: finds in raw bytes, in native code, the places where an identifier could stand.

Clean traffic ends here. The gate may let too much through, never too little: it knows the longest
runs of digits with separators and nothing of what they mean.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import re2

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["regions", "tokens"]

# Bytes of UTF-8, Windows-1252 and Latin-1 alike; RE2 reads them as Latin-1.
_INVISIBLE = r"\xc2\xad|\xe2\x80[\x8b-\x8f]|\xe2\x81\xa0|\xef\xbb\xbf|\xad"
# Space, dot, slash, dash, underscore; no-break, thin and other spaces; Unicode hyphens.
_SEPARATOR = r"[ ./_-]|\xc2\xa0|\xe2\x80[\x80-\x8a\x90-\x95\xaf]|\xa0"
_ELEMENT = r"2[ABab]|[0-9]|\xef\xbc[\x90-\x99]"

# The shortest identifier of the catalog, in elements, less the first.
_SHORTEST = 12

_options = re2.Options()
_options.encoding = re2.Options.Encoding.LATIN1
_options.log_errors = False
_REGION = re2.compile(
    (
        rf"(?:{_ELEMENT})(?:(?:{_SEPARATOR}|{_INVISIBLE}){{0,3}}(?:{_ELEMENT})){{{_SHORTEST},}}"
    ).encode("ascii"),
    _options,
)
_TOKEN = re.compile(rf"(?:{_ELEMENT}|{_INVISIBLE})+".encode("ascii"))


def regions(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every longest run of digits and separators in `data`."""
    for match in _REGION.finditer(data):
        yield match.span()


def tokens(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Return (start, end) of the unseparated runs of digits in a region of `data`."""
    return [match.span() for match in _TOKEN.finditer(data, start, end)]

"""RE2 asked whether something stands in bytes, with nothing around it.

The library's own wrapper makes a generator and reads the names of groups, which takes several times
as long as to look through a small text. `dlp.detect.native` relies on the same inside of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import re2

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["standing"]

_options = re2.Options()
# Bytes are read as Latin-1.
_options.encoding = re2.Options.Encoding.LATIN1
_ANYWHERE = re2._re2.RE2.Anchor.UNANCHORED  # noqa: SLF001


def standing(expression: bytes) -> Callable[[bytes], bool]:
    """Return what tells whether an expression, or a literal, matches anywhere in bytes.

    Of a literal whose first byte is rare it goes from one of those to the next, where the
    interpreter looks at nearly every byte for two or more of them.
    """
    match = re2.compile(expression, _options)._regexp.Match  # noqa: SLF001
    return lambda data: bool(match(_ANYWHERE, data, 0, len(data))[0][0] >= 0)

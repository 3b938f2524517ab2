"""Archives that are percent-encoded: what a form or an address holds of a file."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from dlp.extract.native import standing
from dlp.extract.written_readers import Items

if TYPE_CHECKING:
    from dlp.extract.content import Opening

__all__ = ["MARKS", "levels", "may_be_packed", "percent_reader"]

# The first bytes of archives that hold some no text has.
_MAGICS = (
    b"\x1f\x8b\x08",
    b"PK\x03\x04",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\x00",
    b"BZh91AY&SY",
    b"7z\xbc\xaf",
)
# What not everybody encodes.
_PLAIN_SIGNS = "!'()*/"
# Encoded again and again.
_MOST = 3


def _written(magic: bytes) -> str:
    return "".join(
        f"(?:{re.escape(chr(byte))}|%(?:25){{0,{_MOST}}}(?i:{byte:02x}))"
        if chr(byte) in _PLAIN_SIGNS or chr(byte).isalnum()
        else f"%(?:25){{0,{_MOST}}}(?i:{byte:02x})"
        for byte in magic
    )


# An expression of RE2, without groups.
MARKS = "|".join(map(_written, _MAGICS)).encode()
_AGAIN = f"%(?:25){{0,{_MOST}}}"
# Two bytes of each: what begins with one sign is found without looking at every byte.
_shows = standing(
    (
        f"{_AGAIN}(?:1[fF]{_AGAIN}8[bB]|03{_AGAIN}04|[bB]5(?:/|{_AGAIN}2[fF])|[fF][dD](?:7z|{_AGAIN}37)"
        f"|26(?:SY|{_AGAIN}53)|[bB][cC]{_AGAIN}[aA][fF])"
    ).encode()
)
_LEVEL = re.compile(rb"[^%]{0,12}%((?:25){0,3})")
_PLAIN = "[0-9A-Za-z_.~+!*'()/-]"


def may_be_packed(data: bytes) -> bool:
    """Tell, quickly, whether a mark may stand in `data`."""
    return b"%" in data and _shows(data)


def levels(head: bytes) -> int | None:
    """Return how often what begins with a mark is encoded, or None where it is no mark."""
    match = _LEVEL.match(head)
    return None if match is None or not _BEGINS.match(head) else len(match[1]) // 2 + 1


def percent_reader(opening: Opening, times: int) -> Items:
    """Return a reader of what is encoded so often."""
    goes_on, last = _items(times)
    return Items(opening, goes_on, last, partial(_undone, times))


_BEGINS = re.compile(MARKS)


@cache
def _items(times: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Return what matches characters that go on, and those that are the last."""
    escape = f"%(?:25){{0,{times - 1}}}[0-9A-Fa-f]{{2}}"
    # More of the same escape may follow.
    whole = rf"(?:{_PLAIN}|{escape}(?=[\s\S]{{{2 * times}}}))*+"
    return re.compile(whole.encode()), re.compile(f"(?:{_PLAIN}|{escape})*+".encode())


def _undone(times: int, characters: bytes) -> bytes:
    for _ in range(times):
        characters = unquote_to_bytes(characters.replace(b"+", b" "))
    return characters

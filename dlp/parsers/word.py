"""Word's older documents: the text of all their parts, from its pieces.

Format: MS-DOC 2.4.1 (retrieving text), 2.5 (the file information block), 2.9.38 (Clx).
"""

from __future__ import annotations

import struct

from dlp.extract.budget import UninspectableError
from dlp.types import Uninspectable

__all__ = ["text"]

_ENCRYPTED = 0x0100
_TABLE_1 = 0x0200
# Before Word 97 there are no tables of pieces that we read.
_WORD_97 = 0x00C1
_MARKS = {0x07: "\t", 0x0B: "\n", 0x0C: "\n", 0x0D: "\n", 0x1E: "-", 0x1F: "", 0xA0: " "}
# Marks of fields, objects and notes.
_MARKS |= dict.fromkeys((0x01, 0x02, 0x03, 0x04, 0x05, 0x08, 0x13, 0x14, 0x15), " ")


def text(contents: dict[str, bytes]) -> str:
    """Return the text of a document: its body, notes, headers, comments, boxes."""
    main = contents["WordDocument"]
    version, flags = struct.unpack_from("<2xH6xH", main)
    if flags & _ENCRYPTED:
        raise UninspectableError(Uninspectable.ENCRYPTED)
    if version < _WORD_97:
        start, end = struct.unpack_from("<2L", main, 0x18)
        return main[start:end].decode("cp1252", "replace").translate(_MARKS)
    table = contents["1Table" if flags & _TABLE_1 else "0Table"]
    start, size = struct.unpack_from("<2L", main, 0x1A2)
    pieces = _pieces(table[start : start + size])
    return "".join(_piece(main, *piece) for piece in pieces).translate(_MARKS)


def _pieces(clx: bytes) -> list[tuple[int, int]]:
    """Return characters and place of each piece."""
    place = 0
    while clx[place] == 1:
        place += 3 + struct.unpack_from("<H", clx, place + 1)[0]
    size = struct.unpack_from("<L", clx, place + 1)[0]
    table = clx[place + 5 : place + 5 + size]
    number = (len(table) - 4) // 12
    ends = struct.unpack_from(f"<{number + 1}L", table)
    places = [
        struct.unpack_from("<2xL", table, 4 * (number + 1) + 8 * index)[0]
        for index in range(number)
    ]
    return [(ends[index + 1] - ends[index], places[index]) for index in range(number)]


def _piece(main: bytes, characters: int, place: int) -> str:
    if place & 0x4000_0000:
        place = (place & 0x3FFF_FFFF) // 2
        return main[place : place + characters].decode("cp1252", "replace")
    return main[place : place + 2 * characters].decode("utf-16-le", "replace")

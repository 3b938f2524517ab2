"""dBase, FoxPro and Clipper tables: fields of fixed width as a table, deleted rows too.

Format: the header and field descriptors of dBASE III to 7; memo files are files of their own.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.parsers.cells import ROWS, cell, lines
from dlp.parsers.vectors import day
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.parts import Part

__all__ = ["parse"]

# By the header's language byte; what is not here is mostly Windows'.
_ENCODINGS = {0x01: "cp437", 0x02: "cp850", 0x64: "cp852", 0x65: "cp866", 0xC9: "cp1251"}
# What FoxPro writes in so many bytes: whole numbers, floats, moments, whose days are counted from
# 4713 before our era, 1970 as this one.
_BINARY = {"I": 4, "B": 8, "T": 8}
_JULIAN = 2_440_588


def parse(document: bytes) -> Iterator[Part]:
    """Yield the rows of a table."""
    header, size = struct.unpack_from("<2H", document, 8)
    encoding = _ENCODINGS.get(document[29], "cp1252")
    fields: list[tuple[str, str, int]] = []
    for place in range(32, header - 31, 32):
        if document[place] == 0x0D:
            break
        name = document[place : place + 11].partition(b"\0")[0].decode(encoding, "replace")
        fields.append((name, chr(document[place + 11]), document[place + 16]))
    if not fields or size < 2 or sum(width for _, _, width in fields) > size:
        raise UninspectableError(Uninspectable.CORRUPT)
    rows = [[name for name, _, _ in fields]]
    for start in range(header, len(document) - 1, size):
        row: list[str] = []
        place = start + 1
        for _, kind, width in fields:
            row.append(_value(document[place : place + width], kind, encoding))
            place += width
        rows.append(row)
        if len(rows) >= ROWS:
            yield lines(rows)
            rows = []
    yield lines(rows)


def _value(data: bytes, kind: str, encoding: str) -> str:
    if kind in _BINARY and len(data) == _BINARY[kind]:
        return _number(data, kind)
    text = data.decode(encoding, "replace").strip(" \0")
    if kind == "D" and len(text) == 8 and text.isdigit():
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return " ".join(text.split())


def _number(data: bytes, kind: str) -> str:
    """Return what a number of FoxPro's says, or the day of one of its moments."""
    if kind == "I":
        return str(int.from_bytes(data, "little", signed=True))
    if kind == "B":
        return cell(struct.unpack("<d", data)[0])
    days = int.from_bytes(data[:4], "little") - _JULIAN
    return day(days * 86_400) if days > -_JULIAN else ""

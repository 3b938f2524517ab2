"""dBase, FoxPro and Clipper tables: fields of fixed width as a table, deleted rows too.

Format: the header and field descriptors of dBASE III to 7; memo files are files of their own.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.parsers.cells import ROWS, lines
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.parts import Part

__all__ = ["parse"]

# By the header's language byte; what is not here is mostly Windows'.
_ENCODINGS = {0x01: "cp437", 0x02: "cp850", 0x64: "cp852", 0x65: "cp866", 0xC9: "cp1251"}


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
            row.append(_value(document[place : place + width].decode(encoding, "replace"), kind))
            place += width
        rows.append(row)
        if len(rows) >= ROWS:
            yield lines(rows)
            rows = []
    yield lines(rows)


def _value(text: str, kind: str) -> str:
    text = text.strip(" \0")
    if kind == "D" and len(text) == 8 and text.isdigit():
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return " ".join(text.split())

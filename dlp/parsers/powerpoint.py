"""PowerPoint's older presentations: the text of slides, notes and comments.

Format: MS-PPT 2.3.1 (record header), 2.9.41 (TextCharsAtom), 2.9.43 (TextBytesAtom).
"""

from __future__ import annotations

import struct

from dlp.extract.budget import UninspectableError
from dlp.types import Uninspectable

__all__ = ["text"]

_HEADER = struct.Struct("<HHL")
_CONTAINER = 0xF
_CHARACTERS, _BYTES, _STRING, _ENCRYPTION = 0x0FA0, 0x0FA8, 0x0FBA, 0x2F14


def text(presentation: bytes) -> str:
    """Return the text of a presentation."""
    said: list[str] = []
    place = 0
    while place + _HEADER.size <= len(presentation):
        version, kind, size = _HEADER.unpack_from(presentation, place)
        place += _HEADER.size
        if kind == _ENCRYPTION:
            raise UninspectableError(Uninspectable.ENCRYPTED)
        if version & _CONTAINER == _CONTAINER:
            continue
        atom = presentation[place : place + size]
        if kind in (_CHARACTERS, _STRING):
            said.append(atom.decode("utf-16-le", "replace"))
        elif kind == _BYTES:
            said.append(atom.decode("latin-1"))
        place += size
    return "\n".join(said).replace("\r", "\n").replace("\v", "\n")

"""Property lists in Apple's binary form, as the JSON they stand for; bytes as files of their own.

The standard library reads them. An object may stand in many places, so what is written is handed on
as it grows.
"""

from __future__ import annotations

import json
import plistlib
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.extract.parts import Part
from dlp.parsers.members import member
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse"]

# Characters handed on at once.
_PIECE = 1 << 16


def parse(document: bytes) -> Iterator[Part]:
    """Yield the objects of a list, one a line where it is an array, and the bytes in it.

    Raises:
        UninspectableError: It is damaged.
    """
    # So many objects are claimed; room for all of them would be made first.
    if int.from_bytes(document[-24:-16]) > len(document):
        raise UninspectableError(Uninspectable.CORRUPT)
    value = plistlib.loads(document, fmt=plistlib.FMT_BINARY)
    files: list[bytes] = []

    def other(one: object) -> object:
        if isinstance(one, bytes):
            files.append(one)
            return ""
        return one.data if isinstance(one, plistlib.UID) else str(one)

    encoder = json.JSONEncoder(ensure_ascii=False, default=other)
    for row in value if isinstance(value, list) else [value]:
        text = ""
        for piece in encoder.iterencode(row):
            text += piece
            if len(text) >= _PIECE:
                yield _items(text)
                text = ""
        yield _items(text + "\n")
    for number, content in enumerate(files, 1):
        yield from member(number, "", content)


def _items(text: str) -> Part:
    return Part(name="items", data=text.encode("utf-8", "replace"), final=False)

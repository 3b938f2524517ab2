"""What Exchange packs mails into (TNEF, `winmail.dat`): text, attachments, properties.

MS-OXTNEF, section 2.1.3: attributes behind their names and lengths. Properties are read as their
bytes are, but for formatted text, which is compressed, and mails inside of this one.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from dlp.extract.parts import Part
from dlp.parsers.members import member
from dlp.parsers.outlook import decompressed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SIGNATURE", "parse"]

SIGNATURE = b"\x78\x9f\x3e\x22"
BODY, SUBJECT, TITLE = 0x2800C, 0x18004, 0x18010
DATA, OF_MAIL, OF_ATTACHMENT = 0x6800F, 0x69003, 0x69005
# The level, the name and the length before what an attribute says; a sum behind it.
_HEAD, _SUM = struct.Struct("<BII"), 2
_COMPRESSED = b"LZFu"
# What formatted text begins with, and packed bytes that are enough to tell.
_TEXT, _GLANCE = b"{\\rtf", 64


def parse(document: bytes) -> Iterator[Part]:
    """Yield what attributes say, up to where they end or are damaged, or one is cut off."""
    at, number = 6, 0
    title = "attachment"
    said: list[bytes] = []
    while at + _HEAD.size <= len(document):
        level, name, size = _HEAD.unpack_from(document, at)
        at += _HEAD.size
        value = document[at : at + size]
        if level not in (1, 2):
            break
        at += size + _SUM
        number += 1
        if name in (BODY, SUBJECT):
            said.append(value.rstrip(b"\0"))
        elif name == TITLE:
            title = value.rstrip(b"\0").decode("cp1252", "replace")
        elif name == DATA:
            yield from member(number, title, value)
        elif name in (OF_MAIL, OF_ATTACHMENT):
            yield from member(number, "properties", value)
            yield from _inside(number, value)
    yield Part(name="message", data=b"\n".join(said), member=True)


def _inside(number: int, properties: bytes) -> Iterator[Part]:
    """Yield the formatted text and the mails in properties."""
    at = 0
    while (found := properties.find(_COMPRESSED, at)) >= 8:
        begin, at = found - 8, found + len(_COMPRESSED)
        # Whatever else the mark stands in is not unpacked, nor what is inside of a text.
        if not decompressed(properties[begin : begin + _GLANCE]).startswith(_TEXT):
            continue
        end = begin + 4 + int.from_bytes(properties[begin : begin + 4], "little")
        yield from member(1000 + number, "body.rtf", decompressed(properties[begin:end]))
        at = max(at, end)
    if (found := properties.find(SIGNATURE)) >= 0:
        yield from member(2000 + number, "winmail.dat", properties[found:])

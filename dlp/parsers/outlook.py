"""Outlook's messages: what their properties say, and their attachments.

Format: MS-OXMSG 2.1.3 (streams are named by property and type), MS-OXRTFCP (compressed RTF).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.parts import Part
from dlp.parsers.members import member

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["decompressed", "parts"]

_PROPERTY = re.compile(
    r"(?P<place>(?:.*/)?)__substg1\.0_(?P<name>[0-9A-F]{4})(?P<type>[0-9A-F]{4})"
)
_WIDE, _NARROW, _BINARY = "001F", "001E", "0102"
_ATTACHED, _HTML, _RTF = "3701", "1013", "1009"
_NAMES = ("3707", "3704")
# Before what a property says, for those whose name matters to what follows.
_SAID = {"0037": "Subject: ", "0C1A": "From: ", "0E04": "To: "}
# What every compressed RTF may refer to (MS-OXRTFCP 2.1.2.1).
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def parts(contents: dict[str, bytes]) -> Iterator[Part]:
    """Yield the text and the attachments of a message, and of those attached to it."""
    said: list[str] = []
    files: list[tuple[str, bytes]] = []
    names: dict[str, str] = {}
    for path, content in contents.items():
        match = _PROPERTY.fullmatch(path)
        if match is None:
            continue
        name, kind, place = match["name"], match["type"], match["place"]
        if kind in (_WIDE, _NARROW):
            encoding = "utf-16-le" if kind == _WIDE else "cp1252"
            value = content.decode(encoding, "replace").rstrip("\0")
            said.append(_SAID.get(name, "") + value)
            if name in _NAMES and (name == _NAMES[0] or place not in names):
                names[place] = value
            if name == _HTML:
                files.append(("body.html", value.encode("utf-8", "replace")))
        elif kind == _BINARY and name == _ATTACHED:
            files.append((place, content))
        elif kind == _BINARY and name == _HTML:
            files.append(("body.html", content))
        elif kind == _BINARY and name == _RTF:
            files.append(("body.rtf", decompressed(content)))
    yield Part(name="message", data="\n".join(said).encode("utf-8", "replace"))
    for number, (place, content) in enumerate(files, 1):
        # Numbered apart from the streams of the file.
        yield from member(1000 + number, names.get(place, place.rpartition("/")[2]), content)


def decompressed(packed: bytes) -> bytes:
    """Return RTF that is compressed by references to what came before."""
    if packed[8:12] != b"LZFu":
        return packed[16:]
    size = min(int.from_bytes(packed[4:8], "little"), 64 * len(packed))
    window = bytearray(_KNOWN.ljust(4096, b"\0"))
    write = len(_KNOWN)
    out = bytearray()
    place = 16
    while place < len(packed) and len(out) < size:
        control = packed[place]
        place += 1
        for bit in range(8):
            if control >> bit & 1:
                token = int.from_bytes(packed[place : place + 2], "big")
                place += 2
                start, length = token >> 4, (token & 15) + 2
                if start == write or place > len(packed):
                    return bytes(out)
                run = [window[(start + i) % 4096] for i in range(length)]
                for i in range(length):
                    byte = window[(start + i) % 4096]
                    run[i] = byte
                    window[write] = byte
                    write = (write + 1) % 4096
                out += bytes(run)
            elif place < len(packed):
                out.append(packed[place])
                window[write] = packed[place]
                write = (write + 1) % 4096
                place += 1
    return bytes(out)

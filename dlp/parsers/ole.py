"""Compound files (OLE2): the older Office formats, Outlook's messages, and what is encrypted.

Each has streams by which it is known. What no reader takes from a stream is still read as the bytes
it is, and for the wide strings in them.

Format: MS-CFB; olefile reads it.
"""

from __future__ import annotations

import io
import re
from itertools import count
from typing import TYPE_CHECKING

import olefile

from dlp.extract.budget import UninspectableError
from dlp.extract.parts import Part
from dlp.parsers import outlook, powerpoint, word
from dlp.parsers.members import member
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse"]

_ENCRYPTED = ("EncryptedPackage", "EncryptionInfo", "EncryptedSummary")
# Wide strings: Latin letters, digits and signs; Greek and Cyrillic.
_WIDE = re.compile(
    rb"(?:[\x20-\x7e\xa0-\xff]\x00|[\x00-\x7f]\x01|[\x70-\xff]\x03|[\x00-\x7f]\x04|\x19\x20){5,}"
)
# A label, the path it came from, the length of another.
_PACKAGE = re.compile(rb"\x02\x00([^\x00]{0,260})\x00[^\x00]{0,260}\x00.{4}(.{4})", re.DOTALL)
# A record of a workbook's stream that says it is encrypted (MS-XLS 2.4.117).
_FILE_PASS = 0x2F


def parse(document: bytes) -> Iterator[Part]:
    """Yield what is in a compound file."""
    file = olefile.OleFileIO(io.BytesIO(document))
    streams = {"/".join(path): path for path in file.listdir(streams=True, storages=False)}
    if any(name in streams for name in _ENCRYPTED):
        raise UninspectableError(Uninspectable.ENCRYPTED)
    contents = {name: file.openstream(path).read() for name, path in streams.items()}
    yield from _documents(document, contents)
    strings = (run[0] for content in contents.values() for run in _WIDE.finditer(content))
    text = "\n".join(run.decode("utf-16-le", "replace") for run in strings)
    yield Part(name="strings", data=text.encode("utf-8", "replace"))
    numbers = count(1)
    for name, content in contents.items():
        last = name.rpartition("/")[2]
        if last == "\x01Ole10Native":
            yield from _packaged(next(numbers), content)
        elif not last.startswith("__substg1.0_"):
            yield from member(next(numbers), "", content)


def _documents(document: bytes, contents: dict[str, bytes]) -> Iterator[Part]:
    if "WordDocument" in contents:
        yield Part(name="text", data=word.text(contents).encode("utf-8", "replace"))
    for name in ("Workbook", "Book"):
        if name in contents:
            if _has_pass(contents[name]):
                raise UninspectableError(Uninspectable.ENCRYPTED)
            # Loaded for those alone.
            from dlp.parsers import workbook  # noqa: PLC0415

            yield from workbook.parse(document)
            break
    if "PowerPoint Document" in contents:
        said = powerpoint.text(contents["PowerPoint Document"])
        yield Part(name="text", data=said.encode("utf-8", "replace"))
    if "__properties_version1.0" in contents:
        yield from outlook.parts(contents)


def _has_pass(book: bytes) -> bool:
    place = 0
    # It stands second, after the record that begins the stream.
    for _ in range(4):
        kind = int.from_bytes(book[place : place + 2], "little")
        if kind == _FILE_PASS:
            return True
        place += 4 + int.from_bytes(book[place + 2 : place + 4], "little")
    return False


def _packaged(number: int, native: bytes) -> Iterator[Part]:
    """Yield a file that was put into a document (MS-OLEDS 2.3.6, and what packager writes)."""
    content = native[4:]
    names = _PACKAGE.match(content)
    if names is None:
        yield from member(number, "", content)
        return
    start = names.end() + int.from_bytes(names[2], "little") + 4
    length = int.from_bytes(content[start - 4 : start], "little")
    file = content[start : start + length]
    yield from member(number, names[1].decode("cp1252", "replace"), file or content)

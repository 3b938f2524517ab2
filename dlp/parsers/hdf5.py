"""HDF5 files, those of MATLAB 7.3 among them: what of them is packed and holds texts or numbers.

Strings of any length stand in the file as they are, and are read so; those of fixed width and
numbers are packed by zlib, chunk by chunk, and each chunk says so in its first two bytes. Chunks of
pictures and measurements, which these files are made for, are not unpacked further than it takes to
tell. What was shuffled before it was packed (`H5Pset_shuffle`: the first bytes of all items first)
is put in order by each size of items that the file names. Frames of pandas stand there as pickles.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING

from dlp.extract.arrays import HIGH, LOW
from dlp.extract.budget import UninspectableError
from dlp.extract.parts import Part
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse"]

_PACKED = re.compile(rb"x[\x01\x5e\x9c\xda]")
# By which a chunk is judged, and the most that one is.
HEAD, LARGEST = 4096, 1 << 28
# Less is lost where one is damaged.
PIECE = 1 << 12
# A filter of a data set, by its number and name: how many bytes an item has that is shuffled. The
# later form has no name, and the one that packs follows ("Format Specification", IV.A.2.l).
_SHUFFLED = re.compile(
    rb"\x02\0\x08\0..\x01\0shuffle\0(.{3}\0)"
    rb"|\x02\0[\0\x01]\0\x01\0(.{3}\0)\x01\0[\0\x01]\0\x01\0[\0-\x09]\0\0\0",
    re.DOTALL,
)
# Of more sizes a file has no use, nor of larger items.
SIZES, LARGEST_ITEM = 16, 1 << 16
# Numbers by which a column of them is.
NUMBERS = 16
# A pickle's first frame, and those that follow, behind their lengths.
_PICKLED = re.compile(rb"\x80[\x04\x05]\x95(.{6}\0\0)", re.DOTALL)
_FRAME = re.compile(rb"\x95(.{6}\0\0)", re.DOTALL)
_CONTROLS = bytes((*range(1, 9), 11, 12, *range(14, 32), 127))
_WORDS = re.compile(rb"[A-Za-z0-9\x80-\xff]{2}|[A-Za-z0-9]\0[A-Za-z0-9]\0")
# Of what is text, one byte in so many may be none.
RARE = 50


def parse(document: bytes) -> Iterator[Part]:
    """Yield chunks and pickles, each a body of its own."""
    at = 0
    while (found := _PICKLED.search(document, at)) is not None:
        at = found.end() + int.from_bytes(found[1], "little")
        while (frame := _FRAME.match(document, at)) is not None:
            at = frame.end() + int.from_bytes(frame[1], "little")
        yield Part(name="pickles", data=document[found.start() : at], member=True)
    at, sizes = 0, _sizes(document)
    while (found := _PACKED.search(document, at)) is not None:
        at = found.start() + 2
        try:
            head = zlib.decompressobj().decompress(document[found.start() : at + HEAD], HEAD)
        except zlib.error:
            continue
        wanted = _is_wanted(head)
        if not wanted and not sizes:
            continue
        chunk, at = _unpacked(document, found.start())
        if wanted:
            yield Part(name="chunks", data=chunk, member=True)
        for ordered in (_ordered(chunk, size) for size in sizes if len(chunk) >= 2 * size):
            if _is_wanted(ordered[:HEAD]):
                yield Part(name="chunks", data=ordered, member=True)


def _sizes(document: bytes) -> list[int]:
    """Return how many bytes items have that were shuffled."""
    found: set[int] = set()
    for match in _SHUFFLED.finditer(document):
        size = int.from_bytes(match[1] or match[2], "little")
        if 1 < size <= LARGEST_ITEM:
            found.add(size)
        if len(found) == SIZES:
            break
    return sorted(found)


def _ordered(chunk: bytes, size: int) -> bytes:
    """Return a chunk before it was shuffled."""
    count = len(chunk) // size
    items = bytearray(count * size)
    for n in range(size):
        items[n::size] = chunk[n * count : (n + 1) * count]
    return bytes(items) + chunk[count * size :]


def _is_wanted(head: bytes) -> bool:
    return _is_text(head) or _are_numbers(head)


def _unpacked(document: bytes, at: int) -> tuple[bytes, int]:
    """Return the chunk that begins at a place, up to where it is damaged, and where it ends."""
    unpacker = zlib.decompressobj()
    pieces: list[bytes] = []
    size = 0
    try:
        while not unpacker.eof and at < len(document):
            piece = document[at : at + PIECE]
            at += len(piece)
            pieces.append(unpacker.decompress(piece))
            size += len(pieces[-1])
            if size > LARGEST:
                raise UninspectableError(Uninspectable.BUDGET)
    except zlib.error:
        # What follows the damage says nothing.
        pass
    return b"".join(pieces), at - len(unpacker.unused_data)


def _is_text(head: bytes) -> bool:
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls * RARE <= len(head) and len(_WORDS.findall(head)) * RARE >= len(head) > 0


def _are_numbers(head: bytes) -> bool:
    if len(head) < 8 * NUMBERS:
        return False
    return any(
        all(LOW <= number < HIGH for number in struct.unpack_from(f"{order}{NUMBERS}{kind}", head))
        for order in "<>"
        for kind in "qd"
    )

"""7z archives; py7zr reads them, a member at a time in the order in which they are packed."""

from __future__ import annotations

import io
import queue
import threading
from typing import TYPE_CHECKING

import py7zr
from py7zr.io import Py7zIO, WriterFactory

from dlp.extract.budget import UninspectableError
from dlp.extract.parts import Part
from dlp.parsers.members import named, place
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse"]

# Pieces that wait to be sent.
WAITING = 8


def parse(document: bytes) -> Iterator[Part]:
    """Yield the members of a 7z archive."""
    try:
        archive = py7zr.SevenZipFile(io.BytesIO(document))
        if archive.needs_password():
            raise UninspectableError(Uninspectable.ENCRYPTED)
    except py7zr.PasswordRequired:
        raise UninspectableError(Uninspectable.ENCRYPTED) from None
    except py7zr.UnsupportedCompressionMethodError:
        raise UninspectableError(Uninspectable.UNKNOWN_ENCODING) from None
    pieces: queue.Queue[Part | BaseException | None] = queue.Queue(WAITING)

    def extract() -> None:
        try:
            archive.extractall(factory=_Members(pieces))
        except BaseException as error:  # noqa: BLE001 - said where it is waited for
            pieces.put(error)
        pieces.put(None)

    # The library writes, and what it writes is wanted as it comes.
    threading.Thread(target=extract, daemon=True).start()
    while (piece := pieces.get()) is not None:
        if isinstance(piece, py7zr.UnsupportedCompressionMethodError):
            raise UninspectableError(Uninspectable.UNKNOWN_ENCODING) from None
        if isinstance(piece, BaseException):
            raise piece
        yield piece


class _Members(WriterFactory):
    """Makes what the library writes a member to."""

    def __init__(self, pieces: queue.Queue[Part | BaseException | None]) -> None:
        self._pieces = pieces
        self._number = 0

    def create(self, filename: str) -> Py7zIO:
        self._number += 1
        for part in named(self._number, filename):
            self._pieces.put(part)
        return _Member(self._pieces, place(self._number, filename))


class _Member(Py7zIO):
    """Hands on what is written to it."""

    def __init__(self, pieces: queue.Queue[Part | BaseException | None], name: str) -> None:
        self._pieces = pieces
        self._name = name
        self._size = 0

    def write(self, s: bytes | bytearray) -> int:
        self._size += len(s)
        self._pieces.put(Part(name=self._name, data=bytes(s), member=True, final=False))
        return len(s)

    def read(self, size: int | None = None) -> bytes:  # noqa: ARG002 - as the library asks
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:  # noqa: ARG002 - as the library asks
        return offset

    def flush(self) -> None:
        pass

    def size(self) -> int:
        return self._size

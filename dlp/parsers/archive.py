"""Archives that libarchive reads: RAR, CAB, XAR, LHA, and what compress and lzip pack.

It is the system's library; where there is none, such an archive can't be read.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.extract.parts import Part
from dlp.parsers.members import named, place
from dlp.types import Uninspectable

# Its binding would run other programs to look for the library.
os.environ.setdefault("LIBARCHIVE", "libarchive.so.13")
try:
    import libarchive
except OSError:
    libarchive = None

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse"]

PIECE = 1 << 18
_FILTERED = (b"\x1f\x9d", b"LZIP")


def parse(document: bytes) -> Iterator[Part]:
    """Yield the members of an archive."""
    if libarchive is None:
        raise UninspectableError(Uninspectable.UNKNOWN_ENCODING)
    # These pack one file, which may be an archive that others read.
    kind = "raw" if document.startswith(_FILTERED) else "all"
    try:
        with libarchive.memory_reader(document, format_name=kind) as archive:
            for number, entry in enumerate(archive, 1):
                yield from _member(number, entry)
    except libarchive.ArchiveError as error:
        said = (error.msg or "").lower()
        if "encrypt" in said or "passphrase" in said:
            raise UninspectableError(Uninspectable.ENCRYPTED) from None
        if "unsupported" in said or "not supported" in said:
            raise UninspectableError(Uninspectable.UNKNOWN_ENCODING) from None
        raise UninspectableError(Uninspectable.CORRUPT) from None


def _member(number: int, entry: libarchive.ArchiveEntry) -> Iterator[Part]:
    name = entry.pathname or ""
    yield from named(number, name)
    if not entry.isfile:
        return
    where = place(number, name)
    for block in entry.get_blocks(PIECE):
        yield Part(name=where, data=block, member=True, final=False)
    yield Part(name=where, data=b"", member=True)

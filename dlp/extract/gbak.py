"""Backups of Firebird and InterBase (gbak): their records unpacked where they stand.

Firebird, `src/burp/backup.epp`, `burp.h`: each record says how long it is, and follows as runs of
bytes, those that repeat once. Long texts stand beside them as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.expanded import Expanded

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Gbak", "begins_gbak"]

# A backup, the number of its format, and whether it can be restored on any machine.
begins_gbak = re.compile(rb"\0\x02\x04[\x01-\x1f]\0{3}\x04\x04[\0\1]\0{3}", re.DOTALL).match

# A record, how long it is, how long as XDR, and its data.
_RECORD = re.compile(rb"\x01\x04(..\0\0)(?:\x11\x04(..[\0-\3]\0))?\x02", re.DOTALL)
_HEAD = 13
# Bytes with which a record is told from the next, and those that fill a column.
_APART = bytes(32)
_FILLED = re.compile(rb"\0{9,}")


class Gbak(Expanded):
    """Reads a backup."""

    def expand(self, *, final: bool) -> Iterator[bytes]:
        """Yield what is whole."""
        data, told = self.pending, 0
        while found := _RECORD.search(data, told):
            size = int.from_bytes(found[2] or found[1], "little")
            # Of bytes none of which repeat, one in 128 says so.
            if len(data) - found.end() < 2 * size + 2 and not final:
                break
            end, record = _unpacked(data, found.end(), size)
            yield data[told : found.start()]
            yield _APART + (record if found[2] else _FILLED.sub(bytes(8), record))
            told = end
        rest = found.start() if found else len(data) if final else max(told, len(data) - _HEAD)
        yield data[told:rest]
        self.pending = data[rest:]


def _unpacked(data: bytes, at: int, size: int) -> tuple[int, bytes]:
    """Return where a record of so many bytes ends, and what it is."""
    out = bytearray()
    while len(out) < size and at < len(data):
        count = data[at]
        at += 1
        if count < 0x80:
            out += data[at : at + count]
            at += count
        else:
            out += data[at : at + 1] * (256 - count)
            at += 1
    return at, bytes(out)

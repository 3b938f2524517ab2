"""Differences between objects of git: what is copied from another object, and what is added.

Format: git's gitformat-pack, "Deltified representation".
"""

from __future__ import annotations

import re

from dlp.extract.budget import UninspectableError
from dlp.types import Uninspectable

__all__ = ["Delta"]

_SIZES = re.compile(rb"([\x80-\xff]{0,8}[\x00-\x7f])([\x80-\xff]{0,8}[\x00-\x7f])")
_LONGEST_SIZES = 18
_DEFAULT_COPY = 1 << 16


class Delta:
    """Reads one difference, however it is cut.

    Args:
        base: The object it is to, if that is known.
        limit: Bytes that it may be put together to.
    """

    def __init__(self, base: bytes | None, limit: int) -> None:
        self._base = base
        self._limit = limit
        self._pending = b""
        self._left: int | None = None
        self._joined: bytearray | None = None
        self._copied = False

    def feed(self, data: bytes) -> bytes:
        """Return what is added, a line apart where something is copied between.

        Nothing, if the whole is put together.

        Raises:
            UninspectableError: It is damaged.
        """
        data, at = self._pending + data, 0
        if self._left is None:
            at = self._begin(data)
        added: list[bytes] = []
        while self._left is not None and at < len(data):
            code = data[at]
            end = at + 1 + ((code & 0x7F).bit_count() if code & 0x80 else code)
            if end > len(data):
                break
            if code == 0:
                raise UninspectableError(Uninspectable.CORRUPT)
            if code & 0x80:
                self._copy(code, data[at + 1 : end])
            else:
                self._left -= code
                if self._joined is not None:
                    self._joined += data[at + 1 : end]
                else:
                    added += [b"\n"] * self._copied + [data[at + 1 : end]]
                self._copied = False
            at = end
            if self._left < 0:
                raise UninspectableError(Uninspectable.CORRUPT)
        self._pending = data[at:]
        return b"".join(added)

    def finish(self) -> bytes | None:
        """Return the object, if it could be put together.

        Raises:
            UninspectableError: It is damaged.
        """
        if self._pending or self._left != 0:
            raise UninspectableError(Uninspectable.CORRUPT)
        return None if self._joined is None else bytes(self._joined)

    def _begin(self, data: bytes) -> int:
        match = _SIZES.match(data)
        if match is None:
            if len(data) >= _LONGEST_SIZES:
                raise UninspectableError(Uninspectable.CORRUPT)
            return 0
        self._left = _number(match[2])
        if self._base is not None:
            if len(self._base) != _number(match[1]):
                raise UninspectableError(Uninspectable.CORRUPT)
            if self._left <= self._limit:
                self._joined = bytearray()
        return match.end()

    def _copy(self, code: int, fields: bytes) -> None:
        values, at = [0] * 7, 0
        for bit in range(7):
            if code & 1 << bit:
                values[bit] = fields[at]
                at += 1
        start = int.from_bytes(bytes(values[:4]), "little")
        size = int.from_bytes(bytes(values[4:]), "little") or _DEFAULT_COPY
        assert self._left is not None
        self._left -= size
        self._copied = True
        if self._base is not None and start + size > len(self._base):
            raise UninspectableError(Uninspectable.CORRUPT)
        if self._joined is not None and self._base is not None and self._left >= 0:
            self._joined += self._base[start : start + size]


def _number(field: bytes) -> int:
    return sum((byte & 0x7F) << 7 * index for index, byte in enumerate(field))

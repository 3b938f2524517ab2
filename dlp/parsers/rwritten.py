"""How R writes numbers and texts of what it saves: in bytes, or in lines (`ascii = TRUE`).

"R Internals", section 1.8, and `serialize.c` of R: `OutInteger`, `OutReal`, `OutString`.
"""

from __future__ import annotations

import re
import struct
from typing import Any

from dlp.parsers.vectors import numbers

__all__ = ["MISSING", "Binary", "DamagedError", "Lines"]

MISSING = -(1 << 31)

_TOKEN = re.compile(rb"\s*(\S+)")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_NAMED = {b"n": b"\n", b"t": b"\t", b"v": b"\v", b"b": b"\b", b"r": b"\r", b"f": b"\f", b"a": b"\a"}


class DamagedError(Exception):
    """This is no item that R writes, or one that nobody here reads."""


class Binary:
    """Reads what is written in bytes, in either order.

    Attributes:
        at: Where it is.
    """

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._order = "<" if data[at : at + 1] == b"B" else ">"
        self.at = at + 2

    def whole(self) -> int:
        """Return the next whole number."""
        value: int = struct.unpack_from(self._order + "i", self._data, self.at)[0]
        self.at += 4
        return value

    def raw(self, size: int) -> bytes:
        """Return so many bytes.

        Raises:
            DamagedError: There are not as many.
        """
        if not 0 <= size <= len(self._data) - self.at:
            raise DamagedError
        self.at += size
        return self._data[self.at - size : self.at]

    def text(self, size: int) -> bytes:
        """Return a text of so many bytes."""
        return self.raw(size)

    def numbers(self, code: str, count: int) -> list[Any]:
        """Return so many whole numbers (`i`) or floats (`d`)."""
        data = self.raw(count * struct.calcsize("=" + code))
        return numbers(code, data, swapped=self._order == ">")


class Lines:
    """Reads what is written in lines, a number or a text each.

    Attributes:
        at: Where it is.
    """

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self.at = at + 2

    def _next(self) -> bytes:
        match = _TOKEN.match(self._data, self.at)
        if match is None:
            raise DamagedError
        self.at = match.end()
        return match[1]

    def whole(self) -> int:
        """Return the next whole number."""
        return int(self._number("i"))

    def _number(self, code: str) -> float:
        token = self._next()
        try:
            if token == b"NA":
                return MISSING if code == "i" else float("nan")
            if b"0x" in token:
                return float.fromhex(token.decode())
            return int(token) if code == "i" else float(token)
        except ValueError:
            raise DamagedError from None

    def text(self, size: int) -> bytes:
        """Return a text of so many bytes."""
        return _ESCAPE.sub(_meant, self._next()) if size else b""

    def raw(self, size: int) -> bytes:
        """Return so many bytes, each two digits.

        Raises:
            DamagedError: There are not as many.
        """
        try:
            return bytes(int(self._next(), 16) for _ in range(size))
        except ValueError:
            raise DamagedError from None

    def numbers(self, code: str, count: int) -> list[Any]:
        """Return so many whole numbers (`i`) or floats (`d`)."""
        return [self._number(code) for _ in range(count)]


def _meant(match: re.Match[bytes]) -> bytes:
    """Return the character that an escape stands for."""
    escape = match[1]
    if escape.isdigit():
        return bytes([int(escape, 8) & 0xFF])
    return _NAMED.get(escape, escape)

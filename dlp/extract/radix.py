"""Ways to write bytes in characters: base64, base32, hexadecimal, binary digits, base85.

RFC 4648; for base85 the PostScript Language Reference, section 3.13.3 (Ascii85), RFC 1924, whose
alphabet Python and git use, and ZeroMQ's RFC 32 (Z85).
"""

from __future__ import annotations

import re
import struct
from base64 import b32decode, b32hexdecode
from binascii import a2b_base64, unhexlify
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ANY_BASE64",
    "ASCII85",
    "BASE32",
    "BASE32_HEX",
    "BASE32_LOWER",
    "BASE64",
    "BASE64_URL",
    "BASE85",
    "BINARY",
    "HEXADECIMAL",
    "Z85",
    "Coding",
    "run_before",
]

# Characters that stand between two pieces, at most.
_GAP = 24

_DIGITS = b"0123456789"
_LOWER = b"abcdefghijklmnopqrstuvwxyz"
_UPPER = _LOWER.upper()
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True, slots=True)
class Coding:
    """One way to write bytes.

    Attributes:
        name: As it shows in paths.
        letters: Its characters.
        quantum: Characters that are decoded together.
        decode: Decodes whole quanta.
        rest: Decodes what is left at the end.
        filled: What fills up the last quantum.
    """

    name: str
    letters: bytes
    quantum: int
    decode: Callable[[bytes], bytes]
    rest: Callable[[bytes], bytes]
    filled: bytes = b""

    def only(self, text: bytes) -> bytes:
        """Return the characters of `text` that are of this coding."""
        return text.translate(None, _others(self.letters))

    def around(self, text: bytes) -> frozenset[int]:
        """Return the other characters of `text`."""
        return frozenset(text.translate(None, self.letters))

    def tokens(self, text: bytes) -> list[bytes]:
        """Return the runs of its characters in `text`."""
        return _tokens(self.letters).findall(text)

    def between(self, text: bytes, size: int) -> bytes:
        """Return what stands between the first two runs of so many of its characters."""
        last = 0
        for match in _tokens(self.letters).finditer(text):
            start, end = match.span()
            if end - start < size:
                last = 0
                continue
            if last and start - last <= _GAP:
                return text[last:start]
            last = end
        return b""

    def starts(self, text: bytes, most: int) -> list[int]:
        """Return where the first runs of its characters begin in `text`."""
        return [match.start() for match in islice(_tokens(self.letters).finditer(text), most)]


def run_before(text: bytes, characters: bytes) -> int:
    """Return where the run of some characters begins that `text` ends with."""
    return text.translate(_members(characters)).rfind(b" ") + 1


@lru_cache(maxsize=64)
def _members(characters: bytes) -> bytes:
    return bytes(0x61 if byte in characters else 0x20 for byte in range(256))


@cache
def _others(letters: bytes) -> bytes:
    return bytes(set(range(256)) - set(letters))


@cache
def _tokens(letters: bytes) -> re.Pattern[bytes]:
    return re.compile(b"[" + re.escape(letters) + b"]+")


def _base64(characters: bytes) -> bytes:
    return a2b_base64(characters.translate(_URL_SAFE))


def _base64_rest(characters: bytes) -> bytes:
    if len(characters) < 2:
        return b""
    return _base64(characters + b"=" * (4 - len(characters)))


def _base32_rest(decode: Callable[[bytes], bytes], characters: bytes) -> bytes:
    whole = characters[: {2: 2, 3: 2, 4: 4, 5: 5, 6: 5, 7: 7}.get(len(characters), 0)]
    return decode(whole + b"=" * (8 - len(whole))) if whole else b""


def _base32_lower(characters: bytes) -> bytes:
    return b32decode(characters, casefold=True)


def _binary(characters: bytes) -> bytes:
    return int(characters, 2).to_bytes(len(characters) // 8) if characters else b""


def _nothing(_: bytes) -> bytes:
    return b""


def _base85(values: bytes, characters: bytes) -> bytes:
    digits = characters.translate(values)
    groups = zip(*(digits[place::5] for place in range(5)), strict=True)
    # What is too large for four bytes is no base85; text is read on all the same.
    numbers = [
        ((((a * 85 + b) * 85 + c) * 85 + d) * 85 + e) & 0xFFFF_FFFF for a, b, c, d, e in groups
    ]
    return struct.pack(f">{len(numbers)}I", *numbers)


def _base85_rest(letters: bytes, decode: Callable[[bytes], bytes], characters: bytes) -> bytes:
    if len(characters) < 2:
        return b""
    return decode(characters.ljust(5, letters[-1:]))[: len(characters) - 1]


def _of_85(name: str, letters: bytes) -> Coding:
    values = bytearray(256)
    for value, letter in enumerate(letters):
        values[letter] = value
    decode = partial(_base85, bytes(values))
    return Coding(name, letters, 5, decode, partial(_base85_rest, letters, decode))


def _of_32(letters: bytes, decode: Callable[[bytes], bytes]) -> Coding:
    return Coding("base32", letters, 8, decode, partial(_base32_rest, decode), b"=")


_OF_64 = _UPPER + _LOWER + _DIGITS
# Either alphabet, or one alone.
ANY_BASE64 = Coding("base64", _OF_64 + b"+/_-", 4, _base64, _base64_rest, b"=")
BASE64 = Coding("base64", _OF_64 + b"+/", 4, _base64, _base64_rest, b"=")
BASE64_URL = Coding("base64", _OF_64 + b"_-", 4, _base64, _base64_rest, b"=")
BASE32 = _of_32(_UPPER + b"234567", b32decode)
BASE32_LOWER = _of_32(_LOWER + b"234567", _base32_lower)
BASE32_HEX = _of_32(_DIGITS + _UPPER[:22], b32hexdecode)
HEXADECIMAL = Coding("hex", _DIGITS + b"abcdefABCDEF", 2, unhexlify, _nothing)
BINARY = Coding("binary", b"01", 8, _binary, _nothing)
ASCII85 = _of_85("ascii85", bytes(range(0x21, 0x76)))
BASE85 = _of_85("base85", _DIGITS + _UPPER + _LOWER + b"!#$%&()*+-;<=>?@^_`{|}~")
Z85 = _of_85("base85", _DIGITS + _LOWER + _UPPER + b".-:+=^!/*?&<>()[]{}@%$#")

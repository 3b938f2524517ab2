"""Ways to write bytes in characters: base64, base32, hexadecimal, binary digits, base85.

RFC 4648; for base85 the PostScript Language Reference, section 3.13.3 (Ascii85), RFC 1924, whose
alphabet Python and git use, and ZeroMQ's RFC 32 (Z85).
"""

from __future__ import annotations

import re
import struct
from binascii import unhexlify
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import islice
from typing import TYPE_CHECKING

from pybase64 import b64decode

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
    "Quanta",
    "are_uu_lines",
    "even",
    "run_at",
    "run_before",
    "unbroken",
    "uu_lines",
]

# Characters that stand between two pieces, at most.
_GAP = 24

_DIGITS = b"0123456789"
_LOWER = b"abcdefghijklmnopqrstuvwxyz"
_UPPER = _LOWER.upper()
# Lines of uuencode with 45 bytes each; what stands for a value, a blank or a grave for zero, is the
# character of base64 that does.
_UU_FULL = 60
_END, _FULL = b"\nM"
_UU_SIZES = (len("M") + _UU_FULL + len("\n"), len("M") + _UU_FULL + len("\r\n"))
# Letters and digits of base32, and the ends of lines.
_OF_BASE32 = 32 + 2
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True, slots=True)
class Coding:
    """One way to write bytes.

    Attributes:
        name: As it shows in paths.
        letters: Its characters.
        quantum: Characters that are decoded together.
        decode: Decodes whole quanta; ValueError if there are other characters.
        rest: Decodes what is left at the end.
        filled: What fills up the last quantum.
    """

    name: str
    letters: bytes
    quantum: int
    decode: Callable[[bytes], bytes]
    rest: Callable[[bytes], bytes]
    filled: bytes = b""

    def whole(self, characters: bytes) -> bytes:
        """Return what all of some characters of this coding decode to."""
        end = len(characters) // self.quantum * self.quantum
        decoded = self.decode(characters[:end])
        return decoded + self.rest(characters[end:]) if end < len(characters) else decoded

    def only(self, text: bytes) -> bytes:
        """Return the characters of `text` that are of this coding."""
        return text.translate(None, _others(self.letters))

    def around(self, text: bytes) -> frozenset[int]:
        """Return the other characters of `text`."""
        return frozenset(text.translate(None, self.letters))

    def lengths(self, text: bytes) -> list[int]:
        """Return how long the runs of its characters in `text` are."""
        return list(map(len, text.translate(_members(self.letters)).split()))

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


def run_at(text: bytes, characters: bytes) -> int:
    """Return where the run of some characters ends that `text` begins with."""
    end = text.translate(_members(characters)).find(b" ")
    return len(text) if end < 0 else end


class Quanta:
    """Decodes characters that come piece by piece.

    Args:
        coding: How they are written.
    """

    def __init__(self, coding: Coding) -> None:
        self._coding = coding
        self._kept = b""

    def feed(self, characters: bytes) -> bytes:
        """Return what whole quanta decode to.

        Raises:
            ValueError: There are other characters; then nothing was taken.
        """
        coding = self._coding
        characters = self._kept + characters
        end = len(characters) // coding.quantum * coding.quantum
        if characters[end:].translate(None, coding.letters):
            raise ValueError("other characters")
        decoded = coding.decode(characters[:end])
        self._kept = characters[end:]
        return decoded

    def finish(self) -> bytes:
        """Return what is left; something else may follow."""
        kept, self._kept = self._kept, b""
        return self._coding.rest(kept)


def even(text: bytes, sign: bytes, count: int) -> int:
    """Return how far apart the signs of `text` are, of which there are `count`, or 0 if unevenly.

    Lines of what is encoded are as long as each other.
    """
    if count < 2:
        return len(text)
    first = text.index(sign)
    apart = text.index(sign, first + 1) - first
    return apart if text[first::apart].count(sign) == count else 0


def unbroken(text: bytes) -> tuple[bytes, int]:
    """Return `text` without its ends of lines, and how far apart those are, or 0 if unevenly."""
    first = text.find(b"\n")
    apart = text.find(b"\n", first + 1) - first
    if first < 0 or apart <= 0:
        return text.replace(b"\n", b""), len(text)
    if text[first::apart].strip(b"\n") == b"":
        # Several times as fast as to look for each.
        characters = bytearray(text)
        del characters[first::apart]
        if b"\n" not in characters:
            return bytes(characters), apart
    return text.replace(b"\n", b""), 0


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
    if b"-" in characters or b"_" in characters:
        characters = characters.translate(_URL_SAFE)
    decoded = b64decode(characters, validate=True)
    if len(decoded) * 4 != len(characters) * 3:
        raise ValueError("padding")
    return decoded


def _base64_rest(characters: bytes) -> bytes:
    if len(characters) < 2:
        return b""
    return _base64(characters.ljust(4, b"A"))[: len(characters) - 1]


def _in_bits(bits: int, values: bytes, characters: bytes) -> bytes:
    """Return the whole bytes that characters of so many bits each make; ValueError for others."""
    size, over = divmod(len(characters) * bits, 8)
    # Of a base that is a power of two, the interpreter reads numbers of any size in linear time.
    number = int(characters.translate(values), 1 << bits) if characters else 0
    return (number >> over).to_bytes(size)


def uu_lines(text: bytes) -> tuple[bytes, int]:
    """Return what full lines of uuencode at the beginning decode to, and how far they reach.

    Nothing where other lines follow: those are read one by one.
    """
    size = text.find(b"\n") + 1
    if size not in _UU_SIZES or not text.startswith(b"M"):
        return b"", 0
    end = len(text) // size * size
    # Each line gives sixty characters behind its length, if it ends where the first one does.
    characters = bytearray(text[:end].translate(_UU_VALUES, b"\r\n"))
    lines = end // size
    full = characters[:: _UU_FULL + 1] == text[:1].translate(_UU_VALUES) * lines
    if (
        not full
        or len(characters) != lines * (_UU_FULL + 1)
        or even(text[:end], b"\n", lines) < size
    ):
        return b"", 0
    del characters[:: _UU_FULL + 1]
    try:
        return b64decode(characters, validate=True), end
    except ValueError:
        return b"", 0


def are_uu_lines(block: bytes) -> bool:
    """Tell whether a block of text is full lines of uuencode, but for its edges."""
    first = block.find(b"\n")
    size = block.find(b"\n", first + 1) - first
    if size not in _UU_SIZES:
        return False
    ends, starts = set(block[first::size]), set(block[first + 1 :: size])
    # They have no small letters, and more characters than base32.
    sample = block[: 8 * size]
    return (
        ends == {_END} and starts == {_FULL} and sample.isupper() and len(set(sample)) > _OF_BASE32
    )


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


def _of_bits(name: str, bits: int, letters: bytes, filled: bytes = b"") -> Coding:
    values = bytearray(256)
    for letter, digit in zip(letters, _DIGITS + _LOWER, strict=False):
        values[letter] = digit
    decode = partial(_in_bits, bits, bytes(values))
    return Coding(name, letters, 8, decode, decode, filled)


_OF_64 = _UPPER + _LOWER + _DIGITS
_UU_VALUES = bytes(
    (_OF_64 + b"+/")[(byte - 0x20) % 64] if 0x20 <= byte <= 0x60 else 0 for byte in range(256)
)
# Either alphabet, or one alone.
ANY_BASE64 = Coding("base64", _OF_64 + b"+/_-", 4, _base64, _base64_rest, b"=")
BASE64 = Coding("base64", _OF_64 + b"+/", 4, _base64, _base64_rest, b"=")
BASE64_URL = Coding("base64", _OF_64 + b"_-", 4, _base64, _base64_rest, b"=")
BASE32 = _of_bits("base32", 5, _UPPER + b"234567", b"=")
BASE32_LOWER = _of_bits("base32", 5, _LOWER + b"234567", b"=")
BASE32_HEX = _of_bits("base32", 5, _DIGITS + _UPPER[:22], b"=")
HEXADECIMAL = Coding("hex", _DIGITS + b"abcdefABCDEF", 2, unhexlify, _nothing)
BINARY = _of_bits("binary", 1, b"01")
ASCII85 = _of_85("ascii85", bytes(range(0x21, 0x76)))
BASE85 = _of_85("base85", _DIGITS + _UPPER + _LOWER + b"!#$%&()*+-;<=>?@^_`{|}~")
Z85 = _of_85("base85", _DIGITS + _LOWER + _UPPER + b".-:+=^!/*?&<>()[]{}@%$#")

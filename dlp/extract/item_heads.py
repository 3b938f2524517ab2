"""How items of CBOR and of MessagePack begin: a table of first bytes for each.

RFC 8949, section 3 and appendix B; the MessagePack specification, "Formats".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial

__all__ = ["CBOR", "MSGPACK", "Head", "Heads", "Kind"]


class Kind(Enum):
    """What an item is. A word is `true` and the like; a tag tells what the next item means."""

    NUMBER = auto()
    NEGATIVE = auto()
    FLOAT = auto()
    WORD = auto()
    STRING = auto()
    ARRAY = auto()
    MAP = auto()
    TAG = auto()
    EXTENSION = auto()
    BREAK = auto()


@dataclass(frozen=True, slots=True)
class Head:
    """How an item begins.

    Attributes:
        kind: What it is.
        value: Its value or length, unless that follows; -1 for a length that only its end tells.
        follows: The value that follows.
        text: Whether it is a string of text.
    """

    kind: Kind
    value: int | bytes = 0
    follows: struct.Struct | None = None
    text: bool = False


type Heads = dict[int, Head]


def _heads_of_cbor() -> Heads:
    kinds = (
        Kind.NUMBER,
        Kind.NEGATIVE,
        Kind.STRING,
        Kind.STRING,
        Kind.ARRAY,
        Kind.MAP,
        Kind.TAG,
    )
    heads: Heads = {}
    for major, kind in enumerate(kinds):
        first, head = major << 5, partial(Head, kind, text=major == 3)
        heads |= {first + value: head(value) for value in range(24)}
        heads |= {
            first + 24 + at: head(follows=struct.Struct(f">{letter}"))
            for at, letter in enumerate("BHIQ")
        }
        if kind in (Kind.STRING, Kind.ARRAY, Kind.MAP):
            heads[first + 31] = head(-1)
    words = (b"false", b"true", b"null", b"null")
    heads |= {0xF4 + at: Head(Kind.WORD, word) for at, word in enumerate(words)}
    heads |= {
        0xF9 + at: Head(Kind.FLOAT, follows=struct.Struct(f">{letter}"))
        for at, letter in enumerate("efd")
    }
    heads[0xFF] = Head(Kind.BREAK)
    return heads


def _heads_of_msgpack() -> Heads:
    heads = {value & 0xFF: Head(Kind.NUMBER, value) for value in range(-32, 128)}
    heads |= {0x80 + size: Head(Kind.MAP, size) for size in range(16)}
    heads |= {0x90 + size: Head(Kind.ARRAY, size) for size in range(16)}
    heads |= {0xA0 + size: Head(Kind.STRING, size, text=True) for size in range(32)}
    words = {0xC0: b"null", 0xC2: b"false", 0xC3: b"true"}
    heads |= {first: Head(Kind.WORD, word) for first, word in words.items()}
    heads |= {0xD4 + at: Head(Kind.EXTENSION, 1 << at) for at in range(5)}
    for first, kind, letters, text in (
        (0xC4, Kind.STRING, "BHI", False),
        (0xC7, Kind.EXTENSION, "BHI", False),
        (0xCA, Kind.FLOAT, "fd", False),
        (0xCC, Kind.NUMBER, "BHIQbhiq", False),
        (0xD9, Kind.STRING, "BHI", True),
        (0xDC, Kind.ARRAY, "HI", False),
        (0xDE, Kind.MAP, "HI", False),
    ):
        heads |= {
            first + at: Head(kind, follows=struct.Struct(f">{letter}"), text=text)
            for at, letter in enumerate(letters)
        }
    return heads


CBOR, MSGPACK = _heads_of_cbor(), _heads_of_msgpack()

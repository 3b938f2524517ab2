"""Fields of Protocol Buffers, as text: what bytes mean that name nothing.

A field tells its number and how long it is, not what it holds: a string and a message inside of a
message look alike, and are told apart by whether they are text, and fields all over.

https://protobuf.dev/programming-guides/encoding
"""

from __future__ import annotations

import struct

__all__ = [
    "KINDS",
    "LENGTH",
    "SHOWN",
    "DamagedError",
    "begins_message",
    "read_number",
    "read_value",
    "varint",
]

# A longer field is a document or a list of messages.
SHOWN = 4096
LENGTH = 2
_VARINT, _FIXED64, _FIXED32 = 0, 1, 5
KINDS = (_VARINT, _FIXED64, LENGTH, _FIXED32)
# Messages inside of each other; more is nothing that anybody writes.
_NESTED = 32
# The field of a message that somebody thought of, at most.
_LIKELY = 4096
# Fewer letters prove nothing.
_WORD = 4
# Numbers with fewer digits identify nobody, and none has more.
_LEAST, _MOST = 10**8, 10**16
# No characters of text.
_CONTROLS = bytes({*range(32), 127} - {9, 10, 13})
_DOUBLE = struct.Struct("<d")


class DamagedError(Exception):
    """No field begins here."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at `at`, and where it ends.

    Raises:
        DamagedError: It is longer than one may be.
        IndexError: The data ends in it.
    """
    value = data[at]
    at += 1
    if value < 0x80:
        return value, at
    value &= 0x7F
    for shift in range(7, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise DamagedError


def read_number(data: bytes, kind: int, at: int, out: list[bytes]) -> int:
    """Add the number at `at` to the text, if it may identify anybody, and return where it ends.

    Raises:
        DamagedError: It is no number.
        IndexError: The data ends in it.
    """
    if kind == _VARINT:
        value, end = varint(data, at)
        if _LEAST <= value < _MOST:
            out.append(b"%d\t" % value)
        return end
    if kind not in (_FIXED64, _FIXED32):
        raise DamagedError
    end = at + (8 if kind == _FIXED64 else 4)
    if end > len(data):
        raise IndexError
    value = int.from_bytes(data[at:end], "little")
    if _LEAST <= value < _MOST:
        out.append(b"%d\t" % value)
    elif kind == _FIXED64:
        (fraction,) = _DOUBLE.unpack_from(data, at)
        if _LEAST <= fraction < _MOST and fraction == fraction // 1:
            out.append(b"%d\t" % fraction)
    return end


def read_value(value: bytes, out: list[bytes], others: list[bytes], depth: int = 0) -> None:
    """Add a field's bytes to the text: a string, or a message's fields.

    Args:
        value: The bytes.
        out: The text, in pieces.
        others: What is neither.
        depth: Messages that are open.
    """
    is_text = _is_text(value)
    if is_text:
        out.append(value + b"\t")
    # A message whose strings are long may have no byte that is none of text.
    if len(value) > 1 and not (is_text and value[0] & 7 != LENGTH):
        mark, others_mark = len(out), len(others)
        try:
            _read_message(value, out, others, depth)
        except (DamagedError, IndexError):
            del out[mark:], others[others_mark:]
            if not is_text:
                others.append(value)


def _read_message(data: bytes, out: list[bytes], others: list[bytes], depth: int) -> None:
    if depth == _NESTED:
        raise DamagedError
    at, size = 0, len(data)
    while at < size:
        tag, at = varint(data, at)
        if tag < 8:
            raise DamagedError
        if tag & 7 != LENGTH:
            at = read_number(data, tag & 7, at, out)
            continue
        length, at = varint(data, at)
        end = at + length
        if end > size:
            raise DamagedError
        read_value(data[at:end], out, others, depth + 1)
        at = end


def begins_message(head: bytes, *, whole: bool) -> bool:
    """Tell whether fields begin here that somebody would write.

    Args:
        head: The first bytes.
        whole: Whether these are all: then the last field has to end with them.
    """
    # Text has none of the small numbers that are tags.
    has_tags = whole or len(head.translate(None, _CONTROLS)) < len(head)
    return has_tags and _begins(head, whole=whole)


def _begins(head: bytes, *, whole: bool) -> bool:
    fields = told = counted = at = 0
    try:
        while at < len(head):
            tag, behind = varint(head, at)
            if not 8 <= tag < _LIKELY * 8:
                return False
            fields += 1
            if tag & 7 != LENGTH:
                numbers: list[bytes] = []
                begin, at = at, read_number(head, tag & 7, behind, numbers)
                counted += at - begin if numbers else 0
                continue
            length, at = varint(head, behind)
            value = head[at : at + length]
            if len(value) == length:
                told += _told(value)
            elif len(value) >= _WORD and (_is_text(value) or begins_message(value, whole=False)):
                told += len(value)
            at += length
    except DamagedError:
        return False
    except IndexError:
        if whole:
            return False
    if whole:
        # Chance makes fields of a digest, but no text.
        return at == len(head) and told > 0 and (told + counted) * 2 > len(head)
    return fields > 1 and told >= _WORD


def _told(value: bytes) -> int:
    """Return how many bytes of a field say something."""
    if _is_text(value):
        return len(value) if len(value) >= _WORD else 0
    found: list[bytes] = []
    try:
        _read_message(value, found, [], 0)
    except (DamagedError, IndexError):
        return 0
    return sum(map(len, found))


def _is_text(value: bytes) -> bool:
    if len(value.translate(None, _CONTROLS)) < len(value):
        return False
    try:
        return value.isascii() or bool(value.decode("utf-8"))
    except UnicodeDecodeError:
        return False

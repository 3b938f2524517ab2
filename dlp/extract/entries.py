"""Entries of a store, keys and values, put together as records where keys say whose they are.

A program that keeps records in such a store may write each field as an entry of its own:
`patients:107:nom`, `nom/107`, or a number in bytes and a name. What recurs in keys are names, and
what does not tells records apart.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

from dlp.extract.glued import is_text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Entries"]

# Bytes of entries that are put together at once, and of the longest one's key and value.
_BATCH, _KEY, _VALUE = 1 << 20, 256, 4096
# How often what is a name recurs, in keys of as many records.
_RECURS = 3
# Bytes of a number that may be letters before a name.
_GLUED = 3
_PARTS = re.compile(rb"[A-Za-z_\xc3-\xf4][\w\x80-\xff-]*|\w+")
# What tells records apart; names end in one or two digits.
_NUMBER = re.compile(rb"(?![A-Za-z_-]{3,}\d{1,2}\Z)[^0-9]*\d")
_NAME = re.compile(rb"[A-Za-z_][\w -]*\Z")


class Entries:
    """Collects entries, and writes those of a record as an object of JSON in a line."""

    def __init__(self) -> None:
        self._entries: dict[bytes, bytes] = {}
        self._size = 0

    def add(self, key: bytes, value: bytes) -> bytes:
        """Take an entry, and return the records that are known by now."""
        if len(key) > _KEY or not 0 < len(value) <= _VALUE or not is_text(value):
            return b""
        self._entries[key] = value
        self._size += len(key) + len(value)
        return self.finish() if self._size > _BATCH else b""

    def finish(self) -> bytes:
        """Return the records of all entries that are not written yet."""
        entries, self._entries, self._size = self._entries, {}, 0
        records: dict[bytes, dict[str, str]] = {}
        for (record, field), value in zip(_told(entries), entries.values(), strict=True):
            records.setdefault(record, {})[_decoded(field)] = _decoded(value)
        lines = (
            json.dumps(one, ensure_ascii=False) if len(one) > 1 else "".join(one.values())
            for one in records.values()
        )
        return "".join(f"{line}\n" for line in lines).encode()


def _told(keys: dict[bytes, bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the record and the field that each key names, or nothing for one of them."""
    parts = [_PARTS.findall(key) if is_text(key) else [] for key in keys]
    names = Counter(part for of_key in parts for part in of_key if not _NUMBER.match(part))
    for key, of_key in zip(keys, parts, strict=True):
        if not of_key and (match := _NAME.search(key)):
            names.update(match[0][at:] for at in range(_GLUED))
    for key, of_key in zip(keys, parts, strict=True):
        if not of_key:
            yield _ends_in_name(key, names)
            continue
        # What stands in all keys names the table.
        own = [part for part in of_key if names[part] < len(keys)]
        record = [part for part in own if names[part] < _RECURS]
        if not record and len(own) > 1:
            # Who somebody is may be said by a name.
            record = [min(own, key=lambda part: names[part])]
        yield b"\0".join(record), b" ".join(part for part in own if part not in record)


def _ends_in_name(key: bytes, names: Counter[bytes]) -> tuple[bytes, bytes]:
    """Return what a key of bytes begins with, and the name that it ends in."""
    match = _NAME.search(key)
    name = match[0] if match else b""
    for at in range(min(len(name), _GLUED)):
        if names[name[at:]] >= _RECURS:
            name = name[at:]
            break
    return key[: len(key) - len(name)], name


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace")

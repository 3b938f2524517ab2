"""Entries of stores become records, where their keys say whose they are."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

import pytest

from dlp.extract.entries import Entries

ROWS = [
    ("DURAND", "Zoé", "1980-02-03"),
    ("PETIT", "Noé", "1971-12-30"),
    ("ROUX", "Léa", "1999-07-14"),
    ("FAURE", "Éva", "2001-01-09"),
]
FIELDS = ("nom", "prenom", "naissance")


def lines(entries: list[tuple[bytes, bytes]]) -> list[str]:
    store = Entries()
    text = b"".join(store.add(*one) for one in entries) + store.finish()
    return text.decode().splitlines()


@pytest.mark.parametrize(
    "key",
    [
        lambda number, field: f"patients:{number}:{field}".encode(),
        lambda number, field: f"{field}/{number:08}".encode(),
        lambda number, field: f"hash.patient.{number:x}a9-77{number}.{field}".encode(),
        lambda number, field: f"{'abcdefgh'[number % 8] * 5}:{field}".encode(),
        lambda number, field: struct.pack(">I", number) + field.encode(),
        lambda number, field: b"p\0" + struct.pack("<I", number) + b"\0" + field.encode(),
    ],
)
def test_fields_of_a_record_come_together(key: Callable[[int, str], bytes]) -> None:
    entries = [
        (key(number + 105, field), cell.encode())
        for number, row in enumerate(ROWS)
        for field, cell in zip(FIELDS, row, strict=True)
    ]
    # Trees of words are sorted by them, tables of hashes by chance.
    for order in (sorted(entries), entries[::-1]):
        records = [json.loads(line) for line in lines(order)]

        assert sorted((one["nom"], one["prenom"], one["naissance"]) for one in records) == sorted(
            ROWS
        )


def test_a_value_that_is_a_record_is_a_line() -> None:
    values = [";".join(row) for row in ROWS]

    assert lines([(b"%d" % n, one.encode()) for n, one in enumerate(values)]) == values


def test_what_is_no_text_or_too_long_is_left_out() -> None:
    assert lines([(b"a", b"\0\1"), (b"b", b"x" * 5000), (b"k" * 300, b"x"), (b"c", b"")]) == []


def test_many_entries_are_written_in_between() -> None:
    store = Entries()

    written = [store.add(b"%d" % number, b"x" * 4000) for number in range(600)]

    assert sum(map(bool, written)) == 2

"""BSON, written by hand after bsonspec.org."""

from __future__ import annotations

import gzip
import json
import random
import struct
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

type Read = Callable[..., dict[str, list[bytes]]]
type Value = object

NIR = 255081416802538
PATIENT: dict[str, Value] = {
    "_id": None,
    "nir": NIR,
    "as a fraction": float(NIR),
    "nom": 'Élodie "Lili" Durand',
    "naissance": datetime(1955, 8, 12, tzinfo=UTC),
    "analyses": [{"nom": "glycémie", "valeur": 1.5}, {}],
    "small": 3,
}


def element(name: str, value: Value) -> bytes:
    def typed(kind: int, body: bytes) -> bytes:
        return bytes([kind]) + name.encode() + b"\0" + body

    match value:
        case float():
            return typed(0x01, struct.pack("<d", value))
        case str():
            text = value.encode() + b"\0"
            return typed(0x02, struct.pack("<i", len(text)) + text)
        case dict():
            return typed(0x03, document(value))
        case list():
            return typed(0x04, document({str(n): one for n, one in enumerate(value)}))
        case bytes():
            return typed(0x05, struct.pack("<iB", len(value), 0) + value)
        case datetime():
            return typed(0x09, struct.pack("<q", int(value.timestamp() * 1000)))
        case int() if abs(value) < 1 << 31:
            return typed(0x10, struct.pack("<i", value))
        case int():
            return typed(0x12, struct.pack("<q", value))
        case _:
            return typed(0x07, bytes(12))


def document(fields: dict[str, Value]) -> bytes:
    body = b"".join(element(name, value) for name, value in fields.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def documents(texts: dict[str, list[bytes]]) -> list[dict[str, Value]]:
    (text,) = next(found for path, found in texts.items() if path.endswith("/documents"))
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("count", [1, 300])
@pytest.mark.parametrize("step", [0, 1, 1009])
def test_documents_are_read_as_json(read: Read, count: int, step: int) -> None:
    found = documents(read(document(PATIENT) * count, step=step if count == 1 else step % 2 * 999))

    assert len(found) == count
    assert found[0] == PATIENT | {
        "as a fraction": NIR,
        "naissance": "1955-08-12",
        "analyses": {"0": {"nom": "glycémie", "valeur": 1.5}, "1": {}},
    }


def test_a_document_may_be_long_and_hold_files(read: Read) -> None:
    noise = random.Random(3).randbytes(9000).hex()
    file = gzip.compress(f"{noise} {NIR} Durand".encode())
    texts = read(document({"nom": noise, "fichier": file, "nir": NIR}), step=700)

    assert documents(texts)[0]["nir"] == NIR
    assert any(b" 255081416802538 Durand" in text for path in texts for text in texts[path])


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_what_is_cut_off_ends_but_this_reading(read: Read, cut: int) -> None:
    assert len(documents(read((document(PATIENT) * 9)[:-cut]))) == 8


@pytest.mark.parametrize(
    "body", [b"\x10\0\0\0text and no more", random.Random(5).randbytes(600), b"\x0c\0\0\0" * 99]
)
def test_others_are_none(read: Read, body: bytes) -> None:
    assert not any(path.endswith("/documents") for path in read(body))


@given(st.lists(st.integers(0, 1200), max_size=6), st.binary(max_size=9))
def test_cuts_do_not_matter(read: Read, cuts: list[int], behind: bytes) -> None:
    body = document(PATIENT) * 4 + behind

    assert read(body, cuts=cuts) == read(body)

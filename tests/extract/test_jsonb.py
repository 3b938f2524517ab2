"""Documents of PostgreSQL's jsonb are read as the JSON that they stand for, or as nothing."""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.extract.jsonb import as_json

OBJECT, ARRAY = 0x20000000, 0x40000000
TEXT, NUMBER, NULL, TRUE, CONTAINER = 0, 0x10000000, 0x40000000, 0x30000000, 0x50000000


def container(kind: int, values: list[tuple[int, bytes]]) -> bytes:
    """Values whose lengths are told; numbers and containers at multiples of four."""
    body, entries = b"", b""
    for of, value in values:
        aligned = b"" if of in (TEXT, NULL, TRUE) else bytes(-len(body) % 4)
        body += aligned + value
        entries += struct.pack("<I", of | len(aligned) + len(value))
    count = len(values) // (2 if kind == OBJECT else 1)
    return struct.pack("<I", kind | count) + entries + body


def number(head: int, *digits: int) -> bytes:
    value = struct.pack(f"<{len(digits) + 1}H", head, *digits)
    return struct.pack("<I", len(value) + 4 << 2) + value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (container(OBJECT, [(TEXT, b"nom"), (TEXT, "Zoé".encode())]), {"nom": "Zoé"}),
        (container(ARRAY, [(TEXT, b"a"), (NULL, b""), (TRUE, b"")]), ["a", None, True]),
        # 2 58 01 23 456 789 01 in digits of ten thousand; 12.5; -3; 0.
        (container(ARRAY, [(NUMBER, number(0x8003, 258, 123, 4567, 8901))]), ["258012345678901"]),
        (container(ARRAY, [(TEXT, b"x"), (NUMBER, number(0x8080, 12, 5000))]), ["x", "12.5000"]),
        (container(ARRAY, [(NUMBER, number(0xA000, 3)), (NUMBER, number(0x8000))]), ["-3", "0"]),
        (
            container(OBJECT, [(TEXT, b"p"), (CONTAINER, container(ARRAY, [(TEXT, b"q")]))]),
            {"p": ["q"]},
        ),
    ],
)
def test_documents_are_json(value: bytes, said: object) -> None:
    assert json.loads(as_json(value)) == said
    for cut in range(len(value) - 1):
        assert as_json(value[:cut]) in (b"", as_json(value))


@given(st.binary(max_size=80), st.sampled_from([OBJECT, ARRAY]), st.integers(1, 6))
def test_chance_is_a_document_or_nothing(rest: bytes, kind: int, count: int) -> None:
    said = as_json(struct.pack("<I", kind | count) + rest)

    assert not said or json.loads(said) is not None


def test_containers_in_each_other_end() -> None:
    value = container(ARRAY, [(TEXT, b"x")])
    for _ in range(100):
        value = container(ARRAY, [(CONTAINER, value)])

    assert as_json(value) == b""

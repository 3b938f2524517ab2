"""Protocol Buffers, written by Google's own library."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import pytest
import zstandard
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.internal.encoder import _VarintBytes
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

type Read = Callable[..., dict[str, list[bytes]]]

NIR = "255081416802538"


def messages() -> dict[str, type[Message]]:
    """Return messages of a schema of this test's own."""
    kinds = descriptor_pb2.FieldDescriptorProto
    patient = descriptor_pb2.DescriptorProto(name="Patient")
    for number, name, kind in (
        (1, "nir", kinds.TYPE_STRING),
        (2, "name", kinds.TYPE_STRING),
        (3, "number", kinds.TYPE_UINT64),
        (4, "fixed", kinds.TYPE_FIXED64),
        (5, "fraction", kinds.TYPE_DOUBLE),
        (6, "note", kinds.TYPE_STRING),
        (7, "file", kinds.TYPE_BYTES),
        (200, "small", kinds.TYPE_INT32),
    ):
        patient.field.add(name=name, number=number, type=kind, label=kinds.LABEL_OPTIONAL)
    export = descriptor_pb2.DescriptorProto(name="Export")
    export.field.add(
        name="patients",
        number=3,
        type=kinds.TYPE_MESSAGE,
        type_name=".test.Patient",
        label=kinds.LABEL_REPEATED,
    )
    file = descriptor_pb2.FileDescriptorProto(
        name="test.proto", package="test", syntax="proto3", message_type=[patient, export]
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    classes: dict[str, type[Message]] = message_factory.GetMessageClassesForFiles(
        ["test.proto"], pool
    )
    return classes


SCHEMA = messages()
PATIENT, EXPORT = SCHEMA["test.Patient"], SCHEMA["test.Export"]


def glued(length: int = 50) -> str:
    """Return a string that begins with a number and is so many bytes long."""
    return f"{NIR} Durand, sous traitement pour un diabète".ljust(length - 1, "!")


def fields(texts: dict[str, list[bytes]]) -> str:
    return b"".join(
        text for path, found in texts.items() if path.endswith("/fields") for text in found
    ).decode()


@pytest.mark.parametrize("length", [48, 50, 57])
@pytest.mark.parametrize("step", [0, 1, 7])
def test_the_length_of_a_string_is_set_apart_from_it(read: Read, length: int, step: int) -> None:
    said = glued(length)
    body = PATIENT(note=said, small=3).SerializeToString()
    assert chr(len(said.encode())).isdigit()

    assert said in fields(read(body, step=step)).splitlines()[0].split("\t")


@pytest.mark.parametrize("field", ["number", "fixed", "fraction"])
def test_numbers_are_read(read: Read, field: str) -> None:
    body = PATIENT(name="Durand", **{field: int(NIR)}).SerializeToString()

    assert fields(read(body)).split() == ["Durand", NIR]


@pytest.mark.parametrize("count", [1, 5, 300])
@pytest.mark.parametrize("step", [0, 1009])
def test_each_message_is_a_line(read: Read, count: int, step: int) -> None:
    patients = [PATIENT(nir=NIR, name=f"Durand {n}", note="un mot") for n in range(count)]
    body = EXPORT(patients=patients).SerializeToString()

    lines = [line for line in fields(read(body, step=step)).splitlines() if line]
    assert lines == [f"{NIR}\tDurand {n}\tun mot\t" for n in range(count)]


def test_messages_may_be_longer_than_a_field(read: Read) -> None:
    inner = EXPORT(patients=[PATIENT(nir=NIR, name=f"Durand {n}") for n in range(300)])
    body = PATIENT(name="export", file=inner.SerializeToString()).SerializeToString()

    assert fields(read(body)).count(NIR) == 300


def test_messages_may_stand_behind_their_lengths(read: Read) -> None:
    one = PATIENT(nir=NIR, name="Durand", note=glued()).SerializeToString()
    body = (_VarintBytes(len(one)) + one) * 4

    assert [line for line in fields(read(body)).splitlines() if line] == [
        f"{NIR}\tDurand\t{glued()}\t"
    ] * 4


@pytest.mark.parametrize("packed", [bytes, gzip.compress, zlib.compress, zstandard.compress])
@pytest.mark.parametrize("step", [0, 1, 7])
def test_frames_of_calls_are_opened(
    read: Read, packed: Callable[[bytes], bytes], step: int
) -> None:
    sent = packed(PATIENT(note=glued()).SerializeToString())
    body = (bytes([packed is not bytes]) + len(sent).to_bytes(4) + sent) * 3

    assert fields(read(body, step=step)).count(glued() + "\t") == 3


def test_files_in_fields_are_opened(read: Read) -> None:
    for noise in (0, 9000):
        text = (
            f"nir;nom\n{NIR};Durand\n".encode() + random.Random(3).randbytes(noise).hex().encode()
        )
        body = PATIENT(name="a.gz", file=gzip.compress(text)).SerializeToString()

        texts = read(body)
        assert any(text in b"".join(found) for found in texts.values())


def test_a_message_may_break_off(read: Read) -> None:
    body = EXPORT(patients=[PATIENT(nir=NIR, name="Durand")] * 40).SerializeToString()

    assert fields(read(body[:-7])).count(NIR) == 39


@pytest.mark.parametrize(
    "text", [b"\n0" + b"1" * 600, b"jour;nom\n" * 100, b"", b"\n", b"BEGIN\r\n\tEND\r\n" * 80]
)
def test_text_is_no_message(read: Read, text: bytes) -> None:
    assert not fields(read(text))


@given(st.lists(st.integers(0, 3000), max_size=8), st.integers(0, 2**32))
def test_cuts_do_not_matter(read: Read, cuts: list[int], seed: int) -> None:
    rng = random.Random(seed)
    body = EXPORT(
        patients=[
            PATIENT(nir=NIR, note="é" * rng.randrange(3000), file=rng.randbytes(rng.randrange(300)))
            for _ in range(rng.randrange(1, 5))
        ]
    ).SerializeToString()

    assert read(body, cuts=cuts) == read(body)

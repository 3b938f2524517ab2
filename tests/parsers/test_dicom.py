"""DICOM, by its specification and from the files that pydicom brings."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest

from dlp.types import Result

type Judge = Callable[[bytes], Result]

FILES = sorted((Path(pydicom.__file__).parent / "data").rglob("*.dcm"))


def element(group: int, number: int, kind: bytes, value: bytes) -> bytes:
    value += b" " * (len(value) % 2)
    if kind in (b"OB", b"UN", b"SQ"):
        return struct.pack("<HH2s2xL", group, number, kind, len(value)) + value
    return struct.pack("<HH2sH", group, number, kind, len(value)) + value


def dicom(*elements: bytes) -> bytes:
    syntax = element(2, 0x10, b"UI", b"1.2.840.10008.1.2.1\0")
    syntax = element(2, 0, b"UL", struct.pack("<L", len(syntax))) + syntax
    return b"".join((bytes(128), b"DICM", syntax, *elements))


PATIENT = (
    element(0x10, 0x10, b"PN", b"DURAND^MARIE"),
    element(0x10, 0x20, b"LO", b"255081416802538"),
    element(0x10, 0x30, b"DA", b"19550812"),
    element(0x10, 0x4000, b"LT", b"cancer du sein"),
)


def test_a_patient_is_stopped(judge: Judge) -> None:
    assert judge(dicom(*PATIENT)).verdict.action.stops


def test_an_object_of_nobody_passes(judge: Judge) -> None:
    phantom = dicom(element(8, 0x60, b"CS", b"CT"), element(0x28, 0x10, b"US", b"\0\1"))
    assert judge(phantom).verdict.action.value == "allow"


def test_private_attributes_are_read(judge: Judge) -> None:
    said = "N° de sécurité sociale : 2 55 08 14 168 025 38".encode("latin-1")
    charset = element(8, 5, b"CS", b"ISO_IR 100")
    private = element(9, 0x10, b"LO", b"HOUSE") + element(9, 0x1001, b"LT", said)
    assert judge(dicom(charset, private)).verdict.rule == "identifier-announced"


def test_a_document_inside_is_read(judge: Judge) -> None:
    said = "N° de sécurité sociale : 2 55 08 14 168 025 38".encode("utf-16")
    assert judge(dicom(element(0x42, 0x11, b"OB", said))).verdict.rule == "identifier-announced"


@pytest.mark.parametrize("path", FILES[::4], ids=lambda path: path.name)
def test_files_of_others_get_a_verdict(path: Path, judge: Judge) -> None:
    assert judge(path.read_bytes()).evidence.uninspectable is None

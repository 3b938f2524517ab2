"""The older Office formats: xls written by xlwt, the others by their specifications."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import pytest
import xlwt

from dlp.types import Result, Uninspectable
from tests.parsers.compound import compound

type Judge = Callable[[bytes], Result]
type Rows = list[list[str]]

SAID = "N° de sécurité sociale : 2 55 08 14 168 025 38"


def xls(rows: Rows) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Feuille")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(number, column, float(value) if value.isdigit() else value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def doc(rows: Rows, flags: int = 0x0200) -> bytes:
    """Two pieces, one of bytes and one of wide characters, the second first in the file."""
    text = "".join("".join(f"{cell}\x07" for cell in row) + "\r" for row in rows)
    half = len(text) // 2
    narrow, wide = text[:half].encode("cp1252"), text[half:].encode("utf-16-le")
    base = 2048
    main = bytearray(base)
    struct.pack_into("<2xH6xH", main, 0, 0x00C1, flags)
    main[:2] = b"\xec\xa5"
    pieces = struct.pack("<3L", 0, half, len(text))
    pieces += struct.pack("<2xL2x", (base + len(wide)) * 2 | 0x4000_0000)
    pieces += struct.pack("<2xL2x", base)
    clx = b"\x01\x02\x00\0\0" + b"\x02" + struct.pack("<L", len(pieces)) + pieces
    struct.pack_into("<2L", main, 0x1A2, 16, len(clx))
    return compound({"WordDocument": bytes(main) + wide + narrow, "1Table": bytes(16) + clx})


def ppt(rows: Rows) -> bytes:
    atoms = b""
    for row in rows:
        line = "\t".join(row)
        atoms += struct.pack("<HHL", 0, 0x0FA0, 2 * len(line)) + line.encode("utf-16-le")
    slide = struct.pack("<HHL", 0xF, 0x03EE, len(atoms)) + atoms
    return compound({"PowerPoint Document": slide})


def msg(rows: Rows, attached: bytes = b"") -> bytes:
    body = "\r\n".join("\t".join(row) for row in rows)
    streams = {
        "__properties_version1.0": b"",
        "__substg1.0_0037001F": "Résultats".encode("utf-16-le"),
        "__substg1.0_1000001F": body.encode("utf-16-le"),
    }
    if attached:
        place = "__attach_version1.0_#00000000/__substg1.0_"
        streams[place + "3707001F"] = "patients.csv".encode("utf-16-le")
        streams[place + "37010102"] = attached
    return compound(streams)


WRITERS: dict[str, Callable[[Rows], bytes]] = {"xls": xls, "doc": doc, "ppt": ppt, "msg": msg}


@pytest.mark.parametrize("kind", WRITERS)
def test_patients_are_stopped_and_orders_pass(
    kind: str, judge: Judge, leak: Rows, orders: Rows
) -> None:
    stopped = judge(WRITERS[kind](leak))
    assert stopped.evidence.announced == 30
    assert stopped.verdict.action.stops
    passed = judge(WRITERS[kind](orders))
    assert passed.evidence.uninspectable is None
    assert not passed.verdict.action.stops


def test_attachments_of_a_message_are_read(judge: Judge, leak: Rows) -> None:
    table = "\n".join(";".join(row) for row in leak).encode()
    assert judge(msg([["Voir", "pièce"]], table)).evidence.announced == 30


def test_a_file_packed_into_a_document_is_read(judge: Judge) -> None:
    file = SAID.encode()
    packed = b"\x02\0note.txt\0C:\\note.txt\0\0\0\x03\0" + struct.pack("<L", 4) + b"C:\\\0"
    packed += struct.pack("<L", len(file)) + file
    native = struct.pack("<L", len(packed)) + packed
    assert judge(compound({"\x01Ole10Native": native})).verdict.rule == "identifier-announced"


ENCRYPTED: dict[str, Callable[[], bytes]] = {
    "an encrypted package": lambda: compound({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}),
    "a document": lambda: doc([["x"]], flags=0x0300),
    "a workbook": lambda: compound({"Workbook": bytes.fromhex("0908040000060500 2f000200abcd")}),
    "a presentation": lambda: compound(
        {"PowerPoint Document": struct.pack("<HHL", 0xF, 0x2F14, 0)}
    ),
}


@pytest.mark.parametrize("kind", ENCRYPTED)
def test_a_password_makes_it_uninspectable(kind: str, judge: Judge) -> None:
    assert judge(ENCRYPTED[kind]()).evidence.uninspectable is Uninspectable.ENCRYPTED


def test_any_other_compound_file_is_read_stream_by_stream(judge: Judge) -> None:
    assert judge(compound({"Notes": SAID.encode("utf-16-le")})).verdict.action.stops
    assert judge(compound({"Icon": bytes(range(256)) * 20})).verdict.action.value == "allow"

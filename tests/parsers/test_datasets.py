"""Data sets of programs: what is damaged, what is rare in them, and what only begins like one."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import cramjam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.patients import patients
from dlp.parsers import tnef
from dlp.parsers.plainly import told
from dlp.types import Result
from tests.extract.test_samples import COLUMNS, LEAK, ORDERS
from tests.parsers.formats import Rows, access
from tests.samples import SAMPLES

type Judge = Callable[[bytes], Result]

# As many as take several pieces of a chunk.
MANY = [LEAK[0], *([str(asdict(one)[c]) for c in COLUMNS] for one in patients(600))]
MATLAB = b"MATLAB 5.0 MAT-file, by hand".ljust(126) + b"IM"


@pytest.mark.parametrize("name", ["matlab", "hdf5", "tnef"])
def test_what_a_cut_off_file_holds_is_read(name: str, judge: Judge) -> None:
    document = SAMPLES[name].make(MANY)

    assert judge(document[: len(document) * 2 // 3]).verdict.action.stops


@pytest.mark.parametrize("name", ["matlab", "hdf5"])
def test_what_stands_before_the_damage_is_read(name: str, judge: Judge) -> None:
    document = bytearray(SAMPLES[name].make(MANY))
    document[len(document) * 2 // 3] ^= 0xFF

    assert judge(bytes(document)).verdict.action.stops


def _arrow(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_file(out, table.schema) as file:
        file.write_table(table)
    return out.getvalue()


def _parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def _beside(rows: Rows, column: pa.Array) -> pa.Table:
    columns = zip(*rows[1:], strict=True)
    return pa.table(dict(zip(rows[0], columns, strict=True)) | {"x": column})


@pytest.mark.parametrize("write", [_arrow, _parquet])
@pytest.mark.parametrize("zone", ["Europe/Paris", "+02:00"])
def test_moments_with_a_time_zone_are_no_damage(
    write: Callable[[pa.Table], bytes], zone: str, judge: Judge
) -> None:
    moments = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(30)]
    column = pa.array(moments, pa.timestamp("ns", zone))

    passed = judge(write(_beside(ORDERS, column)))
    stopped = judge(write(_beside(LEAK, column)))

    assert not passed.verdict.action.stops
    assert passed.evidence.uninspectable is None
    assert stopped.evidence.announced == 30


def test_values_that_python_has_no_word_for_are_no_damage(judge: Judge) -> None:
    column = pa.array([pa.MonthDayNano([1, 2, 3])] * 30)

    passed = judge(_arrow(_beside(ORDERS, column)))
    stopped = judge(_arrow(_beside(LEAK, column)))

    assert passed.evidence.uninspectable is None
    assert stopped.evidence.announced == 30


def test_what_only_begins_like_matlab_is_no_bomb(judge: Judge) -> None:
    passed = judge(MATLAB + b"\xff" * (1 << 20))

    assert not passed.verdict.action.stops
    assert passed.evidence.uninspectable is None


def test_rows_are_read_whose_long_texts_are_missing(judge: Judge) -> None:
    assert judge(access(LEAK, lost=len(COLUMNS) - 1)).evidence.announced == 30


def test_documents_of_numbers_are_read_beside_a_member_of_another_kind(judge: Judge) -> None:
    passed, stopped = (judge(_strange(SAMPLES["numbers"].make(rows))) for rows in (ORDERS, LEAK))

    assert not passed.verdict.action.stops
    assert passed.evidence.uninspectable is None
    assert stopped.evidence.announced == 30


def _strange(document: bytes) -> bytes:
    """Return a document with a member that holds no messages."""
    packed = bytes(cramjam.snappy.compress_raw(b"no messages of any kind"))
    out = io.BytesIO(document)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("Index/Later.iwa", b"\0" + len(packed).to_bytes(3, "little") + packed)
    return out.getvalue()


def test_a_text_of_tnef_is_unpacked_once_whatever_marks_stand_in_it() -> None:
    text = b"LZFu \0\0\0\0LZFu\0\0\0\0" * 1000
    pieces = b"".join(b"\0" + (rb"{\rtf1 " + text)[at : at + 8] for at in range(0, len(text), 8))
    packed = struct.pack("<II", len(pieces) + 12, len(text)) + b"LZFu" + bytes(4) + pieces
    document = b'x\x9f>"\x01\0' + struct.pack("<BII", 1, 0x69003, len(packed)) + packed

    read = [part for part in tnef.parse(document) if part.data.startswith(b"{")]

    assert len(read) == 1


def test_a_column_that_many_names_refer_to_is_read_once() -> None:
    column = [f"one {n}" for n in range(9)]

    read = b"".join(part.data for part in told({f"name {n}": column for n in range(99)}))

    assert read.count(b"one 5") == 1

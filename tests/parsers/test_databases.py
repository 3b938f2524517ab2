"""Databases and tables in binary form: SQLite, Parquet by DuckDB, dBase by dbf, others by hand."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import dbf
import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.parsers.dbase import parse as parse_dbase
from dlp.parsers.sqlite_pages import deleted
from dlp.types import Result
from tests.parsers.formats import avro, spss, stata, xport

type Judge = Callable[[bytes], Result]
type Rows = list[list[str]]


def sqlite(rows: Rows, folder: Path) -> bytes:
    path = folder / "a.db"
    database = sqlite3.connect(path)
    names = ", ".join(f'"{name}"' for name in rows[0])
    database.execute(f"CREATE TABLE t ({names})")
    marks = ", ".join("?" for _ in rows[0])
    database.executemany(f"INSERT INTO t VALUES ({marks})", rows[1:])
    database.commit()
    database.close()
    return path.read_bytes()


def parquet(rows: Rows, folder: Path, compression: str = "zstd") -> bytes:
    path = folder / "a.parquet"
    database = duckdb.connect()
    names = ", ".join(f'"{name}" VARCHAR' for name in rows[0])
    database.execute(f"CREATE TABLE t ({names})")
    marks = ", ".join("?" for _ in rows[0])
    database.executemany(f"INSERT INTO t VALUES ({marks})", rows[1:])
    database.execute(f"COPY t TO '{path}' (FORMAT parquet, COMPRESSION {compression})")
    return path.read_bytes()


def dbase(rows: Rows, folder: Path) -> bytes:
    path = folder / "a.dbf"
    names = ["NIR", "NOM", "PRENOM", "DATENAIS", "COMMENT"][: len(rows[0])]
    fields = "; ".join(f"{name} C(60)" for name in names)
    table = dbf.Table(str(path), fields, codepage="cp1252")
    table.open(mode=dbf.READ_WRITE)
    for row in rows[1:]:
        table.append(tuple(row))
    table.close()
    return path.read_bytes()


WRITERS: dict[str, Callable[[Rows, Path], bytes]] = {
    "sqlite": sqlite,
    "parquet": parquet,
    "parquet, snappy": lambda rows, folder: parquet(rows, folder, "snappy"),
    "parquet, gzip": lambda rows, folder: parquet(rows, folder, "gzip"),
    "parquet, brotli": lambda rows, folder: parquet(rows, folder, "brotli"),
    "dbase": dbase,
    "avro": lambda rows, _: avro(rows, deflated=False),
    "avro, deflated": lambda rows, _: avro(rows, deflated=True),
    "stata": lambda rows, _: stata(rows),
    "spss": lambda rows, _: spss(rows),
    "sas transport": lambda rows, _: xport(rows),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_patients_are_stopped_and_orders_pass(
    kind: str, judge: Judge, leak: Rows, orders: Rows, tmp_path: Path
) -> None:
    stopped = judge(WRITERS[kind](leak, tmp_path))
    assert stopped.evidence.uninspectable is None
    assert stopped.evidence.announced == 30
    (tmp_path / "other").mkdir()
    passed = judge(WRITERS[kind](orders, tmp_path / "other"))
    assert passed.evidence.uninspectable is None
    assert not passed.verdict.action.stops


def test_data_sets_are_read_without_the_arrays_that_nobody_here_needs() -> None:
    code = "import dlp.parsers.statistical, sys; print({'numpy', 'narwhals'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("removal", ["DELETE FROM t", "DROP TABLE t"])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_rows_that_were_removed_are_read_while_they_are_there(
    removal: str, encoding: str, judge: Judge, leak: Rows, tmp_path: Path
) -> None:
    path = tmp_path / "a.db"
    database = sqlite3.connect(path)
    # Debian's library would write over them.
    database.execute("PRAGMA secure_delete = OFF")
    database.execute(f"PRAGMA encoding = '{encoding}'")
    database.execute("CREATE TABLE t (nir, nom, prenom, naissance, commentaire)")
    database.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", leak[1:] * 9)
    database.commit()
    database.execute(removal)
    database.execute("CREATE TABLE o (a)")
    database.commit()
    database.close()

    assert judge(path.read_bytes()).evidence.subjects == 30


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
@pytest.mark.parametrize("kept", ["rowid % 2", "rowid % 3 = 0", "0", "rowid > 100", "rowid < 9"])
@pytest.mark.parametrize("first", [str, int])
def test_rows_that_were_deleted_one_by_one_are_read_while_they_are_there(
    kept: str,
    encoding: str,
    first: Callable[[str], object],
    judge: Judge,
    leak: Rows,
    orders: Rows,
    tmp_path: Path,
) -> None:
    def told(rows: Rows) -> Result:
        path = tmp_path / f"{id(rows)}.db"
        database = sqlite3.connect(path)
        database.execute("PRAGMA secure_delete = OFF")
        database.execute(f"PRAGMA encoding = '{encoding}'")
        database.execute("CREATE TABLE t (nir, nom, prenom, naissance, commentaire)")
        mixed = [
            [first(row[0]) if row[0].isdigit() else row[0], *row[1:], "y"][:5]
            for row in [*rows[1:] * 6, *([["1", "x", "x", "x", "x"]] * 9)]
        ]
        database.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", mixed)
        database.commit()
        database.execute(f"DELETE FROM t WHERE nom <> 'x' AND NOT ({kept})")
        database.execute("DELETE FROM t WHERE nom <> 'x'")
        database.commit()
        database.close()
        return judge(path.read_bytes())

    assert told(leak).evidence.subjects >= 28
    passed = told(orders)
    assert passed.evidence.uninspectable is None
    assert not passed.verdict.action.stops


def test_the_log_of_a_database_is_read(judge: Judge, leak: Rows, tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "a.db")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE t (nir, nom, prenom, naissance, commentaire)")
    database.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", leak[1:])
    database.commit()
    log = (tmp_path / "a.db-wal").read_bytes()
    database.close()

    assert judge(log).evidence.subjects == 30
    assert judge(log[:-100]).evidence.subjects >= 20


@given(where=st.lists(st.tuples(st.integers(0, 12287), st.integers(0, 255)), max_size=9))
def test_free_pages_that_are_damaged_do_no_harm(where: list[tuple[int, int]]) -> None:
    database = sqlite3.connect(":memory:")
    database.execute("PRAGMA secure_delete = OFF")
    database.execute("CREATE TABLE t (a, b, c)")
    database.executemany("INSERT INTO t VALUES (?, ?, ?)", [(n, "é" * n, n / 7) for n in range(99)])
    database.execute("DROP TABLE t")
    database.commit()
    document = bytearray(database.serialize())
    database.close()
    for at, byte in where:
        document[at % len(document)] = byte

    assert all(isinstance(row, list) for rows in deleted(bytes(document), {3}) for row in rows)


def test_nothing_of_a_database_is_run(judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = sqlite3.connect(path)
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"
    database.execute(f"CREATE VIEW v AS {endless}")
    database.execute("CREATE TABLE t (a)")
    database.commit()
    database.close()
    assert judge(path.read_bytes()).verdict.action.value == "allow"


def test_numbers_and_moments_of_foxpro_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.dbf"
    table = dbf.Table(str(path), "NOM C(20); NE T; N I; X B", dbf_type="vfp")
    table.open(mode=dbf.READ_WRITE)
    table.append(("DURAND", dbf.DateTime(1979, 8, 26, 10, 30), -7, 2.5))
    table.append(("PETIT", None, 123_456, 3.0))
    table.close()

    text = b"".join(part.data for part in parse_dbase(path.read_bytes()))

    assert text == b"NOM\tNE\tN\tX\nDURAND\t1979-08-26\t-7\t2.5\nPETIT\t\t123456\t3\n"


def test_a_table_of_numbers_is_no_dbase(judge: Judge) -> None:
    # The first byte of a telemetry record can be anything.
    for first in range(256):
        noise = bytes([first]) + bytes((i * 37 + first) % 251 for i in range(600))
        assert judge(noise).evidence.uninspectable is None

"""Files of databases are read row by row, whatever the database is.

`stored` holds files as the programs wrote them: MariaDB 10.11 (MyISAM, of rows of their own and of
fixed length; InnoDB, its rows DYNAMIC, COMPACT in latin1, REDUNDANT and COMPRESSED, and its pages
compressed; Aria, with a key, without one, and of columns CHAR(40)), PostgreSQL 15 (a table's file;
letters of 3 KB, documents in chunks, small ones), Derby 10.14, HSQLDB 2.7 (a cached table), Redis 7
(a hash or JSON for each person, a stream, a list), LMDB 0.9 (an entry for each cell), H2 2.1
(compacted, or shut down) and Firebird 3 (a backup), each with a table of patients of
`bench.patients` (number, surname, first name, birth date, address, phone, remark; no NIR) and one
of orders: forty, 150 where COMPRESSED.
"""

from __future__ import annotations

import json
import lzma
import random
import re
import struct
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.patients import patients
from dlp.inspection import Core, Inspection
from dlp.types import Result
from tests.parsers.formats import mssql

type Read = Callable[..., dict[str, list[bytes]]]
type Person = tuple[str, str, date, str, str, str]

STORED = sorted(
    path.name.removesuffix(".patients.xz")
    for path in (Path(__file__).parent / "stored").glob("*.patients.xz")
)


def stored(name: str, of: str = "patients") -> bytes:
    return lzma.decompress((Path(__file__).parent / "stored" / f"{name}.{of}.xz").read_bytes())


def people(count: int) -> list[Person]:
    def born(written: str) -> date:
        day, month, year = map(int, written.split("/"))
        return date(year, month, day)

    return [
        (one.nom, one.prenom, born(one.date_naissance), one.adresse, one.mobile, one.commentaire)
        for one in patients(count)
    ]


def oracle(rows: list[Person]) -> bytes:
    """A row's lock and count of columns; each column behind its length, a date in seven bytes."""

    def column(value: object) -> bytes:
        if isinstance(value, date):
            century, year = divmod(value.year, 100)
            return bytes([7, century + 100, year + 100, value.month, value.day, 1, 1, 1])
        text = str(value).encode()
        return bytes([len(text)]) + text if text else b"\xff"

    return b"".join(b"\x2c\x01\x06" + b"".join(map(column, row)) for row in rows).rjust(
        16_384, b"\0"
    )


def intersystems(rows: list[Person]) -> bytes:
    """Lists: each value behind its length with this head's, and a mark."""

    def value(one: object) -> bytes:
        text = str(one).encode("cp1252")
        return bytes([len(text) + 2, 1]) + text

    return b"".join(
        b"\x11\0\0\4" + struct.pack("<HI", 7, number) + b"".join(map(value, row))
        for number, row in enumerate(rows)
    )


def mumps(rows: list[Person]) -> bytes:
    """Globals of MUMPS: values with a sign between, behind the key."""
    return b"".join(
        b"\0\x12PAT\0" + struct.pack(">H", number) + b"\0"
        + "^".join([row[0], row[1], row[2].isoformat(), *row[3:]]).encode("cp1252")
        for number, row in enumerate(rows)
    )  # fmt: skip


def fixed(rows: list[Person]) -> bytes:
    """Columns of the same width, padded with blanks."""
    widths = (30, 30, 12, 60, 20, 80)
    return b"PCSF\1\0\0\0" + b"".join(
        b"\1" + struct.pack("<I", number)
        + b"".join(
            (f"{one:%Y%m%d}" if isinstance(one, date) else str(one)).encode("cp1252").ljust(width)
            for one, width in zip(row, widths, strict=True)
        )
        for number, row in enumerate(rows)
    )  # fmt: skip


def counted_days(rows: list[Person], since: date, order: str) -> bytes:
    """Strings behind their lengths, and a date as days."""
    out = b""
    for number, row in enumerate(rows):
        out += b"\0\1\0\0\0\0\0\2" + struct.pack(f"{order}I", number)
        for one in row:
            if isinstance(one, date):
                out += struct.pack(f"{order}i", (one - since).days)
            else:
                out += bytes([0, len(one.encode())]) + one.encode()
    return out


WRITERS: dict[str, Callable[[list[Person]], bytes]] = {
    "Oracle": oracle,
    "InterSystems": intersystems,
    "MUMPS": mumps,
    "fixed": fixed,
    "days since 1858": lambda rows: counted_days(rows, date(1858, 11, 17), "<"),
    "days since 1970": lambda rows: counted_days(rows, date(1970, 1, 1), ">"),
}


def result(core: Core, body: bytes, step: int = 0) -> Result:
    inspection = Inspection(core)
    for start in range(0, len(body), step or len(body)):
        inspection.feed(body[start : start + (step or len(body))])
    return inspection.finish()


@pytest.mark.parametrize("name", STORED)
@pytest.mark.parametrize("step", [0, 1009])
def test_patients_are_stopped_as_databases_store_them(core: Core, name: str, step: int) -> None:
    found = result(core, stored(name), step)

    assert found.verdict.action.stops
    assert found.evidence.subjects >= 8


@pytest.mark.parametrize("name", STORED)
def test_orders_pass_as_databases_store_them(core: Core, name: str) -> None:
    assert not result(core, stored(name, "orders")).verdict.action.stops


@pytest.mark.parametrize("writer", WRITERS)
def test_patients_are_stopped_in_other_layouts(core: Core, writer: str) -> None:
    found = result(core, WRITERS[writer](people(60)))

    assert found.verdict.action.stops
    assert found.evidence.subjects >= 40


def test_a_row_is_a_line_and_its_date_is_one(read: Read) -> None:
    (text,) = read(stored("myisam"))["body/rows"]

    assert "DAVID\tLoïc\t1979-08-26\t41 impasse de l'Essai, 35000 Rennes\t06 " in text.decode()


@pytest.mark.parametrize("name", ["aria", "aria-nullable", "aria-fixed"])
def test_rows_of_aria_have_their_cells_apart(read: Read, name: str) -> None:
    (text,) = read(stored(name))["body/rows"]

    assert text.count(b"\n") == 40
    assert "DAVID\tLoïc\t" in text.decode()
    assert "\t41 impasse de l'Essai, 35000 Rennes\t06 " in text.decode()
    assert "1979-08-26" in text.decode()


@pytest.mark.parametrize(
    ("at", "written"),
    # No rows, more than there is room for, one in the head, two in each other, lengths of lengths.
    [(8, b"\0"), (8, b"\xff"), (8184, b"\1\0"), (8182, b"\xff\x1f"), (13, b"\xff"), (13, b"\0")],
)
def test_pages_of_aria_that_lie_are_read_as_what_they_are(
    read: Read, at: int, written: bytes
) -> None:
    file = bytearray(stored("aria"))
    file[8192 + at : 8192 + at + len(written)] = written

    assert "41 impasse de l'Essai" in read(bytes(file))["body"][0].decode("utf-8", "replace")


def test_values_behind_their_names_are_fields(read: Read) -> None:
    (text,) = read(stored("redis-hashes"))["body/redis/rows"]

    assert text.count(b'"}\n') >= 38
    assert '"nom": "DAVID", "prenom": "Loïc"' in text.decode()


@pytest.mark.parametrize("step", [1, 100, 1009])
def test_what_redis_has_packed_is_read_however_it_comes(read: Read, step: int) -> None:
    assert read(stored("redis-stream"), step=step) == read(stored("redis-stream"))


def test_bytes_that_look_packed_cost_little(read: Read) -> None:
    # Each begins a string of 16 KiB that goes on as the next one does.
    body = b"REDIS0011" + b"\xc3\x7f\xff\x80\0\1\0\0\x20\0" * 100_000

    assert read(body)["body/redis"] == [body]


@pytest.mark.parametrize("name", ["h2", "h2-first"])
@pytest.mark.parametrize("step", [0, 1000, 4096])
def test_pages_of_h2_are_read_however_they_come(read: Read, name: str, step: int) -> None:
    (text,) = read(stored(name), step=step)["body/h2/rows"]

    lines = text.decode("utf-8", "replace").splitlines()
    assert sum("\tDAVID\tLoïc\t1979-08-26\t41 impasse de l'Essai, 35000 Rennes\t06 " in one
               for one in lines) >= 1  # fmt: skip
    assert sum(one.count("\t") == 6 for one in lines) >= 40


def test_what_postgresql_has_packed_is_read(read: Read) -> None:
    letters, chunks, documents = (
        read(stored(name))["body/postgresql/unpacked"][0].decode()
        for name in ("postgresql-letters", "postgresql-chunks", "postgresql-jsonb")
    )

    assert letters.count("nom : ") == 80
    assert "nom : DAVID\nprenom : Loïc\nnaissance : 1979-08-26\n" in letters
    assert len(json.loads(chunks)) == 40
    assert [json.loads(line)["nom"] for line in documents.splitlines()] == [
        one.nom for one in patients(40)
    ]


@pytest.mark.parametrize("name", ["postgresql-letters", "postgresql-chunks", "postgresql-jsonb"])
@pytest.mark.parametrize("step", [1, 1000, 8192])
def test_pages_of_postgresql_are_read_however_they_come(read: Read, name: str, step: int) -> None:
    assert read(stored(name), step=step) == read(stored(name))


def test_rows_and_entries_that_lie_in_each_other_are_read_once(read: Read) -> None:
    document = struct.pack("<3I", 1 | 0x20000000, 3, 4000) + b"nom" + b"x" * 4000
    row = bytes(18) + struct.pack("<HHBBI", 1, 0, 24, 0, len(document) + 4 << 2) + document
    place = struct.pack("<I", 8192 - len(row) | 1 << 15 | len(row) << 17)
    page = bytes(12) + struct.pack("<4HI", 424, 8192 - len(row), 8192, 8196, 0) + place * 100
    node = struct.pack("<4H", 4000, 0, 0, 3) + b"key" + b"y" * 4000
    meta = struct.pack("<Q4H2I2QI", 0, 0, 8, 0, 0, 0xBEEFC0DE, 1, 0, 1 << 20, 65_536)
    leaf = struct.pack("<Q4H", 1, 0, 2, 2016, 2016) + struct.pack("<H", 2016) * 1000 + node

    (told,) = read(page + row.rjust(8192 - len(page), b"\0"))["body/postgresql/unpacked"]
    (entries,) = read(meta.ljust(65_536, b"\0") + leaf.ljust(65_536, b"\0"))["body/lmdb/records"]

    assert told == b'{"nom": "' + b"x" * 4000 + b'"}\n'
    assert entries == b"y" * 4000 + b"\n"


def test_long_numbers_between_strings_are_read(core: Core) -> None:
    rows = [(one.nom, one.prenom, int(one.nir), one.ville) for one in patients(60)
            if one.nir.isdigit()]  # fmt: skip
    body = b"".join(
        bytes(15) + b"\1" + bytes([len(name.encode())]) + name.encode()
        + bytes([len(first.encode())]) + first.encode()
        + struct.pack("<q", number) + bytes([len(town)]) + town.encode()
        for name, first, number, town in rows
    )  # fmt: skip

    assert result(core, body).evidence.subjects >= len(rows) * 0.9


def test_counters_and_counts_are_no_dates(read: Read) -> None:
    body = b"".join(
        b"\0\0\0\0\0\0\0\1" + struct.pack("<I", 20_000 + number * 9)
        + b"\5Vis M\4acier\6" + b"rayon" + b"%d" % (number % 10) + struct.pack("<I", 19_000)
        for number in range(100)
    )  # fmt: skip

    text = b"".join(read(body).get("body/rows", []))
    assert b"19" not in text
    assert b"20" not in text


@pytest.mark.parametrize(
    "between",
    [
        # Quantities and days of the last two years: Java's, PostgreSQL's, those of Derby, of MySQL.
        lambda chance: struct.pack(">II", chance.randrange(1, 50), chance.randrange(19000, 19700)),
        lambda chance: struct.pack("<II", chance.randrange(1, 50), chance.randrange(8000, 8700)),
        lambda chance: struct.pack(">I", chance.randrange(1, 50))
        + struct.pack(">HBB", 2022, chance.randrange(1, 13), chance.randrange(1, 29)),
        lambda chance: struct.pack(">I", 1 << 31 | chance.randrange(1, 50)) + b"\x8f\xcc"
        + bytes([chance.randrange(33, 160)]),
        # Moments in thousandths.
        lambda chance: struct.pack(">Iq", chance.randrange(1, 50),
                                   1_650_000_000_000 + chance.randrange(10**10)),
        # Prices.
        lambda chance: struct.pack(">I", chance.randrange(100, 15_000)),
        lambda chance: struct.pack("<I", chance.randrange(100, 15_000)),
        # Postal codes.
        lambda chance: struct.pack("<I", chance.randrange(160, 600) * 100),
    ],
)  # fmt: skip
def test_numbers_beside_late_days_are_no_dates_of_birth(
    read: Read, between: Callable[[random.Random], bytes]
) -> None:
    chance = random.Random(5)
    body = b"".join(
        bytes(15) + b"\1" + struct.pack("<I", 20_000 + 9 * number)
        + bytes([len(one.nom.encode())]) + one.nom.encode() + b"\5acier" + between(chance)
        + bytes([len(one.ville)]) + one.ville.encode()
        for number, one in enumerate(patients(100))
    )  # fmt: skip

    text = b"".join(read(body)["body/rows"])
    assert text.count(b"\n") >= 90
    assert not re.search(rb"\b(?:19|200)\d\d?-", text)


def test_programs_and_chance_hold_none(read: Read) -> None:
    chance = random.Random(3).randbytes(100_000)

    assert "body/rows" not in read(chance)
    assert "body/rows" not in read(b"\x7fELF\2\1\1\0" + stored("myisam"))
    assert "body/rows" not in read("Levothyrox 75;Boîte de 30;4,20\n".encode() * 5000)


PIECES = [b"\0", b"\0\0\0\0\0\0", b"\5Marie", b"\x06DURAND", b"\x0b", b"\xff\xfe", b"#" + b"x" * 35,
          b"a;b;c;d;e;f;g;h;i;j;k;l;m", b"1979", "Loïc".encode(), "Loïc".encode("cp1252"),
          stored("postgresql")[4096:], stored("derby")[:3000]]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=80), st.lists(st.integers(0, 9000), max_size=12))
def test_what_is_read_does_not_depend_on_cuts(
    read: Read, pieces: list[bytes], cuts: list[int]
) -> None:
    body = b"\x01\x02\x03\x04" + b"".join(pieces)

    assert read(body, cuts=cuts) == read(body)


def test_rows_of_innodb_have_their_cells_apart(read: Read) -> None:
    for name in ("innodb", "innodb-redundant", "innodb-compressed", "innodb-page-compressed"):
        (text,) = read(stored(name))["body/innodb/rows"]

        assert "DAVID\tLoïc\t1979-08-26\t41 impasse de l'Essai, 35000 Rennes\t06 " in text.decode()


def test_encrypted_and_unknown_pages_of_innodb_are_not_read(read: Read) -> None:
    file = stored("innodb-page-compressed")
    # The number of its key; and the method in which pages are packed, in the flags of all.
    encrypted = b"\0\0\0\1" + file[4:]
    packed = file[:57] + bytes([file[57] & 0x1F | 2 << 5]) + file[58:]

    assert read(encrypted, may_fail=True) == {"": [b"encrypted"]}
    assert read(packed, may_fail=True) == {"": [b"unknown-encoding"]}


@pytest.mark.parametrize("step", [1, 4096, 9001])
@pytest.mark.parametrize("name", ["innodb", "innodb-compressed"])
def test_pages_are_read_however_they_come(read: Read, name: str, step: int) -> None:
    file = stored(name)

    assert read(file, step=step) == read(file)


@pytest.mark.parametrize("step", [0, 1, 700])
def test_pages_of_sql_server_are_read_in_a_backup(read: Read, step: int) -> None:
    rows = [["nom", "prenom"], *([one.nom, one.prenom] for one in patients(40))]
    backup = b"TAPE\0\0\3\0" + bytes(1528) + mssql(rows)[8192:] + b"SSET"

    (text,) = read(backup, step=step)["body/mssql/rows"]

    assert text.decode().count("\n") == 40
    assert "DAVID\tLoïc\n" in text.decode()


def test_days_of_sql_server_are_dates(read: Read) -> None:
    def record(number: int, name: str, day: int) -> bytes:
        fixed = struct.pack("<I", number) + (693_595 + day).to_bytes(3, "little")
        head = struct.pack("<BBH", 0x30, 0, 11) + fixed + struct.pack("<HBHH", 3, 0, 1, 0)
        text = name.encode("cp1252")
        return head[:-2] + struct.pack("<H", len(head) + len(text)) + text

    days = [random.Random(n).randrange(100, 40_000) for n in range(40)]
    records = [record(n, f"Gérard {n}", day) for n, day in enumerate(days)]
    page = bytearray(b"\1\1" + bytes(94))
    struct.pack_into("<H", page, 22, 40)
    places = b""
    for one in records:
        places = struct.pack("<H", len(page)) + places
        page += one
    head = (b"\1\x0f" + bytes(34) + b"\1\0").ljust(8192, b"\0")
    head = head[:32] + bytes(4) + b"\1\0" + head[38:]
    body = head + bytes(page).ljust(8192 - len(places), b"\0") + places

    (text,) = read(body)["body/mssql/rows"]

    born = date(1900, 1, 1) + timedelta(days[1])
    assert f"{born}\tGérard 1\n".encode("cp1252") in text


@pytest.mark.parametrize("name", ["innodb", "innodb-compressed", "innodb-redundant"])
@pytest.mark.parametrize(
    ("at", "written"),
    [
        # More rows than a page has room for; none; and those deleted, which are none either.
        (42, b"\xff\xff"),
        (42, b"\x80\x02"),
        (97, b"\0\0"),
        (44, b"\x3f\xff"),
    ],
)
def test_pages_that_lie_are_read_as_what_they_are(
    read: Read, name: str, at: int, written: bytes
) -> None:
    file = bytearray(stored(name))
    size = 8192 if name == "innodb-compressed" else 16_384
    for page in range(0, len(file) - size + 1, size):
        if file[page + 24 : page + 26] == b"\x45\xbf":
            file[page + at : page + at + 2] = written

    assert read(bytes(file), may_fail=True)

"""Tables written by hand, after the specifications of their formats."""

from __future__ import annotations

import json
import struct
import tempfile
import unicodedata
import zlib
from collections.abc import Callable
from pathlib import Path

import msaccessdb
from google.protobuf.internal.encoder import _VarintBytes

type Rows = list[list[str]]


def avro(rows: Rows, *, deflated: bool) -> bytes:
    """Apache Avro 1.11, "Object Container Files"; a field's name is no header, but says it."""

    def number(value: int) -> bytes:
        value = value << 1 if value >= 0 else (-value << 1) - 1
        out = b""
        while value > 0x7F:
            out += bytes([value & 0x7F | 0x80])
            value >>= 7
        return out + bytes([value])

    def string(value: bytes) -> bytes:
        return number(len(value)) + value

    fields = [{"name": _plain(name).replace(" ", "_"), "type": "string"} for name in rows[0]]
    schema = json.dumps({"type": "record", "name": "r", "fields": fields}).encode()
    codec = b"deflate" if deflated else b"null"
    sync = bytes(range(16))
    head = b"Obj\x01" + number(2) + string(b"avro.schema") + string(schema)
    head += string(b"avro.codec") + string(codec) + number(0) + sync
    block = b"".join(string(cell.encode()) for row in rows[1:] for cell in row)
    if deflated:
        packer = zlib.compressobj(wbits=-15)
        block = packer.compress(block) + packer.flush()
    return head + number(len(rows) - 1) + string(block) + sync


def lmdb(rows: Rows) -> bytes:
    """LMDB 0.9, `mdb.c`: a meta page and leaves; an entry for each cell."""

    def page(number: int, kind: int, places: bytes, nodes: bytes) -> bytes:
        low, high = 16 + len(places), 4096 - len(nodes)
        return (
            struct.pack("<Q4H", number, 0, kind, low, high)
            + places
            + nodes.rjust(4096 - low, b"\0")
        )

    out = struct.pack("<Q4H", 0, 0, 8, 0, 0) + struct.pack(
        "<2I2QI", 0xBEEFC0DE, 1, 0, 1 << 20, 4096
    )
    out = out.ljust(4096, b"\0")
    places = nodes = b""
    for count, row in enumerate(rows[1:]):
        for title, cell in zip(rows[0], row, strict=True):
            key, value = f"table:{count}:{title}".encode(), cell.encode()
            node = struct.pack("<4H", len(value), 0, 0, len(key)) + key + value
            if len(nodes) + len(node) + len(places) > 4000:
                out += page(len(out) // 4096, 2, places, nodes)
                places = nodes = b""
            nodes = node + nodes
            places += struct.pack("<H", 4096 - len(nodes))
    return out + page(len(out) // 4096, 2, places, nodes)


def redis(rows: Rows) -> bytes:
    """RDB 11, `src/rdb.c`: a string for each row, packed by LZF with one copy, of blanks."""

    def packed(text: bytes) -> bytes:
        pieces = b"".join(
            bytes([len(text[at : at + 32]) - 1]) + text[at : at + 32]
            for at in range(0, len(text), 32)
        )
        # Twenty bytes more from one back.
        pieces += b"\0 \xe0\x0b\0"
        size = len(text) + 21
        return (
            b"\xc3" + b"".join(struct.pack(">H", 1 << 14 | n) for n in (len(pieces), size)) + pieces
        )

    out = b"REDIS0011\xfe\0"
    for number, row in enumerate(rows[1:]):
        key = f"row:{number}".encode()
        text = json.dumps(dict(zip(rows[0], row, strict=True)), ensure_ascii=False)
        out += b"\0" + bytes([len(key)]) + key + packed(text.encode())
    return out + b"\xff" + bytes(8)


def stata(rows: Rows) -> bytes:
    """Stata's .dta, format 115: fields of fixed width, next to each other."""
    width, count = 60, len(rows[0])
    body = struct.pack("<BBBBHI", 115, 2, 1, 0, count, len(rows) - 1)
    body += b"patients".ljust(81, b"\0") + b"01 Jan 2026 00:00".ljust(18, b"\0")
    body += bytes([width]) * count
    body += b"".join(f"v{n}".encode().ljust(33, b"\0") for n in range(count))
    body += bytes(2 * (count + 1))
    body += b"".join(b"%60s".ljust(49, b"\0") for _ in range(count))
    body += bytes(33 * count)
    body += b"".join(name.encode("cp1252")[:80].ljust(81, b"\0") for name in rows[0])
    body += bytes(5)
    for row in rows[1:]:
        body += b"".join(cell.encode("cp1252")[:width].ljust(width, b"\0") for cell in row)
    return body


def spss(rows: Rows) -> bytes:
    """SPSS system files, after PSPP's description of them: fields of eight bytes, 64 for a text."""
    width, count = 64, len(rows[0])
    body = b"$FL2" + b"@(#) SPSS DATA FILE".ljust(60)
    body += struct.pack("<5id", 2, count * width // 8, 0, 0, len(rows) - 1, 100.0)
    body += b"01 Jan 2600:00:00" + b"patients".ljust(64) + bytes(3)
    shape = 1 << 16 | width << 8
    for number, title in enumerate(rows[0]):
        label = title.encode()
        body += struct.pack("<6i", 2, width, 1, 0, shape, shape) + f"V{number}".encode().ljust(8)
        body += struct.pack("<i", len(label)) + label + bytes(-len(label) % 4)
        body += (struct.pack("<6i", 2, -1, 0, 0, shape, shape) + b" " * 8) * (width // 8 - 1)
    body += struct.pack("<4i", 7, 20, 1, 5) + b"UTF-8" + struct.pack("<2i", 999, 0)
    cells = (cell.encode()[:width].ljust(width) for row in rows[1:] for cell in row)
    return body + b"".join(cells)


def xport(rows: Rows) -> bytes:
    """SAS transport files, version 5 (TS-140): records of 80 bytes."""
    width, count = 60, len(rows[0])
    zeros = b"0" * 30
    date = b"01JAN26:00:00:00"
    body = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!" + zeros + b"  "
    body += b"SAS     SAS     SASLIB  9.4     LINUX   ".ljust(64) + date + date.ljust(80)
    body += b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
    body += b"000000000000000001600000000140  "
    body += b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!" + zeros + b"  "
    body += b"SAS     PATIENTSSASDATA 9.4     LINUX   ".ljust(64) + date + date.ljust(80)
    body += b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!"
    body += b"000000%04d00000000000000000000  " % count
    names = b""
    for number, title in enumerate(rows[0]):
        names += struct.pack(">4H", 2, 0, width, number + 1) + f"V{number}".encode().ljust(8)
        names += _plain(title).encode()[:40].ljust(40) + bytes(8) + struct.pack(">2H", 0, 0)
        names += bytes(4) + bytes(8) + struct.pack(">2HI", 0, 0, width * number) + bytes(52)
    body += names + b" " * (-len(names) % 80)
    body += b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!" + zeros + b"  "
    data = b"".join(cell.encode("utf-8")[:width].ljust(width) for row in rows[1:] for cell in row)
    return body + data + b" " * (-len(data) % 80)


def sqlite(rows: Rows) -> bytes:
    """SQLite's database file format: a page with the schema, a page with the table's leaf."""
    size = 1 << 15

    def varint(value: int) -> bytes:
        return bytes([value >> 7 | 0x80, value & 0x7F]) if value > 0x7F else bytes([value])

    def leaf(records: list[list[bytes | int]], before: bytes = b"") -> bytes:
        cells: list[bytes] = []
        for number, record in enumerate(records, 1):
            kinds = b"".join(
                b"\x01" if isinstance(value, int) else varint(2 * len(value) + 13)
                for value in record
            )
            body = varint(len(kinds) + 1) + kinds
            body += b"".join(bytes([v]) if isinstance(v, int) else v for v in record)
            cells.append(varint(len(body)) + varint(number) + body)
        places, at = [], size
        for cell in cells:
            at -= len(cell)
            places.append(at)
        head = before + struct.pack(">BHHHB", 13, 0, len(cells), at, 0)
        head += b"".join(struct.pack(">H", place) for place in places)
        return head.ljust(at, b"\0") + b"".join(reversed(cells))

    names = ", ".join(_plain(name).replace(" ", "_") for name in rows[0])
    schema = f"CREATE TABLE t ({names})".encode()
    head = b"SQLite format 3\0" + struct.pack(
        ">HBBBBBBIIIII", size, 1, 1, 0, 64, 32, 32, 1, 2, 0, 0, 1
    )
    head += (
        struct.pack(">IIIIIII", 4, 0, 0, 1, 0, 0, 0) + bytes(20) + struct.pack(">II", 1, 3045000)
    )
    first = leaf([[b"table", b"t", b"t", 2, schema]], head)
    return first + leaf([[cell.encode() for cell in row] for row in rows[1:]])


def plist(rows: Rows) -> bytes:
    """Apple's binary property lists (CFBinaryPList.c): an array of dictionaries."""
    objects: list[bytes] = []

    def add(marker: int, count: int, body: bytes) -> bytes:
        sizes = bytes([count]) if count < 15 else b"\x0f\x11" + struct.pack(">H", count)
        objects.append(bytes([marker << 4 | sizes[0]]) + sizes[1:] + body)
        return struct.pack(">H", len(objects) - 1)

    def string(text: str) -> bytes:
        return add(6, len(text), text.encode("utf-16-be"))

    keys = b"".join(map(string, rows[0]))
    lines = [add(13, len(row), keys + b"".join(map(string, row))) for row in rows[1:]]
    top = add(10, len(lines), b"".join(lines))
    out, places = b"bplist00", b""
    for one in objects:
        places += struct.pack(">L", len(out))
        out += one
    trailer = struct.pack(">6x2B3Q", 4, 2, len(objects), int.from_bytes(top), len(out))
    return out + places + trailer


def java(rows: Rows) -> bytes:
    """Java's serialization (its specification, chapter 6): a list of arrays of strings."""

    def text(value: str) -> bytes:
        return struct.pack(">H", len(value.encode())) + value.encode()

    def described(name: str, uid: int, flags: int, fields: bytes = b"\0\0") -> bytes:
        return b"r" + text(name) + struct.pack(">QB", uid, flags) + fields + b"xp"

    of_list = described("java.util.ArrayList", 0x7881D21D99C7619D, 3, b"\0\1I\0\4size")
    count = struct.pack(">L", len(rows))
    body = b"\xac\xed\0\5s" + of_list + count + b"w\4" + count
    of_array = described("[Ljava.lang.String;", 0xADD256E7E91D7B47, 2)
    for row in rows:
        body += b"u" + of_array + struct.pack(">L", len(row))
        body += b"".join(b"t" + text(cell) for cell in row)
        of_array = b"q\0~\0\2"
    return body + b"x"


def r(rows: Rows, *, in_lines: bool = False) -> bytes:
    """R's serialization, version 2 (R Internals, 1.8): a list of columns with names and a class."""

    def number(value: int) -> bytes:
        return b"%d\n" % value if in_lines else struct.pack(">i", value)

    def text(value: str) -> bytes:
        data = value.encode()
        if in_lines:
            escaped = (
                chr(byte) if chr(byte).isalnum() and byte < 0x80 else f"\\{byte:03o}"
                for byte in data
            )
            data = "".join((*escaped, "\n")).encode()
        return number(0x40009) + number(len(value.encode())) + data

    def strings(values: list[str], flags: int = 16) -> bytes:
        return number(flags) + number(len(values)) + b"".join(map(text, values))

    def tagged(name: str, value: bytes) -> bytes:
        return number(0x402) + number(1) + text(name) + value

    columns = [strings(list(column)) for column in zip(*rows[1:], strict=True)]
    body = (b"A\n" if in_lines else b"X\n") + number(2) + number(0x40202) + number(0x20300)
    body += number(0x313) + number(len(columns)) + b"".join(columns)
    body += tagged("names", strings(rows[0])) + tagged("class", strings(["data.frame"]))
    return body + number(254)


def matlab(rows: Rows) -> bytes:
    """MATLAB's files of version 7 ("MAT-File Format", chapter 1): a cell array a variable."""

    def element(kind: int, data: bytes) -> bytes:
        return struct.pack("<2I", kind, len(data)) + data + bytes(-len(data) % 8)

    def matrix(kind: int, shape: tuple[int, int], name: str, data: bytes) -> bytes:
        flags = element(6, struct.pack("<2I", kind, 0))
        return element(
            14, flags + element(5, struct.pack("<2i", *shape)) + element(1, name.encode()) + data
        )

    def text(value: str) -> bytes:
        return matrix(4, (1, len(value)), "", element(17, value.encode("utf-16-le")))

    body = b"MATLAB 5.0 MAT-file, by hand".ljust(116) + bytes(8) + b"\0\1IM"
    for title, *cells in zip(*rows, strict=True):
        name = _plain(title).replace(" ", "_").replace("'", "")
        whole = matrix(1, (len(cells), 1), name, b"".join(map(text, cells)))
        packed = zlib.compress(whole)
        body += struct.pack("<2I", 15, len(packed)) + packed
    return body


def pgdump(rows: Rows, pack: Callable[[bytes], bytes]) -> bytes:
    """A dump of PostgreSQL 16 (`pg_backup_archiver.c`), as far as names of columns and data go."""

    def number(value: int) -> bytes:
        return b"\0" + struct.pack("<I", value)

    names = ", ".join('"' + name.replace('"', "") + '"' for name in rows[0])
    statement = f"COPY public.patients ({names}) FROM stdin;\n".encode()
    body = b"PGDMP\1\x10\0\4\x08\1\1" + number(0) * 7 + number(1)
    body += number(7) + number(1) + number(len(statement)) + statement
    packed = pack("".join("\t".join(row) + "\n" for row in rows[1:]).encode() + b"\\.\n\n\n")
    body += b"\1" + number(7)
    for start in range(0, len(packed), 500):
        piece = packed[start : start + 500]
        body += number(len(piece)) + piece
    return body + number(0)


def postgresql(rows: Rows) -> bytes:
    """PostgreSQL 15, `bufpage.h`, `jsonb.h`: pages of rows of one column, an object each."""

    def document(row: list[str]) -> bytes:
        texts = [cell.encode() for cell in (*rows[0], *row)]
        head = struct.pack("<I", len(row) | 0x20000000)
        return head + b"".join(struct.pack("<I", len(text)) for text in texts) + b"".join(texts)

    def page(tuples: list[bytes]) -> bytes:
        places, body = b"", b""
        for one in tuples:
            body = one + body
            places += struct.pack("<I", 8192 - len(body) | 1 << 15 | len(one) << 17)
        low = 24 + len(places)
        head = bytes(12) + struct.pack("<4HI", low, 8192 - len(body), 8192, 8196, 0)
        return head + places + body.rjust(8192 - low, b"\0")

    pages, tuples = b"", list[bytes]()
    for row in rows[1:]:
        value = document(row)
        one = bytes(18) + struct.pack("<HHBB", 1, 0, 24, 0) + struct.pack("<I", len(value) + 4 << 2)
        one = (one + value).ljust((len(value) + 35) // 8 * 8, b"\0")
        if sum(map(len, tuples)) + len(one) + 4 * len(tuples) > 8100:
            pages, tuples = pages + page(tuples), []
        tuples.append(one)
    return pages + page(tuples)


def gbak(rows: Rows) -> bytes:
    """Firebird 3, `burp/backup.epp`: records as XDR, in runs of which none repeats."""

    def text(cell: str) -> bytes:
        value = cell.encode()
        return struct.pack(">I", len(value)) + value + bytes(-len(value) % 4)

    out = b"\0\2\4\x0a\0\0\0\4\4\1\0\0\0\5\4\1\0\0\0"
    for number, row in enumerate(rows[1:]):
        record = struct.pack(">I", number) + b"".join(map(text, row)) + bytes(4 * len(row))
        size = struct.pack("<I", len(record))
        runs = (record[at : at + 127] for at in range(0, len(record), 127))
        out += b"\6\1\4" + size + b"\x11\4" + size + b"\2"
        out += b"".join(bytes([len(run)]) + run for run in runs)
    return out


def h2(rows: Rows) -> bytes:
    """H2 2.1, `mvstore`: a chunk of one page of rows, without their titles, in blocks of 4096."""

    def text(cell: str) -> bytes:
        unmarked = (byte & 0x3F if 0x80 <= byte < 0xC0 else byte for byte in cell.encode())
        return b"\x0d" + bytes(_VarintBytes(len(cell))) + bytes(unmarked)

    def mixed(value: int) -> int:
        return (value >> 16 ^ value) & 0xFFFF

    count = len(rows) - 1
    page = b"".join(map(_VarintBytes, (0, 9, count))) + b"\0"
    page += b"".join(map(_VarintBytes, range(1, count + 1))) + b"\0"
    page += b"".join(map(text, (cell for row in rows[1:] for cell in row)))
    line = b"chunk:1,block:2,version:1".ljust(60) + b"\n"
    size = len(page) + 6
    page = struct.pack(">IH", size, 1 ^ mixed(len(line)) ^ mixed(size)) + page
    head = b"H:2,block:2,blockSize:1000,format:2\n".ljust(4096)
    return head * 2 + (line + page).ljust((len(line + page) // 4096 + 1) * 4096, b"\0")


def innodb(rows: Rows) -> bytes:
    """A file of InnoDB's rows, DYNAMIC ("rem0rec.h", "page0page.h", "fsp0fsp.h"), no titles."""
    size = 1 << 14

    def head(number: int, kind: int) -> bytes:
        return struct.pack(">IIIIQHQI", 0, number, 0xFFFFFFFF, 0xFFFFFFFF, 9, kind, 0, 7)

    def page(number: int, records: list[tuple[bytes, bytes]]) -> bytes:
        out = bytearray(head(number, 0x45BF).ljust(94, b"\0"))
        out += b"\1\0\2\0\0infimum\0\1\0\x0b\0\0supremum"
        last = 99
        for before, values in records:
            place = len(out) + len(before) + 5
            out += before + b"\0\0\x10\0\0" + values
            struct.pack_into(">H", out, last - 2, place - last)
            last = place
        struct.pack_into(">H", out, last - 2, (112 - last) & 0xFFFF)
        struct.pack_into(">HHH", out, 38, 2, len(out), 0x8002 + len(records))
        struct.pack_into(">H", out, 54, len(records))
        return bytes(out.ljust(size, b"\0"))

    pages = [(head(0, 8) + struct.pack(">III", 7, 0, 2)).ljust(size, b"\0")]
    records: list[tuple[bytes, bytes]] = []
    for number, row in enumerate(rows[1:]):
        texts = [value.encode()[:120] for value in row]
        lengths = bytes(len(text) for text in reversed(texts))
        records.append((lengths + b"\0", struct.pack(">I13x", 1 << 31 | number) + b"".join(texts)))
        if len(records) == 20:
            pages.append(page(len(pages), records))
            records = []
    return b"".join([*pages, page(len(pages), records)])


def mssql(rows: Rows) -> bytes:
    """A file of SQL Server's: the head of each page, rows, and their places from its end."""
    size = 8192

    def page(number: int, kind: int, records: list[bytes]) -> bytes:
        head = bytearray(96)
        head[:2] = bytes([1, kind])
        struct.pack_into("<H", head, 22, len(records))
        struct.pack_into("<IH", head, 32, number, 1)
        places = b""
        body = b""
        for record in records:
            places = struct.pack("<H", 96 + len(body)) + places
            body += record
        return (bytes(head) + body).ljust(size - len(places), b"\0") + places

    def record(number: int, row: list[str]) -> bytes:
        texts = [value.encode("utf-16-le") for value in row]
        count = len(row) + 1
        before = struct.pack("<BBHI", 0x30, 0, 8, number) + struct.pack("<H", count)
        before += bytes((count + 7) // 8) + struct.pack("<H", len(row))
        ends = []
        end = len(before) + 2 * len(row)
        for text in texts:
            end += len(text)
            ends.append(end)
        return before + struct.pack(f"<{len(ends)}H", *ends) + b"".join(texts)

    records = [record(number, row) for number, row in enumerate(rows[1:], 1)]
    pages = [page(0, 15, [])]
    for at in range(0, len(records), 12):
        pages.append(page(len(pages), 1, records[at : at + 12]))
    return b"".join(pages)


def tnef(rows: Rows) -> bytes:
    """MS-OXTNEF, 2.1.3: a mail whose text is a table, compressed without referring to itself."""

    def attribute(level: int, name: int, value: bytes) -> bytes:
        return (
            struct.pack("<BII", level, name, len(value))
            + value
            + struct.pack("<H", sum(value) & 0xFFFF)
        )

    text = (
        rb"{\rtf1\ansi"
        + b"".join(
            rb"\trowd " + b"".join(_escaped(cell) + rb"\cell " for cell in row) + rb"\row "
            for row in rows
        )
        + b"}"
    )
    pieces = (b"\0" + text[at : at + 8] for at in range(0, len(text), 8))
    packed = b"".join(pieces)
    packed = struct.pack("<II", len(packed) + 12, len(text)) + b"LZFu" + bytes(4) + packed
    properties = struct.pack("<IIII", 1, 0x10090102, 1, len(packed)) + packed
    body = b'x\x9f>"\x01\0' + attribute(1, 0x89006, b"\0\0\1\0")
    return body + attribute(1, 0x69003, properties + bytes(-len(properties) % 4))


def _escaped(cell: str) -> bytes:
    return "".join(c if c.isascii() else f"\\'{c.encode('cp1252').hex()}" for c in cell).encode()


def access(rows: Rows, lost: int = -1) -> bytes:
    """Pages of Access 2000 and later (mdbtools, "HACKING"), behind those of an empty database.

    The texts of the column `lost` are long ones, in pages that are not there.
    """
    page, width = 4096, len(rows[0])
    empty = access_empty()
    table = len(empty) // page
    names = b"".join(
        struct.pack("<H", 2 * len(name)) + name.encode("utf-16-le") for name in rows[0]
    )
    columns = b"".join(
        struct.pack("<B4xHHH4xBB4xHH", 12 if n == lost else 10, n, n, n, 2, 0, 0, 510)
        for n in range(width)
    )
    head = b"\2\1" + bytes(6) + struct.pack("<II", 63 + len(columns + names), len(rows) - 1)
    head = head.ljust(40, b"\0") + struct.pack("<BHHHII", 0x4E, width, width, width, 0, 0)
    pages = [(head.ljust(63, b"\0") + columns + names).ljust(page, b"\0")]

    def row(cells: list[str]) -> bytes:
        body, places = struct.pack("<H", width), []
        for n, text in enumerate(cells):
            places.append(len(body))
            if n == lost:
                body += struct.pack("<II4x", 0x40000000 | len(text), 0x7FFFFF00)
                continue
            packed = n % 2 and text.isascii()
            body += b"\xff\xfe" + text.encode() if packed else text.encode("utf-16-le")
        places.append(len(body))
        body += b"".join(struct.pack("<H", place) for place in reversed(places))
        return (
            body
            + struct.pack("<H", width)
            + ((1 << width) - 1).to_bytes((width + 7) // 8, "little")
        )

    for start in range(1, len(rows), 6):
        found = [row(cells) for cells in rows[start : start + 6]]
        ends = [page - sum(map(len, found[: n + 1])) for n in range(len(found))]
        head = b"\1\1" + struct.pack("<HIIH", 0, table, 0, len(found))
        head += b"".join(struct.pack("<H", end) for end in ends)
        pages.append(head.ljust(ends[-1], b"\0") + b"".join(reversed(found)))
    return empty + b"".join(pages)


def access_empty() -> bytes:
    """A database that Access has made, with nothing in it."""
    with tempfile.TemporaryDirectory() as folder:
        msaccessdb.create(f"{folder}/a.accdb")
        return Path(f"{folder}/a.accdb").read_bytes()


def _plain(title: str) -> str:
    """Return a title without accents, which names of these formats can't have."""
    return unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()

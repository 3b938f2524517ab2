"""One table of rows in every format that is opened, and who wrote it.

What fuzzing begins with, and what shows that each format is read as others write it.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import html
import io
import json
import lzma
import pickle
import random
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from functools import partial
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import cbor2
import cramjam
import h5py
import libarchive
import lz4.frame
import msgpack  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
import py7zr
import pyarrow as pa
import pyrage
import zstandard
from google.protobuf.internal.encoder import _VarintBytes
from PIL import Image, PngImagePlugin

from tests.extract.test_aws_chunked import framed
from tests.extract.test_bson import document
from tests.extract.test_protobuf import EXPORT, PATIENT
from tests.extract.test_snappy import frames
from tests.parsers.formats import (
    Rows,
    access,
    avro,
    gbak,
    h2,
    innodb,
    java,
    lmdb,
    matlab,
    mssql,
    pgdump,
    plist,
    postgresql,
    r,
    redis,
    spss,
    stata,
    tnef,
    xport,
)
from tests.parsers.formats import sqlite as sqlite_by_hand
from tests.parsers.test_archives import cabinet
from tests.parsers.test_databases import dbase, parquet, sqlite
from tests.parsers.test_dicom import dicom, element
from tests.parsers.test_office import docx_table, numbers, ods, pptx_table, xlsx_inline, xlsx_shared
from tests.parsers.test_ole import doc, msg, ppt, xls
from tests.parsers.test_pdf import table as pdf
from tests.parsers.test_rtf import table as rtf

__all__ = ["SAMPLES", "Sample"]

# What a mailbox writes before each mail.
MAILBOX = b"From a@b.fr Mon Jan  1 00:00:00 2024\n"

type Make = Callable[[Rows], bytes]


@dataclass(frozen=True, slots=True)
class Sample:
    """A way to write a table.

    Attributes:
        format: The row of the table of formats that it is to be recognised by, or `text`.
        by: What wrote it.
        make: Writes a table, its header first.
    """

    format: str
    by: str
    make: Make


def csv(rows: Rows) -> bytes:
    return "".join(";".join(row) + "\r\n" for row in rows).encode()


def objects(rows: Rows) -> list[dict[str, object]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def _of(pack: Callable[[bytes], object]) -> Make:
    """Return what packs a table as it is in CSV."""
    return lambda rows: bytes(pack(csv(rows)))  # type: ignore[call-overload]


def _in_file(write: Callable[[Rows, Path], bytes]) -> Make:
    def written(rows: Rows) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            return write(rows, Path(folder))

    return written


def _zipped(method: int) -> Callable[[bytes], bytes]:
    def packed(data: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as writer:
            writer.writestr("a.csv", data)
        return out.getvalue()

    return packed


def _tarred(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as writer:
        info = tarfile.TarInfo("é" * 60)
        info.size = len(data)
        writer.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _archived(form: str, *filters: str) -> Callable[[bytes], bytes]:
    """Return what packs with libarchive."""

    def packed(data: bytes) -> bytes:
        out = io.BytesIO()
        with libarchive.custom_writer(out.write, form, *filters) as archive:
            archive.add_file_from_memory("a.csv", len(data), data)
        return out.getvalue()

    return packed


def _sevenzip(data: bytes) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as archive:
        archive.writestr(data, "a.csv")
    return out.getvalue()


def _mail(data: bytes) -> bytes:
    message = EmailMessage()
    message["Subject"] = "é"
    message.set_content("é" * 100, cte="quoted-printable")
    message.add_attachment(data, maintype="text", subtype="csv", filename="a.csv")
    return message.as_bytes()


def _form(data: bytes) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n'
    return head + data + b"\r\n--b--\r\n"


def _object(data: bytes) -> bytes:
    """Return the blob of git that a file is, as it lies in a repository."""
    return b"blob %d\0%s" % (len(data), data)


def _pack(data: bytes) -> bytes:
    """Return a pack of git that holds one blob."""
    # Its kind and the first four bits of its size, then seven at a time.
    head = bytes([3 << 4 | len(data) & 0xF | 0x80]) + _VarintBytes(len(data) >> 4)
    pack = b"PACK" + struct.pack(">2L", 2, 1) + head + zlib.compress(data)
    return bytes(pack + hashlib.sha1(pack, usedforsecurity=False).digest())


def _push(data: bytes) -> bytes:
    line = b"%s %s refs/heads/main\0 report-status" % (b"0" * 40, b"1" * 40)
    return b"%04x%s0000" % (len(line) + 4, line) + _pack(data)


def _bundle(data: bytes) -> bytes:
    return b"# v2 git bundle\n%s refs/heads/main\n\n" % (b"1" * 40) + _pack(data)


def _batch(data: bytes) -> bytes:
    head = b"POST /a HTTP/1.1\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n"
    return head % len(data) + data


def _protobuf(rows: Rows) -> bytes:
    return bytes(EXPORT(patients=_patients(rows)).SerializeToString())


def _delimited(rows: Rows) -> bytes:
    """Return messages behind their lengths, as `writeDelimitedTo` writes them."""
    out = b""
    for patient in _patients(rows):
        message = bytes(PATIENT(**patient).SerializeToString())
        out += _VarintBytes(len(message)) + message
    return out


def _patients(rows: Rows) -> list[dict[str, str]]:
    return [{"nir": row[0], "name": row[1], "note": " ".join(row[2:])} for row in rows]


def _call(rows: Rows) -> bytes:
    message = _protobuf(rows)
    return b"\0" + len(message).to_bytes(4) + message


def _picture(rows: Rows) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", csv(rows).decode(), zip=True)
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (9, 99, 199)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def _scan(rows: Rows) -> bytes:
    charset = element(8, 5, b"CS", b"ISO_IR 192")
    return dicom(charset, element(0x42, 0x11, b"OB", csv(rows)))


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def _alone(data: bytes) -> object:
    return cramjam.xz.compress(data, format=cramjam.xz.Format.ALONE)


def _text(encoding: str) -> Make:
    return lambda rows: csv(rows).decode().encode(encoding)


def _array(rows: object) -> bytes:
    out = io.BytesIO()
    np.save(out, np.array(rows))
    return out.getvalue()


def _mongo_archive(rows: Rows) -> bytes:
    """What `mongodump --archive` writes (its `archive` package): parts that end in a mark."""
    end = b"\xff" * 4
    of = document({"db": "hospital", "collection": "patients", "EOF": ""})
    parts = [of + b"".join(map(document, objects(rows)[at::2])) + end for at in (0, 1)]
    head = document({"version": "0.1"}) + document({"collection": "patients"}) + end
    return b"\x6d\xe2\x99\x81" + head + b"".join(parts)


def _frame(rows: Rows) -> pd.DataFrame:
    return pd.DataFrame(rows[1:], columns=rows[0])


def _feather(rows: Rows) -> bytes:
    out = io.BytesIO()
    _frame(rows).to_feather(out, compression="lz4")
    return out.getvalue()


def _stream(rows: Rows) -> bytes:
    out = io.BytesIO()
    table = pa.Table.from_pandas(_frame(rows))
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return out.getvalue()


def _hdf5(rows: Rows, *, libver: str = "earliest", shuffle: bool = False) -> bytes:
    out = io.BytesIO()
    cells = np.char.encode(np.array(rows), "utf-8")
    with h5py.File(out, "w", libver=libver) as file:
        file.create_dataset(
            "table", data=cells, compression="gzip", shuffle=shuffle, chunks=cells.shape
        )
    return out.getvalue()


def _hdf5_pickled(rows: Rows) -> bytes:
    """As pandas has PyTables keep columns of objects: the pickle of an array, as bytes."""
    out = io.BytesIO()
    pickled = np.frombuffer(pickle.dumps(np.array(rows, dtype=object), 5), dtype=np.uint8)
    with h5py.File(out, "w") as file:
        data = file.create_dataset("table", (1,), dtype=h5py.vlen_dtype(np.uint8))
        data[0] = pickled
    return out.getvalue()


def _escaped(rows: Rows) -> bytes:
    """Return a table as what writes markup, programs and URLs may have it, now one, now another."""
    ways = (quote, html.escape, lambda text: json.dumps(text)[1:-1], lambda text: f"{text} \ud7ff")
    return b"".join(way(csv([row]).decode()).encode() for way, row in zip(cycle(ways), rows))  # type: ignore[operator]


ZIP = _zipped(zipfile.ZIP_DEFLATED)
# As a picture is.
NOISE = b"\xff\xd8\xff" + random.Random(9).randbytes(2000)
SAMPLES: dict[str, Sample] = {
    "gzip": Sample("gzip", "zlib", _of(lambda d: gzip.compress(d, mtime=0))),
    "gzip, cramjam": Sample("gzip", "cramjam", _of(cramjam.gzip.compress)),
    "zstd": Sample("zstd", "zstandard", _of(zstandard.compress)),
    "lz4": Sample("lz4", "lz4", _of(lz4.frame.compress)),
    "lz4, cramjam": Sample("lz4", "cramjam", _of(cramjam.lz4.compress)),
    "bzip2": Sample("bzip2", "bzip2", _of(bz2.compress)),
    "bzip2, cramjam": Sample("bzip2", "cramjam", _of(cramjam.bzip2.compress)),
    "xz": Sample("xz", "liblzma", _of(lzma.compress)),
    "lzma": Sample("lzma", "liblzma", _of(lambda d: lzma.compress(d, lzma.FORMAT_ALONE))),
    "xz, cramjam": Sample("xz", "cramjam", _of(cramjam.xz.compress)),
    "lzma, cramjam": Sample("lzma", "cramjam", _of(_alone)),
    "zlib": Sample("zlib", "zlib", _of(zlib.compress)),
    "zlib, cramjam": Sample("zlib", "cramjam", _of(cramjam.zlib.compress)),
    "deflate": Sample("deflate", "zlib", _of(_deflated)),
    "deflate, cramjam": Sample("deflate", "cramjam", _of(cramjam.deflate.compress)),
    "br": Sample("br", "cramjam", _of(cramjam.brotli.compress)),
    "snappy": Sample("snappy", "hand", _of(frames)),
    "snappy, cramjam": Sample("snappy", "cramjam", _of(cramjam.snappy.compress)),
    "frame": Sample("frame", "hand", _of(lambda d: b"\x50\x2a\x4d\x18\3\0\0\0abc" + d)),
    "chunked": Sample("aws-chunked", "hand", _of(lambda d: framed(d, 300))),
    "tar": Sample("tar", "tarfile", _of(_tarred)),
    "tar, libarchive": Sample("tar", "libarchive", _of(_archived("pax"))),
    "zip": Sample("zip", "zipfile", _of(_zipped(zipfile.ZIP_DEFLATED))),
    "zip, stored": Sample("zip", "zipfile", _of(_zipped(zipfile.ZIP_STORED))),
    "zip, bzip2": Sample("zip", "zipfile", _of(_zipped(zipfile.ZIP_BZIP2))),
    "zip, lzma": Sample("zip", "zipfile", _of(_zipped(zipfile.ZIP_LZMA))),
    "zip, libarchive": Sample("zip", "libarchive", _of(_archived("zip"))),
    "git, object": Sample("git", "hand", _of(_object)),
    "git, pack": Sample("git", "hand", _of(_pack)),
    "git, push": Sample("git", "hand", _of(_push)),
    "git, bundle": Sample("git", "hand", _of(_bundle)),
    "form": Sample("multipart", "hand", _of(_form)),
    "mail": Sample("mail", "email", _of(_mail)),
    "mailbox": Sample("mbox", "email", _of(lambda d: MAILBOX + _mail(d))),
    "http": Sample("http", "hand", _of(_batch)),
    "cbor": Sample("cbor", "cbor2", lambda rows: cbor2.dumps(objects(rows))),
    "msgpack": Sample("msgpack", "msgpack", lambda rows: msgpack.packb(objects(rows))),
    "bson": Sample("bson", "hand", lambda rows: b"".join(map(document, objects(rows)))),
    "bson, an archive": Sample("bson", "hand", _mongo_archive),
    "protobuf": Sample("protobuf", "protobuf", _protobuf),
    "protobuf, delimited": Sample("protobuf", "protobuf", _delimited),
    "grpc": Sample("grpc", "protobuf", _call),
    "png": Sample("png", "Pillow", _picture),
    "pdf": Sample("pdf", "reportlab", pdf),
    "xls": Sample("ole", "xlwt", xls),
    "doc": Sample("ole", "hand", doc),
    "ppt": Sample("ole", "hand", ppt),
    "msg": Sample("ole", "hand", msg),
    "rtf": Sample("rtf", "hand", rtf),
    "xlsx": Sample("office", "xlsxwriter", xlsx_shared),
    "xlsx, inline": Sample("office", "xlsxwriter", xlsx_inline),
    "numbers": Sample("office", "numbers-parser", numbers),
    "ods": Sample("office", "odfpy", ods),
    "docx": Sample("office", "python-docx", docx_table),
    "pptx": Sample("office", "python-pptx", pptx_table),
    "sqlite": Sample("sqlite", "sqlite", _in_file(sqlite)),
    "sqlite, by hand": Sample("sqlite", "hand", sqlite_by_hand),
    "parquet": Sample("parquet", "duckdb", _in_file(parquet)),
    "npy": Sample("npy", "numpy", _array),
    "npy, of bytes": Sample(
        "npy", "numpy", lambda rows: _array([[c.encode() for c in r] for r in rows])
    ),
    "npy, of objects": Sample("npy", "numpy", lambda rows: _array(np.array(rows, dtype=object))),
    "pickle": Sample("pickle", "pickle", pickle.dumps),
    "pickle, the oldest": Sample("pickle", "pickle", lambda rows: pickle.dumps(rows, 0)),
    "pickle, of a long text": Sample(
        "pickle", "pickle", lambda rows: pickle.dumps(["-" * (1 << 17), rows])
    ),
    "pickle, of tuples": Sample(
        "pickle", "pickle", lambda rows: pickle.dumps(tuple(map(tuple, rows)), 1)
    ),
    "pickle, under numbers of NumPy": Sample(
        "pickle", "pickle", lambda rows: pickle.dumps({np.int64(7): {(1, ("a", "b")): rows}})
    ),
    "pickle, of a frame": Sample("pickle", "pandas", lambda rows: pickle.dumps(_frame(rows))),
    "pickle, of a frame of objects": Sample(
        "pickle", "pandas", lambda rows: pickle.dumps(_frame(rows).astype(object), 2)
    ),
    "feather": Sample("arrow", "pyarrow", _feather),
    "arrow, a stream": Sample("arrow", "pyarrow", _stream),
    "r": Sample("r", "hand", r),
    "r, in lines": Sample("r", "hand", partial(r, in_lines=True)),
    "matlab": Sample("matlab", "hand", matlab),
    "hdf5": Sample("hdf5", "h5py", _hdf5),
    "hdf5, a frame": Sample("hdf5", "h5py", _hdf5_pickled),
    "hdf5, shuffled": Sample("hdf5", "h5py", partial(_hdf5, shuffle=True)),
    "hdf5, shuffled, of late": Sample(
        "hdf5", "h5py", partial(_hdf5, shuffle=True, libver="latest")
    ),
    "pgdump, zstd": Sample("pgdump", "hand", lambda rows: pgdump(rows, zstandard.compress)),
    "pgdump, lz4": Sample("pgdump", "hand", lambda rows: pgdump(rows, lz4.frame.compress)),
    "access": Sample("access", "hand", access),
    "lmdb": Sample("lmdb", "hand", lmdb),
    "redis": Sample("redis", "hand", redis),
    "postgresql": Sample("postgresql", "hand", postgresql),
    "gbak": Sample("gbak", "hand", gbak),
    "h2": Sample("h2", "hand", h2),
    "innodb": Sample("innodb", "hand", innodb),
    "mssql": Sample("mssql", "hand", mssql),
    "plist": Sample("plist", "hand", plist),
    "java": Sample("java", "hand", java),
    "dbase": Sample("dbase", "dbf", _in_file(dbase)),
    "avro": Sample("avro", "hand", lambda rows: avro(rows, deflated=False)),
    "avro, deflated": Sample("avro", "hand", lambda rows: avro(rows, deflated=True)),
    "spss": Sample("statistical", "hand", spss),
    "stata": Sample("statistical", "hand", stata),
    "sas": Sample("statistical", "hand", xport),
    "dicom": Sample("dicom", "hand", _scan),
    "7z": Sample("sevenzip", "py7zr", _of(_sevenzip)),
    "7z, libarchive": Sample("sevenzip", "libarchive", _of(_archived("7zip"))),
    "cab": Sample("archive", "hand", _of(lambda d: cabinet(b"a.csv", d))),
    "xar": Sample("archive", "libarchive", _of(_archived("xar"))),
    "compress": Sample("archive", "libarchive", _of(_archived("pax", "compress"))),
    "age": Sample(
        "encrypted",
        "pyrage",
        _of(lambda d: pyrage.encrypt(d, [pyrage.x25519.Identity.generate().to_public()])),
    ),
    "orc": Sample("orc", "hand", _of(lambda d: b"ORC\x03" + d)),
    "lzop": Sample("packed", "hand", _of(lambda d: b"\x89LZO\0\r\n\x1a\n" + d)),
    "tnef": Sample("tnef", "hand", tnef),
    "pst": Sample("packed", "hand", _of(lambda d: b"!BDN\1\2\3\4SM\x17\0\x13\0\1\1" + d)),
    "a compressed backup of SQL Server": Sample("packed", "hand", _of(lambda d: b"MSSQLBAK" + d)),
    "filemaker": Sample(
        "packed",
        "hand",
        _of(lambda d: b"\0\1\0\0\0\2\0\1\0\5\0\2\0\2\xc0HBAM7" + bytes(c ^ 0x5A for c in d)),
    ),
    "text": Sample("text", "Python", csv),
    "text, utf-16": Sample("text", "Python", _text("utf-16")),
    "text, ebcdic": Sample("text", "Python", _text("cp1140")),
    "base64": Sample("text", "base64", _of(base64.encodebytes)),
    "base32": Sample("text", "base64", _of(base64.b32encode)),
    "base85": Sample("text", "base64", _of(base64.b85encode)),
    "hexadecimal": Sample("text", "Python", _of(lambda d: d.hex().encode())),
    "list of bytes": Sample("text", "json", _of(lambda d: json.dumps(list(d)).encode())),
    "escapes": Sample("text", "Python", _escaped),
    "zip in hexadecimal": Sample("text", "zipfile", _of(lambda d: ZIP(d).hex().encode())),
    "zip in a form": Sample("multipart", "zipfile", _of(lambda d: _form(ZIP(d)))),
    "archives behind noise": Sample(
        "text", "zipfile", _of(lambda d: NOISE + ZIP(d) + gzip.compress(d, mtime=0))
    ),
    "json": Sample("text", "json", lambda rows: json.dumps(objects(rows)).encode()),
}

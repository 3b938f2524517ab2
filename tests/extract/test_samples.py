"""Each format that is opened, as others write it: who leaks is stopped, and orders pass."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from bench.patients import HEADERS, patients
from dlp.extract.aws_chunked import AWS_CHUNKED
from dlp.extract.formats import KINDS, SNIFF, recognise
from dlp.extract.office import OFFICE
from dlp.inspection import Core, Inspection
from dlp.types import Result, Uninspectable
from tests.samples import SAMPLES

COLUMNS = ("nir", "nom", "prenom", "date_naissance", "commentaire")
LEAK = [
    [HEADERS[c] for c in COLUMNS],
    *([str(asdict(one)[c]) for c in COLUMNS] for one in patients(30)),
]
ORDERS = [
    ["Commande", "Article", "Prix", "Date"],
    *(
        [str(4_500_000 + i * 17), f"Rame de papier {i}", f"{i},90", f"2026-03-{i % 28 + 1:02}"]
        for i in range(30)
    ),
]
# What reads a format; whoever else writes it has to be understood.
READERS = {
    **dict.fromkeys(("gzip", "zlib", "deflate"), "zlib"),
    **dict.fromkeys(("xz", "lzma"), "liblzma"),
    **dict.fromkeys(("aws-chunked", "snappy", "tar", "zip", "git", "multipart", "mail"), "dlp"),
    **dict.fromkeys(("mbox", "http", "cbor", "msgpack", "bson", "grpc", "protobuf"), "dlp"),
    **dict.fromkeys(("npy", "java", "dbase", "pgdump", "postgresql", "innodb", "mssql"), "dlp"),
    **dict.fromkeys(("lmdb", "redis", "h2", "gbak"), "dlp"),
    **dict.fromkeys(("png", "rtf", "frame", "text", "encrypted", "orc", "packed"), "dlp"),
    "zstd": "backports.zstd",
    "lz4": "lz4",
    "bzip2": "bzip2",
    "br": "brotli",
    "pdf": "pdfium",
    "ole": "calamine, olefile",
    "office": "calamine, dlp",
    "sqlite": "sqlite",
    **dict.fromkeys(("parquet", "arrow"), "arro3"),
    **dict.fromkeys(("access", "tnef", "pickle", "r", "matlab", "hdf5"), "dlp"),
    "plist": "plistlib",
    "avro": "fastavro",
    "statistical": "ReadStat",
    "dicom": "pydicom",
    "sevenzip": "py7zr",
    "archive": "libarchive",
}
UNREAD = {"encrypted": Uninspectable.ENCRYPTED} | dict.fromkeys(
    ("orc", "packed"), Uninspectable.UNKNOWN_ENCODING
)
# Their titles do not stand above the columns, or nowhere.
UNTITLED = {"gbak", "h2", "hdf5", "innodb", "mssql"}


@pytest.mark.parametrize("name", SAMPLES)
def test_patients_are_stopped_and_orders_pass(name: str, core: Core) -> None:
    sample = SAMPLES[name]
    coding = sample.format if sample.format == AWS_CHUNKED else ""
    stopped, passed = (judged(core, sample.make(rows), coding) for rows in (LEAK, ORDERS))

    if sample.format in UNREAD:
        assert stopped.evidence.uninspectable == UNREAD[sample.format]
        return
    assert stopped.evidence.uninspectable is None
    if sample.format not in UNTITLED:
        assert stopped.evidence.announced == 30
        # In its bytes as they are, words beside a name may be taken for another's.
        assert 30 <= stopped.evidence.subjects <= 45
    assert stopped.verdict.action.stops
    assert passed.evidence.uninspectable is None
    assert not passed.verdict.action.stops
    expected = "zip" if sample.format == OFFICE else sample.format
    found = recognise(sample.make(LEAK)[:SNIFF], "")
    assert (found.name if found else "text") == ("text" if coding else expected)


def judged(core: Core, body: bytes, coding: str) -> Result:
    inspection = Inspection(core, content_encoding=coding)
    inspection.feed(body)
    return inspection.finish()


def test_each_format_is_written_by_another_than_who_reads_it() -> None:
    assert {*KINDS, "frame"} <= READERS.keys()
    for name, reader in READERS.items():
        writers = {sample.by for sample in SAMPLES.values() if sample.format == name}
        assert writers - {reader}, name

"""Which module parses which kind of document; each has `parse(document)`."""

from __future__ import annotations

__all__ = ["MODULES"]

MODULES = {
    "archive": "dlp.parsers.archive",
    "avro": "dlp.parsers.avro",
    "dbase": "dlp.parsers.dbase",
    "dicom": "dlp.parsers.dicom",
    "office": "dlp.parsers.office",
    "ole": "dlp.parsers.ole",
    "parquet": "dlp.parsers.parquet",
    "pdf": "dlp.parsers.pdf",
    "plist": "dlp.parsers.plist",
    "rtf": "dlp.parsers.rtf",
    "sevenzip": "dlp.parsers.sevenzip",
    "statistical": "dlp.parsers.statistical",
    "sqlite": "dlp.parsers.sqlite",
}

"""Which module parses which kind of document; each has `parse(document)`."""

from __future__ import annotations

__all__ = ["MODULES"]

MODULES = {
    "access": "dlp.parsers.access",
    "arrow": "dlp.parsers.arrow",
    "archive": "dlp.parsers.archive",
    "avro": "dlp.parsers.avro",
    "dbase": "dlp.parsers.dbase",
    "dicom": "dlp.parsers.dicom",
    "office": "dlp.parsers.office",
    "hdf5": "dlp.parsers.hdf5",
    "matlab": "dlp.parsers.matlab",
    "ole": "dlp.parsers.ole",
    "parquet": "dlp.parsers.parquet",
    "pdf": "dlp.parsers.pdf",
    "pickle": "dlp.parsers.pickles",
    "plist": "dlp.parsers.plist",
    "r": "dlp.parsers.rdata",
    "rtf": "dlp.parsers.rtf",
    "sevenzip": "dlp.parsers.sevenzip",
    "statistical": "dlp.parsers.statistical",
    "tnef": "dlp.parsers.tnef",
    "sqlite": "dlp.parsers.sqlite",
}

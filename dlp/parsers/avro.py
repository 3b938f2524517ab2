"""Avro files as tables; fastavro reads them, record by record."""

from __future__ import annotations

import io
from itertools import batched
from typing import TYPE_CHECKING

import fastavro

from dlp.parsers.cells import ROWS, cell, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.parts import Part

__all__ = ["parse"]


def parse(document: bytes) -> Iterator[Part]:
    """Yield the records of an Avro file, each a row."""
    reader = fastavro.reader(io.BytesIO(document))
    schema = reader.writer_schema
    fields = schema.get("fields", ()) if isinstance(schema, dict) else ()
    names = [str(field["name"]) for field in fields]
    if names:
        yield lines([names])
    for records in batched(reader, ROWS):
        yield lines(_row(record, names) for record in records)


def _row(record: object, names: list[str]) -> list[str]:
    if isinstance(record, dict) and names:
        return [cell(record.get(name)) for name in names]
    return [cell(record)]

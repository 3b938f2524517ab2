"""Parquet files as tables; arro3 reads them, batch by batch."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from arro3.io import read_parquet

from dlp.extract.parts import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse"]

# Rows handed on at once.
ROWS = 1000


def parse(document: bytes) -> Iterator[Part]:
    """Yield the rows of a Parquet file."""
    reader = read_parquet(io.BytesIO(document))
    yield _lines([reader.schema.names])
    for batch in reader:
        for start in range(0, batch.num_rows, ROWS):
            piece = batch.slice(start, min(ROWS, batch.num_rows - start))
            columns = [list(map(_cell, column.to_pylist())) for column in piece.columns]
            yield _lines(list(zip(*columns, strict=True)))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float) and abs(value) < 1e15 and value == int(value):
        return str(int(value))
    return " ".join(str(value).split())


def _lines(rows: list[list[str]] | list[tuple[str, ...]]) -> Part:
    text = "".join("\t".join(row) + "\n" for row in rows)
    return Part(name="table", data=text.encode("utf-8", "replace"), final=False)

"""Arrow's files and streams (Feather, too) as tables; arro3 reads them, batch by batch."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from arro3.io import read_ipc, read_ipc_stream

from dlp.parsers.cells import ROWS, cell, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.parts import Part

__all__ = ["parse", "table"]

FILE = b"ARROW1"


def parse(document: bytes) -> Iterator[Part]:
    """Yield the rows of a file or a stream."""
    read = read_ipc if document.startswith(FILE) else read_ipc_stream
    yield from table(read(io.BytesIO(document)))


def table(reader: Any) -> Iterator[Part]:
    """Yield the rows of batches of columns."""
    yield lines([reader.schema.names])
    for batch in reader:
        for start in range(0, batch.num_rows, ROWS):
            piece = batch.slice(start, min(ROWS, batch.num_rows - start))
            columns = [list(map(cell, column.to_pylist())) for column in piece.columns]
            yield lines(zip(*columns, strict=True))

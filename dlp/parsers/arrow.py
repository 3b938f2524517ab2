"""Arrow's files and streams (Feather, too) as tables; arro3 reads them, batch by batch."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from arro3.core import DataType
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
    # Columns that have to be read in the other way.
    written: set[int] = set()
    for batch in reader:
        for start in range(0, batch.num_rows, ROWS):
            piece = batch.slice(start, min(ROWS, batch.num_rows - start))
            columns = [_cells(column, n, written) for n, column in enumerate(piece.columns)]
            yield lines(zip(*columns, strict=True))


def _cells(column: Any, number: int, written: set[int]) -> list[str]:
    """Return the cells of a column: its values, or how Arrow writes them where they can't be had.

    Python has no intervals, and no time zones where no file may be opened.
    """
    if number not in written:
        try:
            return list(map(cell, column.to_pylist()))
        except MemoryError:
            raise
        except BaseException:  # noqa: BLE001 - what panics in Rust is no Exception
            written.add(number)
    try:
        return list(map(cell, column.cast(DataType.string()).to_pylist()))
    except MemoryError:
        raise
    except BaseException:  # noqa: BLE001 - as above
        return [""] * len(column)

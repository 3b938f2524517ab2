"""Parquet files as tables; arro3 reads them, batch by batch."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from arro3.io import read_parquet

from dlp.parsers.arrow import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.parts import Part

__all__ = ["parse"]


def parse(document: bytes) -> Iterator[Part]:
    """Yield the rows of a Parquet file."""
    yield from table(read_parquet(io.BytesIO(document)))

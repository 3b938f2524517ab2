"""Data sets of SPSS, Stata and SAS as tables; ReadStat reads them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from dlp.extract.parts import Part
from dlp.parsers.cells import ROWS, cell, lines
from dlp.unneeded import without

# It fills arrays and frames for others; the lists that it is asked for here are Python's own.
with without("numpy", "narwhals", "narwhals.stable", "narwhals.stable.v2", "narwhals.typing"):
    import pyreadstat

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse"]


def parse(document: bytes) -> Iterator[Part]:
    """Yield the rows of a data set, under the labels of its variables."""
    columns, about = _reader(document)(io.BytesIO(document), output_format="dict")
    names = list(columns)
    labels = [about.column_names_to_labels.get(name) or name for name in names]
    yield Part(name="properties", data=_described(about))
    yield lines([[cell(label) for label in labels]])
    rows = zip(*columns.values(), strict=True)
    piece: list[list[str]] = []
    for row in rows:
        piece.append([cell(value) for value in row])
        if len(piece) == ROWS:
            yield lines(piece)
            piece = []
    yield lines(piece)


def _reader(document: bytes):  # type: ignore[no-untyped-def]  # noqa: ANN202 - of a library without types
    if document.startswith(b"$FL"):
        return pyreadstat.read_sav
    if document.startswith(b"HEADER"):
        return pyreadstat.read_xport
    if document.startswith(b"\0"):
        return pyreadstat.read_sas7bdat
    return pyreadstat.read_dta


def _described(about: object) -> bytes:
    """Return what is said of the whole: its label and notes."""
    said = [getattr(about, "file_label", None), *(getattr(about, "notes", None) or ())]
    return "".join(f"{cell(one)}\n" for one in said if one).encode("utf-8", "replace")

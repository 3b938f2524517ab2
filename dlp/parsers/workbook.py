"""Workbooks in binary form, xls and xlsb, as tables; calamine reads them."""

from __future__ import annotations

import datetime as dt
import io
from itertools import count
from typing import TYPE_CHECKING

import python_calamine

from dlp.extract.budget import UninspectableError
from dlp.extract.parts import Part
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse"]

# Rows handed on at once.
ROWS = 1000


def parse(document: bytes) -> Iterator[Part]:
    """Yield the sheets of a workbook."""
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(document))
    except python_calamine.PasswordError:
        raise UninspectableError(Uninspectable.ENCRYPTED) from None
    yield Part(name="names", data="\n".join(book.sheet_names).encode("utf-8", "replace"))
    for number, kind in zip(count(1), book.sheets_metadata, strict=False):
        if kind.typ not in (
            python_calamine.SheetTypeEnum.WorkSheet,
            python_calamine.SheetTypeEnum.MacroSheet,
        ):
            continue
        written: list[str] = []
        for row in book.get_sheet_by_index(number - 1).iter_rows():
            written.append("\t".join(map(_cell, row)).rstrip("\t"))
            if len(written) >= ROWS:
                yield _rows(number, written)
                written = []
        yield _rows(number, written)


def _rows(number: int, written: list[str]) -> Part:
    text = "".join(f"{line}\n" for line in written)
    return Part(name=f"sheet {number}", data=text.encode("utf-8", "replace"), final=False)


def _cell(value: object) -> str:
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return " ".join(str(value).split()) if value != "" else ""

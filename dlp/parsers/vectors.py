"""Vectors as programs keep them: packed numbers, matrices that stand column by column, days."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["by_rows", "day", "numbers"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def numbers(code: str, data: bytes, *, swapped: bool) -> list[Any]:
    """Return the whole numbers or floats of a type of `array`; `swapped` if the highest is first.

    What is left of a number at the end is none.
    """
    packed = array(code)
    packed.frombytes(data[: len(data) // packed.itemsize * packed.itemsize])
    if swapped:
        packed.byteswap()
    return packed.tolist()


def by_rows(values: Sequence[Any], height: int) -> list[list[Any]]:
    """Return the rows of a matrix of so many, whose columns follow each other."""
    columns = [values[at : at + height] for at in range(0, len(values), height)]
    return [list(row) for row in zip(*columns, strict=True)]


def day(seconds: float) -> str:
    """Return the day so many seconds after 1970, or nothing where there is no such one."""
    try:
        return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%d")
    except OverflowError:
        return ""

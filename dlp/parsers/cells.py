"""What parsers of tables write: a row a line, a tab between its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.extract.parts import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["ROWS", "cell", "lines"]

# Rows handed on at once.
ROWS = 1000


def cell(value: object) -> str:
    """Return what stands in a cell: a number without an exponent, a text in one line."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float) and abs(value) < 1e15 and value == int(value):
        return str(int(value))
    return " ".join(str(value).split())


def lines(rows: Iterable[Sequence[str]]) -> Part:
    """Return rows as a piece of a table."""
    text = "".join("\t".join(row) + "\n" for row in rows)
    return Part(name="table", data=text.encode("utf-8", "replace"), final=False)

"""What programs keep in lists and dictionaries, written as tables and objects.

Data frames and environments are columns by their names: those of the same length stand side by
side in a table.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from dlp.extract.parts import Part
from dlp.parsers.cells import ROWS, cell, lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["NESTED", "told"]

# Values inside of each other; more is nothing that anybody writes.
NESTED = 100
# Shorter bytes hold nothing by themselves.
BODY = 16

type _Column = tuple[str, Sequence[Any]]


def told(value: object) -> Iterator[Part]:
    """Yield the tables, objects, texts and bodies that a value holds."""
    # Each container once, however often it is referred to; kept, so that none gets its number.
    yield from _tell(value, {}, 0)


def _tell(value: object, known: dict[int, object], depth: int) -> Iterator[Part]:
    if isinstance(value, bytes) and len(value) >= BODY:
        yield Part(name="bytes", data=value, member=True)
    elif isinstance(value, str):
        yield lines([[cell(value)]])
    if not isinstance(value, list | dict) or not value or id(value) in known or depth > NESTED:
        return
    known[id(value)] = value
    if isinstance(value, dict):
        yield from _named(value, known, depth)
    elif _is_flat(value):
        yield from _table([("", value)])
    else:
        yield from _listed(value, known, depth)


def _listed(value: list[Any], known: dict[int, object], depth: int) -> Iterator[Part]:
    # By number: whatever stands in a list again says no more.
    objects: dict[int, dict[Any, Any]] = {}
    rows: dict[int, list[Any]] = {}
    for one in value:
        if isinstance(one, dict) and _is_flat(one.values()):
            objects[id(one)] = one
        elif isinstance(one, list) and one and _is_flat(one):
            rows[id(one)] = one
        else:
            yield from _tell(one, known, depth + 1)
    if objects:
        yield from _objects(list(objects.values()))
    if rows:
        yield from _rows(list(rows.values()))


def _named(value: dict[Any, Any], known: dict[int, object], depth: int) -> Iterator[Part]:
    flat = {name: one for name, one in value.items() if not isinstance(one, list | dict | bytes)}
    if flat:
        yield from _objects([flat])
    lengths: dict[int, list[_Column]] = defaultdict(list)
    for name, one in value.items():
        if isinstance(one, list) and one and _is_flat(one):
            if id(one) not in known:
                known[id(one)] = one
                lengths[len(one)].append((cell(name), one))
        elif name not in flat:
            yield from _tell(one, known, depth + 1)
    for columns in lengths.values():
        yield from _table(columns)


def _is_flat(values: Iterable[object]) -> bool:
    return not any(isinstance(one, list | dict) for one in values)


def _objects(objects: Sequence[dict[Any, Any]]) -> Iterator[Part]:
    for start in range(0, len(objects), ROWS):
        texts = (
            json.dumps({cell(name): cell(one) for name, one in value.items()}, ensure_ascii=False)
            for value in objects[start : start + ROWS]
        )
        text = "".join(f"{one}\n" for one in texts)
        yield Part(name="objects", data=text.encode("utf-8", "replace"), final=False)


def _rows(rows: Sequence[Sequence[Any]]) -> Iterator[Part]:
    """Yield lists as the rows that they are, or, a few long ones, as columns."""
    width = len(rows[0])
    if 1 < len(rows) < width and all(len(row) == width for row in rows):
        yield from _table([("", row) for row in rows])
        return
    for start in range(0, len(rows), ROWS):
        yield lines([list(map(cell, row)) for row in rows[start : start + ROWS]])


def _table(columns: Sequence[_Column]) -> Iterator[Part]:
    if any(name for name, _ in columns):
        yield lines([[name for name, _ in columns]])
    values = [column for _, column in columns]
    for start in range(0, len(values[0]), ROWS):
        piece = [list(map(cell, column[start : start + ROWS])) for column in values]
        yield lines(zip(*piece, strict=True))

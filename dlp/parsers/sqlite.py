"""SQLite databases: tables as text.

The database is read from memory; nothing it brings (views, triggers, functions) is run but the
queries below.
"""

from __future__ import annotations

import sqlite3
from itertools import count
from typing import TYPE_CHECKING

from dlp.extract.parts import Part
from dlp.parsers.members import member
from dlp.parsers.sqlite_pages import LOGS, deleted, logged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["parse"]

ROWS = 1000
# Larger values are files of their own rather than cells.
LONG = 4096


def parse(document: bytes) -> Iterator[Part]:
    """Yield the tables of a database."""
    if document.startswith(LOGS):
        for rows in logged(document):
            yield _lines("log", rows)
        return
    if len(document) >= 20 and document[18:20] == b"\2\2":
        # Written ahead: the journal is another file, and can't be where there are no files.
        document = document[:18] + b"\1\1" + document[20:]
    database = sqlite3.connect(":memory:")
    database.text_factory = lambda raw: raw.decode("utf-8", "replace")
    database.deserialize(document)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA query_only = ON")
    tables = database.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
    ).fetchall()
    yield Part(name="schema", data="\n".join(str(sql) for _, sql in tables).encode())
    files = count(1)
    widths = set[int]()
    for number, (name, _) in enumerate(tables, 1):
        quoted = name.replace('"', '""')
        cursor = database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - quoted
        place = f"table {number}"
        widths.add(len(cursor.description))
        yield _lines(place, [[column[0] for column in cursor.description]])
        while rows := cursor.fetchmany(ROWS):
            for row in rows:
                for value in row:
                    if isinstance(value, bytes) and len(value) >= LONG:
                        yield from member(next(files), "", value)
            yield _lines(place, rows)
    for rows in deleted(document, widths):
        yield _lines("deleted", rows)


def _lines(place: str, rows: Sequence[Sequence[object]]) -> Part:
    text = "".join("\t".join(map(_cell, row)) + "\n" for row in rows)
    return Part(name=place, data=text.encode("utf-8", "replace"), final=False)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return "" if len(value) >= LONG else value.decode("utf-8", "replace")
    if isinstance(value, float) and abs(value) < 1e15 and value == int(value):
        return str(int(value))
    return (
        " ".join(str(value).split()) if isinstance(value, str) and len(value) < LONG else str(value)
    )

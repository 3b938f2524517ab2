"""Layouts in which identifiers leave: tables, objects, markup, messages, prose, logs."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ALONE", "ANNOUNCED"]

NAMES = (
    "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre "
    "Leroy Roux David Bertrand Morel Fournier Girard"
).split()

type _Layout = Callable[[str, list[str]], str]


def _key(word: str) -> str:
    return word.replace(" ", "_").replace(".", "").replace("'", "_")


def _rows(values: list[str]) -> list[tuple[str, str]]:
    return [(NAMES[n % len(NAMES)], value) for n, value in enumerate(values)]


def _delimited(delimiter: str, *, header: bool) -> _Layout:
    def layout(word: str, values: list[str]) -> str:
        lines = [f"name{delimiter}{word}{delimiter}city"] if header else []
        lines += [f"{n}{delimiter}{value}{delimiter}Lyon" for n, value in _rows(values)]
        return "\n".join(lines) + "\n"

    return layout


def _objects(word: str, values: list[str]) -> list[dict[str, str]]:
    return [{"name": name, _key(word): value} for name, value in _rows(values)]


def _fixed(word: str, values: list[str]) -> str:
    lines = [f"{'NAME':<20}{word.upper():<40}CITY"]
    return "\n".join([*lines, *(f"{name:<20}{value:<40}Lyon" for name, value in _rows(values))])


def _xml(word: str, values: list[str]) -> str:
    key = _key(word)
    return "<list>" + "".join(
        f"<one><name>{name}</name><{key}>{value}</{key}></one>" for name, value in _rows(values)
    ) + "</list>"  # fmt: skip


def _html(word: str, values: list[str]) -> str:
    return f"<table><tr><th>Name</th><th>{html.escape(word)}</th></tr>" + "".join(
        f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in _rows(values)
    )


def _insert(word: str, values: list[str]) -> str:
    tuples = ",\n".join(f"('{name}','{value}')" for name, value in _rows(values))
    return f"INSERT INTO list (`name`, `{_key(word)}`) VALUES\n{tuples};\n"


def _copy(word: str, values: list[str]) -> str:
    rows = "".join(f"{name}\t{value}\n" for name, value in _rows(values))
    return f"COPY list (name, {_key(word)}) FROM stdin;\n{rows}\\.\n"


def _form(word: str, values: list[str]) -> str:
    return urlencode({"name": NAMES[0], _key(word): values[0], "go": "1"})


def _multipart(word: str, values: list[str]) -> str:
    return (
        '--b0\r\nContent-Disposition: form-data; name="name"\r\n\r\nDurand\r\n'
        f'--b0\r\nContent-Disposition: form-data; name="{_key(word)}"\r\n\r\n{values[0]}\r\n--b0--'
    )


#: Layouts in which a word announces the values.
ANNOUNCED: dict[str, _Layout] = {
    "csv": _delimited(",", header=True),
    "csv with semicolons": _delimited(";", header=True),
    "tsv": _delimited("\t", header=True),
    "table with bars": _delimited("|", header=True),
    "fixed width": _fixed,
    "json": lambda word, values: json.dumps(_objects(word, values), ensure_ascii=False),
    "json, escaped": lambda word, values: json.dumps(_objects(word, values), indent=1),
    "json lines": lambda word, values: "\n".join(map(json.dumps, _objects(word, values))),
    "xml": _xml,
    "html table": _html,
    "sql insert": _insert,
    "sql copy": _copy,
    "form": _form,
    "multipart": _multipart,
    "query in a log": lambda word, values: (
        f'10.0.0.1 - - [01/Jan/2024:10:00:00] "GET /p?{_form(word, values)} HTTP/1.1" 200 1'
    ),
    "prompt": lambda word, values: f"Name: Durand\n{word}: {values[0]}\nCity: Lyon\n",
    "prose": lambda word, values: f"Le dossier de Mme Durand ({word} {values[0]}) est complet.",
}
#: Layouts without any word, for identifiers that are found by themselves.
ALONE: dict[str, _Layout] = {
    "csv without header": _delimited(",", header=False),
    "tsv without header": _delimited("\t", header=False),
    "lines": lambda _, values: "\n".join(values),
    "json array": lambda _, values: json.dumps(values, ensure_ascii=False),
    "prose without a word": lambda _, values: (
        f"Voir {values[0]} et {values[1]}, puis {values[2]}. Merci."
    ),
}

"""People as programs print them, without birth dates: only names of fields tell what they have.

Each shape holds patients, and colleagues beside what their courses are about.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "PATIENT",
    "PATIENTS",
    "PRINTED_PATIENTS",
    "PRINTED_STAFF",
    "SHAPES",
    "SINGLE_PATIENTS",
    "STAFF",
    "TALKS",
]

type Rows = Sequence[tuple[str, ...]]

PATIENT = ("nom", "prenom", "pathologie", "chambre")
STAFF = ("nom", "prenom", "formation", "salle")
PATIENTS = (
    ("LEFEBVRE", "Monique", "Cancer du sein", "Ch. 12"),
    ("KACI", "Yasmine", "Sclérose en plaques", "Ch. 14"),
    ("MERCIER", "Hugo", "VIH", "Ch. 3"),
    ("BOUVIER", "Lucienne", "Insuffisance rénale chronique", "Ch. 7"),
    ("FABRE", "Christophe", "Schizophrénie", "Ch. 9"),
)
TALKS = ("Cancer du sein", "Sclérose en plaques", "VIH", "Dialyse", "Schizophrénie")
COLLEAGUES = [(*row[:2], talk, row[3]) for row, talk in zip(PATIENTS, TALKS, strict=True)]

type _Shape = Callable[[Sequence[str], Rows], str]


def _widths(titles: Sequence[str], rows: Rows) -> list[int]:
    return [max(map(len, column)) for column in zip(titles, *rows, strict=True)]


def _boxed(bar: str, rule: str, *, right: bool = False, ends: str = "", number: str = "") -> _Shape:
    """Return how programs list a table whose columns are as wide as what they hold."""

    def lay_out(titles: Sequence[str], rows: Rows) -> str:
        widths = _widths(titles, rows)
        lines = [
            ends
            + bar.join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width in zip(row, widths, strict=True)
            )
            + ends[::-1]
            for row in [titles, *rows]
        ]
        if number:
            lines = [(number % n if n else " " * len(number % n)) + x for n, x in enumerate(lines)]
        ruled = rule * len(lines[0]) if rule else ""
        return "\n".join([lines[0], *([ruled] if rule else []), *lines[1:]]) + "\n"

    return lay_out


def _each(begin: str, pair: str, joint: str, end: str) -> _Shape:
    """Return how to write records field by field; `%s` twice in `pair`."""
    return lambda titles, rows: "".join(
        begin + joint.join(pair % field for field in zip(titles, row, strict=True)) + end
        for row in rows
    )


def _columns(begin: str, pair: str, joint: str, end: str, quote: str = '"') -> _Shape:
    """Return how to write columns one after the other; `%s` twice in `pair`."""
    return lambda titles, rows: (
        begin
        + joint.join(
            pair % (title, ", ".join(f"{quote}{cell}{quote}" for cell in cells))
            for title, cells in zip(titles, zip(*rows, strict=True), strict=True)
        )
        + end
    )


def _wiki(titles: Sequence[str], rows: Rows) -> str:
    body = "".join("|-\n| " + " || ".join(row) + "\n" for row in rows)
    return '{| class="wikitable"\n! ' + " !! ".join(titles) + "\n" + body + "|}\n"


def _csv(titles: Sequence[str], rows: Rows) -> str:
    return "\n".join(";".join(row) for row in [titles, *rows]) + "\n"


def _log(titles: Sequence[str], rows: Rows) -> str:
    return "".join(
        f"10.0.0.1 - - [11/Feb/2024:10:00:{n:02}] "
        f'"GET /api?{urlencode(dict(zip(titles, row, strict=True)))} HTTP/1.1" 200 512\n'
        for n, row in enumerate(rows)
    )


SHAPES: dict[str, _Shape] = {
    "a table of psql": _boxed(" | ", "-"),
    "a box of mysql": _boxed(" | ", "-", ends="| "),
    "a frame of pandas": _boxed("  ", "", right=True, number="%-4d"),
    "a frame of R": _boxed(" ", "", right=True, number="%d "),
    "a listing of Stata": _boxed("   ", "-", right=True, ends=" | ", number="%3d."),
    "a grid": _boxed(" | ", "=", ends="| "),
    "a wiki": _wiki,
    "another wiki": lambda titles, rows: (
        "||" + "||".join(titles) + "||\n" + "".join("|" + "|".join(row) + "|\n" for row in rows)
    ),
    "records of psql": _each("-[ RECORD ]-+---\n", "%-16s| %s", "\n", "\n"),
    "a list of PowerShell": _each("", "%-14s: %s", "\n", "\n\n"),
    "a dump of PHP": _each("array(4) {\n", '  ["%s"]=>\n  string(9) "%s"', "\n", "\n}\n"),
    "structs of Go": _each("{", "%s:%s", " ", "} "),
    "members of XML-RPC": _each(
        "<struct>",
        "<member><name>%s</name><value><string>%s</string></value></member>",
        "",
        "</struct>",
    ),
    "N-Triples": lambda titles, rows: "".join(
        f'<http://e.example/{n}> <http://e.example/ns#{title}> "{cell}" .\n'
        for n, row in enumerate(rows)
        for title, cell in zip(titles, row, strict=True)
    ),
    "commands for Redis": _each("HMSET item:1 ", '%s "%s"', " ", "\n"),
    "labels above values": _each("", "%s\n%s", "\n", "\n\n"),
    "a row for each field": lambda titles, rows: "id,attribute,value\n" + "".join(
        f"{n},{title},{cell}\n"
        for n, row in enumerate(rows)
        for title, cell in zip(titles, row, strict=True)
    ),
    "addresses in a log": _log,
    "a table in JSON": lambda titles, rows: json.dumps(
        {"name": "export.csv", "content": _csv(titles, rows)}, ensure_ascii=False
    ),
    "vectors of R": _columns("", "%s <- c(%s)", "\n", "\n"),
    "what R puts out": _columns("structure(list(", "%s = c(%s)", ", ", '), class = "data.frame")'),
    "lists of Python": _columns("", "%s = [%s]", "\n", "\n", quote="'"),
    "lists of JSON": _columns("{", '"%s": [%s]', ", ", "}"),
    "members by number": lambda titles, rows: json.dumps(
        {t: {str(n): row[at] for n, row in enumerate(rows)} for at, t in enumerate(titles)}
    ),
    "lists of YAML": lambda titles, rows: "".join(
        f"{title}:\n" + "".join(f"  - {row[at]}\n" for row in rows)
        for at, title in enumerate(titles)
    ),
    "lines that begin with a title": lambda titles, rows: "".join(
        ";".join([title, *(row[at] for row in rows)]) + "\n" for at, title in enumerate(titles)
    ),
}  # fmt: skip
PRINTED_PATIENTS = {name: shape(PATIENT, PATIENTS) for name, shape in SHAPES.items()}
PRINTED_STAFF = {name: shape(STAFF, COLLEAGUES) for name, shape in SHAPES.items()}
# One person, whom fields alone tell of.
SINGLE_PATIENTS = {
    "a table of one row": _csv(PATIENT, PATIENTS[:1]),
    "an object": json.dumps(dict(zip(PATIENT, PATIENTS[1], strict=True))),
    "an address": f"GET /d?{urlencode(dict(zip(PATIENT, PATIENTS[0], strict=True)))} HTTP/1.1\r\n",
    "a mutation": 'mutation { createPatient(input: {lastName: "LEFEBVRE", firstName: "Monique", '
    'phone: "0612345678", condition: "Breast cancer"}) { id } }',
    "a result": '{"patientName":"LEFEBVRE Monique","testCode":"HIV","result":"POSITIVE"}',
    "a form of labels": "Patient\nLEFEBVRE Monique\n\nMédecin traitant\nDr PETIT\n\n"
    "Diagnostic\nCarcinome canalaire infiltrant\n\nTraitement\nTamoxifène 20 mg\n",
    "an order for transport": "Patient transporté : KACI Yasmine\nDestination : radiothérapie\n"
    "Motif médical : cancer du sein\n",
}

"""The same records in shapes that nothing names: what a list is laid out as must not matter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.detection.records import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["SHAPED_PATIENTS", "SHAPED_STAFF", "TITLED_PATIENTS"]

type Rows = Sequence[tuple[str, ...]]

KEYS = ("champ_a", "champ_b", "champ_c", "champ_d")
TITLES = ("nom", "prenom", "date_naissance", "commentaire")
TWO = (
    ("BELLANGER", "Yvonne", "12/05/1962", "VIH positif, sous trithérapie"),
    ("KERLEAU", "Gaspard", "14/09/1948", "cancer du sein, chimiothérapie en cours"),
)
_INTO = "INSERT INTO patient "
WARDS = ("Néphrologie et dialyse", "Chimiothérapie", "Maternité", "Hémodialyse", "Réanimation")


def _lines(joint: str, before: str = "", after: str = "") -> Callable[[Rows], str]:
    return lambda rows: "\n".join(before + joint.join(row) + after for row in rows)


def _pairs(pair: str, joint: str, end: str, keys: tuple[str, ...] = KEYS) -> Callable[[Rows], str]:
    """Return how to write records field by field, each with its name: `%s` twice in `pair`."""
    return lambda rows: "".join(
        joint.join(pair % named for named in zip(keys, row, strict=True)) + end for row in rows
    )


def _titled(joint: str, before: str = "", after: str = "") -> Callable[[Rows], str]:
    return lambda rows: _lines(joint, before, after)([TITLES, *rows])


def _named(pair: str, joint: str, end: str) -> Callable[[Rows], str]:
    return _pairs(pair, joint, end, TITLES)


def _columns(rows: Rows) -> dict[str, list[str]]:
    return dict(zip(KEYS, (list(column) for column in zip(*rows, strict=True)), strict=True))


def _transposed(delimiter: str, *, titled: bool) -> Callable[[Rows], str]:
    return lambda rows: "\n".join(
        delimiter.join([title] * titled + column) for title, column in _columns(rows).items()
    )


_SHAPES: dict[str, Callable[[Rows], str]] = {
    **{f"fields joined by {joint!r}": _lines(joint) for joint in ("^", "#", "§", "::", "\x1e")},
    "formulas of a spreadsheet": _lines('";="', '="', '"'),
    "LaTeX": _lines(" & ", after=r" \\ \hline"),
    "tuples of Transact-SQL": _lines("', N'", "INSERT [dbo].[P] VALUES (1, N'", "')"),
    "Lisp": _lines('" "', '(p "', '")'),
    "cells in divs": _lines("</div><div>", "<div><div>", "</div></div>"),
    "a field in a line of its own": _lines("\n", after="\n"),
    "a title and a field in lines": _pairs("%s\n%s", "\n", "\n\n"),
    "arrays over many lines": lambda rows: json.dumps(rows, indent=2, ensure_ascii=False),
    "pairs of names and values": _pairs('{"name":"%s","value":"%s"}', ",", "],["),
    "values below their type": _pairs('"%s":{"S":"%s"}', ",", "},{"),
    "a rowset": _pairs('<COLUMN NAME="%s"><![CDATA[%s]]></COLUMN>', "", "</ROW><ROW>"),
    "replicated rows": _pairs("%s[text]:'%s'", " ", "\ntable public.p: INSERT: "),
    "EDN": _pairs(':%s "%s"', " ", "} {"),
    "Turtle": _pairs('ex:%s "%s"', " ; ", " .\n"),
    "a list in Markdown": _pairs("- **%s**: %s", "\n", "\n\n"),
    "flow of YAML": _pairs("%s: %s", ", ", "}\n- {"),
    "a binding a line": _pairs("TRACE parameter [%s] as [VARCHAR] - [%s]", "\n", "\n"),
    "values bound to a statement": lambda rows: "".join(
        f"INSERT INTO patient ({','.join(TITLES)}) VALUES (?,?,?,?)\n"
        + "".join(
            f"binding parameter [{n}] as [VARCHAR] - [{cell}]\n" for n, cell in enumerate(row)
        )
        for row in rows
    ),
    "columns in JSON": lambda rows: json.dumps(_columns(rows), ensure_ascii=False),
    "columns in JSON over many lines": lambda rows: json.dumps(_columns(rows), indent=1),
    "columns by number": lambda rows: json.dumps(
        {key: {str(n): cell for n, cell in enumerate(c)} for key, c in _columns(rows).items()}
    ),
    "columns in YAML": lambda rows: "".join(
        f"{key}:\n" + "".join(f"  - {cell}\n" for cell in column)
        for key, column in _columns(rows).items()
    ),
    "columns below each other": _transposed("\n", titled=True),
    "columns of a form": lambda rows: "&".join(
        f"{key}[]={cell}" for key, column in _columns(rows).items() for cell in column
    ),
    "columns of R": lambda rows: ", ".join(
        f"{key} = c({json.dumps(column, ensure_ascii=False)[1:-1]})"
        for key, column in _columns(rows).items()
    ),
    "rows for columns": _transposed(";", titled=True),
    "rows for columns, no title": _transposed("\t", titled=False),
    "HTML, rows for columns": lambda rows: "".join(
        f"<tr><th>{key}</th>" + "".join(f"<td>{cell}</td>" for cell in column) + "</tr>\n"
        for key, column in _columns(rows).items()
    ),
}
_STAFF = [(*row[:3], WARDS[n % len(WARDS)]) for n, row in enumerate(PEOPLE)]
SHAPED_PATIENTS = {name: shape(PEOPLE) for name, shape in _SHAPES.items()}
SHAPED_STAFF = {name: shape(_STAFF) for name, shape in _SHAPES.items()}
# Few enough that only the names of their fields tell.
TITLED_PATIENTS = {
    name: shape(TWO)
    for name, shape in {
        **{f"fields joined by {j!r}": _titled(j) for j in ("^", "#", "§", "@@", "¤", "\x1e")},
        "a box of lines": _titled(" │ ", "│ ", " │"),
        "LaTeX": lambda rows: _titled(" & ", after=r" \\")(rows).replace("\n", "\n\\hline\n", 1),
        "a statement for each": _lines(
            "', '", f"Insert into LABO.PATIENT ({','.join(TITLES).upper()}) values ('", "');"
        ),
        "a call for a date": lambda rows: "\n".join(
            f"{_INTO}({','.join(TITLES)}) VALUES (N'{a}', N'{b}', to_date('{c}','D/M/Y'), '{d}');"
            for a, b, c, d in rows
        ),
        "a dump that defines its columns": lambda rows: (
            "CREATE TABLE `patient` (`id` int NOT NULL, "
            + ", ".join(f"`{title}` varchar(40) DEFAULT NULL" for title in TITLES)
            + ", PRIMARY KEY (`id`));\n"
            + _INTO
            + "VALUES "
            + ",".join(f"({n},'{a}','{b}','{c}','{d}')" for n, (a, b, c, d) in enumerate(rows))
            + ";"
        ),
        "an array of titles": lambda rows: json.dumps([TITLES, *rows]),
        "a frame of pandas": lambda rows: json.dumps(
            {"columns": TITLES, "index": [0, 1], "data": rows}
        ),
        "pairs of names and values": _named('{"name":"%s","value":"%s"}', ",", "],["),
        "values below their type": _named('"%s":{"S":"%s"}', ",", "},{"),
        "values with their type": _named('"%s":{"type":"string","value":"%s"}', ",", "},{"),
        "a rowset": _named('<COLUMN NAME="%s"><![CDATA[%s]]></COLUMN>', "", "</ROW><ROW>"),
        "fields of XML": _named('<field name="%s">%s</field>', "", "</row><row>"),
        "replicated rows": _named("%s[text]:'%s'", " ", "\ntable public.p: INSERT: "),
        "Lisp": _named('(:%s "%s")', " ", ") (p "),
        "EDN": _named(':%s "%s"', " ", "} {"),
        "Turtle": _named('ex:%s "%s"', " ; ", " .\n"),
        "a list in Markdown": _named("- **%s**: %s", "\n", "\n\n"),
        "labels in markup": _named("<b>%s</b>: <span>%s</span>", " ", "<hr>"),
        "flow of YAML": _named("%s: %s", ", ", "}\n- {"),
        "leaders": _named("%s............ %s", "\n", "\n\n"),
        "a row for each field": lambda rows: (
            "id;champ;valeur\n"
            + "".join(
                f"{n};{title};{cell}\n"
                for n, row in enumerate(rows)
                for title, cell in zip(TITLES, row, strict=True)
            )
        ),
        "a tab between": _named("%s\t%s", "\n", "\n\n"),
        "a bar between": _named("%s | %s", "\n", "\n-[ RECORD ]-\n"),
    }.items()
}

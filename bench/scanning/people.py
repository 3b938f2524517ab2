"""Measures lists of people: `make bench ARGS="people [MEGABYTES [NAME…]]"`.

Each layout holds patients, and staff, of whom nothing medical is said. Columns: megabytes a second
of patients, milliseconds until their first 64 KiB are read, megabytes a second of staff.
"""

from __future__ import annotations

import html
import json
import sys
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench.patients import TITLES, patients
from bench.scanning.__main__ import OURS, fastest, inspect
from bench.scanning.corpora import VERDICT_HEAD
from dlp.inspection import Core
from dlp.policy.load import preset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["LAYOUTS", "People", "ill", "staff"]

MEGABYTES = 1.0
TURNS = 3

#: Some people, each with the same fields.
type People = Sequence[dict[str, str]]

# What of a patient's row a list of staff has, too.
_OF_STAFF = (
    "nom", "prenom", "sexe", "date_naissance", "adresse", "code_postal", "ville", "telephone",
    "mobile", "email",
)  # fmt: skip
_DOCTOR = {"nom": "SIMON", "prenom": "Paul", "adresse": "3 rue de la Maquette"}
_SERVICES = ("Comptabilité", "Ventes", "Logistique", "Achats")


def ill(count: int) -> People:
    """Return patients."""
    return [{key: str(value) for key, value in asdict(one).items()} for one in patients(count)]


def staff(count: int) -> People:
    """Return staff."""
    return [
        {key: one[key] for key in _OF_STAFF}
        | {"service": _SERVICES[n % len(_SERVICES)], "matricule": str(1000 + n)}
        for n, one in enumerate(ill(count))
    ]


def _titles(people: People) -> list[str]:
    known = dict(zip(ill(1)[0], TITLES, strict=True))
    return [known.get(key, key.capitalize()) for key in people[0]]


def _table(people: People) -> str:
    return "\n".join([";".join(_titles(people)), *(";".join(one.values()) for one in people)])


def _fixed(people: People) -> str:
    rows = [_titles(people), *(list(one.values()) for one in people)]
    return "\n".join("".join(f"{cell[:26]:<28}" for cell in row) for row in rows)


def _row(cells: Iterable[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>\n"


def _page(people: People) -> str:
    rows = "".join(_row(one.values(), "td") for one in people)
    return f"<table>{_row(_titles(people), 'th')}{rows}</table>"


def _elements(before: str, after: str) -> Callable[[People], str]:
    """Return how to write an element for each, its fields in elements between two texts."""

    def fields(one: dict[str, str]) -> str:
        return "".join(
            f"{before}<{key}>{html.escape(value)}</{key}>{after}" for key, value in one.items()
        )

    return lambda people: (
        "<list>" + "".join(f"<one>{after}{fields(one)}</one>{after}" for one in people) + "</list>"
    )


def _attributes(people: People) -> str:
    each = (
        " ".join(f'{key}="{html.escape(value)}"' for key, value in one.items()) for one in people
    )
    return "<list>\n" + "".join(f"<one {fields}/>\n" for fields in each) + "</list>"


def _values(one: dict[str, str]) -> str:
    return "(" + ", ".join("'" + value.replace("'", "''") + "'" for value in one.values()) + ")"


def _head(people: People) -> str:
    return f"INSERT INTO people ({', '.join(people[0])}) VALUES"


def _lines(first: str, following: str, after: str, *, titled: bool) -> Callable[[People], str]:
    """Return how to write a line for each field, behind its name or its title."""

    def lines(people: People) -> str:
        names = _titles(people) if titled else list(people[0])
        named = (zip(names, one.values(), strict=True) for one in people)
        return "".join(
            first + following.join(f"{name}: {value}\n" for name, value in pairs) + after
            for pairs in named
        )

    return lines


def _form(people: People) -> str:
    return urlencode(
        {f"p[{n}][{key}]": value for n, one in enumerate(people) for key, value in one.items()}
    )


def _directory(people: People) -> str:
    return "".join(
        f"dn: uid={n},ou=people,dc=example\nobjectClass: person\n"
        + "".join(f"{key}: {value}\n" for key, value in one.items() if value)
        + "\n"
        for n, one in enumerate(people)
    )


def _cards(people: People) -> str:
    return "".join(
        f"BEGIN:VCARD\nVERSION:3.0\nN:{one['nom']};{one['prenom']};;;\n"
        f"FN:{one['prenom']} {one['nom']}\nBDAY:{one['date_naissance']}\nTEL:{one['telephone']}\n"
        f"EMAIL:{one['email']}\nNOTE:{one.get('commentaire', 'vente')}\nEND:VCARD\n"
        for one in people
    )


def _letters(people: People) -> str:
    return "\n\n".join(
        f"Cher confrère,\n\nJe vous adresse {one['prenom']} {one['nom']}, né(e) le "
        f"{one['date_naissance']}, tél. {one['telephone']},\npour "
        f"{one.get('commentaire') or 'un rendez-vous'}.\nBien confraternellement"
        for one in people
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _objects(people: People) -> list[dict[str, str | int]]:
    return [
        {key: int(value) if value.isdecimal() else value for key, value in one.items()}
        for one in people
    ]


#: Name -> how people are laid out.
LAYOUTS: dict[str, Callable[[People], str]] = {
    "a table": _table,
    "a table, its titles before each row": lambda people: "\n\n".join(
        _table([one]) for one in people
    ),
    "columns of fixed width": _fixed,
    "a table in HTML": _page,
    "arrays, titles first": lambda people: json.dumps(
        [list(people[0]), *(list(one.values()) for one in people)], ensure_ascii=False
    ),
    "SQL": lambda people: _head(people) + "\n" + ",\n".join(map(_values, people)) + ";",
    "SQL, a statement each": lambda people: "\n".join(
        f"{_head(people)} {_values(one)};" for one in people
    ),
    "JSON": lambda people: json.dumps(people, ensure_ascii=False),
    "JSON, a field a line": lambda people: json.dumps(people, ensure_ascii=False, indent=2),
    "JSON, a line each": lambda people: "\n".join(
        json.dumps(one, ensure_ascii=False) for one in people
    ),
    "JSON, close": lambda people: json.dumps(
        {"data": _objects(people)}, separators=(",", ":"), ensure_ascii=False
    ),
    "JSON, escaped": json.dumps,
    "JSON in a string": lambda people: _json({"payload": _json(people)}),
    "JSON in lines of a log": lambda people: "\n".join(
        _json({"level": "INFO", "message": _json(one)}) for one in people
    ),
    "JSON, a doctor in each": lambda people: "\n".join(
        _json({"personne": one, "medecin": _DOCTOR}) for one in people
    ),
    "XML": _elements("", ""),
    "XML, a field a line": _elements("  ", "\n"),
    "XML, attributes": _attributes,
    "YAML": _lines("- ", "  ", "", titled=False),
    "forms": _lines("", "", "\n", titled=True),
    "a form, urlencoded": _form,
    "LDIF": _directory,
    "vCards": _cards,
    "letters": _letters,
}


def main(arguments: list[str]) -> None:
    size = int(float(arguments[0] if arguments else MEGABYTES) * 1e6)
    core = Core.build(policy=preset("balanced"), key=b"bench" * 4)
    core.detectors.warm()
    for name in arguments[1:] or LAYOUTS:
        lay_out, count = LAYOUTS[name], size // 100
        told, others = (lay_out(made(count)).encode()[:size] for made in (ill, staff))
        assert inspect(core, told).verdict.action.stops
        assert not inspect(core, others).verdict.action.stops
        took = [
            fastest({OURS: partial(inspect, core, data)}, TURNS)[OURS]
            for data in (told, told[:VERDICT_HEAD], others)
        ]
        print(
            f"{name:<36}{size / took[0] / 1e6:8.2f} MB/s{took[1] * 1e3:8.1f} ms"
            f"{size / took[2] / 1e6:8.2f} MB/s",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])

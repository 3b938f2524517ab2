"""Lists of objects, elements and lines are read by columns, and say what reading each says."""

from __future__ import annotations

import html
import json
import random
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.patients import COMMENTS, patients
from dlp.detect.series import APART, Series
from dlp.inspection import Inspection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from dlp.inspection import Core
    from dlp.types import Evidence

PEOPLE = list(patients(100))
FIELDS = {
    "nom": "nom",
    "prenom": "prenom",
    "date_naissance": "date_naissance",
    "ville": "ville",
    "email": "email",
    "nir": "nir",
    "rpps": "rpps_prescripteur",
    "ipp": "numero_dossier",
    "adresse": "adresse",
    "telephone": "telephone",
    "medecin": "medecin_prescripteur",
    "nomJeuneFille": "nom_jeune_fille",
}
OTHERS = ("note", "diagnostic", "resultat", "motif", "code", "hiv_status", "produit", "service")
# Values that name or announce something themselves.
SPEAKING = (
    "Nom : MARTIN Prénom : Jean, né le 12/05/1962, VIH positif",
    "n° de sécurité sociale 1 85 05 75 123 456 72",
    "IPP 80012345, cancer du sein",
    "patiente enceinte", "x > y & z", "l'hôpital",
)  # fmt: skip


def objects(chance: random.Random, *, whole: bool) -> list[dict[str, object]]:
    """Return people of whom something medical may be said.

    Args:
        chance: Chooses.
        whole: Whether each has all fields, first the one that begins a record, and is ill.
    """
    others = [*chance.sample(list(FIELDS), 4), *chance.sample(OTHERS[: -2 if whole else None], 2)]
    chance.shuffle(others)
    keys = list(dict.fromkeys(["nom", "prenom", "date_naissance", *others] if whole else others))
    lacking, speaking = (0.0, 0.0) if whole else (chance.choice((0.0, 0.1)), 0.02)
    share = 1.0 if whole else chance.choice((0.0, 0.5, 1.0))
    made = []
    for person in PEOPLE[: chance.choice((3, 20, 100))]:
        one = dict[str, object]()
        for key in keys:
            said = chance.choice(COMMENTS[:-1]) if chance.random() < share else "A12"
            one[key] = getattr(person, FIELDS[key]) if key in FIELDS else said
            if chance.random() < speaking:
                one[key] = chance.choice(SPEAKING)
            if chance.random() < lacking:
                del one[key]
        made.append(one)
    return made


def written(people: list[dict[str, object]], chance: random.Random) -> bytes:
    """Return them as programs write them."""
    nested = chance.random() < 0.3
    if nested:
        people = [{"id": n, "identite": one} for n, one in enumerate(people)]
    style = chance.choice(
        ("json", "lines", "indented", "xml", "xml lines", "yaml", "pairs", "rows", "form", "logs",
         "in a string")
    )  # fmt: skip
    if style in ("logs", "in a string"):
        return _in_strings(people, style, chance.choice((1, 2, 3)))
    if style == "yaml":
        return "".join("- " + _pairs(one, ": ", "  ").lstrip() for one in people).encode()
    if style == "pairs":
        between = chance.choice(("", "\n", "---\n"))
        return between.join(
            _pairs(one, chance.choice((": ", "=", " => "))) for one in people
        ).encode()
    if style == "rows":
        ruler = "*" * 27
        return "".join(
            f"{ruler} {n}. row {ruler}\n{_pairs(one, ': ')}" for n, one in enumerate(people)
        ).encode()
    if style == "form":
        return urlencode(
            {f"p[{n}][{key}]": value for n, one in enumerate(people) for key, value in one.items()}
        ).encode()
    if style == "json":
        return json.dumps(people, ensure_ascii=False).encode()
    if style == "lines":
        return "\n".join(json.dumps(one, ensure_ascii=False) for one in people).encode()
    if style == "indented":
        return json.dumps({"total": len(people), "items": people}, indent=2).encode()
    return ("<list>" + "".join(_element("one", one, style) for one in people) + "</list>").encode()


def _in_strings(people: list[dict[str, object]], style: str, depth: int) -> bytes:
    """Return them in strings of objects: one in each of a line, or all in one."""
    each: list[object] = list(people) if style == "logs" else [people]
    for _ in range(depth):
        each = [{"level": "INFO", "message": _json(one)} for one in each]
    return "\n".join(map(_json, each)).encode()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _pairs(one: Mapping[str, object], sign: str, indent: str = "") -> str:
    lines = (
        f"{indent}{key}:\n{_pairs(value, sign, indent + '  ')}"
        if isinstance(value, dict)
        else f"{indent}{key}{sign}{value}\n"
        for key, value in one.items()
    )
    return "".join(lines)


def _element(name: str, value: object, style: str) -> str:
    end = "\n" if style == "xml lines" else ""
    if isinstance(value, dict):
        inner = "".join(_element(key, one, style) for key, one in value.items())
        return f"<{name}>{end}{inner}</{name}>{end}"
    return f"<{name}>{html.escape(str(value))}</{name}>{end}"


def found(core: Core, text: bytes, step: int = 1 << 20) -> Evidence:
    inspection = Inspection(core)
    for start in range(0, len(text), step):
        inspection.feed(text[start : start + step])
    return inspection.finish().evidence


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_what_is_read_by_columns_says_whom_reading_each_says(core: Core, seed: int) -> None:
    chance = random.Random(seed)
    text = written(objects(chance, whole=True), chance)
    evidence = found(core, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Series, "at", lambda *_: None)
        each = found(core, text)
    assert evidence.patients == each.patients
    assert evidence.subjects == each.subjects


@given(seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_objects_whose_fields_name_nothing_say_what_their_words_do(core: Core, seed: int) -> None:
    chance = random.Random(seed)
    fields = [name for name in FIELDS if name not in ("nir", "rpps", "ipp")]
    keys = [f"{chance.choice(('a', 'billing', 'x_y'))}_{chance.choice(fields)}" for _ in "abcd"]
    share = chance.choice((0.0, 0.02, 0.2))
    told = [
        {key: chance.choice(SPEAKING if chance.random() < share else COMMENTS[:-1]) for key in keys}
        for _ in range(chance.choice((5, 60, 400)))
    ]
    # Of somebody named before, what follows may be said.
    person = "Patient : Jean MARTIN, né le 12/05/1962\n"
    before, after = chance.choice(("", person)), chance.choice(("", person))
    text = (before + "\n".join(map(_json, told)) + "\n" + after).encode()
    evidence = found(core, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Series, "at", lambda *_: None)
        patch.setattr(Series, "resume", lambda *_: None)
        each = found(core, text)
    same = evidence == each
    assert same


@given(seed=st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_a_list_is_read_the_same_however_it_is_cut(core: Core, seed: int) -> None:
    chance = random.Random(seed)
    text = written(objects(chance, whole=False), chance)
    assert found(core, text) == found(core, text, chance.choice((100, 997, 5000, 40_000)))


def test_a_list_whose_names_are_no_words_is_nobodys(core: Core) -> None:
    text = json.dumps([{"a": "Nom", "b": n} for n in range(9)]).encode()
    assert not found(core, text).findings


def test_a_value_that_elements_cut_is_read_behind_its_name(core: Core) -> None:
    numbers = [one.nir for one in PEOPLE[:9]]
    rows = "".join(
        f"<one><nom>A</nom><nir><b>{nir[:5]}</b> <b>{nir[5:]}</b></nir></one>" for nir in numbers
    )
    assert found(core, f"<list>{rows}</list>".encode()).subjects == len(numbers)


def test_what_a_record_without_a_name_says_is_its_neighbours(core: Core) -> None:
    person = {"nom": "BELLANGER", "prenom": "Yvonne", "date_naissance": "12/05/1962"}
    pairs = [[person | {"prenom": f"Yvonne {n}"}, {"resultat": "VIH positif"}] for n in "ABCDEFG"]
    text = json.dumps([one for pair in pairs for one in pair]).encode()
    assert found(core, text).patients >= len(pairs) - 1


# A patient, who treats him, and what is said of him: wherever each of them stands in a record.
PATIENT = {"nom": "nom", "prenom": "prenom", "date_naissance": "date_naissance"}
DOCTOR = {"nom": "SIMON", "prenom": "Paul"}
SEVERAL: dict[str, Callable[[dict[str, str], str], dict[str, Any]]] = {
    "beside both": lambda who, said: {"patient": who, "medecin": DOCTOR, "commentaire": said},
    "before both": lambda who, said: {"commentaire": said, "patient": who, "medecin": DOCTOR},
    "between": lambda who, said: {"patient": who, "commentaire": said, "medecin": DOCTOR},
    "the patient last": lambda who, said: {"medecin": DOCTOR, "patient": who, "commentaire": said},
    "around the doctor": lambda who, said: {**who, "medecin": DOCTOR, "commentaire": said},
    "in one of its own": lambda who, said: {
        "patient": {"identite": who, "adresse": {"ville": "Rennes"}},
        "medecin": DOCTOR,
        "sejour": {"diagnostic": said},
    },
}  # fmt: skip


@pytest.mark.parametrize("count", [2, 50])
@pytest.mark.parametrize("write", ["json", "indented", "xml"])
@pytest.mark.parametrize("layout", SEVERAL)
def test_what_is_said_beside_several_people_is_said_of_the_patient(
    core: Core, layout: str, write: str, count: int
) -> None:
    told = [
        SEVERAL[layout]({key: getattr(one, of) for key, of in PATIENT.items()}, "VIH positif")
        for one in PEOPLE[:count]
    ]
    style = {"json": "json", "indented": "indented", "xml": "xml lines"}[write]
    if style == "xml lines":
        text = "".join(_element("one", one, style) for one in told)
    else:
        text = json.dumps(told, indent=2 if style == "indented" else None)
    assert found(core, text.encode()).patients == count


def test_a_record_of_several_people_may_be_long(core: Core) -> None:
    told = [
        {"patient": {key: getattr(one, of) for key, of in PATIENT.items()}, "medecin": DOCTOR,
         "commentaire": "VIH positif"}
        for one in PEOPLE[:6]
    ]  # fmt: skip
    told.append(told[0] | {"texte": "x " * 2500})
    assert not found(core, json.dumps(told[-1]).encode()).uninspectable
    assert found(core, "\n".join(map(json.dumps, told)).encode()).patients >= 6


def test_who_orders_and_who_receives_are_two_people(core: Core) -> None:
    told = [
        {"paye": {"nom": one.nom, "prenom": one.prenom, "email": one.email, "maladie": "diabète"},
         "livre": {"nom": other.nom, "prenom": other.prenom, "email": other.email,
                   "maladie": "asthme"}}
        for one, other in zip(PEOPLE[:20], PEOPLE[20:40], strict=True)
    ]  # fmt: skip
    assert found(core, json.dumps(told).encode()).patients == 40


def test_what_a_lesson_is_about_is_nobodys_illness(core: Core) -> None:
    told = [
        {"eleve": {key: getattr(one, of) for key, of in PATIENT.items()},
         "professeur": DOCTOR, "matiere": "biologie", "sujet": "diabète de type 2"}
        for one in PEOPLE
    ]  # fmt: skip
    assert not found(core, json.dumps(told).encode()).findings


def test_no_word_stands_in_two_values(core: Core) -> None:
    # Values are searched in an order that differs between processes.
    words = core.detectors.vocabulary.words
    for first, second in ((b"dear", b"colleague"), (b"date", b"de naissance")):
        whole, cut = first + b" " + second, first + APART + second
        assert [hit.end for hit in words(whole, 0, len(whole))] == [len(whole)]
        assert all(hit.end <= len(first) or hit.start > len(first) for hit in words(cut, 0, 99))

"""Lists without titles of people born in any year, children too, and what is listed like them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable

import pytest

from dlp.inspection import Core
from tests.reading import stops

FIRST = "Léa Hugo Chloé Louis Manon Nathan Inès Gabriel Jade Arthur Sophie Jean Paul".split()
LAST = "Marchetti Quinquis Traoré Kervella Durand Martin Nguyen Benali Lopez Rossi Petit".split()
PATIENTS = (
    "asthme", "épilepsie", "leucémie aiguë lymphoblastique", "diabète de type 1", "mucoviscidose",
    "trisomie 21", "drépanocytose", "bronchiolite", "TDAH, Ritaline", "anorexie mentale",
)  # fmt: skip
OTHERS = {
    "wards": ("Oncologie", "Diabétologie", "Psychiatrie", "Maternité", "Urgences", "Pneumologie"),
    "grants": ("Projet VIH 2019", "Etude diabète GLUCO", "Prix de la recherche sur l'épilepsie"),
    "clubs": ("AFM-Téléthon", "AIDES", "Ligue contre le cancer", "Vaincre la mucoviscidose"),
    "sports": ("judo", "natation", "football", "tennis", "certificat médical fourni"),
    "gifts": ("don cancer 50 EUR", "parrainage leucémie", "collecte diabète", "don Alzheimer"),
    "orders": ("tensiomètre", "lecteur glycémie diabète", "autotest VIH lot 12", "brassard"),
    "work": ("infirmière oncologie", "médecin diabétologue", "psychiatre", "ARC essais VIH"),
    "animals": ("chat diabète", "chien épilepsie", "vaccin rage", "chat insuffisance rénale"),
}
YEARS = ((1935, 1999), (2001, 2012), (2013, 2026))

type Row = tuple[str, str, str, str]


def _rows(said: Iterable[str], years: tuple[int, int], count: int) -> list[Row]:
    chance = random.Random(f"{years} {count}")
    said = list(said)
    return [
        (
            chance.choice(FIRST),
            chance.choice(LAST),
            f"{chance.randrange(1, 29):02}/{chance.randrange(1, 13):02}/{chance.randrange(*years)}",
            chance.choice(said),
        )
        for _ in range(count)
    ]


SHAPES: dict[str, Callable[[list[Row]], str]] = {
    "semicolons": lambda rows: "".join(f"{b};{a};{c};{d}\n" for a, b, c, d in rows),
    "quotes": lambda rows: "".join(f'{b},{a},{c},"{d}"\n' for a, b, c, d in rows),
    "pipes": lambda rows: "".join(
        f"{n}|{b.upper()}|{a}|{c}|F|{d}\n" for n, (a, b, c, d) in enumerate(rows)
    ),
    "arrays": lambda rows: json.dumps([[b, a, c, d] for a, b, c, d in rows]),
    "letters": lambda rows: "".join(
        json.dumps({"n": b, "p": a, "d": c, "c": d}) + "\n" for a, b, c, d in rows
    ),
    "elements": lambda rows: "".join(
        f'<p n="{b}" pn="{a}" dn="{c}" dg="{d}"/>' for a, b, c, d in rows
    ),
    "SQL": lambda rows: ",".join(
        f"({n},'{b}','{a}','{c}','{d}')" for n, (a, b, c, d) in enumerate(rows)
    ),
    "lines": lambda rows: "".join(f"{a} {b} ({c}) {d}\n" for a, b, c, d in rows),
}


@pytest.mark.parametrize("years", YEARS)
@pytest.mark.parametrize("shape", SHAPES)
def test_patients_born_in_any_year_are_found(
    core: Core, shape: str, years: tuple[int, int]
) -> None:
    for count in (40, 12):
        assert stops(core, SHAPES[shape](_rows(PATIENTS, years, count)))


@pytest.mark.parametrize("years", YEARS)
@pytest.mark.parametrize("what", OTHERS)
def test_what_else_is_listed_so_passes(core: Core, what: str, years: tuple[int, int]) -> None:
    rows = _rows(OTHERS[what], years, 40)
    assert [shape for shape in SHAPES if stops(core, SHAPES[shape](rows))] == []

"""Rows of tables that say nothing medical may be passed over: the findings are the same."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.patients import COMMENTS, patients
from dlp.detect.lexicon import Lexicon
from dlp.inspection import Core, Inspection
from dlp.types import Evidence

PEOPLE = list(patients(100))
TITLES = {
    "Nom": "nom",
    "Prénom": "prenom",
    "Date de naissance": "date_naissance",
    "Ville": "ville",
    "E-mail": "email",
    "NIR": "nir",
    "RPPS": "rpps_prescripteur",
    "IPP": "numero_dossier",
    "Identifiant": "identifiant_portail",
    "Mot de passe": "mot_de_passe_portail",
}
OTHERS = ("Note", "Diagnostic", "Produit", "Service", "Résultat", "Motif", "Fonction")
SAID = (
    *COMMENTS, "CIM-10 : C50.9", "Hb 12,5 g/dL", "ATC code L01XC03", "cardiologie", "oncologie",
    "client fidèle", "fièvre et toux", "x\0y", "ŒDÈME", "VIH", "vih", "préVIHx",
    # Stems with endings, and a language that writes no blanks.
    "chory na padaczkę", "po chemoterapii", "лечится от эпилепсии", "患者は肺がんです",
)  # fmt: skip


def table(seed: int) -> bytes:
    """Return a table of people of whom something medical may be said."""
    chance = random.Random(seed)
    columns = [*chance.sample(list(TITLES), 4), *chance.sample(OTHERS, 2)]
    chance.shuffle(columns)
    share = chance.choice((0.0, 0.05, 0.5))
    rows = [columns]
    for _ in range(chance.choice((4, 60, 300))):
        person = chance.choice(PEOPLE)
        said = chance.choice(SAID) if chance.random() < share else "A12"
        rows.append([str(getattr(person, TITLES[c])) if c in TITLES else said for c in columns])
    style = chance.choice((";", "\t", "json", "html"))
    if style == "json":
        return json.dumps(rows).encode()
    if style == "html":
        cells = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
        return ("<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>").encode()
    return "\n".join(style.join(row) for row in rows).encode()


def found(core: Core, text: bytes) -> Evidence:
    inspection = Inspection(core)
    inspection.feed(text)
    return inspection.finish().evidence


@given(seed=st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_a_table_is_read_as_if_all_its_rows_were(core: Core, seed: int) -> None:
    text = table(seed)
    evidence = found(core, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lexicon, "quiet", lambda _self, texts: [False] * len(texts))
        same = found(core, text) == evidence
    assert same


@given(texts=st.lists(st.sampled_from(SAID) | st.text(max_size=20), max_size=12))
@settings(max_examples=200, deadline=None)
def test_whatever_says_something_medical_is_not_quiet(core: Core, texts: list[str]) -> None:
    lexicon = core.detectors.lexicon
    for text, quiet in zip(texts, lexicon.quiet(texts), strict=True):
        assert not (quiet and lexicon.context(text).terms)


def test_most_of_what_people_write_is_quiet(core: Core) -> None:
    texts = ["client fidèle", "12 rue des Lilas", "", "cancer du sein", "A12"]
    assert core.detectors.lexicon.quiet(texts) == [True, True, True, False, True]


def test_every_term_is_heard(core: Core) -> None:
    lexicon = core.detectors.lexicon
    texts = [term.text + "em" * (term.stem and term.text.isalpha()) for term in lexicon.terms]

    deaf = [
        text
        for text, quiet in zip(texts, lexicon.quiet(texts), strict=True)
        if quiet and lexicon.context(text).terms
    ]
    assert not deaf

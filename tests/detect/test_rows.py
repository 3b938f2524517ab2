"""Rows of tables are read by columns, with the findings that reading each by itself has."""

from __future__ import annotations

import json
import random
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.detection.values import FORMS, Values, shaped
from bench.patients import COMMENTS, patients
from dlp.detect import records
from dlp.detect.announced import is_strict, read_announced, read_column, strict_column
from dlp.detect.entries import Entry, load_catalog
from dlp.detect.lexicon import Lexicon
from dlp.detect.looks import ALIKE, look, looks
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
    "Adresse": "adresse",
    "Téléphone": "telephone",
    "Mobile": "mobile",
    "Nom de jeune fille": "nom_jeune_fille",
    "Identifiant tiers payant": "identifiant_tiers_payant",
    "N° dossier": "numero_dossier",
}
OTHERS = (
    "Note", "Diagnostic", "Produit", "Service", "Résultat", "Motif", "Fonction", "Allergies", "NIA",
    "Société", "Année de naissance", "Décédé le", "N° d'adhérent", "N° SS sans clé", "SIRET",
)  # fmt: skip
SAID = (
    *COMMENTS, "CIM-10 : C50.9", "Hb 12,5 g/dL", "ATC code L01XC03", "cardiologie", "oncologie",
    "client fidèle", "fièvre et toux", "x\0y", "ŒDÈME", "VIH", "vih", "préVIHx",
    # Stems with endings, and a language that writes no blanks.
    "chory na padaczkę", "po chemoterapii", "лечится от эпилепсии", "患者は肺がんです",
)  # fmt: skip


# What else stands in a column than it should.
ODD = (
    "", "x", "1950", "08/2011", "19/04/1961", "41234", "Dr Martin", "Nguyễn", "contact@ch.example",
    "1 85 05 75 123 456 72", "185057512345678", "1.85057512345672E+14", "123456789012345",
    "I850575I2345672",
    "  MARTIN\u00a0", "0001234567", "12 rue", "p", "12,5", "C50.9", "P0420", "POSITIF", "'1'",
)  # fmt: skip


def table(seed: int) -> bytes:
    """Return a table of people of whom something medical may be said."""
    chance = random.Random(seed)
    columns = [*chance.sample(list(TITLES), 4), *chance.sample(OTHERS, 2)]
    odd = chance.choice((0.0, 0.03, 0.2))
    chance.shuffle(columns)
    share = chance.choice((0.0, 0.05, 0.5))
    rows = [columns]
    for _ in range(chance.choice((4, 60, 300))):
        person = chance.choice(PEOPLE)
        said = chance.choice(SAID) if chance.random() < share else "A12"
        cells = [str(getattr(person, TITLES[c])) if c in TITLES else said for c in columns]
        rows.append([chance.choice(ODD) if chance.random() < odd else cell for cell in cells])
        if chance.random() < odd:
            del rows[-1][-1]
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
@example(seed=756)
@settings(max_examples=30, deadline=None)
def test_a_table_is_read_as_if_all_its_rows_were(core: Core, seed: int) -> None:
    text = table(seed)
    evidence = found(core, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lexicon, "quiet", lambda _self, texts: [False] * len(texts))
        same = found(core, text) == evidence
    assert same


@given(seed=st.integers(0, 2**32))
@example(seed=213)
@example(seed=257)
@example(seed=2452)
@settings(max_examples=100, deadline=None)
def test_rows_read_by_columns_and_one_by_one_say_the_same(core: Core, seed: int) -> None:
    text = table(seed)
    evidence = found(core, text)
    with pytest.MonkeyPatch.context() as patch:
        # Where there may be examples, each row is read by itself.
        patch.setattr(records, "may_hold_example", lambda _window: True)
        same = found(core, text) == evidence
    assert same


@given(seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_rows_say_the_same_whether_words_are_looked_for_in_all_of_them(
    core: Core, seed: int
) -> None:
    # The second one begins within the rows of the first, among all that may stand there.
    text = table(seed) + random.Random(seed).choice((b"\n", b"\n\n", b" ")) + table(seed + 1)
    evidence = found(core, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "only_rows", lambda *_: False)
        same = found(core, text) == evidence
    assert same


@given(data=st.data(), kind=st.sampled_from(sorted(ALIKE)))
@settings(max_examples=300, deadline=None)
def test_what_looks_like_most_cells_of_its_kind_is_looked_at_once(
    data: st.DataObject, kind: str
) -> None:
    alike = st.from_regex(re.compile(ALIKE[kind][0], re.ASCII), fullmatch=True)
    others = st.sampled_from(["", "\n", "A12", "varchar2", "12", *ODD])
    cells = st.one_of(alike, alike, alike, others).map(str.strip)
    texts = data.draw(st.lists(cells, min_size=1, max_size=40))
    assert looks(kind, texts, {}) == [look(kind, text) for text in texts]


@pytest.mark.parametrize("entry", load_catalog(), ids=lambda entry: entry.id)
def test_columns_of_identifiers_are_read_as_each_is(entry: Entry) -> None:
    chance = random.Random(entry.id)
    values = Values(entry, chance)
    valid = [values.valid() for _ in range(6)]
    written = [form(entry, value) or value for form in FORMS.values() for value in valid[:2]]
    for texts in (valid, [shaped(value, chance) for value in valid * 20], written, [*ODD]):
        entries = (entry, chance.choice(load_catalog()))
        assert read_column(entries, texts) == [read_announced(entries, text) for text in texts]
        assert strict_column(entry, texts) == [is_strict(entry, text) for text in texts]


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

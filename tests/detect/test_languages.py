"""Patients of other countries: what fields are called in each language of the vocabulary."""

from __future__ import annotations

import json
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.patients import patients
from dlp.detect import words
from dlp.detect.dates import birth_date
from dlp.detect.fold import fold, plain
from dlp.detect.lexicon import load_lexicon
from dlp.detect.standing import LONGEST
from dlp.inspection import Core, Inspection

FOLDER = Path(words.__file__).parent / "vocabulary" / "languages"
LANGUAGES = {
    file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.toml"))
}
PEOPLE = [one for one in patients(200) if "cancer" in one.commentaire or "VIH" in one.commentaire]
# Languages whose lexicons are older.
FIRST = ("fr", "en", "de", "es", "it", "nl")
KINDS = ("last_name", "full_name", "birth_date", "diagnosis")


def patients_in(core: Core, text: str, cut: int = 0) -> int:
    inspection = Inspection(core)
    body = text.encode()
    for at in range(0, len(body), cut or len(body)):
        inspection.feed(body[at : at + (cut or len(body))])
    return inspection.finish().evidence.patients


def titles(language: dict[str, Any]) -> dict[str, str]:
    """Return a title for each kind of field, and `Name` where the language shares another's."""
    return {
        kind: (language["words"].get(kind) or language.get("weak", {}).get(kind) or [kind])[0]
        for kind in KINDS
    }


@pytest.mark.parametrize("name", LANGUAGES)
def test_patients_are_found_by_the_titles_of_their_language(core: Core, name: str) -> None:
    last, _, birth, diagnosis = titles(LANGUAGES[name]).values()
    rows = [f"{one.nom};{one.date_naissance};{one.commentaire}" for one in PEOPLE]

    for case in (str, str.upper, str.title):
        text = "\n".join([case(f"{last};{birth};{diagnosis}"), *rows])
        assert patients_in(core, text) == len(PEOPLE)
    assert patients_in(core, "\n".join([f"{last};{birth};{diagnosis}", *rows]), cut=1000) == len(
        PEOPLE
    )


@pytest.mark.parametrize("name", LANGUAGES)
def test_patients_are_found_by_the_keys_of_their_language(core: Core, name: str) -> None:
    _, whole, birth, diagnosis = titles(LANGUAGES[name]).values()
    objects = [
        {whole: f"{one.nom} {one.prenom}", birth: one.date_naissance, diagnosis: one.commentaire}
        for one in PEOPLE
    ]

    for ascii_only in (False, True):
        text = json.dumps(objects, ensure_ascii=ascii_only)
        assert patients_in(core, text) == len(PEOPLE)


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_word_is_found_where_it_stands_by_itself(core: Core, name: str) -> None:
    vocabulary = core.detectors.vocabulary
    for certainty, kinds in LANGUAGES[name].items():
        for kind, several in kinds.items():
            for word in several:
                for written in (word, word.upper(), word.title(), fold(word)):
                    meaning = vocabulary.meaning(written)
                    assert meaning is not None, written
                    known = meaning.weak if certainty == "weak" else meaning.kinds | meaning.roles
                    assert kind in known
                    text = f"x: {written}: 1".encode()
                    hits = vocabulary.words(text, 0, len(text))
                    assert [hit.meaning for hit in hits] == [meaning], (written, hits)


@pytest.mark.parametrize(
    "written", ["1948.09.14.", "1948. 09. 14.", "1948年9月14日", "1948년 9월 14일", "1948년9월14일"]
)
def test_birth_dates_are_written_as_in_their_country(written: str) -> None:
    assert birth_date(written) == "1948-09-14"


@pytest.mark.parametrize(
    "text",
    [
        "по фамилиям",
        "перефамилия",
        "εγκυμοσύνης",
        "příjmeními",
        "imionach",
        "患者姓名们",
        "생년월일이",
    ],
)
def test_a_part_of_a_word_is_no_word(core: Core, text: str) -> None:
    data = text.encode()
    assert core.detectors.vocabulary.words(data, 0, len(data)) == []


LEXICONS = sorted({term.language for term in load_lexicon().terms} - set(FIRST))


@pytest.mark.parametrize("language", LEXICONS)
def test_every_strong_term_is_health_context_by_itself(language: str) -> None:
    lexicon = load_lexicon()
    # Words of several languages, that are everyday ones in some, count beside others of theirs.
    weak = {fold(term.text) for term in lexicon.terms if term.weak}
    strong = [t for t in lexicon.terms if t.language == language and not (t.weak or t.cased)]
    assert len(strong) > 20
    for term in strong:
        for text in (term.text, term.text.upper(), f"x 1: {term.text}, y"):
            assert lexicon.context(text) or fold(term.text) in weak, text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        # A Turkish stem begins the French word, a Romanian one the specialty.
        ("hépatite C", ["fr hépatite", "fr hépatite C"]),
        ("oncologie", ["fr oncologie"]),
        ("Hepatit", ["sv hepatit"]),
        ("padaczkę, VIH", ["fr VIH", "pl padaczk"]),
        # Letters beyond ASCII beside others.
        ("VIH и диабет", ["bg диабет", "fr VIH"]),
    ],
)
def test_one_place_is_one_term(text: str, meant: list[str]) -> None:
    terms = load_lexicon().context(text).terms
    assert sorted(f"{term.language} {term.text}" for term in terms) == meant


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("leczenie cukrzycy", True), ("z cukrzycą", True), ("cukrzycopodobny", False),
        ("acukrzyca", False), ("диабета", True), ("диабетологический", False),
        ("患有糖尿病多年", True), ("당뇨병으로", True), ("rintasyövän", True),
        ("hjerteinfarkt", True), ("hjerteinfarktet", False),
        ("ΔΙΑΒΗΤΗΣ", True), ("DİYABETLİ", True), ("vhc", False), ("VHC", True),
        ("vih", True), ("ХИВ", True),
    ],
)  # fmt: skip
def test_stems_take_endings_and_nothing_else(text: str, *, known: bool) -> None:
    assert bool(load_lexicon().context(text)) is known


@pytest.mark.parametrize(
    "text",
    ["Zodiac: Rak", "abort the insult", "datetime.astimezone(tz)", "nesciunt veza", "tu tu Tezcan",
     "男性病人", "mes seps", "onkolog Kowalski, kardiolog Nowak"],
)  # fmt: skip
def test_other_words_are_no_health_context(text: str) -> None:
    assert not load_lexicon().context(text)


# Letters of each range that is folded in a way of its own, and signs between words.
LETTERS = st.one_of(
    st.text("aZ -_'\tÉßÆœ\u00adµ°«", max_size=20),
    st.text(st.characters(max_codepoint=0x24F), max_size=40),
    st.text(st.characters(max_codepoint=0x2100), max_size=90),
)


@given(st.lists(LETTERS, max_size=4).map("".join))
def test_a_text_folds_as_its_letters_do(text: str) -> None:
    assert fold(text) == "".join(map(fold, text))


@given(st.lists(LETTERS, max_size=4).map("".join))
def test_a_text_is_plain_as_unicode_says(text: str) -> None:
    seen = text.translate(
        dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"))
    )
    assert plain(text) == unicodedata.normalize("NFKC", seen)


def test_no_term_beyond_ascii_is_longer_than_what_is_searched_for_it() -> None:
    assert max(len(form) for form in load_lexicon().forms if not form.isascii()) <= LONGEST


SAID = st.one_of(
    st.sampled_from([term.text for term in load_lexicon().terms[::7]]),
    st.sampled_from(
        ("le", "de", "AIDS", "aids", "дом", "рак", "癌", "é", "x" * 90, "“", "-", "ward")
    ),
)


@given(st.lists(SAID, max_size=9).map(" ".join))
def test_a_text_speaks_of_health_where_its_terms_amount_to_that(text: str) -> None:
    assert load_lexicon().speaks(text) == bool(load_lexicon().context(text))


@given(st.lists(SAID, max_size=9).map(" ".join), st.integers(0, 400))
def test_terms_beyond_ascii_are_found_however_far_from_each_other(text: str, apart: int) -> None:
    lexicon = load_lexicon()
    near = {(t.domain, t.text) for t in lexicon.context(f"{text} . 癌 . рак").terms}
    far = {(t.domain, t.text) for t in lexicon.context(f"{text} . 癌{' .' * apart} рак").terms}
    assert near == far

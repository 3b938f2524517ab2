"""The gate only skips what could not have matched."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import patients
from dlp.detect import native
from dlp.detect import words as vocabulary
from dlp.detect.entries import load_catalog
from dlp.detect.gate import Gate, Sign
from dlp.inspection import Core, Inspection
from dlp.types import Evidence

ALL = Sign.NUMBER | Sign.WORD | Sign.BIRTHS | Sign.MENTION


# Steps of the programs that RE2 makes of what looks for places, half as many again as there are:
# room for words of some more languages.
LARGEST = {
    "Sign.NUMBER": 6_500,
    "Sign.WORD": 45_000,
    "Sign.BIRTHS": 100,
    "Sign.MENTION": 1_200,
    "the gate": 52_000,
    "words in other letters": 8_000,
    "meanings": 95_000,
    "meanings in other letters": 35_000,
    "forms that count alone": 25_000,
}


class Open(Gate):
    """Lets everything through."""

    def __init__(self) -> None:
        super().__init__({})

    def signs(self, window: bytes, low: int, high: int) -> Sign:
        del window, low, high
        return ALL


def evidence(core: Core, text: bytes) -> Evidence:
    inspection = Inspection(core)
    inspection.feed(text)
    return inspection.finish().evidence


def opened(core: Core) -> Core:
    return replace(core, detectors=replace(core.detectors, gate=Open()))


LANGUAGES = Path(vocabulary.__file__).parent / "vocabulary" / "languages"
WORDS = sorted({
    form
    for several in (
        *((*entry.words, *entry.names, *entry.systems) for entry in load_catalog()),
        *(
            words
            for file in LANGUAGES.iterdir()
            for words in tomllib.loads(file.read_text("utf-8"))["words"].values()
        ),
    )
    for word in several
    for form in (word, word.upper(), word.replace(" ", "_"), f"code_{word}_1")
})  # fmt: skip
PEOPLE = list(patients.patients(20))
NUMBERS = st.builds(
    lambda person, joint, at: joint.join((person.nir[:at], person.nir[at:])),
    st.sampled_from(PEOPLE),
    st.sampled_from([" ", "-", "\u00a0", "\u200b", "<b>", "&nbsp;", "_", ""]),
    st.integers(1, 14),
)
PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS).map(lambda word: word + ":"),
    NUMBERS,
    st.sampled_from([p.date_naissance for p in PEOPLE] + [p.nom for p in PEOPLE]),
    st.sampled_from([p.commentaire for p in PEOPLE]),
    st.sampled_from([";", "\n", " ", ",", '"', "<td>", "=", "PID|", "né(e) le ", "Mme ", "\u00e9"]),
    st.text(max_size=6),
    st.integers(0, 10**16).map(str),
)


@given(
    pieces=st.lists(PIECES, max_size=30),
    filler=st.integers(0, 40),
    encoding=st.sampled_from(["utf-8", "cp1252"]),
)
@settings(max_examples=250, deadline=None)
def test_gated_and_ungated_findings_are_equal(
    core: Core, pieces: list[str], filler: int, encoding: str
) -> None:
    lines = "".join(pieces) + "\n" + "nothing in particular, as most lines are\n" * filler * 40
    text = (lines * 2).encode(encoding, "replace")

    assert evidence(core, text) == evidence(opened(core), text)


@pytest.mark.parametrize("gap", [31_000, 32_700, 32_760, 36_000, 36_860])
def test_what_stands_at_the_end_of_a_block_is_seen(core: Core, gap: int) -> None:
    text = b"x" * gap + b" " + patients.letter(2) + b" " + b"y" * 40_000

    found = evidence(core, text)
    assert found.subjects
    assert found == evidence(opened(core), text)


def test_no_automaton_is_far_larger_than_it_was(core: Core) -> None:
    detectors = core.detectors
    gate, words = detectors.gate, detectors.vocabulary
    looked_for = {
        **{str(sign): expression for sign, expression in gate._each.items()},
        "the gate": gate._any.pattern,
        "words in other letters": gate._others,
        "meanings": words._all.pattern,
        "meanings in other letters": words._others.pattern,
        "forms that count alone": detectors.alone_forms,
    }
    assert looked_for.keys() == LARGEST.keys()
    for name, expression in looked_for.items():
        size = re2.compile(expression.encode("latin-1"), native._options).programsize
        assert size <= LARGEST[name], (
            f"{name}: {size} steps. `x{{m,n}}` is n copies of x, and copies of copies where such"
            " stand in each other: the automaton outgrows its memory, and a text takes minutes."
            " Write `x*` and let code look at the length; where words were added, raise the bound."
        )


def test_the_gate_tells_what_there_is(core: Core) -> None:
    gate = core.detectors.gate

    def signs(text: str) -> Sign:
        return gate.signs(text.encode(), 0, len(text.encode()))

    assert signs("nothing of interest 12345") == Sign(0)
    assert signs("id 1 85 05 78 006 084 91") == Sign.NUMBER
    assert signs("the_patient_NIR\n") == Sign.WORD
    assert signs("Dupont 14/09/1948") == Sign.BIRTHS | Sign.MENTION
    assert signs("NIR 185057800608491") == Sign.NUMBER | Sign.WORD

"""The words of a window: the same, however many places were asked about before."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dlp.detect.heard import Heard
from dlp.inspection import Core

PIECES = st.lists(
    st.sampled_from(
        "nir n° de sécurité sociale ahv numero de dossier patient test réf facture order id"
        ' téléphone 1700144272509 756.9217.0769.85 ts: , " { } = né le 2.16.756.5.32'.split()
    ),
    min_size=4,
    max_size=30,
)


@example(pieces=["nir", "patient", "né", "nir"], places=[0, 1])
@given(pieces=PIECES, places=st.lists(st.integers(0, 29), min_size=2, max_size=6))
def test_words_are_the_same_whether_all_were_looked_up(
    core: Core, pieces: list[str], places: list[int]
) -> None:
    window = " ".join(pieces).encode()
    ends = [at for at in range(len(window)) if window[at : at + 1] == b" "]
    vocabulary = core.detectors.vocabulary
    heard = Heard(vocabulary, window)
    # More than there is, so that all of it is read.
    heard.between(0, len(window))
    heard.between(0, len(window))

    for first in places:
        for last in places:
            start, end = sorted((ends[first % len(ends)] + 1, ends[last % len(ends)]))
            told = [(hit.start, hit.end) for hit in heard.between(start, end)]
            assert told == [(hit.start, hit.end) for hit in vocabulary.words(window, start, end)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("né dossier patient nir", [b"dossier patient", b"nir"]),
        # It begins as `patient no` does, and as no word at all.
        ("patient né nir", [b"patient", b"nir"]),
        ("nir patientele nir", [b"nir", b"nir"]),
    ],
)
def test_what_is_no_word_hides_none(core: Core, text: str, words: list[bytes]) -> None:
    window = text.encode()

    hits = core.detectors.vocabulary.words(window, 0, len(window))

    assert [window[hit.start : hit.end] for hit in hits] == words

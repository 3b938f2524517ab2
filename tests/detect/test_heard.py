"""The words of a window: the same, however many places were asked about before."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dlp.detect.entries import Entry, load_catalog
from dlp.detect.heard import ANNOUNCING_BEFORE, Heard
from dlp.detect.keys import key_before
from dlp.detect.sighting import weighed_place
from dlp.inspection import Core

NUMBER = "185057512345672"
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


SIGNS = ('{"%s": "%s"}', '"%s": %s,', "<%s>%s</%s>", "%s=%s&", "%s: %s\n", ' %s="%s"', "%s (%s) ")
NAMES = st.sampled_from(
    ["nir", "order", "patient", "numero_dossier", "id", "n° de sécurité sociale", "ean", "test.nir"]
)


@given(
    fields=st.lists(st.tuples(st.sampled_from(SIGNS), NAMES), min_size=1, max_size=12),
    entry=st.sampled_from([one for one in load_catalog() if one.alone]),
)
def test_a_value_is_placed_by_all_words_around_it(
    core: Core, fields: list[tuple[str, str]], entry: Entry
) -> None:
    texts = [sign.replace("%s", name, 1).replace("%s", NUMBER, 1) for sign, name in fields]
    window = "".join(texts).replace("%s", "x").encode()
    vocabulary = core.detectors.vocabulary
    heard = Heard(vocabulary, window)

    for match in re.finditer(NUMBER.encode(), window):
        start, end = match.span()
        low = max(0, start - ANNOUNCING_BEFORE)
        key = key_before(window, low, start, end)
        around = [vocabulary.words(window, low, start), vocabulary.words(window, end, end + 64)]
        placed = weighed_place(entry, f"key {key}" if key else "text", *around)
        assert heard.place(entry, start, end) == heard.place(entry, start, end) == placed


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

"""What is medical around a place is what a search of that part alone says."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.patients import COMMENTS
from bench.scanning.people import LAYOUTS, ill
from dlp.detect.fold import decode
from dlp.detect.nearby import Nearby

if TYPE_CHECKING:
    from dlp.inspection import Core

PEOPLE = ill(40)
SAID = (
    *COMMENTS, "CIM-10 : C50.9", "Hb 12,5 g/dL", "ATC code L01XC03", "vih", "préVIHx", "ŒDÈME",
    "client fidèle", "cancer\ndu sein", "chory na padaczkę", "患者は肺がんです", "x\0y",
)  # fmt: skip


def _begins_letter(byte: int) -> bool:
    return not 0x80 <= byte < 0xC0


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_terms_around_a_place_are_those_of_that_part(core: Core, seed: int) -> None:
    chance = random.Random(seed)
    people = [one | {"commentaire": chance.choice(SAID)} for one in PEOPLE]
    window = LAYOUTS[chance.choice(list(LAYOUTS))](people).encode()
    lexicon = core.detectors.lexicon
    nearby = Nearby(lexicon, window)
    # More than there is, so that all of it is searched at once.
    nearby.context(0, len(window))
    edges = [at for at, byte in enumerate(window) if _begins_letter(byte)]
    for _ in range(5):
        start, end = sorted(chance.choices(edges, k=2))
        end = min(end, start + chance.choice((60, 500, 4096)))
        while end < len(window) and not _begins_letter(window[end]):
            end += 1
        alone = lexicon.context(decode(window[start:end]))
        assert set(nearby.context(start, end).terms) == set(alone.terms)

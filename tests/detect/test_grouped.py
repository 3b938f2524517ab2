"""Identifiers in groups of digits are found by the shape of a run as by their written forms."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.patients import patients
from dlp.detect.forms import cleaned
from dlp.inspection import Core

NIRS = [one.nir for one in patients(30)]
OTHERS = ("7569217076985", "85073003328", "01129955131", "8003608166690503")


def run(seed: int) -> bytes:
    """Return groups of digits, some of which are an identifier's."""
    chance = random.Random(seed)
    parts = []
    for _ in range(chance.randrange(1, 5)):
        value = chance.choice((*NIRS, *OTHERS, str(chance.randrange(10**12, 10**17))))
        at = 0
        while at < len(value):
            size = chance.choice((1, 2, 3, 3, 4, 5, 6, 15))
            parts.append(value[at : at + size])
            at += size
    signs = chance.choices((" ", "", ".", "-", "_", "  ", " - "), k=2)
    return "".join(part + chance.choice(signs) for part in parts).strip(" ._-").encode()


@given(
    seed=st.integers(0, 2**32),
    before=st.sampled_from([b"", b"FR", b"; "]),
    after=st.sampled_from([b"", b"x", b"\n"]),
)
@settings(max_examples=300, deadline=None)
def test_the_shape_of_a_run_tells_what_its_written_forms_do(
    core: Core, seed: int, before: bytes, after: bytes
) -> None:
    grouped = core.detectors.grouped
    window = before + run(seed) + after
    start, end = len(before), len(window) - len(after)
    by_form = {
        (begin, entry.id, stop)
        for begin, entry, stop in grouped._marked(window, start, end)
        if not window[stop : min(stop + 1, end)].isalnum()
        if entry.candidate.fullmatch(cleaned(window[begin:stop]))
    }
    by_shape = {(at, entry.id, stop) for at, entry, stop in grouped.candidates(window, start, end)}
    assert by_shape == by_form

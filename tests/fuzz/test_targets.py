"""What fuzzing holds to is held to near what it begins with, too, and at every run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import main
from tests.fuzz.targets import TARGETS, holds, seeds


@pytest.mark.parametrize("name", TARGETS)
def test_damage_ends_in_text_or_a_reason_however_it_is_cut(name: str) -> None:
    bodies = seeds(TARGETS[name])
    assert bodies

    @settings(max_examples=8 * len(bodies))
    @given(body=st.sampled_from(bodies), data=st.data())
    def held(body: bytes, data: st.DataObject) -> None:
        damaged = bytearray(body)
        for _ in range(data.draw(st.integers(0, 4))):
            place = data.draw(st.integers(0, len(body)))
            damaged[place : place + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
        holds(TARGETS[name], bytes(damaged))

    held()


def test_the_targets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert capsys.readouterr().out.split() == list(TARGETS)

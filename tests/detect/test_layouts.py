"""Lists of people in every layout: all are counted, and others pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.scanning.people import LAYOUTS, ill, staff
from dlp.inspection import Inspection

if TYPE_CHECKING:
    from dlp.inspection import Core

COUNT = 150
# Of patients of the same name and birth date nothing else is told there.
APART = {"vCards", "letters"}


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_patient_of_a_list_is_counted_whatever_the_layout(core: Core, name: str) -> None:
    inspection = Inspection(core)
    inspection.feed(LAYOUTS[name](ill(COUNT)).encode())
    result = inspection.finish()
    assert result.verdict.action.stops
    if name not in APART:
        assert inspection.persons()[0] == result.evidence.subjects == COUNT


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_list_of_staff_passes_whatever_the_layout(core: Core, name: str) -> None:
    inspection = Inspection(core)
    inspection.feed(LAYOUTS[name](staff(COUNT)).encode())
    assert not inspection.finish().verdict.action.stops

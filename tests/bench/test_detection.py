"""What the bench says of detection holds: every identifier in every written form is stopped."""

from __future__ import annotations

import random

import pytest

from bench.detection.layouts import ALONE, ANNOUNCED
from bench.detection.ordinary import ordinary
from bench.detection.values import FORMS, Values
from dlp.detect.entries import Entry, load_catalog
from dlp.inspection import Core, Inspection

PERSONS = [entry for entry in load_catalog() if entry.identifies == "person" and entry.checked]
ORDINARY = [(name, data) for name, data in ordinary() if name.endswith((" 0", " 7"))]


CASES = [(entry, layout) for entry in PERSONS for layout in ("json, escaped", "prompt")]
CASES += [(entry, "lines") for entry in PERSONS if entry.alone]


@pytest.mark.parametrize(("entry", "layout"), CASES, ids=[f"{e.id} {at}" for e, at in CASES])
def test_every_written_form_is_stopped(core: Core, entry: Entry, layout: str) -> None:
    draw = Values(entry, random.Random(f"test {entry.id}"))
    values = [draw.valid() for _ in range(5)]
    word = (*entry.words, *entry.names)[0]
    missed = []
    for form, write in FORMS.items():
        written = [text for value in values if (text := write(entry, value))]
        if written:
            inspection = Inspection(core)
            inspection.feed((ANNOUNCED | ALONE)[layout](word, written).encode())
            if not inspection.finish().verdict.action.stops:
                missed.append(form)
    assert missed == []


@pytest.mark.parametrize(("name", "data"), ORDINARY, ids=[name for name, _ in ORDINARY])
def test_ordinary_files_pass(core: Core, name: str, data: bytes) -> None:
    del name
    inspection = Inspection(core)
    inspection.feed(data)

    assert not inspection.finish().verdict.action.stops

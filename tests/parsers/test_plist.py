"""Apple's binary property lists, as its own libraries write them."""

from __future__ import annotations

import io
import plistlib
import zipfile
from collections.abc import Callable
from datetime import datetime

from bench.patients import leak_csv, patients
from dlp.types import Result, Uninspectable

type Judge = Callable[[bytes], Result]


def binary(value: list[object] | dict[str, object]) -> bytes:
    return plistlib.dumps(value, fmt=plistlib.FMT_BINARY)


def test_numbers_and_dates_are_read(judge: Judge) -> None:
    people: list[object] = [
        {"nir": int(one.nir), "nom": one.nom, "le": datetime(1955, 8, 12)}  # noqa: DTZ001
        for one in patients(30)
        if one.nir.isdigit()
    ]

    assert judge(binary(people)).evidence.announced == len(people)
    assert judge(binary({"export": people})).evidence.announced == len(people)


def test_bytes_are_files_of_their_own(judge: Judge) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", leak_csv(30))

    assert judge(binary({"a": [{"file": out.getvalue()}]})).evidence.subjects == 30


def test_an_ordinary_list_passes(judge: Judge) -> None:
    settings = {
        "Label": "org.example.agent",
        "UID": plistlib.UID(7),
        "Interval": 3600,
        "b": b"\xff",
    }

    result = judge(binary(settings))

    assert result.evidence.uninspectable is None
    assert not result.verdict.action.stops


def test_an_object_that_stands_everywhere_ends_at_the_budget(judge: Judge) -> None:
    value: list[object] = ["ha" * 50]
    for _ in range(9):
        value = [value] * 20

    assert judge(binary(value)).evidence.uninspectable is Uninspectable.BUDGET


def test_a_ring_and_damage_are_corrupt(judge: Judge) -> None:
    ring = (
        b"bplist00\xa1\0\x08" + bytes(6) + b"\1\1" + (1).to_bytes(8) + bytes(8) + (10).to_bytes(8)
    )

    many = ring[:-24] + (1 << 31).to_bytes(8) + ring[-16:]
    assert judge(many).evidence.uninspectable is Uninspectable.CORRUPT
    assert judge(ring).evidence.uninspectable is Uninspectable.CORRUPT
    assert judge(binary({"a": 1})[:-9]).evidence.uninspectable is Uninspectable.CORRUPT

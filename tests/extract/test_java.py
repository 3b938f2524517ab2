"""Objects that Java has serialized, after its specification."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from bench.patients import patients
from dlp.inspection import Core, Inspection
from tests.parsers.formats import java

type Read = Callable[..., dict[str, list[bytes]]]

ROWS = [["NIR", "nom"], *([one.nir, one.nom] for one in patients(40))]
NUMBERS = [int(one.nir) for one in patients(40) if one.nir.isdigit()]
LIST = (
    b"sr\0\x13java.util.ArrayListx\x81\xd2\x1d\x99\xc7a\x9d\3\0\1I\0\4sizexp\0\0\0\x28w\4\0\0\0\x28"
)
LONG = (
    b"sr\0\x0ejava.lang.Long;\x8b\xe4\x90\xcc\x8f#\xdf\2\0\1J\0\5valuexr\0\x10java.lang.Number"
    b"\x86\xac\x95\x1d\x0b\x94\xe0\x8b\2\0\0xp"
)


def longs(numbers: list[int]) -> bytes:
    values = (struct.pack(">q", number) for number in numbers)
    return b"\xac\xed\0\5" + LIST + LONG + b"sq\0~\0\2".join(values) + b"x"


@pytest.mark.parametrize("step", [0, 1, 997])
def test_strings_are_set_apart_by_objects(read: Read, step: int) -> None:
    (found,) = read(java(ROWS * 40), step=step)["body/java/objects"]

    lines = [line.split("\t") for line in found.decode().split("\n") if line.strip()]
    assert [line[:2] for line in lines] == ROWS * 40


@pytest.mark.parametrize("step", [0, 1, 997])
def test_numbers_are_read(read: Read, step: int) -> None:
    (found,) = read(longs(NUMBERS), step=step)["body/java/objects"]

    assert [int(cell) for cell in found.split()] == NUMBERS


def test_numbers_of_patients_are_stopped_and_those_of_orders_pass(core: Core) -> None:
    def stops(numbers: list[int]) -> bool:
        inspection = Inspection(core)
        inspection.feed(longs(numbers))
        return inspection.finish().verdict.action.stops

    assert stops(NUMBERS)
    assert not stops([450_000_000_000_017 + 170_017 * n for n in range(40)])
    assert not stops(list(range(40)))

"""Documents that are damaged or made to harm: always a verdict, never an exception."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from dlp.types import Result
from tests.parsers.test_databases import dbase, parquet, sqlite
from tests.parsers.test_dicom import PATIENT, dicom
from tests.parsers.test_office import docx_table, ods, xlsx_shared
from tests.parsers.test_ole import doc, msg, ppt, xls
from tests.parsers.test_pdf import table
from tests.samples import SAMPLES

type Judge = Callable[[bytes], Result]
type Rows = list[list[str]]


def _sample(name: str, rows: Rows, _: Path) -> bytes:
    return SAMPLES[name].make(rows)


DOCUMENTS: dict[str, Callable[[Rows, Path], bytes]] = {
    "pdf": lambda rows, _: table(rows),
    "xlsx": lambda rows, _: xlsx_shared(rows),
    "docx": lambda rows, _: docx_table(rows),
    "ods": lambda rows, _: ods(rows),
    "xls": lambda rows, _: xls(rows),
    "doc": lambda rows, _: doc(rows),
    "ppt": lambda rows, _: ppt(rows),
    "msg": lambda rows, _: msg(rows),
    "sqlite": sqlite,
    "parquet": parquet,
    "dbase": dbase,
    "dicom": lambda _, __: dicom(*PATIENT),
    **{
        name: partial(_sample, name)
        for name in ("access", "feather", "pickle, of a frame", "r", "matlab", "hdf5")
    },
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_damage_gets_a_verdict(kind: str, judge: Judge, orders: Rows, tmp_path: Path) -> None:
    chance = random.Random(5)
    document = DOCUMENTS[kind](orders, tmp_path)
    for _ in range(12):
        damaged = bytearray(document)
        for _ in range(chance.choice((1, 4, 40))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        if chance.random() < 0.3:
            damaged = damaged[: chance.randrange(len(damaged))]
        assert judge(bytes(damaged)).verdict.rule

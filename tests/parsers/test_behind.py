"""Documents behind a picture, a program or other documents are read to their ends."""

from __future__ import annotations

import io
import random
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bench.patients import leak_csv
from dlp.types import Result
from tests.samples import SAMPLES

type Judge = Callable[[bytes], Result]
type Rows = list[list[str]]

KINDS = ("pdf", "sqlite", "xls", "7z")
NOISE = random.Random(4).randbytes(40_000)


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((150, 150), 90).save(out, kind)
    return out.getvalue()


HOLDERS: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: picture("JPEG"),
    "PNG": lambda: picture("PNG"),
    "program": lambda: Path(sys.executable).read_bytes()[:100_000],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("holder", HOLDERS)
def test_patients_are_stopped_and_orders_pass(
    kind: str, holder: str, judge: Judge, leak: Rows, orders: Rows
) -> None:
    before = HOLDERS[holder]()

    assert judge(before + SAMPLES[kind].make(leak)).evidence.announced == 30
    passed = judge(before + SAMPLES[kind].make(orders))
    assert passed.evidence.uninspectable is None
    assert not passed.verdict.action.stops


@pytest.mark.parametrize("kind", KINDS)
def test_what_follows_one_is_read(kind: str, judge: Judge, orders: Rows) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", leak_csv(30))
    body = picture("JPEG") + SAMPLES[kind].make(orders) + NOISE + out.getvalue()

    assert judge(body).evidence.subjects == 30


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_of_one_is_let_go(kind: str, judge: Judge, orders: Rows) -> None:
    """As it stands on an image of a disk."""
    part = SAMPLES[kind].make(orders)[:700]

    assert judge(picture("JPEG") + part + NOISE).evidence.uninspectable is None


def test_a_program_that_writes_such_documents_passes(judge: Judge) -> None:
    says = b'HEADER = "%PDF-1.4\\n%\\xe2\\xe3"\nMAGIC = "SQLite format 3\\0"\n'
    binary = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n\0SQLite format 3\0\0\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

    assert not judge(says * 99).evidence.kinds
    assert judge(b"\x7fELF" + NOISE + binary + NOISE).evidence.uninspectable is None


def test_a_document_inside_of_its_like_is_read_once(judge: Judge, leak: Rows) -> None:
    document = SAMPLES["pdf"].make(leak)

    assert judge(b"\n" + document).evidence.findings[0].count == 30
    assert judge(document + document).evidence.announced == 30

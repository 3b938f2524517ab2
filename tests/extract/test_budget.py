"""What unpacking a message may cost is what is set."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from dataclasses import replace

import pytest

from dlp.extract.budget import Limits
from dlp.inspection import Core, Inspection
from dlp.settings import Settings


def zipped(members: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(members):
            archive.writestr(f"{number}.txt", b"bonjour")
    return out.getvalue()


def nested(depth: int) -> bytes:
    body = b"bonjour"
    for _ in range(depth):
        body = gzip.compress(body)
    return body


@pytest.mark.parametrize(
    ("setting", "within", "beyond"),
    [
        ({"unpack_limit": 2 << 20}, gzip.compress(bytes(2 << 20)), gzip.compress(bytes(3 << 20))),
        ({"unpack_depth": 3}, nested(3), nested(4)),
        ({"unpack_members": 20}, zipped(20), zipped(21)),
        ({"unpack_ratio": 1000}, bz2.compress(bytes(1 << 20)), bz2.compress(bytes(2 << 20))),
        ({"unpack_memory": 1 << 20}, b"PAR1" + bytes(1000), b"PAR1" + bytes(2 << 20)),
    ],
)
def test_what_goes_beyond_a_setting_is_uninspectable(
    core: Core,
    monkeypatch: pytest.MonkeyPatch,
    setting: dict[str, int],
    within: bytes,
    beyond: bytes,
) -> None:
    monkeypatch.setattr("dlp.extract.budget.FREE", 1 << 20)
    limited = replace(core, limits=Settings(**setting).limits())  # type: ignore[arg-type]
    reasons = []
    for body in (within, beyond):
        inspection = Inspection(limited)
        inspection.feed(body)
        reasons.append(inspection.finish().evidence.uninspectable)

    assert reasons[0] != "budget"
    assert reasons[1] == "budget"


def test_by_default_the_limits_are_the_documented_ones() -> None:
    assert Settings().limits() == Limits()

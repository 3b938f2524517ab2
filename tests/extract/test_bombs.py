"""What unpacks to more than anybody could read ends in a verdict, with the budget as its reason."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace

import brotli
import lz4.frame
import pytest
import zstandard

from dlp.extract.budget import Limits
from dlp.inspection import Core, Inspection
from dlp.policy.load import preset
from dlp.types import Action, Uninspectable

OUTPUT = 4 << 20
# Each unpacks to 32 MiB.
ZEROS = bytes(1 << 20)


def deflated(wbits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return b"".join(packer.compress(ZEROS) for _ in range(32)) + packer.flush()


def burrowed() -> bytes:
    packer = bz2.BZ2Compressor()
    return b"".join(packer.compress(ZEROS) for _ in range(32)) + packer.flush()


def brotlied() -> bytes:
    packer = brotli.Compressor(quality=5)
    return bytes(b"".join(packer.process(ZEROS) for _ in range(32)) + packer.finish())


def standard() -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return b"".join(packer.compress(ZEROS) for _ in range(32)) + packer.flush()


def framed() -> bytes:
    return bytes(lz4.frame.compress(ZEROS * 32))


def zipped(content: bytes, members: int, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as writer:
        for number in range(members):
            writer.writestr(f"{number}", content)
    return out.getvalue()


def nest() -> bytes:
    """Return what 42.zip is: sixteen archives in each archive, five deep."""
    body = zipped(bytes(1 << 20), 1)
    for _ in range(5):
        body = zipped(body, 16)
    return body


def deep(pack: Callable[[bytes], bytes]) -> bytes:
    body = b"nothing"
    for _ in range(20):
        body = pack(body)
    return body


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "gzip": (lambda: deflated(31), ""),
    "zlib": (lambda: deflated(15), ""),
    "deflate": (lambda: deflated(-15), "deflate"),
    "gzip in gzip": (lambda: gzip.compress(deflated(31)), ""),
    "bzip2": (burrowed, ""),
    "bzip2 as a coding": (burrowed, "bzip2"),
    "brotli": (brotlied, "br"),
    "zstd": (standard, ""),
    "lz4": (framed, ""),
    "a nest of archives": (nest, ""),
    "gzip twenty deep": (lambda: deep(gzip.compress), ""),
    "zlib twenty deep": (lambda: deep(zlib.compress), ""),
    "zip twenty deep": (lambda: deep(lambda d: zipped(d, 1)), ""),
    "codings twenty deep": (lambda: b"nothing", ",".join(["gzip"] * 20)),
}


@pytest.fixture(scope="module")
def core() -> Core:
    return replace(
        Core.build(policy=preset("balanced"), key=bytes(16)), limits=Limits(output=OUTPUT)
    )


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_quarantined(core: Core, bomb: str) -> None:
    make, coding = BOMBS[bomb]
    inspection = Inspection(core, content_encoding=coding)

    inspection.feed(make())

    result = inspection.finish()
    assert result.verdict.action is Action.QUARANTINE
    assert result.evidence.uninspectable is Uninspectable.BUDGET

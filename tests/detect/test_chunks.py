"""However a message is cut into chunks, the findings are the same."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.inspection import Core, Inspection
from dlp.types import Result

NIRS = ["255081416802538", "2 69 05 49 588 157 80", "295109912611193", "253072B07300470"]


def filler(seed: int, size: int) -> str:
    """Text with words, numbers and lines, of about `size` characters."""
    chance = random.Random(seed)
    words = ["patient", "commande", "cancer", "é à ç", "12,5", "NIR", "x" * 40, "\n", "2024-01-02"]
    text = []
    length = 0
    while length < size:
        word = chance.choice(words)
        if chance.random() < 0.2:
            word = str(chance.randrange(10 ** chance.randrange(1, 18)))
        text.append(word)
        length += len(word) + 1
    return " ".join(text)


def inspect(core: Core, body: bytes, cuts: list[int], encoding: str = "") -> Result:
    inspection = Inspection(core, content_encoding=encoding)
    last = 0
    for cut in [*sorted({min(c, len(body)) for c in cuts}), len(body)]:
        inspection.feed(body[last:cut])
        last = cut
    return inspection.finish()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    before=st.integers(0, 40_000),
    nirs=st.lists(st.sampled_from(NIRS), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 120_000), max_size=12),
    pack=st.sampled_from(["", "gzip", "br", "zstd", "bz2", "xz"]),
)
def test_findings_do_not_depend_on_cuts(
    core: Core, seed: int, before: int, nirs: list[str], cuts: list[int], pack: str
) -> None:
    text = filler(seed, before)
    for nir in nirs:
        text += f" {nir} " + filler(seed + 1, before // 2)
    body = text.encode()
    packers = {
        "": bytes,
        "gzip": gzip.compress,
        "br": brotli.compress,
        "zstd": zstandard.compress,
        "bz2": bz2.compress,
        "xz": lzma.compress,
    }
    encoding = "br" if pack == "br" else ""
    body = packers[pack](body)
    whole = inspect(core, body, [], encoding)
    assert inspect(core, body, cuts, encoding) == whole
    assert whole.evidence.uninspectable is None


@pytest.mark.parametrize("nir", NIRS)
@pytest.mark.parametrize("newline", ["\n", ""])
def test_an_identifier_is_found_wherever_a_block_ends(core: Core, nir: str, newline: str) -> None:
    # Blocks are 32 KiB; these offsets put the identifier across every byte of a block's end.
    for offset in range(32 * 1024 - 40, 32 * 1024 + 8):
        body = ("a" * (offset - 1) + " " + nir + " " + newline + "b" * 9000).encode()
        evidence = inspect(core, body, []).evidence
        assert evidence.subjects == 1, offset


def test_every_cut_of_a_short_message_gives_the_same(core: Core) -> None:
    body = "nom;nir\nX;２５５０８１４１６８０２５３８\nY;2 69 05 49 588 157 80\n".encode()
    whole = inspect(core, body, [])
    assert whole.evidence.subjects == 2
    for cut in range(len(body) + 1):
        assert inspect(core, body, [cut]) == whole
    assert inspect(core, body, list(range(len(body)))) == whole


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=3000), encoding=st.sampled_from(["", "gzip", "deflate", "br, zstd"]))
def test_any_bytes_end_in_a_verdict(core: Core, body: bytes, encoding: str) -> None:
    result = inspect(core, body, [], encoding)
    assert result.evidence.bytes == len(body)

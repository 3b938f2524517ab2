"""Brotli and deflate have no magic: what is asked before unpacking them leaves nothing out."""

from __future__ import annotations

import zlib

import brotli
from hypothesis import example, given
from hypothesis import strategies as st

from dlp.extract.content import SNIFF
from dlp.extract.unknown import begins_brotli, begins_deflate

PRINTABLE = bytes([9, 10, 13, *range(0x20, 0x7F)])
TEXTS = st.lists(
    st.sampled_from([b"patient ", b"2550814168025", b";glyc\xc3\xa9mie;", b"\n", b"a" * 300]),
    max_size=400,
).map(b"".join)
WINDOWS = st.sampled_from([-15, 15, -9, 9, 12])
BROTLI = st.builds(
    lambda text, quality, window: brotli.compress(text, quality=quality, lgwin=window),
    TEXTS,
    st.integers(0, 11),
    st.sampled_from([10, 16, 17, 18, 22, 24]),
)


@st.composite
def deflated(draw: st.DrawFn) -> bytes:
    packer = zlib.compressobj(
        draw(st.integers(0, 9)), zlib.DEFLATED, draw(WINDOWS), 9, draw(st.integers(0, 4))
    )
    return packer.compress(draw(TEXTS)) + packer.flush()


def is_text(text: bytes) -> bool:
    return len(text) >= 64 and len(text.translate(None, PRINTABLE)) * 10 <= len(text)


def unpacks(head: bytes) -> dict[str, bool]:
    """Tell what a head is by unpacking it, whatever it begins with."""
    found = dict.fromkeys(("br", "deflate"), False)
    if len(head.translate(None, PRINTABLE)) * 4 < len(head):
        return found
    unpacker = brotli.Decompressor()
    try:
        text = unpacker.process(head, output_buffer_limit=SNIFF * 8)
        found["br"] = (len(head) == SNIFF or unpacker.is_finished()) and is_text(text)
    except brotli.error:
        pass
    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        inflater = zlib.decompressobj(window)
        try:
            text = inflater.decompress(head, SNIFF * 8)
        except zlib.error:
            continue
        whole = inflater.eof or inflater.unconsumed_tail or len(head) == SNIFF
        found["deflate"] |= bool(whole) and is_text(text)
    return found


# Four bytes that make 259.
@example(head=b"", cut=SNIFF)
@example(head=b"\x4b\x1c\x05\x00", cut=SNIFF)
@given(
    head=st.binary(max_size=60)
    | BROTLI
    | deflated()
    | st.builds(bytes.__add__, BROTLI | deflated(), st.binary(max_size=9)),
    cut=st.just(SNIFF) | st.integers(0, SNIFF),
)
def test_what_unpacks_to_text_is_asked_to(head: bytes, cut: int) -> None:
    head = head[:cut]
    assert {"br": begins_brotli(head), "deflate": begins_deflate(head)} == unpacks(head)

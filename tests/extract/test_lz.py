"""LZF and pglz are unpacked as those who pack them say, and whatever else comes is nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.extract.lz import lzf, pglz

PACKED = [
    # As it is; copies from farther back, from one back, and of more than eight bytes.
    (lzf, b"\2abc", b"abc"),
    (lzf, b"\3abcd\x20\3", b"abcdabc"),
    (lzf, b"\0a\xe0\x05\0", b"a" * 15),
    (pglz, b"\0abcdefgh", b"abcdefgh"),
    (pglz, b"\x10abcd\1\4", b"abcdabcd"),
    (pglz, b"\2a\x0f\1\2", b"a" * 21),
]


@pytest.mark.parametrize(("unpack", "packed", "text"), PACKED)
def test_what_was_packed_comes_out(
    unpack: Callable[[bytes, int], bytes], packed: bytes, text: bytes
) -> None:
    assert unpack(packed, len(text)) == text
    for size in (0, 1, len(text) - 1, len(text) + 1):
        assert unpack(packed, size) == b""
    for cut in range(len(packed)):
        assert unpack(packed[:cut], len(text)) == b""


@pytest.mark.parametrize("unpack", [lzf, pglz])
@given(packed=st.binary(max_size=200), size=st.integers(0, 5000))
def test_chance_is_as_long_as_it_says_or_nothing(
    unpack: Callable[[bytes, int], bytes], packed: bytes, size: int
) -> None:
    assert len(unpack(packed, size)) in (0, size)

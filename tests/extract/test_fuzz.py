"""Whatever a body is, it ends in text or in a reason, and the same however it is cut."""

from __future__ import annotations

from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.extract.body import BodyReader
from dlp.extract.budget import Budget, UninspectableError

type Read = Callable[..., dict[str, list[bytes]]]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "xz", "bzip2", "lz4"])
@given(data=st.binary(max_size=300))
def test_any_bytes_in_a_coding_end_in_text_or_a_reason(coding: str, data: bytes) -> None:
    for body in (data, brotli.compress(data) + data):
        try:
            reader = BodyReader(budget=Budget(output=1 << 24), content_encoding=coding)
            list(reader.feed(body))
            list(reader.finish())
        except UninspectableError:
            pass


@given(
    st.binary(max_size=600),
    st.sampled_from(
        ["", "multipart/form-data; boundary=a", "message/rfc822", "application/mbox",
         "application/http", "text/plain; charset=iso-8859-15", "text/plain; charset=utf-7",
         "text/csv; charset=hex", "application/protobuf",
         'x; charset="', "application/x-www-form-urlencoded"]
    ),
    st.lists(st.integers(0, 600), max_size=5),
)  # fmt: skip
def test_any_bytes_of_any_type_end_in_text_or_a_reason(
    read: Read, data: bytes, content_type: str, cuts: list[int]
) -> None:
    whole = read(data, content_type, may_fail=True)

    assert read(data, content_type, cuts=cuts, may_fail=True) == whole


# What fuzzing has found: how a body is coded, and its bytes.
FOUND = {
    "a frame of Zstandard that is shorter than it says": (
        "zstd",
        "28b52ffd204f01000000000000364828b52ffd204f48024400f21102",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_is_read_the_same_however_it_is_cut(read: Read, name: str) -> None:
    coding, written = FOUND[name]
    body = bytes.fromhex(written)

    whole = read(body, content_encoding=coding, may_fail=True)

    for cut in range(1, len(body)):
        assert read(body, content_encoding=coding, cuts=[cut], may_fail=True) == whole
    assert read(body, content_encoding=coding, step=1, may_fail=True) == whole

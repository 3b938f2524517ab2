"""What `standing` relies on inside of the library tells what its own wrapper does."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from dlp.extract.native import standing

EXPRESSIONS = (b"begin ", rb"7z\xbc", rb"%(?:[^0-9A-F]|[0-9A-F]?\z)", rb"\Aa|[\x80-\xff]{2}", b"")


@pytest.mark.parametrize("expression", EXPRESSIONS)
@given(
    data=st.lists(
        st.sampled_from([b"begin ", b"7z\xbc", b"%", b"4", b"a", b"\n", b"\0", b"\xe9\xff"]),
        max_size=9,
    ).map(b"".join)
)
def test_it_stands_where_the_library_finds_it(expression: bytes, data: bytes) -> None:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    known = re2.compile(expression, options).search(data)
    assert standing(expression)(data) is (known is not None)

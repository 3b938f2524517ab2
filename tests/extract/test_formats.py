"""The table of formats: what of it a text in ASCII may leave out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.extract.formats import FORMATS, SNIFF, recognise

MARKS = [
    *"{[<%#-$*\"'/=;, \n\t0123456789",
    *"PK BZh91AY&SY x^ x\x7f( PACK Salted__ ustar blob 0032 P*M".split(),
    *"%PDF- {\\rtf From: MIME-Version: HTTP/1.1 MII $FL2@(#) 7z Rar! ORC PAR1 Obj".split(),
]
PRINTED = st.lists(
    st.sampled_from(MARKS) | st.characters(min_codepoint=32, max_codepoint=126), max_size=SNIFF
)


@given(PRINTED)
def test_no_format_that_is_left_out_begins_with_text(pieces: list[str]) -> None:
    head = "".join(pieces).encode()[:SNIFF]
    # Two messages that are written in printable characters alone are read as the text they are.
    rows = [one for one in FORMATS if not (one.binary and one.name == "protobuf")]
    assert recognise(head, "") is next((one for one in rows if one.begins(head)), None)


@pytest.mark.parametrize("one", [one for one in FORMATS if one.binary], ids=lambda one: one.name)
def test_what_is_left_out_begins_with_no_mark_of_text(one: object) -> None:
    for mark in MARKS:
        for fill in "a0 \n":
            head = (mark + fill * SNIFF)[:SNIFF].encode()
            if head.isascii() and "\x7f" not in mark:
                assert not one.begins(head)  # type: ignore[attr-defined]

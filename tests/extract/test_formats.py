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


BEGUN = (
    b"\x1f\x8b\x08 \x28\xb5\x2f\xfd \x04\x22\x4d\x18 BZh91AY&SY \xfd7zXZ\0 \x5d\0\0\x01\0"
    b" \x78\x9c \xff\x06\0\0sNaPpY PK\3\4 PK\5\6 Salted__ \x85\1\x0c\3 LUKS\xba\xbe\0\2"
    b" \x53\x2a\x4d\x18 0032want PACK\0\0\0\2 \xef\xbb\xbf%PDF- \0%PDF- MSCF\0\0\0\0 xar!\0\x1c"
    b" \xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 SQLite\x20format Obj\1 $FL2@(#)"
    b" \x71\1\1\0 ORC\3 \xd9\xd9\xf7\xa1"
    b" \x89PNG\r\n\x1a\n \x82\xa1 \xde\0 \x0a\x05hello \0\0\0\0\x07\x0a\x05hello \x05\x0a\x03abc"
    b" \xeb--FVE-FS- commit"
).split(b" ")


@given(st.sampled_from(BEGUN), st.binary(max_size=SNIFF), st.none() | st.integers(0, 255))
def test_each_row_says_by_which_bytes_it_begins(
    mark: bytes, rest: bytes, first: int | None
) -> None:
    head = mark if first is None else bytes([first]) + mark[1:]
    for whole in (head, (head + rest)[:SNIFF], (rest + head)[:SNIFF]):
        for one in FORMATS:
            assert not one.begins(whole) or whole[0] in one.first

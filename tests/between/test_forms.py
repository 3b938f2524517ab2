"""Chunks in forms are told by what pages say of them, and taken out of the forms."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.between.forms import FormFile, chunk_of, is_form
from dlp.between.steps import Act, Step
from dlp.extract.budget import UninspectableError

MARK = "--b0undary"


def form(fields: dict[str, str], content: bytes, more: bytes = b"") -> bytes:
    lines = [
        f'{MARK}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    file = f'{MARK}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    head = "".join([*lines, file]).encode()
    return head + content + f"\r\n{MARK}".encode() + more + b"--\r\n"


def step(start: int, first: int, *, last: bool = False) -> Step:
    return Step(
        act=Act.PART,
        upload="h/u#x",
        start=start,
        firsts=(first,),
        last=last,
        numbered=True,
        of_client=True,
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"dzuuid": "x", "dzchunkindex": "0", "dztotalchunkcount": "3"}, step(0, 0)),
        ({"dzuuid": "x", "dzchunkindex": "2", "dztotalchunkcount": "3"}, step(2, 0, last=True)),
        (
            {
                "resumableIdentifier": "x",
                "resumableChunkNumber": "3",
                "resumableTotalChunks": "3",
            },
            step(3, 1, last=True),
        ),
        ({"flowIdentifier": "x", "flowChunkNumber": "1", "flowTotalChunks": "3"}, step(1, 1)),
        ({"qquuid": "x", "qqpartindex": "1", "qqtotalparts": "3"}, step(1, 0)),
        ({"name": "x", "chunk": "1", "chunks": "3"}, step(1, 0)),
        ({"name": "x", "chunk": "0", "chunks": "1"}, None),
        ({"name": "x", "chunk": "a", "chunks": "3"}, None),
        ({"name": "x"}, None),
    ],
)
def test_chunks_are_recognised(fields: dict[str, str], expected: Step | None) -> None:
    assert chunk_of("h/u", "", form(fields, b"content")) == expected
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    assert chunk_of("h/u", query, form({}, b"content")) == expected


def test_what_a_file_says_is_no_field() -> None:
    inner = form({"dzuuid": "x", "dzchunkindex": "0", "dztotalchunkcount": "3"}, b"")
    assert chunk_of("h/u", "", form({}, inner)) is None
    assert chunk_of("h/u", "", b"no form") is None


@given(
    st.binary(max_size=60) | st.just(MARK.encode()) | st.just(b"\r\n--"),
    st.lists(st.integers(0, 400), max_size=5),
)
def test_the_file_is_what_stands_in_the_form(content: bytes, cuts: list[int]) -> None:
    other = b'\r\nContent-Disposition: form-data; name="z"\r\n\r\nlast\r\n' + MARK.encode()
    body = form({"a": "1", "b": ""}, content, other)
    places = sorted({0, len(body), *(min(cut, len(body)) for cut in cuts)})
    file = FormFile()
    found = b"".join(piece for a, b in pairwise(places) for piece in file.feed(body[a:b]))
    file.finish()
    assert found == content


@pytest.mark.parametrize("body", [b"", b"no form", form({}, b"x")[:-20], b"-" * 300])
def test_a_form_without_a_whole_file_is_none(body: bytes) -> None:
    file = FormFile()

    def read() -> None:
        for _ in file.feed(body):
            pass
        file.finish()

    with pytest.raises(UninspectableError):
        read()
    assert is_form("Multipart/Form-Data; boundary=x")
    assert not is_form("application/json")

"""Bodies framed as clients of S3 send them are read as what they carry."""

from __future__ import annotations

import gzip
import io
from itertools import pairwise

import pytest
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum
from hypothesis import given
from hypothesis import strategies as st

from dlp.extract.body import BodyReader
from dlp.extract.budget import Budget, UninspectableError

SIGNATURE = b";chunk-signature=" + b"0f" * 32
TEXT = b"NIR;nom\n185057800608491;Durand\n"


def read(body: bytes, coding: str = "aws-chunked", cuts: tuple[int, ...] = ()) -> bytes:
    reader = BodyReader(budget=Budget(), content_encoding=coding)
    places = sorted({0, len(body), *(min(cut, len(body)) for cut in cuts)})
    segments = [one for a, b in pairwise(places) for one in reader.feed(body[a:b])]
    return b"".join(one.data for one in (*segments, *reader.finish()))


def framed(content: bytes, size: int, signature: bytes = b"", trailers: bytes = b"") -> bytes:
    chunks = [content[at : at + size] for at in range(0, len(content), size)]
    frames = [b"%x%s\r\n%s\r\n" % (len(chunk), signature, chunk) for chunk in chunks]
    return b"".join(frames) + b"0" + signature + b"\r\n" + trailers + b"\r\n"


@given(st.integers(1, 40), st.lists(st.integers(0, 400), max_size=4))
def test_however_it_is_framed_and_cut(size: int, cuts: list[int]) -> None:
    trailers = b"x-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:" + b"ab" * 32 + b"\r\n"
    for body in (framed(TEXT, size), framed(TEXT, size, SIGNATURE, trailers)):
        assert read(body, cuts=tuple(cuts)) == TEXT


def test_as_boto3_writes_it() -> None:
    wrapped = AwsChunkedWrapper(
        io.BytesIO(TEXT * 100), Crc32Checksum, checksum_name="x-amz-checksum-crc32", chunk_size=999
    )
    assert read(wrapped.read()) == TEXT * 100


@pytest.mark.parametrize("coding", ["gzip,aws-chunked", "aws-chunked, gzip", "AWS-Chunked,gzip"])
def test_it_is_around_what_else_is_named(coding: str) -> None:
    assert read(framed(gzip.compress(TEXT), 7), coding) == TEXT


@pytest.mark.parametrize(
    "body",
    [
        TEXT,
        framed(TEXT, 9)[:-9],
        framed(TEXT, 9) + b"185057800608491",
        framed(TEXT, 9, b";name=185057800608491"),
        framed(TEXT, 9, trailers=b"comment: 185057800608491 Durand\r\n"),
        framed(TEXT, 9, trailers=b"x-amz-meta-a:b\r\n" * 9),
        b"5\r\nabcdefgh\r\n0\r\n\r\n",
    ],
)
def test_what_is_not_framed_so_can_not_be_read(body: bytes) -> None:
    with pytest.raises(UninspectableError):
        read(body)

"""Whatever a body is, it ends in text or in a reason, and the same however it is cut."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

import brotli
import lz4.frame
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.extract.body import BodyReader
from dlp.extract.budget import Budget, UninspectableError

type Read = Callable[..., dict[str, list[bytes]]]

TEXT = b"nir;nom\n255081416802538;Durand\n" * 40
NOISE = random.Random(9).randbytes(2000)


def zipped(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as writer:
        writer.writestr("a.csv", TEXT)
        writer.writestr("b.bin", NOISE)
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as writer:
        info = tarfile.TarInfo("é" * 120)
        info.size = len(TEXT)
        writer.addfile(info, io.BytesIO(TEXT))
    return out.getvalue()


def mailed() -> bytes:
    message = EmailMessage()
    message["Subject"] = "é"
    message.set_content("é" * 100, cte="quoted-printable")
    message.add_attachment(NOISE, maintype="application", subtype="zip", filename="a.zip")
    message.add_attachment(TEXT, maintype="text", subtype="csv", filename="a.csv")
    return message.as_bytes()


SEEDS: dict[str, bytes] = {
    "gzip": gzip.compress(TEXT, mtime=0),
    "bzip2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "lzma": lzma.compress(TEXT, lzma.FORMAT_ALONE),
    "zstd": zstandard.compress(TEXT),
    "lz4": lz4.frame.compress(TEXT),
    "stored": zipped(zipfile.ZIP_STORED),
    "deflated": zipped(zipfile.ZIP_DEFLATED),
    "zip, bzip2": zipped(zipfile.ZIP_BZIP2),
    "zip, lzma": zipped(zipfile.ZIP_LZMA),
    "tar": tarred(),
    "mail": mailed(),
    "mailbox": b"From a@b.fr Mon Jan  1 00:00:00 2024\n" + mailed(),
    "form": b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.zip"\r\n\r\n'
    + zipped(zipfile.ZIP_DEFLATED)
    + b"\r\n--b--\r\n",
    "behind noise": NOISE + zipped(zipfile.ZIP_DEFLATED) + gzip.compress(TEXT, mtime=0),
    "hexadecimal": zipped(zipfile.ZIP_DEFLATED).hex().encode(),
    "text": "Numéro %32%35 &eacute; \\u00e9 \ud7ff".encode() * 40,
    "UTF-16": TEXT.decode().encode("utf-16-le"),
}


@pytest.mark.parametrize("seed", SEEDS)
@settings(max_examples=25)
@given(data=st.data())
def test_damage_ends_in_text_or_a_reason(read: Read, seed: str, data: st.DataObject) -> None:
    body = bytearray(SEEDS[seed])
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(body)))
        change = data.draw(st.binary(max_size=6))
        body[place : place + data.draw(st.integers(0, 6))] = change
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=6))
    budget = Budget(output=1 << 24)

    whole = read(bytes(body), may_fail=True, budget=budget)

    assert read(bytes(body), cuts=cuts, may_fail=True, budget=Budget(output=1 << 24)) == whole


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

"""Multipart bodies, mails and mailboxes are read part by part, however they are cut."""

from __future__ import annotations

import base64
import gzip
import io
import mailbox
import random
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.net.http import multipart

from dlp.inspection import Core, Inspection

type Read = Callable[..., dict[str, list[bytes]]]

TEXT = b"nir;nom\n255081416802538;Durand\n269054958815780;Petit\n" * 30
NOISE = random.Random(5).randbytes(9000)


def archive(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as writer:
        writer.writestr("a.csv", content)
    return out.getvalue()


def form(
    parts: list[tuple[str, bytes]], boundary: str = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
) -> bytes:
    """Return a form as a browser sends it: (rest of the disposition and more headers, content)."""
    out = b""
    for header, content in parts:
        out += f"--{boundary}\r\nContent-Disposition: form-data; {header}\r\n\r\n".encode()
        out += content + b"\r\n"
    return out + f"--{boundary}--\r\n".encode()


FILES: dict[str, tuple[bytes, str]] = {
    "csv": (TEXT, "2.csv"),
    "gz": (gzip.compress(TEXT), "2.gz/gzip"),
    "zip": (archive(TEXT), "2.zip/zip/1.csv"),
    "zip in gz": (gzip.compress(archive(TEXT)), "2.gz/gzip/zip/1.csv"),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("step", [0, 1, 7])
@pytest.mark.parametrize("declared", [True, False])
def test_a_file_in_a_form_is_opened(read: Read, kind: str, step: int, *, declared: bool) -> None:
    content, path = FILES[kind]
    suffix = path.split("/", maxsplit=1)[0].removeprefix("2.")
    body = form(
        [
            ('name="comment"', b"patients"),
            (f'name="file"; filename="export.{suffix}"\r\nContent-Type: text/plain', content),
        ],
        "xYzZY",
    )
    content_type = 'multipart/form-data; boundary="xYzZY"' if declared else ""

    texts = read(body, content_type, step=step)

    assert texts[f"body/multipart/{path}"] == [TEXT]
    assert b"comment=patients\n" in texts["body/multipart"][0]


def test_a_form_of_another_writer_is_opened(read: Read) -> None:
    headers_type = "multipart/form-data; boundary=abc"
    body = multipart.encode_multipart(headers_type, [(b"upload", archive(TEXT)), (b"n", b"1")])

    assert [TEXT] in read(body, headers_type).values()


def test_the_fields_of_a_form_are_one_text(read: Read) -> None:
    fields = [("nom", b"Durand"), ("nir", b"255081416802538"), ("note", "séropositif".encode())]

    texts = read(form([(f'name="{name}"', value) for name, value in fields]))

    assert texts == {
        "body/multipart": ["nom=Durand\nnir=255081416802538\nnote=séropositif\n".encode()]
    }


def test_a_field_of_several_lines_is_a_document_too(read: Read) -> None:
    texts = read(form([('name="rows"', TEXT)]))

    assert texts["body/multipart"] == [b"rows=" + TEXT + b"\n"]
    assert texts["body/multipart/1"] == [TEXT]


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_the_content_encoding_of_a_part_is_undone(read: Read, encoding: str) -> None:
    content = gzip.compress(TEXT) if encoding == "gzip" else TEXT
    body = form([(f'name="f"; filename="a.csv"\r\nContent-Encoding: {encoding}', content)])

    assert [TEXT] in read(body).values()


def test_what_stands_around_the_parts_is_read(read: Read) -> None:
    inner = form([('name="a"', b"1")], "b0")
    body = b"before 255081416802538\r\n" + inner + b"after " + archive(TEXT)

    texts = read(body, "multipart/form-data; boundary=b0")

    assert texts["body/multipart/preamble"] == [b"before 255081416802538"]
    assert any(text.startswith(b"after") for (text,) in texts.values())


def test_bytes_after_the_last_part_are_opened(read: Read) -> None:
    body = form([('name="a"', b"1")], "b0") + archive(TEXT)

    assert [TEXT] in read(body, "multipart/form-data; boundary=b0").values()


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=other", "multipart/mixed; boundary="],
)
def test_a_boundary_that_is_not_there_hides_nothing(read: Read, content_type: str) -> None:
    body = form([('name="f"; filename="a.zip"', archive(TEXT))], "real")

    assert [TEXT] in read(body, content_type).values()
    assert [TEXT] in read(archive(TEXT), content_type).values()
    assert [TEXT] in read(TEXT, content_type).values()


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "a@example.org"
    message["To"] = "b@example.org"
    message["Subject"] = "Numéro de sécurité sociale de Mme Éluard"
    message.set_content(
        "Le voici : 2 55 08 14 168 025 38\nBien à vous,\n" + "é" * 90, cte="quoted-printable"
    )
    message.add_alternative("<p>Le voici : 2&nbsp;55 08 14 168 025 38</p>", subtype="html")
    message.add_attachment(TEXT, maintype="text", subtype="csv", filename="a.csv")
    message.add_attachment(TEXT.decode(), subtype="csv", filename="b.csv", cte="quoted-printable")
    message.add_attachment(archive(TEXT), maintype="application", subtype="zip", filename="c.zip")
    return message


@pytest.mark.parametrize("linesep", ["\n", "\r\n"])
@pytest.mark.parametrize("step", [0, 1, 7])
def test_a_mail_and_its_attachments_are_read(read: Read, linesep: str, step: int) -> None:
    message = mail()
    body = message.as_bytes(policy=message.policy.clone(linesep=linesep))

    texts = read(body, step=step)

    read_at_once = texts["body/mail"][0].decode()
    assert "Subject: Numéro de sécurité sociale de Mme Éluard" in read_at_once
    assert "Le voici : 2 55 08 14 168 025 38" in read_at_once
    attached = [text.replace(b"\r\n", b"\n") for found in texts.values() for text in found]
    assert attached.count(TEXT) == 3


def test_a_mail_in_a_mail_is_read(read: Read) -> None:
    outer = EmailMessage()
    outer["From"] = "c@example.org"
    outer["Subject"] = "Fwd"
    outer.set_content("see below")
    outer.add_attachment(mail())

    found = [text for texts in read(outer.as_bytes()).values() for text in texts]

    assert found.count(TEXT) == 3
    assert any("Mme Éluard".encode() in text for text in found)


def test_a_mailbox_is_read(read: Read, tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "box")
    box.lock()
    for _ in range(3):
        box.add(mail())
    box.close()

    texts = read((tmp_path / "box").read_bytes())

    assert [text for found in texts.values() for text in found].count(TEXT) == 9
    assert "body/mbox/3" in texts


def test_a_request_in_a_batch_is_read(read: Read) -> None:
    inner = b"POST /p HTTP/1.1\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n"
    body = (
        b"--b\r\nContent-Type: application/http\r\n\r\n"
        + inner
        + gzip.compress(TEXT)
        + b"\r\n--b--\r\n"
    )

    texts = read(body, "multipart/mixed; boundary=b")

    # The line's end before the boundary belongs to it.
    assert [TEXT] in texts.values()


@pytest.mark.parametrize("stranger", [b"\x0b", b"\x0c", b"!", b"\xff"])
def test_base64_with_a_stranger_in_it_is_read_up_to_there(read: Read, stranger: bytes) -> None:
    # A vertical tab was found by fuzzing: blank to an expression, but not to a decoder.
    encoded = base64.b64encode(TEXT)
    head = b"MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n"

    found = [
        text
        for texts in read(head + encoded[:1000] + stranger + encoded).values()
        for text in texts
    ]

    assert any(TEXT[:700] in text for text in found)
    assert any(stranger + encoded in text for text in found)


def test_text_that_looks_like_headers_all_over_is_read(read: Read) -> None:
    body = b"Received: from x\n" + b"X-Line: 255081416802538\n" * 4000

    assert body in read(body)["body/mail/text"]


LINES = [b"--b\r\n", b"--b--\r\n", b"--b", b"\r\n", b"\n", b"\r", b"--", b"x: y", b"PK\x03\x04",
         b'Content-Disposition: form-data; name="a"', b"From a 2024", b"abc", b"=C3=A9=",
         b"Content-Type: text/plain", b"Content-Type: multipart/mixed; boundary=b",
         b"Content-Transfer-Encoding: base64",
         b"Content-Transfer-Encoding: quoted-printable"]  # fmt: skip


@given(
    st.lists(st.sampled_from(LINES), max_size=30),
    st.lists(st.integers(0, 400), max_size=10),
    st.sampled_from(["multipart/form-data; boundary=b", "message/rfc822", "application/mbox"]),
)
def test_what_is_read_does_not_depend_on_cuts(
    read: Read, lines: list[bytes], cuts: list[int], content_type: str
) -> None:
    body = b"".join(lines)

    assert read(body, content_type, cuts=cuts, may_fail=True) == read(
        body, content_type, may_fail=True
    )


def test_a_leak_in_a_form_is_stopped(core: Core) -> None:
    inspection = Inspection(core, content_type="multipart/form-data; boundary=b0")
    inspection.feed(form([('name="f"; filename="a.xlsx"', archive(TEXT))], "b0"))

    assert inspection.finish().verdict.action.stops

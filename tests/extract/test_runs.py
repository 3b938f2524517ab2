"""Base64, base32 and hexadecimal inside text are opened, however written, wrapped and cut."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import itertools
import json
import random
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.patients import orders_csv, patients
from dlp.extract.body import BodyReader, Segment
from dlp.extract.budget import Budget, UninspectableError
from dlp.inspection import Core, Inspection
from dlp.types import Action, Uninspectable

TEXT = b"nir;nom\n255081416802538;Durand\n269054958815780;Petit\n" * 30


def read(
    body: bytes, cuts: list[int] | None = None, *, allow_open: bool = False
) -> dict[str, list[bytes]]:
    reader = BodyReader(budget=Budget())
    texts: dict[str, list[bytes]] = {}
    open_text: dict[str, bytes] = {}
    last = 0
    segments: list[Segment] = []
    for cut in [*sorted(min(c, len(body)) for c in cuts or []), len(body)]:
        segments += reader.feed(body[last:cut])
        last = cut
    for segment in [*segments, *reader.finish()]:
        open_text[segment.path] = open_text.get(segment.path, b"") + segment.data
        if segment.final:
            texts.setdefault(segment.path, []).append(open_text.pop(segment.path))
    assert allow_open or not open_text
    return texts


def mail(content: bytes) -> bytes:
    message = EmailMessage()
    message["Subject"] = "hello"
    message.set_content("see the attachment")
    message.add_attachment(content, maintype="text", subtype="csv", filename="a.csv")
    return message.as_bytes()


def archive(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as writer:
        writer.writestr("a.csv", content)
    return out.getvalue()


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "bare": base64.b64encode,
    "unpadded": lambda d: base64.b64encode(d).rstrip(b"="),
    "URL-safe": base64.urlsafe_b64encode,
    "wrapped": base64.encodebytes,
    "wrapped with CRLF": lambda d: base64.encodebytes(d).replace(b"\n", b"\r\n"),
    "in JSON": lambda d: json.dumps({"file": base64.b64encode(d).decode(), "n": 1}).encode(),
    "wrapped in JSON": lambda d: json.dumps({"file": base64.encodebytes(d).decode()}).encode(),
    "data: URI": lambda d: b'<a href="data:text/csv;base64,' + base64.b64encode(d) + b'">x</a>',
    "mail": mail,
    "base32": base64.b32encode,
    "base32, unpadded": lambda d: base64.b32encode(d).rstrip(b"="),
    "hexadecimal": binascii.hexlify,
    "hexadecimal in capitals": lambda d: d.hex().upper().encode(),
    "hexadecimal, wrapped": lambda d: b"\n".join(
        d.hex().encode()[i : i + 60] for i in range(0, 2 * len(d), 60)
    ),
    "SQL": lambda d: b"INSERT INTO t VALUES (1, 0x" + d.hex().encode() + b");",
    "PostgreSQL": lambda d: b"1\t\\\\x" + d.hex().encode() + b"\t2",
}
WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "gzip": gzip.compress,
    "zip": archive,
    "base64 again": base64.b64encode,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_what_is_encoded_is_read(form: str, wrapping: str) -> None:
    texts = read(b"x = 1\n" + FORMS[form](WRAPPINGS[wrapping](TEXT)) + b"\nbye")
    assert any(TEXT.strip() in text for found in texts.values() for text in found)


@given(
    before=st.integers(0, 140_000),
    size=st.integers(1, 60_000),
    seed=st.integers(0, 999),
    cuts=st.lists(st.integers(0, 250_000), max_size=8),
    form=st.sampled_from(["bare", "wrapped", "URL-safe", "hexadecimal", "SQL", "base32"]),
)
def test_what_is_read_does_not_depend_on_cuts(
    before: int, size: int, seed: int, cuts: list[int], form: str
) -> None:
    content = random.Random(seed).randbytes(size)
    body = b"ab cd. " * (before // 7) + b" " + FORMS[form](b"head" + content) + b" tail"
    whole = read(body)
    assert read(body, cuts) == whole
    # Fewer random bytes look like a path or a digest, and are left alone.
    if size >= 1024:
        # Escapes of text are undone in whatever is not wrapped any more.
        (path,) = whole.keys() & {"body/base64", "body/hex", "body/base32"}
        assert whole[path] == read(b"head" + content)["body"]


# The first line is letters alone.
@example(runs=[(1908, [30], b"\n", b"\n\n")], coding="base32", step=1000)
@given(
    runs=st.lists(
        st.tuples(
            st.integers(1024, 120_000),
            st.lists(st.integers(30, 900), min_size=1, max_size=3),
            st.sampled_from([b"\n", b"\r\n", b"\\n", b"\\r\\n"]),
            st.sampled_from([b"\n\n", b"\r\n\r\n", b" ", b"\r", b"==\n", b"\\n\\n", b".\n"]),
        ),
        min_size=1,
        max_size=4,
    ),
    coding=st.sampled_from(["base64", "base32", "hex"]),
    step=st.integers(1000, 200_000),
)
def test_lines_are_one_run_up_to_a_blank_one_or_another_sign(
    runs: list[tuple[int, list[int], bytes, bytes]], coding: str, step: int
) -> None:
    """However long they are."""
    encodings: dict[str, Callable[[bytes], bytes]] = {
        "base64": base64.b64encode,
        "base32": base64.b32encode,
        "hex": binascii.hexlify,
    }
    encode = encodings[coding]
    body, meant = b"", []
    for size, widths, joint, end in runs:
        content = b"~head" + random.Random(size).randbytes(size)
        characters = encode(content).rstrip(b"=")
        lines, at = [], 0
        for width in itertools.cycle(widths):
            lines.append(characters[at : at + width])
            at += width
            if at >= len(characters):
                break
        body += joint.join(lines) + end
        meant.append(read(content)["body"][0])

    assert read(body, list(range(0, len(body), step)))[f"body/{coding}"] == meant


def test_several_runs_are_several_texts() -> None:
    one, two = base64.b64encode(b"1" * 50), base64.b64encode(b"2" * 50)
    assert read(one + b", " + two)["body/base64"] == [b"1" * 50, b"2" * 50]


def test_a_leak_in_base64_is_stopped(core: Core) -> None:
    inspection = Inspection(core)
    inspection.feed(FORMS["in JSON"](archive(TEXT)))
    result = inspection.finish()
    assert result.verdict.action is Action.QUARANTINE
    assert result.evidence.findings[0].where[0].startswith("body/base64/zip/1.csv line 2")


def test_damage_is_believed_where_there_is_enough_of_it() -> None:
    packed = gzip.compress(random.Random(1).randbytes(4000))
    with pytest.raises(UninspectableError) as caught:
        read(base64.b64encode(packed[:-100]))
    assert caught.value.reason is Uninspectable.CORRUPT
    read(base64.b64encode(packed[:200]), allow_open=True)


def test_an_encrypted_archive_in_base64_is_uninspectable() -> None:
    body = bytearray(archive(TEXT))
    body[6] |= 1
    with pytest.raises(UninspectableError) as caught:
        read(base64.b64encode(bytes(body)))
    assert caught.value.reason is Uninspectable.ENCRYPTED


def test_encoded_again_and_again_ends_at_the_budget() -> None:
    body = TEXT
    for _ in range(10):
        body = base64.b64encode(body)
    with pytest.raises(UninspectableError) as caught:
        read(body)
    assert caught.value.reason is Uninspectable.BUDGET


@pytest.mark.parametrize("coding", ["hex", "base32"])
def test_digests_and_names_are_no_texts(coding: str) -> None:
    source = random.Random(4)
    digests = [source.randbytes(32) for _ in range(300)]
    words = [d.hex() if coding == "hex" else base64.b32encode(d).decode() for d in digests]

    texts = read("\n".join(f"{word}  file" for word in words).encode())

    # Now and then one has as many letters as a word has.
    assert sum(len(found) for path, found in texts.items() if path != "body") <= 2


ORDERS = orders_csv(900)
NIRS = [one.nir for one in patients(60) if one.nir.isdigit()]


@pytest.mark.parametrize("lines", [ORDERS.hex(), ORDERS.hex("\n", 32)])
@pytest.mark.parametrize("among", ["".join(NIRS), "\n".join(NIRS), "".join(NIRS).encode().hex()])
def test_numbers_among_text_in_hexadecimal_are_found(core: Core, lines: str, among: str) -> None:
    def subjects(text: str) -> int:
        inspection = Inspection(core)
        inspection.feed(text.encode())
        return inspection.finish().evidence.subjects

    assert subjects(f"{lines}\n{among}\n{lines}") == len(NIRS)
    assert subjects(lines) == 0

"""ZIP archives, written by the standard library, read as they stream."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable

import pytest

from dlp.extract.body import BodyReader
from dlp.extract.budget import Budget, UninspectableError
from dlp.types import Uninspectable

TEXT = b"nir;nom\n255081416802538;Durand\n" * 40
NOISE = random.Random(7).randbytes(5000)


class Unseekable(io.RawIOBase):
    """A stream that can't go back, so that sizes have to follow the members."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.data += bytes(data)  # type: ignore[call-overload]
        return len(bytes(data))  # type: ignore[call-overload]


def archive(
    members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b""
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as writer:
        for name, content in members.items():
            writer.writestr(name, content)
        writer.comment = comment
    return out.getvalue()


def streamed(members: dict[str, bytes]) -> bytes:
    out = Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, content in members.items():
            writer.writestr(name, content)
    return bytes(out.data)


def zip64(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as writer:
        for name, content in members.items():
            with writer.open(name, "w", force_zip64=True) as member:
                member.write(content)
    return out.getvalue()


def read(body: bytes, cut: int = 0, budget: Budget | None = None) -> dict[str, bytes]:
    reader = BodyReader(budget=budget or Budget())
    cut = cut or len(body)
    texts: dict[str, bytes] = {}
    segments = [s for i in range(0, len(body), cut) for s in reader.feed(body[i : i + cut])]
    for segment in [*segments, *reader.finish()]:
        texts[segment.path] = texts.get(segment.path, b"") + segment.data
    return texts


KINDS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "deflated": archive,
    "stored": lambda m: archive(m, zipfile.ZIP_STORED),
    "bzip2": lambda m: archive(m, zipfile.ZIP_BZIP2),
    "sizes after members": streamed,
    "zip64": zip64,
    "with a comment": lambda m: archive(m, comment=b"hello"),
    "in an archive": lambda m: archive({"inner.zip": archive(m)}),
    "stored in an archive": lambda m: archive({"inner.zip": archive(m)}, zipfile.ZIP_STORED),
    "empty member first": lambda m: archive({"empty": b"", "folder/": b"", **m}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cut", [0, 1, 13])
def test_members_are_read(kind: str, cut: int) -> None:
    texts = read(KINDS[kind]({"a.csv": TEXT, "b.bin": NOISE}), cut)
    assert TEXT in texts.values()
    assert NOISE in texts.values()


def test_names_are_read_but_not_shown() -> None:
    texts = read(archive({"255081416802538 Durand.csv": TEXT}))
    assert texts["body/zip/1.csv"] == TEXT
    assert texts["body/zip/1.csv name"] == b"255081416802538 Durand.csv"
    assert not any("Durand" in path for path in texts)


def test_a_comment_is_text_too() -> None:
    assert any(b"2 55 08" in t for t in read(archive({"a": b"x"}, comment=b"2 55 08")).values())


def reason(body: bytes, budget: Budget | None = None) -> Uninspectable:
    with pytest.raises(UninspectableError) as caught:
        read(body, budget=budget)
    return caught.value.reason


def test_an_encrypted_member_is_uninspectable() -> None:
    body = bytearray(archive({"a.csv": TEXT}))
    body[6] |= 1
    assert reason(bytes(body)) is Uninspectable.ENCRYPTED


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.97])
def test_a_truncated_archive_is_uninspectable(keep: float) -> None:
    body = archive({"a.csv": NOISE, "b.csv": NOISE})
    assert reason(body[: int(len(body) * keep)]) is Uninspectable.CORRUPT


def test_an_unknown_method_is_uninspectable() -> None:
    body = bytearray(archive({"a.csv": TEXT}))
    struct.pack_into("<H", body, 8, 6)
    assert reason(bytes(body)) is Uninspectable.UNKNOWN_ENCODING


def test_a_member_that_only_the_directory_knows_is_uninspectable() -> None:
    # The second member's local header is broken: readers that trust the directory still open it.
    body = bytearray(archive({"a.csv": b"nothing", "b.csv": TEXT}))
    second = body.index(b"PK\x03\x04", 4)
    body[second : second + 4] = b"PK\x03\x05"
    assert reason(bytes(body)) is Uninspectable.CORRUPT


def test_a_bomb_ends_at_the_budget() -> None:
    body = archive({"a": archive({str(i): bytes(5_000_000) for i in range(10)})})
    assert reason(body, Budget(output=20_000_000)) is Uninspectable.BUDGET


def test_too_many_members_end_at_the_budget() -> None:
    body = archive({str(i): b"" for i in range(500)})
    assert reason(body, Budget(members=400)) is Uninspectable.BUDGET


def test_too_deep_a_nest_ends_at_the_budget() -> None:
    body = TEXT
    for _ in range(10):
        body = archive({"a": body})
    assert reason(body) is Uninspectable.BUDGET


def test_siblings_do_not_use_up_each_others_depth() -> None:
    body = archive({f"{i}.zip": archive({"a": TEXT}) for i in range(30)})
    assert sum(text == TEXT for text in read(body).values()) == 30

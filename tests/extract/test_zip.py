"""ZIP archives, written by the standard library, read as they stream."""

from __future__ import annotations

import io
import lzma
import random
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from dlp.extract.body import BodyReader
from dlp.extract.budget import Budget, UninspectableError
from dlp.types import Uninspectable

STORED, BZIP2 = zipfile.ZIP_STORED, zipfile.ZIP_BZIP2
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


def streamed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = Unseekable()
    with zipfile.ZipFile(out, "w", method) as writer:
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


def repacked(members: dict[str, bytes], method: int, pack: Callable[[bytes], bytes]) -> bytes:
    """Return an archive in a compression that the standard library does not write."""
    body = bytearray(archive({n: pack(c) for n, c in members.items()}, STORED))
    for signature, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = -1
        while (at := body.find(signature, at + 1)) >= 0:
            struct.pack_into("<H", body, at + place, method)
    return bytes(body)


def spanned(members: dict[str, bytes]) -> bytes:
    body = archive(members)
    return b"PK\x07\x08" + body


def flagged_folder(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as writer:
        writer.writestr("first", b"hello")
        writer.mkdir("folder")
        for name, content in members.items():
            writer.writestr(name, content)
    body = bytearray(out.getvalue())
    at = body.index(b"folder/") - 30
    body[at + 6] |= 8
    body[at + 8] = 8
    entry = body.rindex(b"folder/") - 46
    body[entry + 8] |= 8
    body[entry + 10] = 8
    return bytes(body)


KINDS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "deflated": archive,
    "stored": lambda m: archive(m, STORED),
    "bzip2": lambda m: archive(m, BZIP2),
    "lzma": lambda m: archive(m, zipfile.ZIP_LZMA),
    "zstd": lambda m: repacked(m, 93, zstandard.compress),
    "xz": lambda m: repacked(m, 95, lzma.compress),
    "sizes after members": streamed,
    "stored, sizes after members": lambda m: streamed(m, STORED),
    "bzip2, sizes after members": lambda m: streamed(m, BZIP2),
    "lzma, sizes after members": lambda m: streamed(m, zipfile.ZIP_LZMA),
    "streamed in a streamed one": lambda m: streamed({"inner.zip": streamed(m, STORED)}, STORED),
    "that was to be split": spanned,
    "behind another": lambda m: archive({"first": b"hello"}) + archive(m),
    "zip64": zip64,
    "with a comment": lambda m: archive(m, comment=b"hello"),
    "in an archive": lambda m: archive({"inner.zip": archive(m)}),
    "stored in an archive": lambda m: archive({"inner.zip": archive(m)}, STORED),
    "folder whose size follows": lambda m: streamed({"folder/": b"", **m}),
    "stored folder whose size follows": lambda m: streamed({"folder/": b"", **m}, STORED),
    "bzip2 folder whose size follows": lambda m: streamed({"folder/": b"", **m}, BZIP2),
    "folder without the size that is said to follow": flagged_folder,
    "empty member first": lambda m: archive({"empty": b"", "folder/": b"", **m}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cut", [0, 1, 13])
def test_members_are_read(kind: str, cut: int) -> None:
    texts = read(KINDS[kind]({"a.csv": TEXT, "b.bin": NOISE}), cut)
    assert TEXT in texts.values()
    assert NOISE in texts.values()


def test_a_folder_hides_nothing() -> None:
    assert TEXT in read(streamed({"folder/": TEXT})).values()


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


COMMANDS = {
    "zip": ("zip", ["zip", "-q", "-r", "out.zip", "folder"]),
    "zip, through a pipe": ("zip", ["sh", "-c", "zip -q -r - folder | cat > out.zip"]),
    "zip, ZIP64": ("zip", ["zip", "-q", "-fz", "-r", "out.zip", "folder"]),
    "zip, bzip2": ("zip", ["zip", "-q", "-Z", "bzip2", "-r", "out.zip", "folder"]),
    **{
        f"7z, {method}": (
            "p7zip-full",
            ["7z", "a", "-bd", "-tzip", f"-mm={method}", "out.zip", "folder"],
        )
        for method in ("Copy", "Deflate", "Deflate64", "BZip2", "LZMA")
    },
}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("cut", [0, 100])
def test_what_commands_write_is_read(
    name: str, cut: int, tmp_path: Path, require_command: Callable[[str, str], str]
) -> None:
    package, command = COMMANDS[name]
    require_command(name.split(",", maxsplit=1)[0], package)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.csv").write_bytes(TEXT * 500)
    (tmp_path / "folder" / "b.bin").write_bytes(NOISE)
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    texts = read((tmp_path / "out.zip").read_bytes(), cut)
    assert TEXT * 500 in texts.values()
    assert NOISE in texts.values()


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("zip", ["zip", "-q", "-P", "secret", "out.zip", "b.csv"]),
        ("p7zip-full", ["7z", "a", "-bd", "-tzip", "-psecret", "-mem=AES256", "out.zip", "b.csv"]),
    ],
)
def test_what_stands_beside_an_encrypted_member_is_read(
    package: str, command: list[str], tmp_path: Path, require_command: Callable[[str, str], str]
) -> None:
    require_command(command[0], package)
    (tmp_path / "b.csv").write_bytes(TEXT)
    (tmp_path / "out.zip").write_bytes(archive({"a.csv": TEXT, "c": NOISE}))
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    reader = BodyReader(budget=Budget())
    segments = [segment.data for segment in reader.feed((tmp_path / "out.zip").read_bytes())]
    with pytest.raises(UninspectableError) as caught:
        list(reader.finish())
    assert caught.value.reason is Uninspectable.ENCRYPTED
    assert TEXT in segments


def test_a_part_of_a_split_archive_is_uninspectable(
    tmp_path: Path, require_command: Callable[[str, str], str]
) -> None:
    zip_command = require_command("zip", "zip")
    (tmp_path / "b.bin").write_bytes(random.Random(1).randbytes(150_000))
    subprocess.run([zip_command, "-q", "-s", "64k", "out.zip", "b.bin"], cwd=tmp_path, check=True)
    assert reason((tmp_path / "out.z01").read_bytes()) is Uninspectable.CORRUPT


@pytest.mark.parametrize("place", [10, 20, 42])
def test_a_directory_that_tells_something_else_is_uninspectable(place: int) -> None:
    # Method, compressed size, offset: readers go by the directory's.
    body = bytearray(archive({"a.csv": b"nothing", "b.csv": TEXT}))
    body[body.index(b"PK\x01\x02") + place] ^= 9
    assert reason(bytes(body)) is Uninspectable.CORRUPT


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

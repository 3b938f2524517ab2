"""7z archives, written by the command 7z, and what libarchive reads."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bench.patients import leak_csv, orders_csv
from dlp.extract.budget import Limits
from dlp.inspection import Core, Inspection
from dlp.parsers.pool import ParserPool
from dlp.types import Result, Uninspectable

type Judge = Callable[[bytes], Result]


@pytest.fixture
def pack(tmp_path: Path, require_command: Callable[[str, str], str]) -> Callable[..., bytes]:
    command = require_command("7z", "p7zip-full")

    def packed(content: bytes, *options: str) -> bytes:
        (tmp_path / "a.csv").write_bytes(content)
        archive = tmp_path / "a.7z"
        archive.unlink(missing_ok=True)
        subprocess.run(
            [command, "a", "-bd", *options, archive.name, "a.csv"],
            check=True,
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
        )
        return archive.read_bytes()

    return packed


@pytest.mark.parametrize("method", ["lzma", "lzma2", "bzip2", "deflate", "ppmd", "copy"])
def test_patients_are_stopped_and_orders_pass(
    method: str, judge: Judge, pack: Callable[..., bytes]
) -> None:
    assert judge(pack(leak_csv(40), f"-m0={method}")).evidence.announced == 40
    passed = judge(pack(orders_csv(40), f"-m0={method}"))
    assert passed.evidence.uninspectable is None
    assert not passed.verdict.action.stops


@pytest.mark.parametrize("options", [["-psecret"], ["-psecret", "-mhe=on"]])
def test_a_password_makes_it_uninspectable(
    options: list[str], judge: Judge, pack: Callable[..., bytes]
) -> None:
    result = judge(pack(leak_csv(5), *options))
    assert result.evidence.uninspectable is Uninspectable.ENCRYPTED


def test_a_cut_archive_is_uninspectable(judge: Judge, pack: Callable[..., bytes]) -> None:
    archive = pack(leak_csv(40))
    assert judge(archive[: len(archive) // 2]).evidence.uninspectable is Uninspectable.CORRUPT


def test_a_bomb_ends_at_the_budget(core: Core, pack: Callable[..., bytes]) -> None:
    inspection = Inspection(replace(core, limits=Limits(output=10_000_000)))
    inspection.feed(pack(bytes(30_000_000), "-mx=1"))
    assert inspection.finish().evidence.uninspectable is Uninspectable.BUDGET


def cabinet(name: bytes, content: bytes) -> bytes:
    """One file, stored, by MS-CAB."""
    file = len(content).to_bytes(4, "little") + bytes(12) + name + b"\0"
    data = bytes(4) + len(content).to_bytes(2, "little") * 2 + content
    size = 36 + 8 + len(file) + len(data)
    head = b"MSCF" + bytes(4) + size.to_bytes(4, "little") + bytes(4)
    head += (44).to_bytes(4, "little") + bytes(4) + b"\3\1" + b"\1\0\1\0" + bytes(6)
    folder = (44 + len(file)).to_bytes(4, "little") + b"\1\0\0\0"
    return head + folder + file + data


def test_what_libarchive_reads_is_read(judge: Judge) -> None:
    said = "N° de sécurité sociale : 2 55 08 14 168 025 38".encode()
    result = judge(cabinet(b"note.txt", said))
    # Without the system's library it can't be read, and is stopped as well.
    assert result.verdict.rule in ("identifier-announced", "uninspectable")


@pytest.mark.parametrize("command", ["compress", "lzip"])
@pytest.mark.parametrize("tar", [False, True])
def test_what_older_programs_pack_is_read(
    command: str,
    judge: Judge,
    require_command: Callable[[str, str], str],
    *,
    tar: bool,
) -> None:
    path = require_command(command, {"compress": "ncompress", "lzip": "lzip"}[command])

    def packed(content: bytes) -> bytes:
        body = tarred(content) if tar else content
        return subprocess.run([path, "-c"], input=body, check=True, stdout=subprocess.PIPE).stdout

    if judge(packed(orders_csv(40))).evidence.uninspectable is not None:
        pytest.skip("needs libarchive13")
    assert judge(packed(leak_csv(40))).evidence.announced == 40


def tarred(content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as writer:
        member = tarfile.TarInfo("a.csv")
        member.size = len(content)
        writer.addfile(member, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_an_archive_behind_a_picture_is_read(
    kind: str, judge: Judge, pack: Callable[..., bytes]
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), (9, 99, 199)).save(picture, kind)

    assert judge(picture.getvalue() + pack(leak_csv(40))).evidence.announced == 40
    assert judge(picture.getvalue() + pack(orders_csv(40))).evidence.uninspectable is None
    # What its first bytes stand in by chance, or a part of one, is let go.
    part = pack(orders_csv(40))[:200]
    assert judge(picture.getvalue() + part).evidence.uninspectable is None


def test_members_are_numbered(parsers: ParserPool, pack: Callable[..., bytes]) -> None:
    names = [part.name for part in parsers.parse("sevenzip", pack(b"hello"))]
    assert names[0] == "1.csv name"
    assert set(names[1:]) == {"1.csv"}

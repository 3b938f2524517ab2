"""Tar archives, written by the standard library and by GNU tar, read as they stream."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import lz4.frame
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from dlp.extract.budget import Budget, UninspectableError
from dlp.types import Uninspectable

type Read = Callable[..., dict[str, list[bytes]]]

TEXT = b"nir;nom\n255081416802538;Durand\n" * 40
NOISE = random.Random(7).randbytes(5000)
LONG = "dossier/" * 30 + "255081416802538.csv"


def archive(members: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as writer:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            if form == tarfile.PAX_FORMAT:
                info.pax_headers = {"comment": "n° 2 55 08 14 168 025 38"}
            writer.addfile(info, io.BytesIO(content))
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        writer.addfile(folder)
    return out.getvalue()


FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "lz4": lz4.frame.compress,
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("step", [0, 1, 700])
def test_members_are_read(read: Read, form: str, packer: str, step: int) -> None:
    members = {"a.csv": TEXT, "b.gz": gzip.compress(TEXT), "c.txt": b"", "d.csv": TEXT}

    texts = read(PACKERS[packer](archive(members, FORMATS[form])), step=step)

    path = f"body/{packer}/tar".replace("//", "/")
    assert texts[f"{path}/1.csv"] == [TEXT]
    assert texts[f"{path}/2.gz/gzip"] == [TEXT]
    assert texts[f"{path}/4.csv"] == [TEXT]
    assert texts[f"{path}/5 name"] == [b"folder/"]


@pytest.mark.parametrize("form", ["gnu", "pax"])
def test_long_names_and_attributes_are_text(read: Read, form: str) -> None:
    texts = read(archive({LONG: TEXT}, FORMATS[form]))

    assert texts["body/tar/1.csv"] == [TEXT]
    assert texts["body/tar/1.csv name"] == [LONG.encode()]
    if form == "pax":
        assert "n° 2 55 08".encode() in texts["body/tar/between"][0]


@pytest.mark.parametrize("form", ["v7", "oldgnu", "gnu", "ustar", "posix"])
def test_what_the_command_writes_is_read(
    read: Read, form: str, tmp_path: Path, require_command: Callable[[str, str], str]
) -> None:
    tar = require_command("tar", "tar")
    (tmp_path / "a.csv").write_bytes(TEXT)
    with (tmp_path / "sparse.bin").open("wb") as file:
        for place in range(0, 60 << 16, 2 << 16):
            file.seek(place)
            file.write(TEXT[:1024])
        file.truncate(61 << 16)
    options = ["--sparse"] if "gnu" in form or form == "posix" else []
    subprocess.run(
        [tar, f"--format={form}", *options, "-cf", "out.tar", "sparse.bin", "a.csv"],
        cwd=tmp_path,
        check=True,
    )

    texts = read((tmp_path / "out.tar").read_bytes())

    assert texts["body/tar/2.csv"] == [TEXT]
    assert texts["body/tar/1.bin"][0].count(TEXT[:500]) == 30


def test_what_stands_behind_an_archive_is_read(read: Read) -> None:
    first, second = archive({"a.csv": b"nothing"}), archive({"b.csv": TEXT})

    texts = read(first + b"2 55 08 14 168 025 38".ljust(512) + second)

    assert TEXT in texts["body/tar/3.csv"]
    assert b"2 55 08 14 168 025 38" in texts["body/tar/between"][0]


def test_a_truncated_archive_is_uninspectable(read: Read) -> None:
    with pytest.raises(UninspectableError) as caught:
        read(archive({"a.bin": NOISE})[:3000])
    assert caught.value.reason is Uninspectable.CORRUPT


def test_too_many_members_end_at_the_budget(read: Read) -> None:
    with pytest.raises(UninspectableError) as caught:
        read(archive({str(i): b"" for i in range(500)}), budget=Budget(members=400))
    assert caught.value.reason is Uninspectable.BUDGET


@given(st.data())
def test_any_damage_ends_in_text_or_a_reason(read: Read, data: st.DataObject) -> None:
    body = bytearray(archive({"a.csv": TEXT, LONG: NOISE}))
    for _ in range(data.draw(st.integers(0, 4))):
        body[data.draw(st.integers(0, 4000))] = data.draw(st.integers(0, 255))
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=6))

    assert read(bytes(body), cuts=cuts, may_fail=True) == read(bytes(body), may_fail=True)

"""Archives are found behind and inside of something else."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import subprocess
import sys
import zipfile
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
NOISE = random.Random(3).randbytes(100_000)
PICTURE = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + NOISE + b"\xff\xd9"
)
PROGRAM = Path(sys.executable).read_bytes()[:200_000]
PAGE = b"<!DOCTYPE html><html><body>" + b"<p>Bonjour</p>" * 1000 + b"</body></html>"


def archive(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as writer:
        writer.writestr("a.csv", content)
    return out.getvalue()


HOLDERS = {"picture": PICTURE, "program": PROGRAM, "page": PAGE, "noise": NOISE}
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "zip": archive,
    "gzip": lambda d: gzip.compress(d, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "lz4": lz4.frame.compress,
}


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("step", [0, 7001])
def test_an_archive_behind_something_else_is_read(
    read: Read, holder: str, packer: str, step: int
) -> None:
    texts = read(HOLDERS[holder] + PACKERS[packer](TEXT) + b"\0 tail", step=step)

    assert any(text.startswith(TEXT) for found in texts.values() for text in found)


def test_a_self_extracting_archive_is_read(
    read: Read, tmp_path: Path, require_command: Callable[[str, str], str]
) -> None:
    zip_command = require_command("zip", "zip")
    (tmp_path / "out.zip").write_bytes(PROGRAM + archive(TEXT))
    # Makes the offsets count from the program's begin.
    subprocess.run([zip_command, "-q", "-A", "out.zip"], cwd=tmp_path, check=True)

    assert [TEXT] in read((tmp_path / "out.zip").read_bytes()).values()


def test_every_one_of_several_is_read(read: Read) -> None:
    body = b"".join(
        NOISE[: 100 * number] + PACKERS[packer](b"%d " % number + TEXT)
        for number, packer in enumerate([*PACKERS] * 6)
    )

    found = [text for texts in read(body).values() for text in texts]

    assert sum(text.endswith(TEXT) and text[:1].isdigit() for text in found) == 36


def test_a_broken_one_hides_none(read: Read) -> None:
    decoy = archive(NOISE)[:40]

    assert [TEXT] in read(PICTURE + decoy + archive(TEXT)).values()
    assert [TEXT] in read(PICTURE + gzip.compress(NOISE)[:5000] + archive(TEXT)).values()


def test_a_directory_that_lies_is_uninspectable(read: Read) -> None:
    body = bytearray(archive(TEXT))
    body[body.index(b"PK\x01\x02") + 10] = 0
    with pytest.raises(UninspectableError) as caught:
        read(PICTURE + bytes(body))
    assert caught.value.reason is Uninspectable.CORRUPT


def test_ordinary_programs_hold_nothing_that_is_uninspectable(read: Read) -> None:
    body = next(Path(zstandard.__file__).parent.glob("backend_c*.so")).read_bytes()

    # Tables of constants are numbers.
    assert set(read(body)) <= {"body", "body/utf-16", "body/numbers"}


def test_too_many_end_at_the_budget(read: Read) -> None:
    with pytest.raises(UninspectableError) as caught:
        read(b"x" + gzip.compress(b"", mtime=0)[:-3] * 500, budget=Budget(members=400))
    assert caught.value.reason is Uninspectable.BUDGET


@given(st.data())
def test_what_is_read_does_not_depend_on_cuts(read: Read, data: st.DataObject) -> None:
    pieces = [NOISE[:3000], PAGE, archive(TEXT), gzip.compress(TEXT, mtime=0), b"BZh", NOISE,
              archive(NOISE)[:5000], archive(TEXT)[:60], b"\x1f\x8b\x08", b"PK\3\4"]  # fmt: skip
    body = b"a" + b"".join(data.draw(st.lists(st.sampled_from(pieces), max_size=8)))
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=6))

    assert read(body, cuts=cuts, may_fail=True) == read(body, may_fail=True)

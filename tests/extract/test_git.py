"""Packs, bundles and objects that git itself writes, read as they stream."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.extract.budget import Budget, UninspectableError
from dlp.types import Uninspectable

type Read = Callable[..., dict[str, list[bytes]]]
type Git = Callable[..., bytes]

NOISE = random.Random(5)
# Long enough for git to store the second as a difference to the first, or the first to the second.
FIRST = "".join(f"commande {NOISE.random()} euros\n" for _ in range(200)).encode()
SECOND = FIRST + b"nir;nom\n255081416802538;Durand\n"


@pytest.fixture(scope="module")
def git(require_command: Callable[[str, str], str]) -> Git:
    command = require_command("git", "git")

    def run(folder: Path, *args: str, send: bytes = b"") -> bytes:
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {
            "HOME": str(folder)
        }
        for who in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{who}_NAME": "A", f"GIT_{who}_EMAIL": "a@example.org"}
            env |= {f"GIT_{who}_DATE": "1700000000 +0000"}
        return subprocess.run(
            [command, "-C", str(folder), *args],
            input=send,
            env=env,
            capture_output=True,
            check=True,
        ).stdout

    return run


@pytest.fixture(scope="module", params=["sha1", "sha256"])
def repository(
    request: pytest.FixtureRequest, git: Git, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Two commits: a file that the second adds to, an archive, a folder, a tag."""
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "-q", "-b", "main", f"--object-format={request.param}")
    (folder / "orders.csv").write_bytes(FIRST)
    (folder / "folder").mkdir()
    (folder / "folder" / "é 2550814168.gz").write_bytes(zlib.compress(SECOND, wbits=31))
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "the first message")
    (folder / "orders.csv").write_bytes(SECOND)
    git(folder, "commit", "-qam", "the second message")
    git(folder, "tag", "-am", "a tag's message", "v1")
    return folder


def packed(git: Git, folder: Path, *options: str, revisions: bytes = b"") -> bytes:
    return git(folder, "pack-objects", "--stdout", "--revs", "-q", *options, send=revisions)


def pushed(git: Git, folder: Path, pack: bytes) -> bytes:
    """What a push sends: commands, an option, the pack."""
    new = git(folder, "rev-parse", "main").strip()
    old = b"0" * len(new)
    caps = b"\0 report-status object-format=" + (b"sha1" if len(new) == 40 else b"sha256")
    lines = [b"%s %s refs/heads/main%s" % (old, new, caps)], [b"an option"]
    packets = [b"".join(b"%04x%s" % (len(one) + 4, one) for one in part) for part in lines]
    return b"0000".join([*packets, b""]) + pack


@pytest.fixture(scope="module")
def push(git: Git, repository: Path) -> bytes:
    return pushed(git, repository, packed(git, repository, "--all", "--delta-base-offset"))


def all_of(texts: dict[str, list[bytes]]) -> bytes:
    return b"\n".join(text for ended in texts.values() for text in ended)


def assert_all_is_read(texts: dict[str, list[bytes]]) -> None:
    bodies = [text for path, ended in texts.items() if " " not in path for text in ended]
    assert FIRST in bodies
    # Beside the archive, the file by itself.
    assert bodies.count(SECOND) == 2
    messages = texts["body/git/messages"][0]
    assert all(one in messages for one in (b"first message", b"second message", b"a tag's message"))
    assert b"author A <a@example.org>" in texts["body/git/headers"][0]
    assert "é 2550814168.gz\n".encode() in texts["body/git/names"][0]


@pytest.mark.parametrize("base", ["--delta-base-offset", "--no-reuse-delta"])
@pytest.mark.parametrize("step", [0, 1, 700])
def test_a_push_is_read(read: Read, git: Git, repository: Path, base: str, step: int) -> None:
    pack = packed(git, repository, "--all", base)
    texts = read(pushed(git, repository, pack), step=step)

    assert_all_is_read(texts)
    assert b"refs/heads/main" in texts["body/git/references"][0]
    assert b"an option" in texts["body/git/references"][0]
    # One of both is stored as a difference, or this shows nothing.
    assert len(pack) < 1.5 * len(zlib.compress(FIRST)) + len(zlib.compress(SECOND))


def test_a_bundle_is_read(read: Read, git: Git, repository: Path) -> None:
    texts = read(git(repository, "bundle", "create", "-q", "-", "--all"))

    assert_all_is_read(texts)
    assert b"refs/tags/v1" in texts["body/git/references"][0]


def test_a_repository_s_files_are_read(read: Read, repository: Path) -> None:
    """Its objects stand alone, as they do in a folder that somebody sends as an archive."""
    found = [read(path.read_bytes()) for path in (repository / ".git" / "objects").glob("??/*")]

    bodies = [text for one in found for text in one.get("body/zlib/git/1", [])]
    assert FIRST in bodies
    assert SECOND in bodies
    assert b"second message" in b"".join(all_of(one) for one in found)


def test_of_a_difference_to_what_is_not_sent_the_added_is_read(
    read: Read, git: Git, repository: Path
) -> None:
    pack = packed(git, repository, "--thin", revisions=b"main\n^main~1\n")
    assert len(pack) < len(zlib.compress(FIRST))

    texts = read(pushed(git, repository, pack))

    added = [text for path, ended in texts.items() if path.endswith(" added") for text in ended]
    assert any(b"255081416802538;Durand" in text for text in added)


@pytest.mark.parametrize("kept", ["LARGEST_BASE", "KEPT", "JOINED"])
def test_beyond_what_is_kept_the_added_is_read(
    read: Read, push: bytes, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"dlp.extract.git.{kept}", 10)

    texts = read(push)

    assert b"255081416802538;Durand" in all_of(texts)
    assert not {FIRST, SECOND} <= {text for ended in texts.values() for text in ended}


def test_what_stands_behind_a_pack_is_read(read: Read, push: bytes) -> None:
    texts = read(push + zlib.compress(SECOND, wbits=31))
    assert texts["body/git/behind/gzip"] == [SECOND]


@pytest.mark.parametrize("lost", [1, 21, 400])
def test_a_truncated_push_is_uninspectable(read: Read, push: bytes, lost: int) -> None:
    with pytest.raises(UninspectableError) as caught:
        read(push[:-lost])
    assert caught.value.reason is Uninspectable.CORRUPT


def one_object(head: bytes, content: bytes) -> bytes:
    pack = b"PACK\0\0\0\2\0\0\0\1" + head + zlib.compress(content)
    return pack + hashlib.sha1(pack).digest()


@pytest.mark.parametrize(
    "pack",
    [
        one_object(b"\x33", b"four"),
        one_object(b"\x35", b"four"),
        one_object(b"\x54", b"four"),
        one_object(b"\xb4" + b"\xff" * 12, b"four"),
        one_object(b"\x74" + bytes(20), b"\4\4\0\0"),
        one_object(b"\x73" + bytes(20), b"\4\4\3"),
        one_object(b"\x74" + bytes(20), b"\4\1\2ab"),
        one_object(b"\x34", b"four").replace(b"PACK\0\0\0\2\0\0\0\1", b"PACK\0\0\0\2\0\0\0\2"),
    ],
    ids=["shorter", "longer", "kind", "size", "reserved", "cut", "target", "count"],
)
def test_a_pack_that_lies_is_uninspectable(read: Read, pack: bytes) -> None:
    with pytest.raises(UninspectableError) as caught:
        read(pack)
    assert caught.value.reason is Uninspectable.CORRUPT


def test_a_bomb_ends_at_the_budget(read: Read) -> None:
    with pytest.raises(UninspectableError) as caught:
        read(
            one_object(b"\xb0\x80\x80\x20", bytes(1 << 23)),
            budget=Budget(output=1 << 20),
        )
    assert caught.value.reason is Uninspectable.BUDGET


@settings(max_examples=60)
@given(st.data())
def test_any_damage_ends_in_text_or_a_reason(read: Read, push: bytes, data: st.DataObject) -> None:
    body = bytearray(push)
    for _ in range(data.draw(st.integers(0, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=6))

    assert read(bytes(body), cuts=cuts, may_fail=True) == read(bytes(body), may_fail=True)


@pytest.mark.parametrize("level", [1, 6, 9])
def test_zlib_is_unpacked(read: Read, level: int) -> None:
    assert read(zlib.compress(SECOND, level)) == {"body/zlib": [SECOND]}
    assert read(zlib.compress(b"short", level)) == {"body/zlib": [b"short"]}


@pytest.mark.parametrize("text", [b"x^2 + y^2 = r^2", b"x^" + FIRST, b"x\x9c", b"0000", b"PACK it"])
def test_text_that_begins_like_it_is_text(read: Read, text: bytes) -> None:
    assert read(text) == {"body": [text]}

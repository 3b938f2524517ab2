"""Sealed bodies: streamed, opened with the right key alone, within a limit, killed anywhere."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.evidence.database import Database
from dlp.evidence.errors import EvidenceError
from dlp.evidence.incident import Incident
from dlp.evidence.keys import Keys
from dlp.evidence.ledger import Ledger
from dlp.evidence.pending import Pending
from dlp.evidence.sealing import (
    Identity,
    Request,
    head_line,
    read_identity,
    read_identity_file,
    seal,
    unseal,
)
from dlp.evidence.vault import QuarantineFullError, Vault
from dlp.types import Action, Channel, Evidence, FlowInfo, Verdict

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FLOW = FlowInfo(channel=Channel.HTTP, client="192.0.2.7", host="files.example", port=443)
REQUEST = Request(
    method="PUT",
    url="https://files.example/a?nir=255081416802538",
    headers=(("Host", "files.example"), ("X-\udce9", "é")),
)
KEY = pyrage.x25519.Identity.generate()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys.load_or_create(tmp_path)


def identity(data_dir: Path) -> Identity:
    return read_identity_file(data_dir / "keys" / "vault.key")


def opened(vault: Vault, name: str, key: Identity) -> tuple[bytes, Request | None]:
    out = io.BytesIO()
    with closing(vault.open(name)) as sealed:
        head = unseal(sealed, key, name, out.write)
    assert head.length == len(out.getvalue())
    return out.getvalue(), head.request


def test_what_was_sealed_comes_back_with_what_sends_it_again(tmp_path: Path, keys: Keys) -> None:
    vault = Vault(tmp_path, keys.vault_recipient)
    vault.seal("DLP-1", FLOW, "text/csv", b"185057512345673;grossesse", REQUEST)
    vault.seal("DLP-2", FLOW, "", b"")
    (file,) = (tmp_path / "vault").glob("DLP-1*")
    assert b"grossesse" not in file.read_bytes()
    assert b"255081416802538" not in file.read_bytes()
    assert opened(vault, "DLP-1", identity(tmp_path)) == (b"185057512345673;grossesse", REQUEST)
    assert opened(vault, "DLP-2", identity(tmp_path)) == (b"", None)


@given(st.lists(st.binary(max_size=3000)))
def test_however_a_body_is_cut_it_is_sealed_the_same(pieces: list[bytes]) -> None:
    sealed, out = io.BytesIO(), io.BytesIO()
    seal(str(KEY.to_public()), [head_line(FLOW, "", None), *pieces], sealed)
    sealed.seek(0)
    unseal(sealed, read_identity(str(KEY), "test"), "DLP-1", out.write)
    assert out.getvalue() == b"".join(pieces)


def test_a_large_body_is_never_held_whole(tmp_path: Path, keys: Keys) -> None:
    alive = 0

    class Piece(bytes):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def pieces() -> Iterator[bytes]:
        nonlocal alive
        for _ in range(400):
            alive += 1
            assert alive <= 3
            yield Piece(b"x" * 50_000)

    vault = Vault(tmp_path, keys.vault_recipient)
    vault.seal("DLP-1", FLOW, "", pieces())
    assert vault.bodies()["DLP-1"].size > 20_000_000


def test_another_key_is_told_from_a_damaged_body(tmp_path: Path, keys: Keys) -> None:
    vault = Vault(tmp_path, keys.vault_recipient)
    vault.seal("DLP-1", FLOW, "", b"SECRET" * 50_000)
    wrong = read_identity(f"# comment\n{pyrage.x25519.Identity.generate()}\n", "wrong.key")
    with pytest.raises(EvidenceError, match=r"DLP-1: is not sealed to the key in wrong\.key"):
        opened(vault, "DLP-1", wrong)
    (file,) = (tmp_path / "vault").iterdir()
    whole = file.read_bytes()
    for damaged in (
        b"",
        b"age-encryption.org/v1\n",
        whole[:-1],
        whole[: len(whole) // 2],
        whole[:-70_000] + b"?" + whole[-69_999:],
        whole + b"x",
    ):
        file.write_bytes(damaged)
        with pytest.raises(EvidenceError, match="DLP-1: the sealed body is damaged") as caught:
            opened(vault, "DLP-1", identity(tmp_path))
        assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "AGE-SECRET-KEY-1WRONG", "# only\n", f"{KEY}\n{KEY}"])
def test_what_is_no_private_key_is_not_quoted(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.key").write_text(text)
    with pytest.raises(EvidenceError, match=r"x\.key: not a private age key") as caught:
        read_identity_file(tmp_path / "x.key")
    assert not text.strip() or text.strip() not in str(caught.value)
    with pytest.raises(EvidenceError, match="No such file"):
        read_identity_file(tmp_path / "nowhere")


def test_a_full_quarantine_keeps_what_it_has_and_nothing_half(tmp_path: Path, keys: Keys) -> None:
    vault = Vault(tmp_path, keys.vault_recipient, limit=100_000)
    vault.seal("DLP-1", FLOW, "", b"x" * 60_000)
    with pytest.raises(QuarantineFullError, match="the quarantine is full"):
        vault.seal("DLP-2", FLOW, "", b"x" * 60_000)
    assert [file.name for file in (tmp_path / "vault").iterdir()] == ["DLP-1.age"]
    vault.delete("DLP-1")
    vault.seal("DLP-2", FLOW, "", b"x" * 60_000)


def test_a_body_that_breaks_off_leaves_nothing(tmp_path: Path, keys: Keys) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise OSError(5, "Input/output error")

    vault = Vault(tmp_path, keys.vault_recipient)
    with pytest.raises(EvidenceError, match="Input/output error"):
        vault.seal("DLP-1", FLOW, "", pieces())
    assert list((tmp_path / "vault").iterdir()) == []


def incident(number: str) -> Incident:
    return Incident(
        id=number,
        at=NOW,
        flow=FLOW,
        verdict=Verdict(action=Action.QUARANTINE, rule="some-rule"),
        evidence=Evidence(subjects=1),
        content_hash="c" * 64,
        body_kept=True,
    )


def test_incidents_wait_as_files_until_the_ledger_takes_them(tmp_path: Path) -> None:
    pending = Pending(tmp_path)
    with closing(Database(tmp_path)) as database:
        ledger = Ledger(database)
        assert pending.hand_over(ledger) == 0
        pending.keep(incident("DLP-1"))
        pending.keep(incident("DLP-2"))
        ledger.record(incident("DLP-2"))
        assert pending.hand_over(ledger) == 2
        assert {one.id for one in ledger.list()} == {"DLP-1", "DLP-2"}
        assert list((tmp_path / "pending").iterdir()) == []
        pending.keep(incident("DLP-3"))
        (tmp_path / "pending" / "DLP-3.json").write_text("{}")
        with pytest.raises(EvidenceError, match=r"DLP-3\.json: damaged"):
            pending.hand_over(ledger)


class Steps:
    """Kills this process at one of the steps it takes on files and the database."""

    def __init__(self, last: int) -> None:
        self.left = last
        sync = os.fsync
        vars(os)["fsync"] = self._after(sync)
        sys.addaudithook(self._hook)

    def take(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def _after(self, call: Callable[[int], None]) -> Callable[[int], None]:
        def stepped(descriptor: int) -> None:
            self.take()
            call(descriptor)
            self.take()

        return stepped

    def _hook(self, event: str, _args: tuple[object, ...]) -> None:
        if event in ("open", "os.link", "os.rename", "os.remove", "sqlite3.connect"):
            self.take()


def _keep_one(
    data_dir: Path, recipient: str, number: str, last: int, *, database_down: bool
) -> None:
    vault, ledger = Vault(data_dir, recipient), Ledger(Database(data_dir))
    pending = Pending(data_dir)
    steps = Steps(last)
    vault.seal(number, FLOW, "", b"x" * 100_000, REQUEST)
    if database_down:
        pending.keep(incident(number))

    def statement(sql: str) -> None:
        del sql
        steps.take()

    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def traced(*args: object, **kwargs: object) -> sqlite3.Connection:
        connection = connect(*args, **kwargs)
        connection.set_trace_callback(statement)
        return connection

    vars(sqlite3.dbapi2)["connect"] = traced
    if database_down:
        pending.hand_over(ledger)
    else:
        ledger.record(incident(number))
    os._exit(0)


@pytest.mark.parametrize("database_down", [False, True])
def test_killed_at_every_step_what_is_there_is_whole(
    tmp_path: Path, keys: Keys, *, database_down: bool
) -> None:
    key = identity(tmp_path)
    Database(tmp_path).close()
    context = multiprocessing.get_context("fork")
    last, killed = 0, True
    while killed:
        last += 1
        number = f"DLP-261123-{last:08d}"
        child = context.Process(
            target=_keep_one,
            args=(tmp_path, keys.vault_recipient, number, last),
            kwargs={"database_down": database_down},
        )
        child.start()
        child.join()
        assert child.exitcode in (0, -signal.SIGKILL)
        killed = child.exitcode != 0
        vault = Vault(tmp_path, keys.vault_recipient)
        with closing(Database(tmp_path)) as database:
            Pending(tmp_path).hand_over(Ledger(database))
            recorded = {one.id for one in Ledger(database).list()}
        sealed = vault.bodies()
        if number in sealed:
            assert opened(vault, number, key) == (b"x" * 100_000, REQUEST)
        # An incident that says a body was kept is never without it.
        assert recorded <= set(sealed)
    assert number in recorded
    assert last > 15

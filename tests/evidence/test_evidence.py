"""Keys, ledger, releases and vault, on real files, from threads and processes, killed and full."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest

from dlp.evidence.audit import Audit
from dlp.evidence.database import Database
from dlp.evidence.errors import EvidenceError
from dlp.evidence.incident import ALPHABET, MASKED, Incident, new_incident_id
from dlp.evidence.keys import Keys
from dlp.evidence.ledger import Filter, Ledger
from dlp.evidence.review import Reviewing
from dlp.evidence.vault import Vault, sealed_bodies
from dlp.types import Action, Category, Channel, Evidence, Finding, FlowInfo, Verdict

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FLOW = FlowInfo(channel=Channel.HTTP, client="192.0.2.7", host="files.example", port=443)


def incident(number: int = 0, at: datetime = NOW, action: Action = Action.QUARANTINE) -> Incident:
    return Incident(
        id=f"DLP-261123-{number:08d}",
        at=at,
        flow=FLOW,
        verdict=Verdict(action=action, rule="some-rule"),
        evidence=Evidence(
            findings=(
                Finding(
                    detector="fr_nir",
                    category=Category.IDENTIFIER,
                    count=2,
                    distinct=1,
                    confidence=0.99,
                    masked=("1 85 05 ** *** *** **",),
                ),
            ),
            subjects=1,
        ),
        content_hash="c" * 64,
        body_kept=True,
    )


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


@pytest.fixture
def reviewing(database: Database, tmp_path: Path) -> Reviewing:
    return Reviewing(Audit(database, Keys.load_or_create(tmp_path), tmp_path), "alice")


def test_keys_are_made_once_and_only_for_their_owner(tmp_path: Path) -> None:
    first = Keys.load_or_create(tmp_path)
    assert Keys.load_or_create(tmp_path) == first
    for file in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert first.digest(b"x") != Keys.load_or_create(tmp_path / "other").digest(b"x")
    assert first.hmac_key.hex() not in repr(first)


def test_keys_made_by_two_at_once_are_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Keys.load_or_create(tmp_path), range(16)))
    assert all(keys == made[0] for keys in made)
    private = (tmp_path / "keys" / "vault.key").read_text().strip()
    identity = pyrage.x25519.Identity.from_str(private)
    assert str(identity.to_public()) == made[0].vault_recipient


def test_the_private_key_may_be_kept_elsewhere(tmp_path: Path) -> None:
    first = Keys.load_or_create(tmp_path)
    (tmp_path / "keys" / "vault.key").unlink()
    assert Keys.load_or_create(tmp_path) == first
    assert not (tmp_path / "keys" / "vault.key").exists()


@pytest.mark.parametrize("name", ["hmac.key", "vault.pub"])
def test_a_damaged_key_is_named_and_not_quoted(tmp_path: Path, name: str) -> None:
    Keys.load_or_create(tmp_path)
    (tmp_path / "keys" / name).write_bytes(b"SECRET")
    with pytest.raises(EvidenceError, match=name) as caught:
        Keys.load_or_create(tmp_path)
    assert "SECRET" not in str(caught.value)


def test_incident_numbers_read_well_and_differ() -> None:
    numbers = {new_incident_id(NOW) for _ in range(1000)}
    assert len(numbers) == 1000
    assert all(n.startswith("DLP-261123-") and set(n[11:]) <= set(ALPHABET) for n in numbers)


def test_an_incident_comes_back_as_it_was_written(ledger: Ledger) -> None:
    ledger.record(incident())
    assert ledger.get(incident().id) == incident()


def test_incidents_are_listed_newest_first(ledger: Ledger) -> None:
    for number in range(5):
        action = Action.LOG if number % 2 else Action.QUARANTINE
        ledger.record(incident(number, NOW + timedelta(hours=number), action))
    assert [i.id[-1] for i in ledger.list()] == ["4", "3", "2", "1", "0"]
    assert [i.id[-1] for i in ledger.list(Filter(since=NOW + timedelta(hours=3)))] == ["4", "3"]
    assert [i.id[-1] for i in ledger.list(Filter(action="log"))] == ["3", "1"]
    assert [i.id[-1] for i in ledger.list(limit=2)] == ["4", "3"]


def test_what_went_to_a_name_that_says_what_was_found_is_only_sent_as_it_was_kept(
    ledger: Ledger, reviewing: Reviewing
) -> None:
    ledger.record(replace(incident(), flow=replace(FLOW, host=MASKED)))
    with pytest.raises(EvidenceError, match="--forward"):
        reviewing.release(incident().id, NOW)
    assert ledger.get(incident().id).review == "open"
    reviewing.begin_forward(incident().id, NOW)


def test_a_release_is_for_the_same_content_client_and_destination_once(
    ledger: Ledger, reviewing: Reviewing
) -> None:
    ledger.record(incident())
    reviewing.release(incident().id, NOW)
    right = ("c" * 64, "192.0.2.7", "files.example:443")
    for wrong in (
        ("d" * 64, *right[1:]),
        (right[0], "192.0.2.8", right[2]),
        (*right[:2], "files.example:80"),
    ):
        assert ledger.consume_release(*wrong, NOW) is None
    assert ledger.consume_release(*right, NOW + timedelta(hours=23)) == incident().id
    assert ledger.consume_release(*right, NOW + timedelta(hours=23)) is None
    assert ledger.get(incident().id).review == "released"


def test_a_release_ends_after_a_day(ledger: Ledger, reviewing: Reviewing) -> None:
    ledger.record(incident())
    reviewing.release(incident().id, NOW)
    later = NOW + timedelta(hours=24, seconds=1)
    assert ledger.consume_release("c" * 64, "192.0.2.7", "files.example:443", later) is None


def test_two_releases_of_the_same_content_let_it_pass_twice(
    ledger: Ledger, reviewing: Reviewing
) -> None:
    for number in range(2):
        ledger.record(incident(number))
        reviewing.release(incident(number).id, NOW)
    used = [ledger.consume_release("c" * 64, "192.0.2.7", "files.example:443", NOW) for _ in "123"]
    assert set(used[:2]) == {incident(0).id, incident(1).id}
    assert used[2] is None


def _consume(data_dir: Path) -> bool:
    opened = Database(data_dir)
    try:
        return (
            Ledger(opened).consume_release("c" * 64, "192.0.2.7", "files.example:443", NOW)
            is not None
        )
    finally:
        opened.close()


def test_of_many_that_ask_for_a_release_at_once_one_gets_it(
    ledger: Ledger, reviewing: Reviewing, tmp_path: Path
) -> None:
    ledger.record(incident())
    reviewing.release(incident().id, NOW)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        asked = pool.map_async(_consume, [tmp_path] * 4)
        with ThreadPoolExecutor(4) as threads:
            won = list(threads.map(_consume, [tmp_path] * 4))
        assert sum(won + asked.get(60)) == 1


def test_decisions_are_made_once(ledger: Ledger, reviewing: Reviewing) -> None:
    ledger.record(incident(1))
    ledger.record(incident(2, action=Action.LOG))
    reviewing.reject(incident(1).id, NOW)
    assert ledger.get(incident(1).id).reviewed_at == NOW
    for number, message in ((1, "already decided"), (2, "was not stopped"), (3, "no such")):
        with pytest.raises(EvidenceError, match=message):
            reviewing.release(incident(number).id, NOW)


def test_a_database_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "dlp.db").write_bytes(b"not a database" * 500)
    with pytest.raises(EvidenceError, match=r"dlp\.db"):
        Database(tmp_path)
    with pytest.raises(EvidenceError, match=r"dlp\.db"):
        Database(tmp_path / "nowhere")


def test_a_sealed_body_opens_with_the_private_key_alone(tmp_path: Path) -> None:
    keys = Keys.load_or_create(tmp_path)
    body = b"185057512345673;grossesse" * 1000
    Vault(tmp_path, keys.vault_recipient).seal("DLP-1", FLOW, "text/csv", body)
    (file,) = (tmp_path / "vault").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"grossesse" not in file.read_bytes()
    identity = pyrage.x25519.Identity.from_str((tmp_path / "keys/vault.key").read_text().strip())
    head, _, opened = pyrage.decrypt(file.read_bytes(), [identity]).partition(b"\n")
    assert opened == body
    assert b"files.example" in head
    assert sealed_bodies(tmp_path)["DLP-1"].size == file.stat().st_size


def test_what_a_killed_process_left_is_swept_after_an_hour(tmp_path: Path) -> None:
    keys = Keys.load_or_create(tmp_path)
    Vault(tmp_path, keys.vault_recipient)
    old, new = (tmp_path / "vault" / f".partial-{n}" for n in "12")
    for file in (old, new):
        file.write_bytes(b"x")
    os.utime(old, (time.time() - 4000, time.time() - 4000))
    Vault(tmp_path, keys.vault_recipient)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_full_disk_leaves_nothing_half_kept(tmp_path: Path) -> None:
    keys = Keys.load_or_create(tmp_path)
    vault = Vault(tmp_path, keys.vault_recipient)

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            vault.seal("DLP-1", FLOW, "", os.urandom(50_000))
        except EvidenceError as error:
            os._exit(0 if "DLP-1.age" in str(error) else 2)
        os._exit(1)

    process = multiprocessing.get_context("fork").Process(target=fill)
    process.start()
    process.join()
    assert process.exitcode == 0
    assert list((tmp_path / "vault").iterdir()) == []


def test_killed_at_any_instant_an_incident_is_whole_or_absent(tmp_path: Path) -> None:
    keys = Keys.load_or_create(tmp_path)
    script = (
        "import sys, importlib.util\n"
        f"spec = importlib.util.spec_from_file_location('support', {str(Path(__file__))!r})\n"
        "support = importlib.util.module_from_spec(spec)\n"
        "sys.modules['support'] = support\n"
        "spec.loader.exec_module(support)\n"
        f"support.write_forever({str(tmp_path)!r}, {keys.vault_recipient!r})\n"
    )
    for seconds in (0.0, 0.05, 0.15, 0.4):
        writer = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(seconds)
        writer.kill()
        writer.wait()
        writer.stdout.close()
    opened = Database(tmp_path)
    written = Ledger(opened).list()
    opened.close()
    assert written
    for one in written:
        assert one.verdict.rule == "some-rule"
    identity = pyrage.x25519.Identity.from_str((tmp_path / "keys/vault.key").read_text().strip())
    for name in sealed_bodies(tmp_path):
        sealed = (tmp_path / "vault" / f"{name}.age").read_bytes()
        assert pyrage.decrypt(sealed, [identity]).endswith(b"x" * 100_000)


def write_forever(data_dir: str, recipient: str) -> None:
    """Seal and record until killed (run in a process of its own)."""
    ledger, vault = Ledger(Database(Path(data_dir))), Vault(Path(data_dir), recipient)
    number = int(time.time() * 1000) % 10_000_000 * 10
    while True:
        number += 1
        vault.seal(f"DLP-261123-{number:08d}", FLOW, "", b"x" * 100_000)
        ledger.record(incident(number))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()

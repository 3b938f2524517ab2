"""What several nodes share: PostgreSQL and S3-compatible storage, there, gone and back."""

from __future__ import annotations

import io
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from dlp.evidence import database as database_module
from dlp.evidence.allow import Allowing, AllowStore
from dlp.evidence.audit import Audit
from dlp.evidence.database import Database
from dlp.evidence.errors import EvidenceError
from dlp.evidence.incident import Incident, Outcome
from dlp.evidence.keeping import Keeper
from dlp.evidence.keys import Keys
from dlp.evidence.ledger import Filter, Ledger
from dlp.evidence.pending import Pending
from dlp.evidence.review import Reviewing
from dlp.evidence.schema import schema
from dlp.evidence.sealing import read_identity_file, unseal
from dlp.evidence.vault import Vault
from dlp.types import Action, AllowEntry, Channel, Evidence, FlowInfo, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2026, 11, 23, 12, 0, 0, 123457, tzinfo=UTC)
FLOW = FlowInfo(channel=Channel.HTTP, client="192.0.2.7", host="files.example", port=443)
RELEASED = ("c" * 64, "192.0.2.7", "files.example:443")


def incident(number: int) -> Incident:
    return Incident(
        id=f"DLP-261123-{number:08d}",
        at=NOW + timedelta(minutes=number),
        flow=FLOW,
        verdict=Verdict(action=Action.QUARANTINE, rule="some-rule", policy="balanced 1"),
        evidence=Evidence(subjects=1),
        content_hash="c" * 64,
        body_kept=True,
    )


@pytest.fixture
def url(postgresql: object) -> str:
    made: str = postgresql.database()  # type: ignore[attr-defined]
    return made


@pytest.fixture
def node(tmp_path: Path, url: str) -> Iterator[Callable[[], Database]]:
    opened: list[Database] = []

    def start() -> Database:
        opened.append(Database(tmp_path, url))
        return opened[-1]

    yield start
    for database in opened:
        database.close()


def test_the_migrations_lead_to_the_same_tables(node: Callable[[], Database]) -> None:
    with node().read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema) == []


def test_nodes_that_start_at_once_make_the_tables_once(node: Callable[[], Database]) -> None:
    with ThreadPoolExecutor(4) as pool:
        for database in pool.map(lambda _: node(), range(4)):
            assert Ledger(database).list() == []


def test_two_nodes_share_incidents_releases_and_audit(
    node: Callable[[], Database], tmp_path: Path
) -> None:
    here, there = node(), node()
    Ledger(here).record(incident(1))
    Ledger(here).record(incident(1))
    Ledger(here).record(incident(2))
    assert Ledger(there).get(incident(1).id) == incident(1)
    found = Ledger(there).list(Filter(destination="files.example", open=True, rule="some-rule"))
    assert [one.id[-1] for one in found] == ["2", "1"]
    keys = Keys.load_or_create(tmp_path)
    reviewing = Reviewing(Audit(there, keys, tmp_path), "alice")
    reviewing.release(incident(1).id, NOW, Outcome.TRUE_POSITIVE)
    assert Ledger(here).consume_release(*RELEASED, NOW) == incident(1).id
    assert Ledger(there).consume_release(*RELEASED, NOW) is None
    sound = Audit(here, keys, tmp_path).verify()
    assert (sound.faults, sound.head.number) == ((), 1)
    (tally,) = Ledger(here).tallies()
    assert (tally.incidents, tally.open, tally.true, tally.precision) == (2, 1, 1, 1.0)


def test_two_nodes_share_the_allowlist(node: Callable[[], Database], tmp_path: Path) -> None:
    here, there = AllowStore(node()), AllowStore(other := node())
    keys = Keys.load_or_create(tmp_path)
    entry = AllowEntry(
        id="ALW-4Q7ZK2MD",
        detector="fr_nir,person",
        host="files.example",
        port=443,
        owner="alice",
        reason="monthly claims",
        created=NOW.timestamp(),
        expires=NOW.timestamp() + 86_400,
    )
    before = here.state()
    Allowing(Audit(other, keys, tmp_path), "alice").add(entry, NOW)
    assert here.state() != before
    assert here.entries() == [entry]

    def hit(store: AllowStore) -> None:
        for number in range(20):
            store.hit({entry.id: (1, NOW.timestamp() + number)})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(hit, (here, there)))
    (met,) = there.entries()
    assert (met.hits, met.last_hit) == (40, NOW.timestamp() + 19)
    changed = here.state()
    Allowing(Audit(other, keys, tmp_path), "bob").remove(entry.id, NOW)
    assert here.state() != changed
    assert here.entries() == []
    # What it let pass can be reported after it is gone.
    assert [one.id for one in here.used(NOW.timestamp())] == [entry.id]
    with pytest.raises(EvidenceError, match="no such entry"):
        Allowing(Audit(other, keys, tmp_path), "bob").remove(entry.id, NOW)
    added, removed = Audit(other, keys, tmp_path).entries()
    assert (added.act, removed.act) == ("allow.add", "allow.remove")
    assert (NOW + timedelta(days=1)).isoformat() in added.details
    assert "created" not in added.details


def test_incidents_that_are_old_are_forgotten_by_all(
    node: Callable[[], Database], tmp_path: Path
) -> None:
    here, there = node(), node()
    keys = Keys.load_or_create(tmp_path)
    for number in (1, 2):
        Ledger(here).record(incident(number))
    Reviewing(Audit(here, keys, tmp_path), "alice").release(incident(1).id, NOW)
    before = incident(2).at
    assert Reviewing(Audit(there, keys, tmp_path), "dlp serve").forget(before, NOW) == 1
    assert Reviewing(Audit(here, keys, tmp_path), "dlp serve").forget(before, NOW) == 0
    assert [one.id for one in Ledger(here).list()] == [incident(2).id]
    assert Ledger(here).consume_release(*RELEASED, NOW) is None


def _decide(folder: Path, url: str) -> list[str]:
    """Decide on everything, as many others do; return what was not ours to decide."""
    late = []
    with closing(Database(folder, url)) as database:
        reviewing = Reviewing(Audit(database, Keys.load_or_create(folder), folder), "bob")
        for number in range(10):
            try:
                reviewing.reject(incident(number).id, NOW)
            except EvidenceError as error:
                late.append(str(error))
    return late


def test_of_two_administrators_at_once_one_decides(
    node: Callable[[], Database], tmp_path: Path, url: str
) -> None:
    database = node()
    Keys.load_or_create(tmp_path)
    for number in range(10):
        Ledger(database).record(incident(number))
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        others = pool.starmap_async(_decide, [(tmp_path, url)] * 2)
        mine = _decide(tmp_path, url)
        late = [*mine, *(text for texts in others.get(60) for text in texts)]
    assert len(late) == 20
    assert all("was already decided: rejected by bob" in text for text in late)
    sound = Audit(database, Keys.load_or_create(tmp_path), tmp_path).verify()
    assert (sound.faults, sound.head.number) == ((), 10)


def test_a_database_gone_and_back_loses_nothing(
    node: Callable[[], Database],
    postgresql: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(database_module, "REST_SECONDS", 0.2)
    database = node()
    ledger, pending = Ledger(database), Pending(tmp_path)
    ledger.record(incident(1))
    postgresql.stop()  # type: ignore[attr-defined]
    try:
        with pytest.raises(EvidenceError) as caught:
            ledger.record(incident(2))
        with pytest.raises(EvidenceError, match="a moment ago"):
            ledger.consume_release(*RELEASED, NOW)
        assert "c" * 64 not in str(caught.value)
        assert "some-rule" not in str(caught.value)
        pending.keep(incident(2))
    finally:
        postgresql.start()  # type: ignore[attr-defined]
    keys = Keys.load_or_create(tmp_path)
    keeper = Keeper(
        ledger=ledger,
        pending=pending,
        vault=Vault(tmp_path, keys.vault_recipient),
        audit=Audit(database, keys, tmp_path),
        retention=timedelta(days=30),
        incident_retention=timedelta(days=30),
        clock=lambda: NOW,
        steady=lambda: 0.0,
    )
    handed_over = 0
    for _ in range(100):
        handed_over += keeper.round().handed_over
        if handed_over:
            break
        __import__("time").sleep(0.1)
    assert handed_over == 1
    assert {one.id for one in ledger.list()} == {incident(1).id, incident(2).id}


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://dlp:hunter2@127.0.0.1:1/dlp"
    with pytest.raises(EvidenceError, match=r"127\.0\.0\.1:1/dlp") as caught:
        Database(tmp_path, url)
    assert "hunter2" not in str(caught.value)


def test_what_a_server_quotes_of_a_row_is_not_said(node: Callable[[], Database]) -> None:
    database = node()
    with pytest.raises(EvidenceError) as caught, database.write() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO incidents (id, at, action, review, body) VALUES (:id, 'x', '', '', '')"
            ),
            {"id": "255081416802538" * 4},
        )
    assert "255081416802538" not in str(caught.value)


def test_bodies_move_to_the_bucket_and_are_opened_from_there(
    bucket: tuple[str, str], tmp_path: Path
) -> None:
    place, endpoint = bucket
    keys = Keys.load_or_create(tmp_path)
    body = b"185057512345673;grossesse" * 400_000
    here = Vault(tmp_path, keys.vault_recipient, bucket=place, endpoint=endpoint)
    there = Vault(tmp_path / "other", bucket=place, endpoint=endpoint)
    here.seal("DLP-1", FLOW, "text/csv", body)
    assert set(here.bodies()) == {"DLP-1"}
    assert there.bodies() == {}
    assert here.ship() == 1
    assert list((tmp_path / "vault").iterdir()) == []
    assert there.bodies()["DLP-1"].size == here.bodies()["DLP-1"].size > len(body)
    out = io.BytesIO()
    with closing(there.open("DLP-1")) as sealed:
        unseal(sealed, read_identity_file(tmp_path / "keys" / "vault.key"), "DLP-1", out.write)
    assert out.getvalue() == body
    there.delete("DLP-1")
    assert here.bodies() == {}
    with pytest.raises(EvidenceError, match="DLP-1: no body is sealed for it"):
        here.open("DLP-1")


def test_what_lies_in_the_bucket_counts_to_the_limit(
    bucket: tuple[str, str], tmp_path: Path
) -> None:
    place, endpoint = bucket
    keys = Keys.load_or_create(tmp_path)
    vault = Vault(tmp_path, keys.vault_recipient, limit=100_000, bucket=place, endpoint=endpoint)
    vault.seal("DLP-1", FLOW, "", b"x" * 60_000)
    vault.ship()
    vault.bodies()
    with pytest.raises(EvidenceError, match="full"):
        vault.seal("DLP-2", FLOW, "", b"x" * 60_000)


def test_while_storage_is_gone_bodies_wait_in_the_folder(tmp_path: Path) -> None:
    keys = Keys.load_or_create(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
        vault = Vault(
            tmp_path, keys.vault_recipient, bucket="s3://evidence", endpoint="http://127.0.0.1:1"
        )
        vault.seal("DLP-1", FLOW, "", b"SECRET")
        with pytest.raises(EvidenceError, match="s3://evidence") as caught:
            vault.ship()
    assert "hunter2" not in str(caught.value)
    assert [file.name for file in (tmp_path / "vault").iterdir()] == ["DLP-1.age"]
    with closing(vault.open("DLP-1")) as sealed:
        assert sealed.read(3) == b"age"


def test_a_bucket_that_does_not_exist_is_named(bucket: tuple[str, str], tmp_path: Path) -> None:
    vault = Vault(tmp_path, bucket="s3://nowhere", endpoint=bucket[1])
    with pytest.raises(EvidenceError, match="s3://nowhere: NoSuchBucket"):
        vault.bodies()

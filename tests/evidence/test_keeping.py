"""Keeping house: what is old is deleted, unless the clock lies; the audit is watched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from dlp.evidence.audit import Audit
from dlp.evidence.database import Database
from dlp.evidence.incident import Incident
from dlp.evidence.keeping import Keeper
from dlp.evidence.keys import Keys
from dlp.evidence.ledger import Ledger
from dlp.evidence.pending import Pending
from dlp.evidence.review import Reviewing
from dlp.evidence.vault import Vault
from dlp.types import Action, Channel, Evidence, FlowInfo, Verdict

FLOW = FlowInfo(channel=Channel.HTTP, client="192.0.2.7", host="files.example", port=443)
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class House:
    """A keeper with a clock that can be set, and one that can't."""

    def __init__(self, folder: Path, database: Database) -> None:
        keys = Keys.load_or_create(folder)
        self.folder = folder
        self.now, self.ran = START, 0.0
        self.database = database
        self.ledger = Ledger(database)
        self.audit = Audit(database, keys, folder)
        self.vault = Vault(folder, keys.vault_recipient)
        self.keeper = Keeper(
            ledger=self.ledger,
            pending=Pending(folder),
            vault=self.vault,
            audit=self.audit,
            retention=timedelta(days=30),
            incident_retention=timedelta(days=365),
            clock=lambda: self.now,
            steady=lambda: self.ran,
        )

    def seal(self, name: str, at: datetime) -> None:
        self.vault.seal(name, FLOW, "", b"x")
        os.utime(self.folder / "vault" / f"{name}.age", (at.timestamp(), at.timestamp()))

    def pass_time(self, time: timedelta) -> None:
        self.now += time
        self.ran += time.total_seconds()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(Database(tmp_path)) as database:
        yield House(tmp_path, database)


def test_a_body_is_deleted_when_its_days_are_over(house: House) -> None:
    house.seal("DLP-1", START - timedelta(days=29, hours=12))
    house.seal("DLP-2", START)
    house.pass_time(timedelta(hours=2))
    assert house.keeper.round().expired == ()
    house.pass_time(timedelta(hours=12))
    assert house.keeper.round().expired == ("DLP-1",)
    assert set(house.vault.bodies()) == {"DLP-2"}
    (entry,) = house.audit.entries()
    assert (entry.act, entry.subject, entry.actor) == ("quarantine.purge", "DLP-1", "dlp serve")


@pytest.mark.parametrize("jump", [timedelta(days=4000), timedelta(days=-4000)])
def test_nothing_is_deleted_by_a_clock_that_jumps(house: House, jump: timedelta) -> None:
    house.seal("DLP-1", START)
    house.pass_time(timedelta(hours=2))
    house.keeper.round()
    house.now += jump
    assert house.keeper.round().expired == ()
    house.pass_time(timedelta(minutes=30))
    assert house.keeper.round().expired == ()
    house.now -= jump
    house.pass_time(timedelta(minutes=1))
    assert house.keeper.round().expired == ()
    house.pass_time(timedelta(hours=2))
    assert house.keeper.round().expired == ()
    assert set(house.vault.bodies()) == {"DLP-1"}


def test_nothing_is_deleted_in_the_first_hour(house: House) -> None:
    house.seal("DLP-1", START - timedelta(days=400))
    assert house.keeper.round().expired == ()
    house.pass_time(timedelta(hours=1))
    assert house.keeper.round().expired == ("DLP-1",)


def test_an_incident_is_deleted_when_its_days_are_over_and_the_audit_stays_sound(
    house: House,
) -> None:
    reviewing = Reviewing(house.audit, "alice")
    for number, days in (("DLP-1", 365), ("DLP-2", 364)):
        house.ledger.record(incident(number, START - timedelta(days=days)))
        reviewing.release(number, START)
    house.pass_time(timedelta(minutes=30))
    assert house.keeper.round().forgotten == 0
    house.pass_time(timedelta(minutes=40))
    assert house.keeper.round().forgotten == 1
    # Once a day is enough.
    house.pass_time(timedelta(hours=23))
    assert house.keeper.round().forgotten == 0
    house.pass_time(timedelta(hours=1))
    assert house.keeper.round().forgotten == 1
    assert house.ledger.list() == []
    now = START + timedelta(hours=2)
    assert house.ledger.consume_release("c", "192.0.2.7", "files.example:443", now) is None
    *reviews, first, _ = house.audit.entries()
    assert [entry.subject for entry in reviews] == ["DLP-1", "DLP-2"]
    assert (first.act, first.details) == ("incident.expire", '{"count": 1}')
    assert house.audit.verify().faults == ()


def incident(number: str, at: datetime) -> Incident:
    return Incident(
        id=number,
        at=at,
        flow=FLOW,
        verdict=Verdict(action=Action.BLOCK, rule="r", policy="p"),
        evidence=Evidence(),
        content_hash="c",
        body_kept=False,
    )


def test_acts_of_administrators_are_told_once(house: House) -> None:
    house.audit.record("x", actor="before", subject="", now=START)
    assert house.keeper.round().acts == ()
    for name in ("a", "b"):
        house.audit.record("x", actor=name, subject="", now=START)
    kept = house.keeper.round()
    assert [entry.actor for entry in kept.acts] == ["a", "b"]
    assert kept.head == house.audit.head()
    assert house.keeper.round().acts == ()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit WHERE number = 2",
        "DELETE FROM audit",
        "UPDATE audit SET actor = 'bob' WHERE number = 2",
    ],
)
def test_an_audit_that_was_tampered_with_is_told(house: House, statement: str) -> None:
    for _ in range(2):
        house.audit.record("x", actor="alice", subject="", now=START)
    assert house.keeper.round().faults == ()
    with house.database.write() as connection:
        connection.execute(sa.text(statement))
    house.audit.record("x", actor="later", subject="", now=START)
    assert house.keeper.round().faults != ()
    assert house.keeper.round().faults != ()


def test_what_fails_does_not_keep_the_rest_from_being_done(house: House) -> None:
    house.seal("DLP-1", START - timedelta(days=400))
    (house.folder / "pending").mkdir()
    (house.folder / "pending" / "DLP-9.json").write_text("junk 255081416802538")
    house.pass_time(timedelta(hours=2))
    kept = house.keeper.round()
    assert kept.expired == ("DLP-1",)
    (error,) = kept.errors
    assert "DLP-9.json: damaged" in error
    assert "255081416802538" not in error

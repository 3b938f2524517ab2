"""The audit: whatever is done to it behind our back shows."""

from __future__ import annotations

import json
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from dlp.evidence.audit import Audit
from dlp.evidence.chain import Head
from dlp.evidence.database import Database
from dlp.evidence.errors import EvidenceError
from dlp.evidence.keys import Keys

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class House:
    """An audit, and the hands of who can write to its database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(folder)
        self.audit = Audit(self.database, Keys.load_or_create(folder), folder)

    def acts(self, count: int) -> None:
        for number in range(count):
            self.audit.record(
                "quarantine.reject", actor="alice", subject=f"DLP-{number}", now=NOW, note="é"
            )

    def tamper(self, *statements: str) -> None:
        with self.database.write() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    def faults(self, *heads: Head) -> str:
        return "\n".join(self.audit.verify(*heads).faults)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_an_untouched_chain_is_sound(house: House) -> None:
    assert house.faults() == ""
    house.acts(4)
    sound = house.audit.verify(house.audit.head())
    assert (sound.faults, sound.foreign, sound.head.number) == ((), (), 4)
    entries = list(house.audit.entries())
    assert [entry.number for entry in entries] == [1, 2, 3, 4]
    assert entries[0].at == NOW
    assert json.loads(entries[0].details) == {"note": "é"}
    assert [entry.number for entry in house.audit.entries(after=2, limit=1)] == [3]


CHANGE = [
    pytest.param(f"UPDATE audit SET {column} = {value} WHERE number = 2", id=column)
    for column, value in {
        "actor": "'bob'",
        "act": "'quarantine.open'",
        "subject": "'DLP-7'",
        "details": "'{}'",
        "at": "at + 0.001",
        "previous": "hash",
        "hash": "previous",
        "seal": "hash",
        "number": "9",
    }.items()
]


@pytest.mark.parametrize(
    "statement",
    [
        *CHANGE,
        pytest.param("DELETE FROM audit WHERE number = 1", id="first removed"),
        pytest.param("DELETE FROM audit WHERE number = 2", id="one removed"),
        pytest.param("DELETE FROM audit WHERE number = 4", id="last removed"),
        pytest.param("DELETE FROM audit", id="all removed"),
    ],
)
def test_what_is_changed_or_removed_shows(house: House, statement: str) -> None:
    house.acts(4)
    house.tamper(statement)
    assert house.faults() != ""


def test_two_entries_that_change_places_show(house: House) -> None:
    house.acts(4)
    house.tamper(
        "UPDATE audit SET number = 99 WHERE number = 2",
        "UPDATE audit SET number = 2 WHERE number = 3",
        "UPDATE audit SET number = 3 WHERE number = 99",
    )
    assert "entry 2: does not follow" in house.faults()


def test_a_chain_made_anew_without_the_key_shows(house: House, tmp_path: Path) -> None:
    house.acts(3)
    genuine = house.audit.head()
    house.tamper("DELETE FROM audit")
    (tmp_path / "other").mkdir()
    thief = Audit(house.database, Keys.load_or_create(tmp_path / "other"), tmp_path / "other")
    for number in range(3):
        thief.record("quarantine.reject", actor="alice", subject=f"DLP-{number}", now=NOW)
    assert "not the one that was noted" in house.faults()
    (tmp_path / "audit.head").unlink()
    assert house.audit.verify().foreign == (1, 2, 3)
    house.tamper(
        f"UPDATE audit SET key = '{Keys.load_or_create(tmp_path).digest(b'dlp audit')[:16]}'"
    )
    assert "seal is not of this installation" in house.faults()
    assert "entry 3: is not the one that was noted" in house.faults(genuine)


def test_the_end_cut_off_shows_by_what_the_log_said(house: House, tmp_path: Path) -> None:
    house.acts(4)
    logged = house.audit.head()
    house.tamper("DELETE FROM audit WHERE number > 2")
    (tmp_path / "audit.head").unlink()
    assert house.faults() == ""
    assert "entry 4: was noted, and is missing" in house.faults(logged)
    house.acts(2)
    assert "entry 4: is not the one that was noted" in house.faults(logged)


def test_an_act_and_its_entry_are_done_both_or_neither(house: House) -> None:
    insert = sa.text("INSERT INTO releases VALUES ('DLP-1', 'c', '192.0.2.7', 'x:1', 0, NULL)")
    with house.audit.act("allow.add", actor="alice", subject="DLP-1", now=NOW) as act:
        act.connection.execute(insert)
        act.details["hosts"] = 3
    with (
        pytest.raises(EvidenceError, match=r"dlp\.db"),
        house.audit.act("allow.add", actor="alice", subject="DLP-1", now=NOW) as act,
    ):
        act.connection.execute(insert)
    entries = list(house.audit.entries())
    assert [json.loads(entry.details) for entry in entries] == [{"hosts": 3}]
    assert house.faults() == ""


def _acts(folder: Path) -> None:
    house = House(folder)
    house.acts(10)
    house.database.close()


def test_many_at_once_make_one_chain(house: House, tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool, ThreadPoolExecutor(2) as threads:
        processes = pool.map_async(_acts, [tmp_path] * 2)
        list(threads.map(_acts, [tmp_path] * 2))
        processes.get(60)
    sound = house.audit.verify()
    assert (sound.faults, sound.head.number) == ((), 40)


def test_a_clock_that_jumps_back_breaks_nothing(house: House) -> None:
    for hours in (0, -100_000, 100_000, -1):
        house.audit.record("x", actor="alice", subject="", now=NOW + timedelta(hours=hours))
    assert house.faults() == ""


def test_acts_before_and_after_a_new_key_are_one_chain(house: House, tmp_path: Path) -> None:
    house.acts(2)
    (tmp_path / "keys" / "hmac.key").unlink()
    later = House(tmp_path)
    later.acts(1)
    sound = later.audit.verify()
    assert (sound.faults, sound.foreign) == ((), (1, 2))
    later.tamper("UPDATE audit SET actor = 'bob' WHERE number = 1")
    assert "entry 1: was changed" in later.faults()


@pytest.mark.parametrize("spoil", ["", "1:abc", "x:" + "0" * 64])
def test_a_damaged_note_is_named(house: House, tmp_path: Path, spoil: str) -> None:
    house.acts(1)
    (tmp_path / "audit.head").write_text(spoil)
    with pytest.raises(EvidenceError, match=r"audit\.head"):
        house.audit.verify()

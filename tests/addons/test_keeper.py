"""One of several workers keeps house, and another when that one ends."""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from addons import keeper as room
from addons.keeper import Housekeeping
from dlp.evidence.audit import Audit
from dlp.evidence.database import Database
from dlp.evidence.keeping import Keeper, Kept
from dlp.evidence.keys import Keys
from dlp.evidence.ledger import Ledger
from dlp.evidence.pending import Pending
from dlp.evidence.vault import Vault
from dlp.metrics import Metrics


class Counted(Keeper):
    rounds = 0

    def round(self) -> Kept:
        self.rounds += 1
        return super().round()


def counted(folder: Path, database: Database) -> Counted:
    keys = Keys.load_or_create(folder)
    return Counted(
        ledger=Ledger(database),
        pending=Pending(folder),
        vault=Vault(folder, keys.vault_recipient),
        audit=Audit(database, keys, folder),
        retention=timedelta(days=30),
        incident_retention=timedelta(days=30),
        clock=lambda: datetime.now(UTC),
        steady=time.monotonic,
    )


async def rounds(keeper: Counted, more_than: int) -> None:
    async with asyncio.timeout(20):
        while keeper.rounds <= more_than:
            await asyncio.sleep(0.01)


async def story(folder: Path, database: Database) -> None:
    first, second = counted(folder, database), counted(folder, database)
    tasks = []
    for one in (first, second):
        keeping = Housekeeping(one, Metrics(), turn=folder / "keeping.lock")
        tasks.append(asyncio.create_task(keeping.run()))
        await asyncio.sleep(0.05)
    await rounds(first, 3)
    assert second.rounds == 0

    tasks[0].cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await tasks[0]
    await rounds(second, 1)
    tasks[1].cancel()


def test_one_keeps_house_and_another_takes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "PERIOD", 0.02)
    with closing(Database(tmp_path)) as database:
        asyncio.run(story(tmp_path, database))

"""Uploads under way are bounded, and what is forgotten of them is not taken for read."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from addons import place, wholes
from addons.drip import Drip
from addons.inspector import MessageInspector
from addons.messages import Decision, Message
from addons.part import PartTransfer
from addons.recorder import Recorder
from addons.spool import Spool
from addons.wholes import Wholes
from bench import patients
from dlp.between.steps import Act, Step
from dlp.evidence.database import Database
from dlp.evidence.keys import Keys
from dlp.evidence.ledger import Ledger
from dlp.evidence.pending import Pending
from dlp.evidence.vault import Vault
from dlp.inspection import Core
from dlp.metrics import Metrics
from dlp.policy.load import preset
from dlp.types import Channel, FlowInfo

MESSAGE = Message(
    flow=FlowInfo(
        channel=Channel.HTTP,
        client="192.0.2.7",
        host="x.example",
        port=443,
        method="PUT",
        path="/a",
    )
)
ORDERS = patients.orders_csv(300)
LEAK = patients.leak_csv(40)


class House:
    """Uploads with everything real around them."""

    def __init__(self, core: Core, folder: Path) -> None:
        folder.mkdir()
        self.keys = Keys.load_or_create(folder)
        self.database = Database(folder)
        self.ledger = Ledger(self.database)
        self.metrics = Metrics()

        def clock() -> datetime:
            return datetime.now(UTC)

        recorder = Recorder(
            keys=self.keys,
            ledger=self.ledger,
            vault=Vault(folder, self.keys.vault_recipient),
            pending=Pending(folder),
            metrics=self.metrics,
            clock=clock,
        )
        self.inspector = MessageInspector(
            core=core,
            recorder=recorder,
            metrics=self.metrics,
            clock=clock,
            timeout=30,
            hold_limit=1 << 24,
            make_spool=lambda _held: Spool(folder, 8 << 20),
            drip=Drip(3600, self.metrics),
        )
        self.wholes = Wholes(self.inspector)

    def begin(self, upload: str, number: int, content: bytes, **more: Any) -> PartTransfer:
        step = Step(act=Act.PART, upload=upload, start=number, firsts=(1,), numbered=True, **more)
        make = partial(PartTransfer, place=self.wholes.place("", step), seams=lambda *_ends: "")
        transfer = self.inspector.begin(MESSAGE, expected=len(content), make=make)
        assert isinstance(transfer, PartTransfer)
        transfer.feed(content)
        transfer.end()
        return transfer

    async def part(self, upload: str, number: int, content: bytes, **more: Any) -> Decision:
        transfer = self.begin(upload, number, content, **more)
        try:
            return await transfer.decided()
        finally:
            transfer.abort()

    async def complete(self, upload: str) -> Decision | None:
        step = Step(act=Act.COMPLETE, upload=upload, numbered=True)
        return await self.wholes.complete("", step, MESSAGE, [])

    def close(self) -> None:
        self.inspector.close()
        self.database.close()


@pytest.fixture
def house(core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(place, "UNSEEN_SECONDS", 0.05)
    monkeypatch.setattr(place, "TURN_SECONDS", 0.2)
    house = House(core, tmp_path / "house")
    yield house
    house.close()


def packed(text: bytes) -> tuple[bytes, bytes]:
    """Return the halves of a packed table, of which the second tells nothing by itself."""
    content = gzip.compress(random.Random(7).randbytes(20_000).hex().encode() + b"\n" + text)
    return content[:20_000], content[20_000:]


def reason(decision: Decision | None) -> str:
    assert decision is not None
    assert decision.result is not None
    return str(decision.result.evidence.uninspectable)


@pytest.mark.parametrize(
    ("limit", "most"), [("REMEMBERED", 1), ("OPEN", 1), ("WAITING", 1_000), ("PARTS", 1)]
)
async def test_what_is_too_much_loses_its_beginning(
    house: House, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    monkeypatch.setattr(wholes, limit, most)
    first, second = packed(ORDERS)

    begun = [(await house.part(upload, 1, first)).passes for upload in "abc"]
    kept = await house.part("c", 2, second)
    lost = await house.part("a", 2, second)

    assert begun == [True] * 3
    assert (lost.status, reason(lost)) == (403, "partial")
    assert kept.passes


async def test_what_would_take_too_much_memory_is_read_at_its_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wholes, "MEMORY", -1)
    uploads = {"clean": packed(ORDERS), "leak": packed(LEAK)}
    for upload, (first, _) in uploads.items():
        assert (await house.part(upload, 1, first)).passes
    assert (await house.part("other", 1, packed(ORDERS)[0])).passes
    opened = [house.wholes._wholes["", upload].opened for upload in uploads]
    assert [one is not None and one._inspection is None for one in opened] == [True, True]

    for upload, (_, second) in uploads.items():
        assert (await house.part(upload, 2, second)).passes
    ended = {upload: await house.complete(upload) for upload in uploads}

    assert ended["clean"] is None
    assert ended["leak"] is not None
    assert ended["leak"].status == 403
    incident = house.ledger.get(ended["leak"].incident)
    assert incident.evidence.subjects > 1
    # What was read of it is there to be looked at, and is not what the last request brought.
    assert (incident.body_kept, incident.body_part) == (True, True)


async def test_after_an_hour_nothing_of_an_upload_is_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = packed(ORDERS)
    assert (await house.part("a", 1, first)).passes
    assert house.inspector.held > 0

    monkeypatch.setattr(wholes, "KEPT_SECONDS", -1.0)
    house.wholes._expired()

    assert house.inspector.held == 0
    assert reason(await house.part("a", 2, second)) == "partial"
    assert reason(await house.complete("b")) == "partial"


async def test_a_part_waits_for_those_before_it_but_not_for_ever(house: House) -> None:
    content = b"".join(packed(ORDERS))
    parts = [content[at : at + 5_000] for at in range(0, len(content), 5_000)]
    assert (await house.part("a", 1, parts[0])).passes

    early = await house.part("a", 3, parts[2])
    together = await asyncio.gather(
        *(house.part("a", number, parts[number - 1]) for number in range(len(parts), 1, -1))
    )

    assert (early.status, early.reason) == (503, "order")
    assert all(decision.passes for decision in together)
    assert await house.complete("a") is None


async def test_a_part_that_nobody_waits_for_any_more_is_read_to_its_end(house: House) -> None:
    first, second = packed(LEAK)
    assert (await house.part("a", 1, first)).passes
    given_up = house.begin("a", 2, second)
    while given_up._reading is None:
        await asyncio.sleep(0)
    given_up.abort()

    assert (await house.part("a", 2, second)).passes
    ended = await house.complete("a")
    assert ended is not None
    assert ended.status == 403
    assert house.ledger.get(ended.incident).evidence.subjects > 1


async def test_an_upload_that_looks_encrypted_does_so_by_its_first_part(house: House) -> None:
    house.inspector.adopt(preset("strict"))
    noise = random.Random(9).randbytes(20_000)
    film = b"\0\0\0 ftypmp42" + noise

    encrypted = await house.part("a", 1, noise)
    begun, rest = await house.part("b", 1, film), await house.part("b", 2, noise[::-1])

    assert (encrypted.status, reason(encrypted)) == (403, "opaque")
    assert begun.passes
    assert rest.passes


async def test_a_leak_that_ends_in_a_part_is_kept_with_what_came_before(house: House) -> None:
    first, second = packed(LEAK)
    assert (await house.part("a", 1, first)).passes

    stopped = await house.part("a", 2, second, last=True)
    again = await house.part("a", 3, b"more")

    incident = house.ledger.get(stopped.incident)
    assert stopped.status == 403
    assert (incident.body_kept, incident.body_part) == (True, True)
    assert again.incident == stopped.incident

"""The inspector fails closed: whatever breaks around it, nothing uninspected passes."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from addons.drip import Drip
from addons.inspector import MessageInspector
from addons.messages import Decision, Message
from addons.recorder import Recorder
from addons.spool import Spool
from dlp.evidence.audit import Audit
from dlp.evidence.database import Database
from dlp.evidence.errors import EvidenceError
from dlp.evidence.keys import Keys
from dlp.evidence.ledger import Ledger
from dlp.evidence.pending import Pending
from dlp.evidence.review import Reviewing
from dlp.evidence.vault import Vault, sealed_bodies
from dlp.inspection import Core, Inspection
from dlp.metrics import Metrics
from dlp.policy.allowlist import Allowlist
from dlp.types import AllowEntry, Channel, FlowInfo

FLOW = FlowInfo(
    channel=Channel.HTTP, client="192.0.2.7", host="x.example", port=443, method="PUT", path="/a"
)
LEAK = b"nir;nom\n255081416802538;A\n269054958815780;B\n"


class House:
    """An inspector with everything real around it."""

    def __init__(self, core: Core, folder: Path, timeout: float = 30) -> None:
        self.folder = folder
        self.keys = Keys.load_or_create(folder)
        self.database = Database(folder)
        self.ledger = Ledger(self.database)
        self.reviewing = Reviewing(Audit(self.database, self.keys, folder), "alice")
        self.vault = Vault(folder, self.keys.vault_recipient)
        self.metrics = Metrics()
        recorder = Recorder(
            keys=self.keys,
            ledger=self.ledger,
            vault=self.vault,
            pending=Pending(folder),
            metrics=self.metrics,
            clock=lambda: datetime.now(UTC),
        )
        self.inspector = MessageInspector(
            core=core,
            recorder=recorder,
            metrics=self.metrics,
            clock=lambda: datetime.now(UTC),
            timeout=timeout,
            hold_limit=1 << 20,
            make_spool=lambda _held: Spool(folder, 8 << 20),
            drip=Drip(3600, self.metrics),
        )

    def decide(self, body: bytes, **more: Any) -> Decision:
        message = Message(flow=FLOW, body=body, **more)
        return asyncio.run(self.inspector.decide(message))

    def counted(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def close(self) -> None:
        self.inspector.close()
        self.database.close()


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    out = io.StringIO()
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()],
        logger_factory=structlog.WriteLoggerFactory(file=out),
    )
    yield out
    structlog.reset_defaults()


@pytest.fixture
def make(core: Core, tmp_path: Path, logged: io.StringIO) -> Iterator[Callable[..., House]]:
    del logged
    made: list[House] = []

    def build(timeout: float = 30) -> House:
        made.append(House(core, tmp_path / str(len(made)), timeout))
        return made[-1]

    yield build
    for house in made:
        house.close()


def fails(*_args: object, **_kwargs: object) -> Any:
    raise RuntimeError("quoting 255081416802538")


def test_ordinary_passes_and_leaves_nothing_behind(make: Callable[..., House]) -> None:
    house = make()
    assert house.decide(b"hello").passes
    assert house.ledger.list() == []
    assert house.counted("dlp_flows_total", channel="http", action="allow") == 1


@pytest.mark.parametrize(
    ("body", "waits"),
    [
        (b'{"name": "lorem ipsum", "price": 12.5}' * 250, False),
        (b"lorem ipsum " * 10_000, True),
        (gzip.compress(b"lorem ipsum"), False),
        # Small, but long to read.
        (gzip.compress(b"lorem ipsum " * 10_000), True),
        (b"%d" % 7**2_000 * 2, True),
    ],
)
def test_nobody_waits_for_an_inspection_that_may_take_long(
    make: Callable[..., House], body: bytes, *, waits: bool
) -> None:
    house = make()
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def beside() -> tuple[Decision, int]:
        other = asyncio.create_task(others())
        await asyncio.sleep(0)
        before = turns
        decision = await house.inspector.decide(Message(flow=FLOW, body=body))
        other.cancel()
        return decision, turns - before

    decision, had = asyncio.run(beside())

    assert decision.passes
    assert bool(had) is waits


def test_what_unpacks_to_much_is_read_whole_whatever_is_allowed(make: Callable[..., House]) -> None:
    """What a small message may unpack to where it stands is no limit that an entry can lift."""
    house = make()
    lifted = AllowEntry(
        id="ALW-1",
        detector="uninspectable:budget",
        host=FLOW.host,
        owner="a",
        reason="b",
        created=0,
        expires=1 << 40,
    )
    house.inspector.adopt_allowlist(Allowlist([lifted]))

    assert not house.decide(gzip.compress(b"lorem ipsum " * 10_000 + b"\n" + LEAK)).passes


@pytest.mark.parametrize("size", [0, 100_000])
def test_a_leak_is_stopped_recorded_and_sealed(make: Callable[..., House], size: int) -> None:
    house = make()
    decision = house.decide(LEAK + b"x" * size)
    assert (decision.passes, decision.status) == (False, 403)
    (incident,) = house.ledger.list()
    assert incident.id == decision.incident
    assert incident.evidence.subjects == 2
    assert set(sealed_bodies(house.folder)) == {incident.id}
    assert house.counted("dlp_subjects_total") == 2


@pytest.mark.parametrize("size", [0, 100_000])
@pytest.mark.parametrize("step", ["__init__", "text_steps", "feed_steps", "finish_steps"])
def test_whatever_raises_in_inspection_is_a_refusal(
    make: Callable[..., House],
    monkeypatch: pytest.MonkeyPatch,
    logged: io.StringIO,
    step: str,
    size: int,
) -> None:
    house = make()
    monkeypatch.setattr(Inspection, step, fails)
    decision = house.decide(b"x" * (size + 1), head=(("url", "/"),))
    assert (decision.passes, decision.status, decision.reason) == (False, 503, "error")
    assert house.ledger.get(decision.incident).verdict.rule == "fail-closed:error"
    assert house.counted("dlp_fail_closed_refusals_total", reason="error") == 1
    assert "255081416802538" not in logged.getvalue()


def test_an_inspection_that_takes_too_long_is_a_refusal(make: Callable[..., House]) -> None:
    house = make(timeout=1e-9)
    decision = house.decide(b"x" * 100_000)
    assert (decision.passes, decision.status, decision.reason) == (False, 503, "timeout")


@pytest.mark.parametrize(
    ("store", "method"),
    [("ledger", "record"), ("ledger", "consume_release"), ("vault", "seal")],
)
@pytest.mark.parametrize("error", [RuntimeError("255081416802538"), EvidenceError("dlp.db: full")])
def test_a_stop_stands_though_it_can_not_be_written_down(
    make: Callable[..., House],
    monkeypatch: pytest.MonkeyPatch,
    logged: io.StringIO,
    store: str,
    method: str,
    error: Exception,
) -> None:
    house = make()

    def broken(*_args: object) -> None:
        raise error

    monkeypatch.setattr(getattr(house, store), method, broken)
    decision = house.decide(LEAK)
    assert (decision.passes, decision.status) == (False, 403)
    assert house.counted("dlp_evidence_errors_total", store=store) == 1
    assert "255081416802538" not in logged.getvalue()


def test_a_release_lets_the_same_content_pass_once(make: Callable[..., House]) -> None:
    house = make()
    house.reviewing.release(house.decide(LEAK).incident, datetime.now(UTC))
    assert not house.decide(LEAK + b"more").passes
    assert house.decide(LEAK).passes
    assert not house.decide(LEAK).passes
    assert house.counted("dlp_releases_used_total") == 1


def test_a_release_knows_a_form_again_whose_boundary_is_new(make: Callable[..., House]) -> None:
    house = make()

    def form(boundary: str) -> dict[str, Any]:
        mark = boundary.encode()
        return {
            "body": b"--" + mark + b"\r\n\r\n" + LEAK + b"\r\n--" + mark + b"--\r\n",
            "content_type": f"multipart/form-data; boundary={boundary}",
        }

    house.reviewing.release(house.decide(**form("aaa")).incident, datetime.now(UTC))
    assert house.decide(**form("bbb")).passes


@pytest.mark.parametrize("path", ["/\x1b[31mred\x07", "/caf\udce9", "/a\r\nb"])
def test_what_a_client_types_does_not_reach_a_terminal_raw(
    make: Callable[..., House], path: str
) -> None:
    house = make()
    flow = FlowInfo(channel=Channel.HTTP, client="192.0.2.7", host="x", port=1, path=path)
    decision = asyncio.run(house.inspector.decide(Message(flow=flow, body=LEAK)))
    assert not decision.passes
    assert house.ledger.get(decision.incident).flow.path.isprintable()
    assert decision.incident in sealed_bodies(house.folder)


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/depot/MARTIN-Camille-VIH-2021.csv", "/depot/M…-C…-V…-2021.csv"),
        ("/depot/Andr%C3%A9 Petit.cr.pdf", "/depot/A… P….cr.pdf"),
        ("/depot/envoi", "/depot/envoi"),
        ("/", "/"),
    ],
)
def test_whom_a_file_is_called_after_is_not_written_down(
    make: Callable[..., House], path: str, written: str
) -> None:
    house = make()
    flow = FlowInfo(channel=Channel.HTTP, client="192.0.2.7", host="x", port=1, path=path)
    decision = asyncio.run(house.inspector.decide(Message(flow=flow, body=LEAK)))

    assert house.ledger.get(decision.incident).flow.path == written


def test_what_was_found_in_a_path_is_not_written_down(
    make: Callable[..., House], logged: io.StringIO
) -> None:
    house = make()
    secret = "255081416802538"
    flow = FlowInfo(channel=Channel.HTTP, client="192.0.2.7", host="x", port=1, path=f"/{secret}")
    message = Message(flow=flow, head=(("url", f"/{secret}?nir=269054958815780"),))
    decision = asyncio.run(house.inspector.decide(message))
    assert not decision.passes
    written = house.ledger.get(decision.incident).to_json() + logged.getvalue()
    assert secret not in written
    assert "269054958815780" not in written
    assert json.loads(logged.getvalue().splitlines()[0])["incident"] == decision.incident

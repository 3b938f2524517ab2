"""Whatever breaks on a message's way: it is not forwarded, and its sender is not left waiting."""

from __future__ import annotations

import gzip
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.curl import curl
from bench.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.curl import Answer
    from bench.servers import HttpServer

# Everything that an ordinary message passes, in this order; `small` ones take a shorter way.
BOTH = """
addons.http:HttpTraffic.request
dlp.inspection:Inspection.__init__
dlp.inspection:Inspection.text_steps
dlp.inspection:Inspection.feed_steps
dlp.inspection:Inspection.finish_steps
dlp.extract.body:BodyReader.feed
dlp.detect.scanner:TextScanner.feed
dlp.detect.account:Account.evidence
dlp.policy.model:Policy.decide
addons.inspector:MessageInspector.settle
addons.engine.http:InspectedHttpStream.make_server_connection
""".split()
SMALL = ["addons.inspector:MessageInspector.decide"]
LARGE = """
addons.http:HttpTraffic.begin
addons.http:HttpTraffic.dlp_stream
addons.inspector:MessageInspector.begin
addons.transfer:Transfer.feed
addons.transfer:Transfer.end
addons.transfer:Transfer.take
addons.transfer:Transfer.ready
addons.transfer:Transfer.decided
addons.transfer:Transfer._begin
addons.transfer:Transfer._next
addons.transfer:Transfer._finish
addons.backlog:Backlog.put
addons.backlog:Backlog.take
addons.spool:Spool.append
addons.spool:Spool.take
dlp.inspection:Inspection.verdict
addons.engine.holding:HoldingHttpStream._woken
addons.engine.holding:HoldingHttpStream._open
addons.engine.holding:HoldingHttpStream._receive
addons.engine.holding:HoldingHttpStream._send_on
""".split()
# A part of an upload, which begins an archive or ends it, passes these too.
PARTS = """
addons.uploads:Uploading.passed
addons.wholes:Wholes.place
addons.place:Place.turn
addons.place:Place.read
addons.part:PartTransfer.end
addons.part:PartTransfer._wait
addons.part:PartTransfer._keep
addons.transfer:Transfer._begin
addons.part:PartTransfer._cut
addons.whole:Whole.starts
addons.whole:Whole.turn
addons.whole:Whole.commit
addons.whole:Whole.ends
addons.opened:Opened.__init__
addons.opened:Opened.feed
addons.wholes:Wholes.run
""".split()
ENDS = """
addons.wholes:Wholes.finish
addons.opened:Opened.again
addons.opened:Opened.finish
""".split()
# What is done about a leak; the verdict stands whatever becomes of its record.
AFTER = """
addons.recorder:Recorder.record
addons.recorder:Recorder.write
dlp.evidence.vault:Vault.seal
dlp.evidence.ledger:Ledger.record
dlp.evidence.ledger:Ledger.consume_release
""".split()
# They run in threads, and are waited for no longer than the setting says.
HANGING = """
dlp.inspection:Inspection.feed_steps
dlp.inspection:Inspection.finish_steps
addons.backlog:Backlog.take
addons.spool:Spool.append
""".split()


class Faulty:
    """A proxy of which one call can be broken."""

    def __init__(self, proxy: Proxy, server: HttpServer, file: Path) -> None:
        self.proxy = proxy
        self.server = server
        self._file = file

    def send(self, fault: str, name: str, content: bytes, *more: str) -> Answer:
        self._file.write_text(fault)
        try:
            url = f"{self.server.url}/{name}"
            return curl(url, *more, "-T", "{file}", proxy=self.proxy.listen, send=content)
        finally:
            self._file.write_text("")

    def refused(self, reason: str) -> float:
        return self.proxy.metric("dlp_fail_closed_refusals_total", reason=reason)

    def arrived(self, name: str) -> bool:
        return any(record.complete for record in self.server.records.of(f"/{name}"))


@pytest.fixture(scope="module")
def faulty(
    tmp_path_factory: pytest.TempPathFactory, upstream_env: dict[str, str], http: HttpServer
) -> Iterator[Faulty]:
    folder = tmp_path_factory.mktemp("faulty")
    file = folder / "fault"
    file.write_text("")
    env = upstream_env | {
        "PYTHONPATH": str(Path(__file__).with_name("faulty")),
        "FAULT_FILE": str(file),
        "FAULT_CALLS": " ".join({*BOTH, *SMALL, *LARGE, *PARTS, *ENDS, *AFTER, *HANGING}),
        "DLP_INSPECT_TIMEOUT": "1",
        "DLP_HOLD_LIMIT": str(64 * 1024),
    }
    with Proxy(folder / "data", env=env) as proxy:
        yield Faulty(proxy, http, file)


@pytest.fixture
def large() -> bytes:
    """An ordinary body that is streamed."""
    return random.Random(3).randbytes(700_000)


def test_without_a_fault_both_pass(faulty: Faulty, name: str, orders: bytes, large: bytes) -> None:
    assert faulty.send("", f"{name}-small", orders).status == 200
    assert faulty.send("", f"{name}-large", large).status == 200
    assert faulty.arrived(f"{name}-large")


@pytest.mark.parametrize("call", [*BOTH, *SMALL])
def test_a_small_message_is_refused(faulty: Faulty, name: str, orders: bytes, call: str) -> None:
    answer = faulty.send(f"{call} raise", name, orders)

    assert answer.status not in (200, 201)
    assert answer.exit_status != 28, "it was left waiting"
    assert not faulty.arrived(name)
    assert faulty.send("", f"{name}-after", orders).status == 200


@pytest.mark.parametrize("call", [*BOTH, *LARGE])
def test_a_large_message_is_refused(faulty: Faulty, name: str, large: bytes, call: str) -> None:
    answer = faulty.send(f"{call} raise", name, large)

    if call.endswith("dlp_stream"):
        # Held to its end instead.
        assert answer.status == 200
        return
    assert answer.status not in (200, 201)
    assert answer.exit_status != 28, "it was left waiting"
    assert not faulty.arrived(name)


@pytest.mark.parametrize("size", [0, 200_000])
@pytest.mark.parametrize("call", [*PARTS, *ENDS])
def test_a_part_of_an_upload_is_refused(
    faulty: Faulty, name: str, orders: bytes, call: str, size: int
) -> None:
    packed = gzip.compress(random.Random(4).randbytes(size) + orders)
    total = len(packed)

    def send(fault: str, start: int, end: int) -> Answer:
        place = f"Content-Range: bytes {start}-{end - 1}/{total}"
        return faulty.send(fault, name, packed[start:end], "-H", place)

    before = len(faulty.server.records.of(f"/{name}"))
    if call in ENDS:
        assert send("", 0, total - 100).status in (200, 201)
        before += 1
        answer = send(f"{call} raise", total - 100, total)
    else:
        answer = send(f"{call} raise", 0, total - 100)

    assert answer.status not in (200, 201)
    assert answer.exit_status != 28, "it was left waiting"
    assert len(faulty.server.records.of(f"/{name}")) == before


@pytest.mark.parametrize("call", HANGING)
def test_what_hangs_is_refused_in_time(faulty: Faulty, name: str, large: bytes, call: str) -> None:
    before = faulty.refused("timeout")

    answer = faulty.send(f"{call} hang", name, large)

    assert answer.status == 503
    assert answer.incident
    assert not faulty.arrived(name)
    assert faulty.refused("timeout") == before + 1
    assert faulty.send("", f"{name}-after", large).status == 200


def test_a_full_disk_is_a_refusal_with_its_reason(faulty: Faulty, name: str, large: bytes) -> None:
    before = faulty.refused("spool")

    answer = faulty.send("addons.spool:Spool.append full", name, large)

    assert answer.status == 503
    assert answer.incident
    assert not faulty.arrived(name)
    assert faulty.refused("spool") == before + 1


@pytest.mark.parametrize("size", [0, 200_000])
@pytest.mark.parametrize("call", AFTER)
def test_a_stop_stands_whatever_becomes_of_its_record(
    faulty: Faulty, name: str, leak: bytes, call: str, size: int
) -> None:
    answer = faulty.send(f"{call} raise", name, leak + b"x" * size)

    assert answer.status == 403
    assert answer.incident
    assert not faulty.arrived(name)


def test_nothing_of_a_message_is_in_the_log(faulty: Faulty) -> None:
    assert "255081416802538" not in "\n".join(faulty.proxy.logs)


@pytest.mark.parametrize("thread", [False, True])
def test_a_worker_that_never_comes_back_is_replaced(
    tmp_path: Path,
    upstream_env: dict[str, str],
    http: HttpServer,
    name: str,
    orders: bytes,
    *,
    thread: bool,
) -> None:
    file = tmp_path / "fault"
    file.write_text("")
    call = "dlp.detect.scanner:TextScanner.feed"
    env = upstream_env | {
        "PYTHONPATH": str(Path(__file__).with_name("faulty")),
        "FAULT_FILE": str(file),
        "FAULT_CALLS": call,
        "DLP_INSPECT_TIMEOUT": "1",
    }
    # What is light the loop reads itself.
    content = orders if thread else b"bonjour\n"
    with Proxy(tmp_path / "data", env=env, args=("--workers", "2")) as proxy:
        faulty = Faulty(proxy, http, file)
        answer = faulty.send(f"{call} spin", name, content)
        assert answer.status not in (200, 201)
        assert answer.exit_status != 28, "it was left waiting"
        assert not faulty.arrived(name)
        for _ in range(300):
            if any('"worker.started"' in line for line in proxy.logs):
                break
            time.sleep(0.1)
        assert any("Timeout" in line for line in proxy.logs)
        for number in range(8):
            assert faulty.send("", f"{name}-{number}", content).status == 200

"""A SIEM hears of everything, in its format, over real sockets; and holds nobody back."""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from dlp.evidence.chain import Entry
from dlp.evidence.incident import Incident
from dlp.siem import cef, ecs
from dlp.siem.courier import Courier, Event
from dlp.siem.receivers import Receiver, RefusedError, Syslog, Webhook
from dlp.siem.siem import Siem
from dlp.types import Action, Category, Channel, Evidence, Finding, FlowInfo, Verdict

NOW = datetime(2026, 11, 23, 12, 0, 0, 123000, tzinfo=UTC)
INCIDENT = Incident(
    id="DLP-261123-4Q7ZK2MD",
    at=NOW,
    flow=FlowInfo(
        channel=Channel.HTTP,
        client="192.0.2.7",
        host="files.example",
        port=443,
        method="PUT",
        path="/a=b|c\\d",
        user="jeanne",
    ),
    verdict=Verdict(action=Action.QUARANTINE, rule="some|rule", policy="balanced 1f0c9a27e3b4"),
    evidence=Evidence(
        findings=(
            Finding(
                detector="fr_nir",
                category=Category.IDENTIFIER,
                count=5,
                distinct=3,
                confidence=0.99,
                masked=("1 85 05 ** *** *** **",),
            ),
        ),
        subjects=3,
        bytes=1234,
    ),
    content_hash="c" * 64,
    body_kept=True,
)
ACT = Entry(
    number=7,
    at=NOW,
    actor="alice (root@proxy)",
    act="quarantine.open",
    subject="DLP-1",
    details='{"refused": "é"}',
    previous="0" * 64,
    hash="a" * 64,
    key="k",
    seal="s",
)


class SyslogServer:
    """Takes what comes, and splits it as RFC 6587 says."""

    def __init__(self, context: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.messages: list[str] = []
        self.connections = 0
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
                if self._context is not None:
                    connection = self._context.wrap_socket(connection, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        buffer = b""
        with contextlib.suppress(OSError):
            while data := connection.recv(4096):
                buffer += data
                while match := re.match(rb"(\d+) ", buffer):
                    end = match.end() + int(match[1])
                    if len(buffer) < end:
                        break
                    self.messages.append(buffer[match.end() : end].decode())
                    buffer = buffer[end:]

    def cut(self) -> None:
        """Close what is open, and go on listening."""
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._open.clear()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()


def eventually(check: Callable[[], bool]) -> None:
    for _ in range(600):
        if check():
            return
        time.sleep(0.02)
    raise AssertionError("it never came to that")


@pytest.fixture
def told() -> Counter[tuple[str, str]]:
    return Counter()


@pytest.fixture
def siem(told: Counter[tuple[str, str]]) -> Iterator[Siem]:
    def count(receiver: str, result: str) -> None:
        told[receiver, result] += 1

    made = Siem(size=100, count=count)
    yield made
    made.close(0)


@pytest.mark.parametrize("tls", [False, True])
def test_syslog_gets_incidents_and_acts(siem: Siem, tmp_path: Path, *, tls: bool) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
    server = SyslogServer(context)
    siem.add(
        "syslog", "ecs", Syslog("localhost", server.port, tls=tls, authority=tmp_path / "ca.pem")
    )
    siem.incident(INCIDENT)
    siem.act(ACT)
    eventually(lambda: len(server.messages) == 2)
    head = r"<(\d+)>1 2026-11-23T12:00:00\.123Z \S+ dlp \d+ (\w+) - (.*)"
    parsed = [re.fullmatch(head, message) for message in server.messages]
    assert all(parsed)
    first, second = [match for match in parsed if match]
    assert (first[1], first[2]) == (str(13 * 8 + 4), "incident")
    assert (second[1], second[2]) == (str(13 * 8 + 6), "audit")
    assert json.loads(first[3])["event"]["id"] == INCIDENT.id
    assert json.loads(second[3])["dlp"]["audit"]["details"] == {"refused": "é"}
    assert server.connections == 1
    server.close()


def test_a_certificate_of_somebody_else_gets_nothing(
    siem: Siem, tmp_path: Path, told: Counter[tuple[str, str]]
) -> None:
    other, authority = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    other.issue_cert("localhost").configure_cert(context)
    server = SyslogServer(context)
    siem.add(
        "syslog", "ecs", Syslog("localhost", server.port, tls=True, authority=tmp_path / "ca.pem")
    )
    siem.incident(INCIDENT)
    eventually(lambda: told["syslog", "retried"] > 0)
    assert server.messages == []
    server.close()


def test_what_a_server_missed_while_it_was_gone_comes_later(
    siem: Siem, told: Counter[tuple[str, str]]
) -> None:
    server = SyslogServer()
    siem.add("syslog", "cef", Syslog("127.0.0.1", server.port))
    siem.incident(INCIDENT)
    eventually(lambda: len(server.messages) == 1)
    server.close()
    siem.act(ACT)
    siem.incident(INCIDENT)
    eventually(lambda: told["syslog", "retried"] > 0)
    back = SyslogServer(port=server.port)
    eventually(lambda: len(back.messages) == 2)
    assert "Administration" in back.messages[0]
    back.cut()
    siem.incident(INCIDENT)
    eventually(lambda: len(back.messages) == 3)
    back.close()


class Stuck:
    """A receiver that takes nothing until it is told to."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.got: list[str] = []

    def send(self, at: datetime, kind: str, text: str, *, alert: bool) -> None:
        del at, kind, alert
        self.go.wait(30)
        self.got.append(text)

    def close(self) -> None:
        self.go.set()


def test_who_is_slow_holds_nobody_back_and_what_is_dropped_is_counted() -> None:
    counted: Counter[str] = Counter()
    receiver = Stuck()
    courier = Courier(receiver, size=10, count=lambda result: counted.update([result]))
    offered = 500
    for number in range(offered):
        courier.offer(Event(NOW, "incident", str(number), alert=True))
    assert counted["dropped"] >= offered - 11
    receiver.go.set()
    courier.close(10)
    # In their order, the oldest first; one more found room where the first was taken late.
    assert receiver.got[:10] == [str(number) for number in range(10)]
    assert receiver.got == sorted(set(receiver.got), key=int)
    assert counted["sent"] == len(receiver.got)
    assert counted["sent"] + counted["dropped"] == offered


class Failing:
    """A receiver that fails so many times, then takes or refuses."""

    def __init__(self, times: int, *, refuse: bool = False) -> None:
        self.times, self.refuse = times, refuse

    def send(self, at: datetime, kind: str, text: str, *, alert: bool) -> None:
        del at, kind, text, alert
        if self.times:
            self.times -= 1
            raise ConnectionError
        if self.refuse:
            raise RefusedError

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("receiver", "expected"),
    [
        (Failing(3), {"retried": 3, "sent": 1}),
        (Failing(2, refuse=True), {"retried": 2, "refused": 1}),
    ],
)
def test_an_event_is_tried_until_it_is_taken_or_refused(
    receiver: Receiver, expected: dict[str, int]
) -> None:
    counted: Counter[str] = Counter()
    courier = Courier(
        receiver, size=10, count=lambda result: counted.update([result]), first_wait=0.01
    )
    courier.offer(Event(NOW, "incident", "", alert=True))
    eventually(lambda: counted == expected)
    courier.close(0)


def test_what_waits_at_the_end_is_dropped_and_counted() -> None:
    counted: Counter[str] = Counter()
    courier = Courier(Failing(10_000), size=10, count=lambda result: counted.update([result]))
    for _ in range(5):
        courier.offer(Event(NOW, "incident", "", alert=True))
    courier.close(0.2)
    assert counted["dropped"] == 5


class Hook(http.server.BaseHTTPRequestHandler):
    """Answers with what is next in `answers`."""

    answers: list[int]
    got: list[tuple[str, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.headers["Authorization"], json.loads(body)))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


def test_a_webhook_is_tried_again_while_it_fails(told: Counter[tuple[str, str]]) -> None:
    handler = type("Handler", (Hook,), {"answers": [500, 429, 400], "got": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    webhook = Webhook(f"http://127.0.0.1:{server.server_port}/hook", "secret")
    courier = Courier(webhook, size=9, count=lambda r: told.update([("hook", r)]), first_wait=0.01)
    for number in (1, 2):
        courier.offer(Event(NOW, "incident", f'{{"number": {number}}}', alert=True))
    eventually(lambda: told["hook", "sent"] == 1)
    got = handler.got  # type: ignore[attr-defined]
    assert [body["number"] for _, body in got] == [1, 1, 1, 2]
    assert {token for token, _ in got} == {"Bearer secret"}
    assert told == {("hook", "retried"): 2, ("hook", "refused"): 1, ("hook", "sent"): 1}
    courier.close(0)
    server.shutdown()
    server.server_close()


def test_ecs_says_what_happened_without_a_value() -> None:
    event = ecs.incident(INCIDENT)
    assert event["@timestamp"] == "2026-11-23T12:00:00.123000+00:00"
    assert event["event"]["kind"] == "alert"
    assert event["event"]["type"] == ["denied"]
    assert event["source"] == {"address": "192.0.2.7", "ip": "192.0.2.7"}
    assert event["destination"] == {
        "address": "files.example",
        "domain": "files.example",
        "port": 443,
    }
    assert event["user"] == {"name": "jeanne"}
    assert event["dlp"]["subjects"] == 3
    assert "\n" not in ecs.dumps(event)
    assert "1 85 05" not in ecs.dumps(event)


def test_cef_escapes_what_would_break_it() -> None:
    line = cef.incident(INCIDENT)
    head, extension = re.split(r"(?<!\\)\|(?=[^|]*$)", line)
    assert head.startswith("CEF:0|dlp|dlp|")
    assert "|some\\|rule|Health data stopped|9" in head
    assert "request=/a\\=b|c\\\\d" in line
    for part in ("act=quarantine", "src=192.0.2.7", "dhost=files.example", "cn1=3", "suser=jeanne"):
        assert part in extension or part in line
    assert "cs3" not in line
    assert "\n" not in cef.act(ACT)

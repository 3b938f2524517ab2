"""What an operator meets: readiness, metrics, the ways to stop it, and mistakes in its settings."""

from __future__ import annotations

import json
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from bench.curl import curl
from bench.proxy import run_dlp
from bench.servers import HttpServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.proxy import Proxy
    from bench.ways import Way

WAIT = 60


def begin_upload(proxy: Proxy, server: HttpServer, size: int) -> socket.socket:
    """Send the head of an upload, and return once the proxy has taken note of it."""
    host, _, port = proxy.listen.rpartition(":")
    connection = socket.create_connection((host, int(port)), WAIT)
    connection.sendall(
        f"POST {server.url}/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"
        f"Content-Length: {size}\r\n\r\n".encode()
    )
    assert connection.recv(4096).startswith(b"HTTP/1.1 100")
    return connection


def test_it_says_that_it_lives_and_that_it_inspects(proxy: Proxy) -> None:
    assert proxy.admin("/-/healthy")[0] == 200
    assert proxy.admin("/-/ready")[0] == 200
    assert proxy.admin("/nowhere")[0] == 404


def test_a_request_that_comes_late_on_its_connection_is_answered_by_a_proxy_that_ends(
    start_proxy: Callable[..., Proxy], http: HttpServer
) -> None:
    proxy = start_proxy()
    host, _, port = proxy.listen.rpartition(":")
    with socket.create_connection((host, int(port)), WAIT) as connection:
        # Taken, since those before it in the queue are.
        assert curl(f"{http.url}/first", proxy=proxy.listen).status == 200
        proxy.signal()
        while not any(event["event"] == "draining" for event in proxy.events):
            time.sleep(0.01)
        head = f"GET {http.url}/late HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    assert proxy.wait() == 0


def test_all_metrics_are_called_dlp(proxy: Proxy) -> None:
    status, text = proxy.admin("/metrics")
    names = [line.split("{")[0].split()[0] for line in text.splitlines() if line[:1] != "#"]

    assert status == 200
    assert names
    assert all(name.startswith("dlp_") for name in names)


@pytest.mark.parametrize(
    ("way", "channel"),
    [("HTTP/1.1", "http"), ("FTP over HTTP", "ftp"), ("FTP in a tunnel", "ftp-tunnel")],
    indirect=["way"],
)
def test_flows_are_counted_by_what_became_of_them(
    proxy: Proxy, way: Way, channel: str, name: str, leak: bytes, orders: bytes
) -> None:
    def counted() -> tuple[float, float]:
        return (
            proxy.metric("dlp_flows_total", channel=channel, action="quarantine"),
            proxy.metric("dlp_flows_total", channel=channel, action="allow"),
        )

    before = counted()
    way.send(proxy, name, leak)
    way.send(proxy, name, orders)
    way.send(proxy, name, orders)

    # One more than was sent may be allowed: commands of FTP that are inspected by themselves.
    stopped, allowed = counted()
    assert stopped - before[0] == 1
    assert allowed - before[1] >= 2


@pytest.mark.parametrize("way", ["HTTP/1.1"], indirect=True)
def test_every_line_of_the_log_is_an_event_and_a_stop_names_its_incident(
    proxy: Proxy, way: Way, name: str, leak: bytes
) -> None:
    number = way.send(proxy, name, leak).incident

    assert all({"event", "level", "timestamp"} <= event.keys() for event in proxy.events)
    assert [event["incident"] for event in proxy.events if event.get("incident") == number]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to(
    start_proxy: Callable[..., Proxy], number: signal.Signals
) -> None:
    proxy = start_proxy()

    assert proxy.stop(number) == 0
    assert "Traceback" not in "\n".join(proxy.logs)


def test_it_ends_in_the_middle_of_an_upload_and_the_server_gets_nothing_of_it(
    start_proxy: Callable[..., Proxy], orders: bytes
) -> None:
    proxy = start_proxy(DLP_DRAIN_TIMEOUT="1")
    with HttpServer() as server, begin_upload(proxy, server, len(orders) + 1) as connection:
        connection.sendall(orders)

        assert proxy.stop() == 0
        assert server.received == b""
    assert "Traceback" not in "\n".join(proxy.logs)


def test_an_upload_that_has_begun_may_end_before_it_does(
    start_proxy: Callable[..., Proxy], orders: bytes
) -> None:
    proxy = start_proxy()
    with HttpServer() as server, begin_upload(proxy, server, len(orders)) as connection:
        connection.sendall(orders[:100])
        proxy.signal()
        while proxy.admin("/-/ready")[0] != 503:
            pass
        connection.sendall(orders[100:])
        answer = connection.recv(65536)

        assert proxy.wait() == 0
        assert answer.startswith(b"HTTP/1.1 200")
        assert [record.body for record in server.records.of("/upload")] == [orders]


@pytest.mark.parametrize("command", ["serve", "scan"])
def test_a_setting_that_does_not_exist_is_named(command: str, tmp_path: Path) -> None:
    args = ["--data-dir", str(tmp_path)] if command == "serve" else [str(tmp_path)]

    done = run_dlp(command, *args, env={"DLP_NOPE": "1"})

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "DLP_NOPE" in done.stderr


def unusable(case: str, tmp_path: Path, taken: int) -> tuple[list[str], str]:
    """Return arguments that cannot work, and what the error has to name."""
    file = tmp_path / "file"
    file.write_text("")
    config = tmp_path / "config.yaml"
    config.write_text("listenn: 127.0.0.1:0\n")
    broken = tmp_path / "broken.yaml"
    broken.write_text("listen: [\n")
    policy = tmp_path / "policy.yaml"
    policy.write_text("name: mine\nrulez: []\n")
    return {
        "port too large": (["--listen", "127.0.0.1:99999"], "--listen"),
        "no port": (["--metrics", "localhost"], "--metrics"),
        "a host that is not ours": (["--listen", "192.0.2.1:0"], "--listen"),
        "port taken": (["--listen", f"127.0.0.1:{taken}"], str(taken)),
        "metrics port taken": (["--metrics", f"127.0.0.1:{taken}"], str(taken)),
        "data folder is a file": (["--data-dir", str(file)], str(file)),
        "data folder in a file": (["--data-dir", str(file / "data")], str(file)),
        "unknown name in the file": (["--config", str(config)], "listenn"),
        "a file that is no YAML": (["--config", str(broken)], str(broken)),
        "a file that is not there": (["--config", str(tmp_path / "none")], str(tmp_path / "none")),
        "no such policy": (["--policy", str(tmp_path / "none")], str(tmp_path / "none")),
        "unknown name in the policy": (["--policy", str(policy)], "rulez"),
        "unknown flag": (["--nope"], "--nope"),
        "no number": (["--workers", "many"], "--workers"),
        "authorities that are none": (["--upstream-ca", str(file)], str(file)),
    }[case]


@pytest.mark.parametrize(
    "case",
    [
        "port too large",
        "no port",
        "a host that is not ours",
        "port taken",
        "metrics port taken",
        "data folder is a file",
        "data folder in a file",
        "unknown name in the file",
        "a file that is no YAML",
        "a file that is not there",
        "no such policy",
        "unknown name in the policy",
        "unknown flag",
        "no number",
        "authorities that are none",
    ],
)
def test_a_setting_that_cannot_work_is_one_line_that_names_it(case: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        args, named = unusable(case, tmp_path, taken.getsockname()[1])
        defaults = {
            "--listen": "127.0.0.1:0",
            "--metrics": "127.0.0.1:0",
            "--data-dir": str(tmp_path / "data"),
        }
        rest = [part for flag in defaults.items() if flag[0] not in args for part in flag]

        done = run_dlp("serve", *args, *rest)

    assert done.returncode == 2
    assert done.stdout == ""
    assert named in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stderr.startswith("{"), json.loads(done.stderr)

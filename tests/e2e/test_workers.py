"""Several workers that are one proxy to everybody outside."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.curl import curl
from bench.proxy import Proxy, run_dlp
from bench.servers import FtpServer, HttpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WAIT = 60


@pytest.fixture(scope="module")
def workers(
    tmp_path_factory: pytest.TempPathFactory, upstream_env: dict[str, str]
) -> Iterator[Proxy]:
    """Two workers."""
    env = upstream_env | {"DLP_WORKERS": "2"}
    with Proxy(tmp_path_factory.mktemp("workers") / "data", env=env) as proxy:
        yield proxy


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children(proxy: Proxy) -> list[int]:
    """Return the processes that accept connections: the children of the one they are copies of."""
    assert proxy._process is not None

    def of(pid: int) -> list[int]:
        try:
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
            return [int(one) for task in tasks for one in (task / "children").read_text().split()]
        except FileNotFoundError:
            return []

    return [worker for child in of(proxy._process.pid) for worker in of(child)]


def send(proxy: Proxy, server: HttpServer, name: str, content: bytes) -> int:
    url = f"{server.url}/{name}"
    return curl(url, "--data-binary", "@{file}", proxy=proxy.listen, send=content).status


def events(proxy: Proxy, name: str) -> int:
    return sum(event["event"] == name for event in proxy.events)


def test_both_take_part_and_are_counted_together(
    workers: Proxy, http: HttpServer, name: str, orders: bytes, leak: bytes
) -> None:
    def passed() -> float:
        return workers.metric("dlp_flows_total", channel="http", action="allow")

    before = passed()
    assert len(children(workers)) == 2
    # Each connection may go to either of them.
    assert [send(workers, http, name, orders) for _ in range(12)] == [200] * 12
    assert send(workers, http, name, leak) == 403
    assert passed() == before + 12


def test_a_release_holds_whichever_worker_is_asked(
    workers: Proxy, http: HttpServer, name: str, leak: bytes
) -> None:
    url = f"{http.url}/{name}"
    stopped = curl(url, "--data-binary", "@{file}", proxy=workers.listen, send=leak)
    assert workers.dlp("quarantine", "release", stopped.incident).returncode == 0

    answers = [send(workers, http, name, leak) for _ in range(6)]

    assert answers == [200, 403, 403, 403, 403, 403]


def test_people_told_one_by_one_count_whichever_worker_they_fall_to(
    workers: Proxy, nirs: list[str], name: str
) -> None:
    with HttpServer() as server:
        # Of its own name, since other tests send numbers to this server's address.
        url = f"http://localhost:{server.port}/{name}"
        # Each connection may go to either of them.
        answers = [curl(f"{url}?ref={nir}", proxy=workers.listen).status for nir in nirs[:12]]

    assert answers == [200] * 4 + [403] * 8


def test_one_that_is_killed_is_started_again_while_the_other_goes_on(
    workers: Proxy, http: HttpServer, name: str, orders: bytes
) -> None:
    first, *_ = children(workers)
    os.kill(first, signal.SIGKILL)
    until(lambda: events(workers, "worker.died") > 0)

    # A connection that falls to the one that is gone waits for the next.
    assert [send(workers, http, name, orders) for _ in range(8)] == [200] * 8
    until(lambda: events(workers, "worker.started") > 0)
    page = workers.admin("/metrics")[1]
    assert "dlp_worker_restarts_total 1.0" in page
    assert "dlp_workers 2.0" in page
    for process in ("parent", "0", "1"):
        assert f'dlp_process_resident_memory_bytes{{worker="{process}"}}' in page
    # What workers share is told once.
    for shared in ("dlp_audit_sound 1.0", "dlp_held_bytes 0.0", "dlp_allowlist_entries 0.0"):
        assert f"\n{shared}\n" in page
    assert 'pid="' not in page
    until(lambda: events(workers, "worker.started") > 0)
    assert len(children(workers)) == 2
    assert first not in children(workers)
    assert workers.admin("/-/ready")[0] == 200


def test_a_reload_replaces_them_one_by_one_and_refuses_nobody(
    workers: Proxy, http: HttpServer, name: str, orders: bytes, leak: bytes
) -> None:
    before = set(children(workers))
    workers.signal(signal.SIGHUP)
    answers = set()
    while not events(workers, "reloaded"):
        answers.add(send(workers, http, name, orders))

    assert answers == {200}
    assert not before & set(children(workers))
    assert send(workers, http, name, leak) == 403


def test_a_port_of_someone_else_is_not_shared(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        arguments = ("--metrics", "127.0.0.1:0", "--data-dir", str(tmp_path / "data"))

        done = run_dlp("serve", "--listen", address, "--workers", "2", *arguments)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"{address}: already in use" in done.stderr


def test_the_data_of_an_ftp_tunnel_is_found_whichever_worker_it_falls_to(
    workers: Proxy, ftp: FtpServer, name: str, orders: bytes, leak: bytes
) -> None:
    def put(file: str, content: bytes) -> int:
        url = f"ftp://user:pw@127.0.0.1:{ftp.port}/{file}"
        return curl(url, "-p", "-T", "{file}", proxy=workers.listen, send=content).status

    assert [put(f"{name}-{number}", orders) for number in range(8)] == [226] * 8
    assert all(ftp.files()[f"{name}-{number}"] == orders for number in range(8))
    assert [put(f"{name}-leak-{number}", leak) for number in range(4)] == [552] * 4
    assert not any("leak" in path for path in ftp.files())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_they_end_with_their_parent(tmp_path: Path, number: signal.Signals) -> None:
    with Proxy(tmp_path / "data", env={"DLP_WORKERS": "2"}) as proxy:
        pids = children(proxy)
        proxy.signal(number)
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))

        assert len(pids) == 2
        assert "Traceback" not in "\n".join(proxy.logs)

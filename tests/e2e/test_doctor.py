"""`dlp doctor` beside a running proxy."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from bench.curl import curl
from bench.proxy import run_dlp
from bench.servers import HttpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bench.proxy import Proxy


def ask(proxy: Proxy, *more: str) -> tuple[int, dict[str, dict[str, str]]]:
    """Return its exit status, and what it found by name."""
    where = ("--listen", proxy.listen, "--metrics", proxy.metrics)
    done = proxy.dlp("doctor", "--json", *where, *more)
    said = json.loads(done.stdout)
    assert said["ok"] == (done.returncode == 0)
    return done.returncode, {check["name"]: check for check in said["checks"]}


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """Answer the first client so, whatever it says, and give the address."""

    def serve(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with client:
            client.sendall(answer)
            client.shutdown(socket.SHUT_WR)
            while client.recv(1 << 16):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def tallied(proxy: Proxy) -> list[dict[str, Any]]:
    return [*map(json.loads, proxy.dlp("incident", "summary", "--json").stdout.splitlines())]


def test_a_proxy_that_works_is_in_order(proxy: Proxy) -> None:
    status, found = ask(proxy)
    assert status == 0, found
    assert found["a leak is stopped"]["state"] == found["proxy"]["state"] == "ok"
    assert found["an ordinary file passes"]["state"] == "ok"
    assert found["HTTPS is opened"]["state"] == "ok"
    incident = found["a leak is stopped"]["found"].split()[-1]
    shown = proxy.dlp("incident", "show", incident)
    before = tallied(proxy)
    rejected = proxy.dlp("quarantine", "reject", incident)
    assert "made-up leak of `dlp doctor`" in shown.stdout
    assert rejected.returncode == 0
    lists = (("incident", "list"), ("quarantine", "list"), ("policy", "replay", "monitor"))
    for command in lists:
        lines = [json.loads(one) for one in proxy.dlp(*command, "--json").stdout.splitlines()]
        tests = [one.get("id", one.get("message")) for one in lines if one["test"]]
        assert incident in tests
    assert "test of dlp doctor" in proxy.dlp("quarantine", "list").stdout
    # What a reviewer says of it tells nothing of how good the rules are.
    assert tallied(proxy) == before
    assert sum(one["tests"] for one in before) >= 1


def test_a_proxy_that_only_watches_is_said_to(start_proxy: Callable[..., Proxy]) -> None:
    proxy = start_proxy(DLP_POLICY="monitor")
    status, found = ask(proxy, "--policy", "monitor")
    assert status == 0, found
    assert found["a leak is stopped"]["state"] == "note"
    # Asked about a policy that stops, the same proxy is at fault.
    status, found = ask(proxy)
    assert status == 1
    assert found["a leak is stopped"]["state"] == "bad"


def test_an_authority_that_was_replaced_under_a_running_proxy_is_noticed(
    start_proxy: Callable[..., Proxy],
) -> None:
    proxy = start_proxy()
    trustme.CA().cert_pem.write_to_path(str(proxy.ca))
    status, found = ask(proxy)
    assert status == 1
    assert "restart the proxy" in found["HTTPS is opened"]["advice"]


def test_a_proxy_that_asks_who_sends_is_no_fault(
    start_proxy: Callable[..., Proxy], tmp_path: Path
) -> None:
    (tmp_path / "htpasswd").write_text("anne:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
    status, found = ask(start_proxy(DLP_PROXY_AUTH=str(tmp_path / "htpasswd")))
    assert status == 0, found
    assert "proxy_auth" in found["self-test"]["found"]


def test_a_proxy_before_a_server_is_no_fault(
    start_proxy: Callable[..., Proxy], http: HttpServer
) -> None:
    mode = {"DLP_MODE": f"reverse:{http.url}"}
    proxy = start_proxy(**mode)
    env = mode | {"DLP_DATA_DIR": str(proxy.data_dir), "DLP_METRICS": proxy.metrics}
    done = run_dlp("doctor", "--json", "--listen", proxy.listen, env=env)
    (test,) = (one for one in json.loads(done.stdout)["checks"] if one["name"] == "self-test")
    assert (done.returncode, test["state"]) == (0, "note")


def test_a_report_counts_people_once_and_no_test(
    start_proxy: Callable[..., Proxy], http: HttpServer, name: str, leak: bytes
) -> None:
    proxy = start_proxy(DLP_POLICY="monitor")
    ask(proxy, "--policy", "monitor")
    for path in (f"{name}/a", f"{name}/b"):
        assert (
            curl(f"{http.url}/{path}", "-T", "{file}", proxy=proxy.listen, send=leak).status == 200
        )
    report = proxy.dlp("report", "breach", "--since", "1h", "--lang", "en").stdout
    for said in (
        "Tests of dlp doctor, not counted | 1 |",
        r"Transfers that left (noted only, released or forwarded) | 2 |",
        "Number of people in transfers that left | 40 |",
        "Number of people, in all transfers | 40 |",
    ):
        assert said in report
    # The same words belong to one category in whatever language.
    assert "nl." not in report
    assert "it." not in report


def test_a_proxy_that_is_not_there_is_missed(tmp_path: Path) -> None:
    with HttpServer() as other:
        address = f"127.0.0.1:{other.port}"
        done = run_dlp(
            "doctor", "--data-dir", str(tmp_path), "--listen", "127.0.0.1:1", "--metrics", address
        )
    assert done.returncode == 1
    assert "not this proxy's" in done.stdout
    assert "dlp serve" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answers 404"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak HTTP"),
    ],
)
def test_another_program_at_its_address_is_told(tmp_path: Path, answer: bytes, said: str) -> None:
    with answering(answer) as address:
        done = run_dlp(
            "doctor",
            *("--json", "--data-dir", str(tmp_path), "--listen", address),
            *("--metrics", "127.0.0.1:1"),
        )
    assert (done.returncode, done.stderr) == (1, "")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert said in checks["self-test"]["found"]
    assert checks["self-test"]["advice"] == "another program has its port"
    # Nothing more is asked of it.
    assert "HTTPS is opened" not in checks


@pytest.mark.parametrize("offline", [True, False])
def test_settings_that_can_not_be_used_are_told(offline: bool) -> None:  # noqa: FBT001
    done = run_dlp("doctor", *(["--offline"] if offline else []), env={"DLP_LISTEN": "nonsense"})
    assert done.returncode == 1
    assert "DLP_LISTEN" in done.stdout

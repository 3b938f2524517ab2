"""Policies in a running proxy: they follow their files, and a bad one changes nothing."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from bench.ways import ways

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.proxy import Proxy
    from bench.servers import FtpServer, HttpServer, HttpsServer
    from bench.ways import Way

PATIENCE = 30

STOP = """\
name: ours
rules:
  - name: people
    action: block
    when: {subjects: 2}
"""
PASS = STOP.replace("action: block", "action: log")


def write(path: Path, text: str) -> None:
    """Put a file in place whole, as editors and volumes do."""
    path.with_suffix(".new").write_text(text, "utf-8")
    path.with_suffix(".new").replace(path)


def logged(proxy: Proxy, event: str, count: int = 1) -> list[dict[str, Any]]:
    """Return the events of that name, once there are so many."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = [one for one in proxy.events if one["event"] == event]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, f"{event} was not logged {count} times"
        time.sleep(0.02)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "ours.yaml"
    path.write_text(STOP, "utf-8")
    return path


@pytest.fixture
def started(
    start_proxy: Callable[..., Proxy],
    policy: Path,
    http: HttpServer,
    https: HttpsServer,
    ftp: FtpServer,
) -> tuple[Proxy, Way]:
    proxy = start_proxy(DLP_POLICY=str(policy), DLP_SHADOW_POLICY="monitor")
    return proxy, ways(proxy, http, https, ftp)[0]


def test_a_policy_follows_its_file_and_a_bad_one_is_refused(
    started: tuple[Proxy, Way], policy: Path, name: str, leak: bytes
) -> None:
    proxy, way = started
    versions = [logged(proxy, "ready")[0]["policy_version"]]
    assert way.send(proxy, name, leak).status == 403

    write(policy, STOP.replace("subjects: 2", "subject: 2"))
    refused = logged(proxy, "policy.refused")[0]
    assert "line 5, column 12: rules.0.when.subject: no such field" in refused["error"]
    assert refused["in_force"] == f"ours {versions[0]}"
    assert way.send(proxy, name, leak).status == 403
    assert proxy.metric("dlp_policy_file_refused", role="live") == 1

    write(policy, PASS)
    applied = logged(proxy, "policy.applied")[0]
    versions.append(applied["version"])
    assert way.send(proxy, name, leak).status == 200
    assert proxy.metric("dlp_policy_file_refused", role="live") == 0
    assert proxy.metric("dlp_policy_info", role="live", policy="ours", version=versions[1]) == 1
    assert proxy.metric("dlp_policy_info", role="live", policy="ours", version=versions[0]) == 0

    policy.unlink()
    assert "No such file" in logged(proxy, "policy.refused", 2)[1]["error"]
    assert way.send(proxy, name, leak).status == 200

    write(policy, STOP)
    logged(proxy, "policy.applied", 2)
    assert way.send(proxy, name, leak).status == 403
    assert proxy.metric("dlp_policy_reloads_total", role="live", result="applied") == 2
    assert proxy.metric("dlp_policy_reloads_total", role="live", result="refused") == 2


def test_a_policy_is_read_again_on_sighup(started: tuple[Proxy, Way]) -> None:
    proxy, _ = started

    proxy.signal(signal.SIGHUP)

    assert {one["role"] for one in logged(proxy, "policy.unchanged", 2)} == {"live", "shadow"}
    assert proxy.admin("/-/ready")[0] == 200


def test_a_shadow_policy_says_where_it_differs_and_changes_nothing(
    started: tuple[Proxy, Way], name: str, leak: bytes, orders: bytes
) -> None:
    proxy, way = started

    assert way.send(proxy, name, leak).status == 403
    assert way.send(proxy, name, orders).status == 200

    differs = logged(proxy, "policy.differs")
    assert [(one["action"], one["shadow_action"]) for one in differs] == [("block", "log")]
    assert differs[0]["shadow_rule"] == "identifiers-of-several-people"
    assert proxy.metric("dlp_policy_shadow_differences_total", live="block", shadow="log") == 1


def test_rules_see_where_a_message_goes_and_how(
    start_proxy: Callable[..., Proxy],
    policy: Path,
    http: HttpServer,
    https: HttpsServer,
    ftp: FtpServer,
    name: str,
    leak: bytes,
) -> None:
    policy.write_text(
        "name: ours\nrules:\n"
        "  - name: partner\n    action: log\n"
        f"    when: {{destination: {{cidr: 127.0.0.0/8, port: {http.port}}}, method: PUT,"
        f" path: '/{name}*', client: 127.0.0.1, channel: http, time: {{}}, size: {{least: 1}}}}\n"
        "  - name: people\n    action: block\n    when: {subjects: 2}\n",
        "utf-8",
    )
    proxy = start_proxy(DLP_POLICY=str(policy))
    out = {way.name: way for way in ways(proxy, http, https, ftp)}

    assert out["HTTP/1.1"].send(proxy, name, leak).status == 200
    assert out["HTTP/1.1"].send(proxy, f"x{name}", leak).status == 403
    assert out["HTTPS, HTTP/2"].send(proxy, name, leak).status == 403
    assert out["FTP over HTTP"].send(proxy, name, leak).status == 403

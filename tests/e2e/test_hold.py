"""How much of a body is held before its verdict may depend on where it goes."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from bench.ways import ways

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.proxy import Proxy
    from bench.servers import FtpServer, HttpServer, HttpsServer

PATIENCE = 30
WORDS = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor".split()
CLEAN = " ".join(random.Random(5).choices(WORDS, k=500_000)).encode() + b"\n"
RULES = """\
name: ours
rules:
  - {name: people, action: block, when: {subjects: 2}}
hold:
"""


def hold(port: int, limit: str) -> str:
    return f"  - {{destination: {{host: 127.0.0.1, port: {port}}}, limit: {limit}}}\n"


def test_a_policy_says_where_more_is_held_and_where_less(
    start_proxy: Callable[..., Proxy],
    http: HttpServer,
    https: HttpsServer,
    ftp: FtpServer,
    tmp_path: Path,
    leak: bytes,
) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(RULES + hold(http.port, "64 KiB") + hold(https.port, "64 MiB"), "utf-8")
    proxy = start_proxy(DLP_POLICY=str(file), DLP_HOLD_LIMIT="1000000")
    by = {way.name: way for way in ways(proxy, http, https, ftp)}

    for name, kind in (("HTTP/1.1", "sized"), ("HTTP/1.1, chunked", "chunked")):
        # How much leaves before the leak is found depends on who is fast today.
        for attempt in range(6):
            sent = f"little-held-{kind}-{attempt}"
            assert by[name].send(proxy, sent, CLEAN + leak).status == 403
            arrived = by[name].arrived(sent)
            assert CLEAN.startswith(arrived)
            assert not any(record.complete for record in http.records.of(f"/{sent}"))
            if arrived:
                break
        assert arrived
    for name in ("HTTPS, HTTP/1.1", "HTTPS, HTTP/2"):
        assert by[name].send(proxy, "held", CLEAN + leak).status == 403
        assert by[name].untouched("held")
        assert by[name].send(proxy, "clean", CLEAN).status == 200
    assert [record.body for record in https.records.of("/clean")] == [CLEAN, CLEAN]

    # It is followed like the rest of the file.
    changed = RULES + hold(http.port, "64 MiB")
    file.with_suffix(".new").write_text(changed, "utf-8")
    file.with_suffix(".new").replace(file)
    deadline = time.monotonic() + PATIENCE
    while not any(one["event"] == "policy.applied" for one in proxy.events):
        assert time.monotonic() < deadline, proxy.logs
        time.sleep(0.02)
    assert by["HTTP/1.1"].send(proxy, "now-held", CLEAN + leak).status == 403
    assert by["HTTP/1.1"].untouched("now-held")


@pytest.mark.parametrize("limit", ["64 KiB", "2 MiB"])
def test_more_than_waits_on_disk_elsewhere_may_be_held(
    start_proxy: Callable[..., Proxy],
    http: HttpServer,
    https: HttpsServer,
    ftp: FtpServer,
    tmp_path: Path,
    limit: str,
) -> None:
    """A format that is read from its end waits up to `spool_limit`, or as far as it is held."""
    file = tmp_path / "ours.yaml"
    file.write_text(RULES + hold(http.port, limit), "utf-8")
    proxy = start_proxy(DLP_POLICY=str(file), DLP_HOLD_LIMIT="1024", DLP_SPOOL_LIMIT="1000000")
    way = ways(proxy, http, https, ftp)[0]
    # So begins a ZIP archive, of which nothing may leave early.
    body = b"PK\x03\x04\x14" + bytes(25) + b"\x01a" + b"x" * 1_500_000

    answer = way.send(proxy, "archive.zip", body)

    assert answer.status == (503 if limit == "64 KiB" else 200), answer.text

"""The allowlist: a running proxy sees it change, and what passes by it is told and counted."""

from __future__ import annotations

import json
import shlex
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from bench import patients
from bench.proxy import Proxy, run_dlp
from bench.ways import ways
from dlp.evidence.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bench.servers import FtpServer, HttpServer, HttpsServer
    from bench.ways import Way

PATIENCE = 30


@pytest.fixture(scope="module")
def allowing(
    tmp_path_factory: pytest.TempPathFactory, upstream_env: dict[str, str]
) -> Iterator[Proxy]:
    """A proxy whose allowlist these tests change."""
    with Proxy(tmp_path_factory.mktemp("allow") / "data", env=upstream_env) as proxy:
        yield proxy


@pytest.fixture
def out(allowing: Proxy, http: HttpServer, https: HttpsServer, ftp: FtpServer) -> dict[str, Way]:
    return {way.name: way for way in ways(allowing, http, https, ftp)}


def until(held: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not held():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def changed(proxy: Proxy, *args: str) -> str:
    """Change the allowlist, wait until the proxy has seen it, and return what was said."""
    before = len([one for one in proxy.events if one["event"] == "allowlist.applied"])
    done = proxy.dlp("allow", *args)
    assert done.returncode == 0, done.stderr
    until(
        lambda: len([one for one in proxy.events if one["event"] == "allowlist.applied"]) > before
    )
    return done.stdout


def listed(proxy: Proxy) -> dict[str, dict[str, Any]]:
    lines = proxy.dlp("allow", "list", "--json").stdout.splitlines()
    return {one["id"]: one for one in map(json.loads, lines)}


def prose(seed: int) -> bytes:
    """Identifiers of people, with nothing else about them."""
    people = list(patients.patients(3, seed=seed))
    return "\n".join(f"numéro de sécurité sociale {one.nir}" for one in people).encode()


def test_a_running_proxy_follows_the_allowlist(
    allowing: Proxy, out: dict[str, Way], name: str, seed: int
) -> None:
    way, body = out["HTTP/1.1"], prose(seed)
    assert way.send(allowing, name, body).status == 403

    to = f"127.0.0.1:{way.server.port}"
    said = changed(
        allowing, "add", "--detector", "fr_nir", "--to", to, "--reason", "test", "--json"
    )
    entry = json.loads(said)

    hits = allowing.metric("dlp_allowlist_hits_total", detector="fr_nir")
    assert way.send(allowing, name, body).status == 200
    assert way.arrived(name) == body
    assert allowing.metric("dlp_allowlist_hits_total", detector="fr_nir") == hits + 1
    hit = next(one for one in allowing.events if one.get("entry") == entry["id"])
    assert (hit["event"], hit["destination"], hit["stopped"]) == ("allowlist.hit", to, False)
    until(lambda: listed(allowing)[entry["id"]]["hits"] == 1)
    assert listed(allowing)[entry["id"]]["last_hit"] is not None

    assert out["HTTPS, HTTP/2"].send(allowing, name, body).status == 403
    leak = patients.leak_csv(40, seed=seed)
    assert way.send(allowing, name, leak).status == 403

    changed(allowing, "remove", entry["id"])
    assert way.send(allowing, name, body).status == 403


@pytest.mark.parametrize("narrowest", [0, 1, 2])
def test_the_lines_an_incident_shows_let_it_pass_and_nothing_else(
    allowing: Proxy, out: dict[str, Way], name: str, seed: int, narrowest: int
) -> None:
    way, body = out["HTTP/1.1"], prose(seed)
    number = way.send(allowing, name, body).incident
    shown = json.loads(allowing.dlp("incident", "show", number, "--json").stdout)["allow"]
    sheet = allowing.dlp("incident", "show", number).stdout
    lines = list(shown.values())[narrowest]
    assert all(line in sheet for line in lines)

    # Who copies a line still has to say why.
    copied = allowing.dlp(*shlex.split(lines[0])[1:])
    assert (copied.returncode, "say why" in copied.stderr) == (2, True)
    assert (f"(all {len(lines)} lines are needed)" in sheet) == (len(lines) > 1)
    given = [line.replace("'WHY'", "'a test'") for line in lines]
    made = [changed(allowing, *shlex.split(line)[2:], "--json") for line in given]

    assert way.send(allowing, name, body).status == 200
    assert out["HTTPS, HTTP/1.1"].send(allowing, name, body).status == 403
    others = prose(seed + 1)
    assert way.send(allowing, name, others).status == (200 if narrowest == 2 else 403)
    for one in made:
        changed(allowing, "remove", json.loads(one)["id"])
    assert way.send(allowing, name, body).status == 403


def test_two_admins_at_once_lose_nothing(tmp_path: Path) -> None:
    env = {"DLP_DATA_DIR": str(tmp_path)}
    Database(tmp_path).close()

    def add(number: int) -> int:
        to = ("--to", f"host{number}.example.org")
        return run_dlp(
            "allow", "add", "--detector", "fr_nir", *to, "--reason", "test", env=env
        ).returncode

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(add, range(6))) == [0] * 6
    entries = [
        json.loads(line) for line in run_dlp("allow", "list", "--json", env=env).stdout.splitlines()
    ]
    assert {one["host"] for one in entries} == {f"host{n}.example.org" for n in range(6)}

    first = entries[0]["id"]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: run_dlp("allow", "remove", first, env=env), range(2)))
    assert sorted(one.returncode for one in done) == [0, 2]
    assert run_dlp("allow", "renew", first, env=env).returncode == 2

"""What a reviewer sees of a stop, and what the words of a reviewer do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.proxy import Proxy
    from bench.servers import FtpServer, HttpServer, HttpsServer
    from bench.ways import Way

from bench.curl import curl
from bench.ways import ways


def show(proxy: Proxy, incident: str) -> dict[str, Any]:
    """Return an incident as `dlp incident show --json` tells it."""
    shown: dict[str, Any] = json.loads(proxy.dlp("incident", "show", incident, "--json").stdout)
    return shown


@pytest.mark.parametrize(
    ("way", "channel"),
    [("HTTPS, HTTP/2", "http"), ("FTP over HTTP", "ftp"), ("FTP in a tunnel", "ftp-tunnel")],
    indirect=["way"],
)
def test_an_incident_says_what_was_to_go_where(
    proxy: Proxy, way: Way, channel: str, name: str, leak: bytes, nirs: list[str]
) -> None:
    number = way.send(proxy, name, leak).incident

    incident = show(proxy, number)

    assert incident["id"] == number
    assert incident["channel"] == channel
    assert incident["client"] == "127.0.0.1"
    assert incident["destination"] == f"127.0.0.1:{way.server.port}"
    assert incident["subjects"] == len(set(nirs))
    assert incident["action"] == "quarantine"
    assert incident["review"] == "open"
    assert incident["bytes"] == len(leak)
    assert [f["distinct"] for f in incident["findings"] if f["detector"] == "fr_nir"] == [len(nirs)]


@pytest.mark.parametrize("way", ["HTTP/1.1"], indirect=True)
def test_incidents_are_listed_newest_first(proxy: Proxy, way: Way, name: str, leak: bytes) -> None:
    sent = [way.send(proxy, f"{name}/{number}", leak).incident for number in range(3)]

    listed = [
        json.loads(line)["id"]
        for line in proxy.dlp("incident", "list", "--json").stdout.split("\n")
        if line
    ]
    table = proxy.dlp("incident", "list").stdout
    in_quarantine = proxy.dlp("quarantine", "list").stdout

    assert [number for number in listed if number in sent] == sent[::-1]
    assert all(number in table and number in in_quarantine for number in sent)


@pytest.mark.parametrize("way", ["HTTP/1.1"], indirect=True)
def test_an_ordinary_message_is_no_incident(
    proxy: Proxy, way: Way, name: str, orders: bytes
) -> None:
    answer = way.send(proxy, name, orders)

    assert answer.incident == ""
    assert name not in proxy.dlp("incident", "list", "--json").stdout


@pytest.mark.parametrize(
    "way",
    [
        "HTTP/1.1, chunked",
        "HTTP/1.1, web form",
        "HTTPS, HTTP/2",
        "FTP over HTTP",
        "FTP in a tunnel",
    ],
    indirect=True,
)
def test_what_was_released_passes_once_as_it_is(
    proxy: Proxy, way: Way, name: str, leak: bytes
) -> None:
    number = way.send(proxy, name, leak).incident

    released = proxy.dlp("quarantine", "release", number)
    first, arrived = way.send(proxy, name, leak), way.arrived(name)
    second = way.send(proxy, name, leak)

    assert released.returncode == 0
    assert number in released.stdout
    assert first.status in (200, 201, 226)
    assert arrived == leak
    assert second.status in (403, 552)
    assert second.incident not in ("", number)
    assert show(proxy, number)["review"] == "released"


def test_a_release_lets_nothing_else_pass(
    proxy: Proxy,
    http: HttpServer,
    https: HttpsServer,
    ftp: FtpServer,
    name: str,
    leak: bytes,
) -> None:
    out = {way.name: way for way in ways(proxy, http, https, ftp)}
    number = out["HTTP/1.1"].send(proxy, name, leak).incident
    proxy.dlp("quarantine", "release", number)

    more = out["HTTP/1.1"].send(proxy, name, leak + leak.splitlines()[1])
    elsewhere = out["HTTPS, HTTP/1.1"].send(proxy, name, leak)

    assert (more.status, elsewhere.status) == (403, 403)
    assert out["HTTP/1.1"].untouched(name)
    assert out["HTTPS, HTTP/1.1"].untouched(name)


@pytest.mark.parametrize("way", ["HTTP/1.1"], indirect=True)
def test_what_was_rejected_stays_stopped(proxy: Proxy, way: Way, name: str, leak: bytes) -> None:
    number = way.send(proxy, name, leak).incident

    rejected = proxy.dlp("quarantine", "reject", number)
    again = way.send(proxy, name, leak)
    late = proxy.dlp("quarantine", "release", number)

    assert rejected.returncode == 0
    assert again.status == 403
    assert show(proxy, number)["review"] == "rejected"
    assert late.returncode == 2
    assert late.stderr.count("\n") == 1
    assert number in late.stderr
    assert way.untouched(name)


def test_a_number_that_does_not_exist_is_one_clear_line(proxy: Proxy) -> None:
    for command in (("incident", "show"), ("quarantine", "release"), ("quarantine", "reject")):
        done = proxy.dlp(*command, "DLP-000000-N0SUCH00")

        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1
        assert "DLP-000000-N0SUCH00" in done.stderr


def test_incidents_and_releases_outlive_the_proxy(
    start_proxy: Callable[..., Proxy],
    http: HttpServer,
    https: HttpsServer,
    ftp: FtpServer,
    name: str,
    leak: bytes,
) -> None:
    proxy = start_proxy()
    authority = proxy.ca.read_bytes()
    number = ways(proxy, http, https, ftp)[0].send(proxy, name, leak).incident
    proxy.dlp("quarantine", "release", number)

    proxy.restart()
    passed = ways(proxy, http, https, ftp)[0].send(proxy, name, leak)

    assert proxy.ca.read_bytes() == authority
    assert passed.status == 200
    assert show(proxy, number)["review"] == "released"


def test_a_stop_of_people_told_one_by_one_says_how_many_were_told_before(
    start_proxy: Callable[..., Proxy], http: HttpServer, name: str, nirs: list[str]
) -> None:
    proxy = start_proxy()
    said = ("-H", "Accept-Language: en", "-H", "Accept: text/html")
    answers = [curl(f"{http.url}/{name}/{nir}", *said, proxy=proxy.listen) for nir in nirs[:5]]

    assert [one.status for one in answers] == [200, 200, 200, 200, 403]
    number = answers[-1].incident
    assert "one by one to the same destination in a short time (5 people)" in answers[-1].text
    (line,) = (
        one for one in proxy.dlp("incident", "list").stdout.splitlines() if one.startswith(number)
    )
    assert "1 + 4 before" in line
    assert "4 told of before, one by one" in proxy.dlp("incident", "show", number).stdout
    told = next(one for one in proxy.events if one.get("incident") == number)
    assert (told["subjects"], told["subjects_in_window"]) == (1, 5)
    report = proxy.dlp("report", "breach", "--incident", number, "--lang", "en").stdout
    assert "about 4 people had been told of before" in report

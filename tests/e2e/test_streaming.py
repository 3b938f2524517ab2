"""Large uploads: streamed while they are clean, broken off where a leak begins."""

from __future__ import annotations

import io
import json
import random
import socket
import time
import zipfile
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from bench.curl import curl
from bench.proxy import Proxy
from bench.servers import FtpServer, HttpServer, HttpsServer
from bench.ways import Way, ways

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.curl import Answer
    from bench.proxy import Proxy

HOLD = 64 * 1024
WORDS = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor".split()
HTTP_WAYS = [
    "HTTP/1.1",
    "HTTP/1.1, chunked",
    "HTTPS, HTTP/1.1",
    "HTTPS, HTTP/2",
    "HTTP/2, no length",
]


def prose(size: int, seed: int) -> bytes:
    chance = random.Random(seed)
    lines = (" ".join(chance.choice(WORDS) for _ in range(12)) for _ in range(size // 70))
    return "\n".join(lines).encode() + b"\n"


@pytest.fixture(scope="module")
def streaming(
    tmp_path_factory: pytest.TempPathFactory,
    upstream_env: dict[str, str],
    http: HttpServer,
    https: HttpsServer,
    ftp: FtpServer,
) -> Iterator[Proxy]:
    """A proxy that holds little, so that little is large."""
    env = upstream_env | {"DLP_HOLD_LIMIT": str(HOLD), "DLP_SPOOL_LIMIT": str(4 << 20)}
    del http, https, ftp
    with Proxy(tmp_path_factory.mktemp("streaming") / "data", env=env) as proxy:
        yield proxy


@pytest.fixture
def through(
    request: pytest.FixtureRequest,
    streaming: Proxy,
    http: HttpServer,
    https: HttpsServer,
    ftp: FtpServer,
) -> Way:
    found = {way.name: way for way in ways(streaming, http, https, ftp)}
    h2 = found["HTTPS, HTTP/2"]
    no_length = (*h2.args, "-H", "Content-Length:")
    found["HTTP/2, no length"] = Way("HTTP/2, no length", https, no_length)
    return found[request.param]


def begun(way: Way, name: str) -> bytes:
    """Return what a server got of a message that it must not take for whole."""
    records = way.server.records.of("/" + name)
    assert not any(record.complete for record in records)
    return b"".join(record.body for record in records)


@pytest.mark.parametrize("through", HTTP_WAYS, indirect=True)
@pytest.mark.parametrize("before", [0, 70_000, 500_000])
def test_nothing_from_the_leak_on_arrives(
    streaming: Proxy, through: Way, name: str, leak: bytes, before: int
) -> None:
    head = prose(before, before)

    answer = through.send(streaming, name, head + leak + prose(300_000, 1))

    assert answer.status == 403
    assert answer.incident
    arrived = begun(through, name)
    assert head.startswith(arrived)


@pytest.mark.parametrize("through", HTTP_WAYS, indirect=True)
def test_a_leak_at_the_very_end_is_stopped_before_the_message_is_complete(
    streaming: Proxy, through: Way, name: str, leak: bytes
) -> None:
    head = prose(600_000, 3)

    answer = through.send(streaming, name, head + leak)

    assert answer.status == 403
    assert head.startswith(begun(through, name))


@pytest.mark.parametrize("through", [*HTTP_WAYS, "FTP over HTTP", "FTP in a tunnel"], indirect=True)
def test_ordinary_content_arrives_byte_for_byte(streaming: Proxy, through: Way, name: str) -> None:
    content = prose(1_500_000, 4)

    answer = through.send(streaming, name, content)

    assert answer.status in (200, 201, 226)
    assert through.arrived(name) == content


def test_what_left_by_ftp_before_its_verdict_is_deleted_where_it_can_not_be_renamed(
    streaming: Proxy, name: str, seed: int
) -> None:
    with FtpServer(perm="elrdw") as server:
        url = f"ftp://user:pw@127.0.0.1:{server.port}/{name}"

        answer = curl(url, "-T", "{file}", proxy=streaming.listen, send=prose(8 << 20, seed))

        assert answer.status == 502
        assert "no renaming" in answer.text
        assert server.files() == {}


def test_what_is_appended_by_ftp_leaves_after_its_verdict_or_not_at_all(
    streaming: Proxy, ftp: FtpServer, name: str, seed: int
) -> None:
    (ftp.root / name).write_bytes(b"first")
    url = f"ftp://user:pw@127.0.0.1:{ftp.port}/{name}"

    answer = curl(url, "-C", "5", "-T", "{file}", proxy=streaming.listen, send=prose(8 << 20, seed))

    # Refused while the client still sends, which may see no more than that it was cut off.
    assert answer.status == 413 or answer.exit_status == 56
    assert ftp.files()[name] == b"first"


@pytest.mark.parametrize("through", ["FTP over HTTP", "FTP in a tunnel"], indirect=True)
def test_an_upload_by_ftp_leaves_no_file_behind(
    streaming: Proxy, through: Way, ftp: FtpServer, name: str, leak: bytes
) -> None:
    answer = through.send(streaming, name, prose(500_000, 5) + leak)

    assert answer.status in (403, 552)
    assert answer.incident
    # The gateway deletes what it began once the proxy has hung up.
    deadline = time.monotonic() + 15
    while any(name in path for path in ftp.files()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(name in path for path in ftp.files())


@pytest.mark.parametrize("through", HTTP_WAYS, indirect=True)
def test_the_first_of_two_patients_does_not_leave_before_the_second_is_seen(
    streaming: Proxy, through: Way, name: str, nirs: list[str]
) -> None:
    head = prose(400_000, 6)
    body = head + f"{nirs[0]}\n".encode() + prose(700_000, 7) + f"{nirs[1]}\n".encode()

    answer = through.send(streaming, name, body + prose(1000, 8))

    assert answer.status == 403
    assert head.startswith(begun(through, name))


def test_a_large_body_begins_to_leave_before_it_has_ended(
    streaming: Proxy, http: HttpServer, name: str
) -> None:
    host, _, port = streaming.listen.rpartition(":")
    first, rest = prose(700_000, 9), prose(50_000, 10)
    mark = first[:2000]
    with socket.create_connection((host, int(port)), 15) as connection:
        connection.sendall(
            f"POST {http.url}/{name} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Length: {len(first) + len(rest)}\r\n\r\n".encode()
        )
        connection.sendall(first)
        deadline = time.monotonic() + 15
        while mark not in http.received and time.monotonic() < deadline:
            time.sleep(0.02)
        assert mark in http.received
        connection.sendall(rest)
        answer = connection.recv(4096)

    assert answer.startswith(b"HTTP/1.1 200")
    assert [record.body for record in http.records.of(f"/{name}")] == [first + rest]


def packed(content: bytes, beside: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("filler", random.Random(1).randbytes(beside))
        archive.writestr("content", content)
    return out.getvalue()


def test_an_archive_is_held_to_its_end(
    streaming: Proxy, http: HttpServer, name: str, leak: bytes
) -> None:
    def send(content: bytes, path: str) -> Answer:
        return curl(f"{http.url}/{path}", "-T", "{file}", proxy=streaming.listen, send=content)

    clean = packed(b"nothing", 2_000_000)
    assert send(clean, f"{name}-clean").status == 200
    assert [record.body for record in http.records.of(f"/{name}-clean")] == [clean]
    assert send(packed(leak, 2_000_000), name).status == 403
    assert not http.records.of(f"/{name}")


@pytest.mark.parametrize(
    "through", ["HTTP/1.1", "HTTP/1.1, chunked", "HTTPS, HTTP/2"], indirect=True
)
def test_what_can_not_be_held_to_its_end_is_refused(
    streaming: Proxy, through: Way, name: str
) -> None:
    answer = through.send(streaming, name, packed(b"nothing", 5_000_000))

    assert answer.status == 503
    assert answer.incident
    assert through.untouched(name)


def test_spools_have_no_names(streaming: Proxy) -> None:
    assert list((streaming.data_dir / "spool").iterdir()) == []


def test_what_had_not_left_is_sealed_and_the_rest_is_told(
    streaming: Proxy, http: HttpServer, name: str, leak: bytes, tmp_path: Path
) -> None:
    content = prose(3_000_000, 11) + leak + prose(300_000, 12)

    answer = curl(f"{http.url}/{name}", "-T", "{file}", proxy=streaming.listen, send=content)

    assert (answer.status, "était déjà parti" in answer.text) == (403, True)
    shown = json.loads(streaming.dlp("incident", "show", answer.incident, "--json").stdout)
    sheet = streaming.dlp("incident", "show", answer.incident).stdout
    out = tmp_path / "part"
    opened = streaming.dlp("quarantine", "open", answer.incident, "-o", str(out))
    released = streaming.dlp("quarantine", "release", answer.incident)
    forwarded = streaming.dlp("quarantine", "release", answer.incident, "--forward")
    sent, read = shown["sent"], shown["bytes"]
    assert (shown["body_kept"], shown["body_part"]) == (True, True)
    (record,) = http.records.of(f"/{name}")
    assert 0 < len(record.body) <= sent
    assert f"Had left     {sent} bytes" in sheet
    assert out.read_bytes() == content[sent:read], opened.stderr
    assert leak[:200] in out.read_bytes()
    for refused in (released, forwarded):
        assert (refused.returncode, "only a part of it is known" in refused.stderr) == (2, True)


def test_large_bodies_follow_each_other_on_one_connection(
    proxy: Proxy, http: HttpServer, name: str
) -> None:
    host, _, port = proxy.listen.rpartition(":")
    connection = HTTPConnection(host, int(port), timeout=60)
    body = prose(300_000, 5)
    statuses = []
    for _ in range(4):
        connection.request("PUT", f"{http.url}/{name}", body)
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()

    assert statuses == [200] * 4

"""What a browser, a script or an application meets when it speaks HTTP through the proxy."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import subprocess
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
import trustme

from bench.curl import curl, find_curl
from bench.servers import HttpServer, HttpsServer

if TYPE_CHECKING:
    from pathlib import Path

    from bench.proxy import Proxy
    from bench.servers import FtpServer

WAIT = 60


def connect(proxy: Proxy) -> socket.socket:
    """Return a connection to the proxy."""
    host, _, port = proxy.listen.rpartition(":")
    return socket.create_connection((host, int(port)), WAIT)


def read_to_end(connection: socket.socket) -> bytes:
    """Return all that comes until the other side ends."""
    received = bytearray()
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    return bytes(received)


def read_head(connection: socket.socket) -> bytes:
    """Return what comes up to the end of a head."""
    received = bytearray()
    while not received.endswith(b"\r\n\r\n") and (data := connection.recv(1)):
        received += data
    return bytes(received)


def test_a_leak_in_the_query_of_a_get_is_stopped(
    proxy: Proxy, http: HttpServer, name: str, nirs: list[str]
) -> None:
    query = urlencode([("nir", nir) for nir in nirs[:3]])

    answer = curl(f"{http.url}/{name}?{query}", proxy=proxy.listen)

    assert answer.status == 403
    assert not http.records.of(f"/{name}")


def test_a_leak_in_the_path_is_stopped(
    proxy: Proxy, http: HttpServer, name: str, nirs: list[str]
) -> None:
    people = "/".join(nirs[:3])

    answer = curl(f"{http.url}/{name}/{people}", proxy=proxy.listen)

    assert answer.status == 403
    assert not any(name in record.target for record in http.records.all())


@pytest.mark.parametrize("header", ["X-Patients", "Cookie", "Referer"])
def test_a_leak_in_a_header_is_stopped(
    proxy: Proxy, http: HttpServer, name: str, nirs: list[str], header: str
) -> None:
    people = "; ".join(f"nir{n}={nir}" for n, nir in enumerate(nirs[:3]))

    answer = curl(f"{http.url}/{name}", "-H", f"{header}: {people}", proxy=proxy.listen)

    assert answer.status == 403
    assert not http.records.of(f"/{name}")


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_a_leak_in_a_header_is_stopped_inside_https(
    proxy: Proxy, https: HttpsServer, name: str, nirs: list[str], version: str
) -> None:
    people = ", ".join(nirs[:3])

    answer = curl(
        f"{https.url}/{name}",
        *(version, "--cacert", str(proxy.ca), "-H", f"X-Patients: {people}"),
        proxy=proxy.listen,
    )

    assert answer.status == 403
    assert not https.records.of(f"/{name}")


def test_a_leak_in_a_urlencoded_form_is_stopped(
    proxy: Proxy, http: HttpServer, name: str, nirs: list[str]
) -> None:
    spaced = [f"{n[0]} {n[1:3]} {n[3:5]} {n[5:7]} {n[7:10]} {n[10:13]} {n[13:]}" for n in nirs]
    form = urlencode({"subject": "liste", "text": "\n".join(spaced[:5])}).encode()

    answer = curl(f"{http.url}/{name}", "--data-binary", "@{file}", proxy=proxy.listen, send=form)

    assert answer.status == 403
    assert not http.records.of(f"/{name}")


def test_a_leak_in_json_is_stopped(
    proxy: Proxy, http: HttpServer, name: str, nirs: list[str]
) -> None:
    people = json.dumps([{"patient": {"nir": nir}} for nir in nirs[:5]]).encode()

    answer = curl(
        f"{http.url}/{name}",
        *("-H", "Content-Type: application/json", "--data-binary", "@{file}"),
        proxy=proxy.listen,
        send=people,
    )

    assert answer.status == 403
    assert not http.records.of(f"/{name}")


def test_a_leak_is_stopped_whatever_the_method_is_called(
    proxy: Proxy, http: HttpServer, name: str, leak: bytes
) -> None:
    answer = curl(
        f"{http.url}/{name}",
        *("-X", "PROPPATCH", "--data-binary", "@{file}"),
        proxy=proxy.listen,
        send=leak,
    )

    assert answer.status == 403
    assert not http.records.of(f"/{name}")


@pytest.mark.parametrize("secure", [False, True])
def test_a_method_that_says_who_somebody_is_is_refused_and_not_written_down(
    proxy: Proxy, http: HttpServer, https: HttpsServer, name: str, nirs: list[str], *, secure: bool
) -> None:
    url = f"{https.url if secure else http.url}/{name}"
    args = ("-X", f"PUT{nirs[0]}", "-T", "{file}", "--cacert", str(proxy.ca))

    answer = curl(url, *args, proxy=proxy.listen, send=b"x" * 100_000)

    assert answer.status == 503
    assert not (https if secure else http).records.of(f"/{name}")
    shown = proxy.dlp("incident", "show", answer.incident, "--json").stdout
    assert json.loads(shown)["rule"] == "fail-closed:method"
    assert nirs[0] not in shown + "".join(proxy.logs)


def test_a_question_of_dns_over_https_that_spells_identifiers_is_stopped(
    proxy: Proxy, https: HttpsServer, name: str, nirs: list[str]
) -> None:
    spelled = base64.b32encode(f"{nirs[0]};{nirs[1]}".encode()).decode().rstrip("=").lower()
    labels = (spelled[:25], spelled[25:], "evil", "example")
    question = b"".join(bytes([len(one)]) + one.encode() for one in labels) + b"\0\0\x10\0\x01"
    query = b"\0\0\1\0\0\1\0\0\0\0\0\0" + question
    packed = base64.urlsafe_b64encode(query).decode().rstrip("=")
    kind = ("-H", "Content-Type: application/dns-message", "--cacert", str(proxy.ca))

    got = curl(f"{https.url}/{name}?dns={packed}", *kind[2:], proxy=proxy.listen)
    posted = curl(
        f"{https.url}/{name}", *kind, "--data-binary", "@{file}", proxy=proxy.listen, send=query
    )

    assert (got.status, posted.status) == (403, 403)
    assert not https.records.of(f"/{name}")


def test_a_connection_can_be_used_again_after_a_stop(
    proxy: Proxy, http: HttpServer, name: str, leak: bytes, orders: bytes
) -> None:
    connection = HTTPConnection(proxy.listen, timeout=WAIT)
    try:
        answers = []
        for body in (orders, leak, orders, leak, orders):
            connection.request("POST", f"{http.url}/{name}", body)
            used = connection.sock
            answer = connection.getresponse()
            answer.read()
            answers.append(answer.status)
            assert connection.sock is used
    finally:
        connection.close()

    assert answers == [200, 403, 200, 403, 200]
    assert [record.body for record in http.records.of(f"/{name}")] == [orders] * 3


def test_of_many_parallel_requests_on_http2_only_the_ordinary_ones_arrive(
    proxy: Proxy, https: HttpsServer, name: str, leak: bytes, orders: bytes, tmp_path: Path
) -> None:
    (tmp_path / "leak").write_bytes(leak)
    (tmp_path / "orders").write_bytes(orders)

    through = ("--noproxy", "", "-x", f"http://{proxy.listen}", "--cacert", str(proxy.ca))
    done = subprocess.run(
        [
            *(find_curl() or "curl", "-q", "-sS", "-Z", "--http2", "--max-time", "60", *through),
            *("-w", "%{response_code} %{http_version} %{url_effective}\n"),
            *("-T", str(tmp_path / "leak"), "-o", "/dev/null", f"{https.url}/{name}/leak/[1-20]"),
            *("-T", str(tmp_path / "orders"), "-o", "/dev/null", f"{https.url}/{name}/ok/[1-20]"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )

    answers = [line.split() for line in done.stdout.splitlines()]
    assert len(answers) == 40
    assert {version for _, version, _ in answers} == {"2"}
    assert all(status == ("403" if "/leak/" in url else "200") for status, _, url in answers)
    arrived = [record for record in https.records.all() if f"/{name}/" in record.target]
    assert sorted(record.target for record in arrived) == sorted(
        f"/{name}/ok/{number}" for number in range(1, 21)
    )
    assert all(record.body == orders and record.complete for record in arrived)


@pytest.mark.parametrize(
    ("accept_language", "language", "words"),
    [("fr-FR,fr;q=0.9,en;q=0.5", "fr", "bloqué"), ("en-GB,en;q=0.9", "en", "stopped")],
)
def test_a_browser_is_shown_a_page_in_its_language(
    proxy: Proxy,
    http: HttpServer,
    name: str,
    leak: bytes,
    accept_language: str,
    language: str,
    words: str,
) -> None:
    answer = curl(
        f"{http.url}/{name}",
        *("-H", "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        *("-H", f"Accept-Language: {accept_language}", "--data-binary", "@{file}"),
        proxy=proxy.listen,
        send=leak,
    )

    assert answer.status == 403
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}">' in answer.text
    assert words in answer.text
    assert answer.incident in answer.text
    assert "script" not in answer.text


@pytest.mark.parametrize(("language", "words"), [("fr", "bloqué"), ("en", "stopped")])
def test_a_program_is_told_in_problem_details(
    proxy: Proxy, http: HttpServer, name: str, leak: bytes, language: str, words: str
) -> None:
    answer = curl(
        f"{http.url}/{name}",
        *("-H", "Accept: application/json", "-H", f"Accept-Language: {language}"),
        *("--data-binary", "@{file}"),
        proxy=proxy.listen,
        send=leak,
    )

    problem = json.loads(answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status, problem["status"]) == (403, 403)
    assert problem["incident"] == answer.incident
    assert words in problem["title"].lower()


def prose(size: int) -> bytes:
    return (b"lorem ipsum dolor sit amet\n" * (size // 27 + 1))[:size]


def test_a_server_whose_certificate_nobody_vouches_for_is_sent_nothing(
    proxy: Proxy, name: str, orders: bytes
) -> None:
    with HttpsServer(trustme.CA()) as stranger:
        answer = curl(
            f"{stranger.url}/{name}",
            *("--cacert", str(proxy.ca), "--data-binary", "@{file}"),
            proxy=proxy.listen,
            send=orders,
        )

        assert answer.status == 502
        assert "--upstream-ca" in answer.text
        assert "Certificat du serveur refusé" in answer.text
        assert not answer.incident
        assert not stranger.records.all()


def test_a_server_that_is_not_there_is_a_bad_gateway(proxy: Proxy, orders: bytes) -> None:
    with HttpServer() as server:
        url = server.url

    for content in (orders, prose(200_000)):
        answer = curl(
            url,
            *("--data-binary", "@{file}", "-H", "Accept-Language: en"),
            proxy=proxy.listen,
            send=content,
        )
        assert answer.status == 502
        assert "Server not reached" in answer.text


@pytest.mark.parametrize(
    "greeting", [b"\x00\x01\x02\xff\xfe", b"hello 1\r\n", b"SSH-2.0-OpenSSH_9.6\r\n", b""]
)
def test_what_is_no_known_protocol_does_not_pass_a_tunnel(
    proxy: Proxy, leak: bytes, greeting: bytes
) -> None:
    with HttpServer() as server, connect(proxy) as connection:
        connection.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % server.port)
        assert b" 200 " in read_head(connection)
        connection.sendall(greeting + leak)
        connection.shutdown(socket.SHUT_WR)
        read_to_end(connection)

        assert server.received == b""


def test_what_is_no_http_inside_tls_does_not_pass_either(
    proxy: Proxy, authority: trustme.CA, leak: bytes
) -> None:
    trust = ssl.create_default_context(cafile=str(proxy.ca))
    with HttpServer(authority) as server, connect(proxy) as connection:
        connection.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % server.port)
        assert b" 200 " in read_head(connection)
        with trust.wrap_socket(connection, server_hostname="127.0.0.1") as inside:
            inside.sendall(b"\x00\x01\x02\xff\xfe" + leak)
            read_to_end(inside)

        assert server.received == b""


def test_a_refused_tunnel_is_an_incident(proxy: Proxy) -> None:
    def refused() -> float:
        return proxy.metric("dlp_fail_closed_refusals_total", reason="opaque")

    before = refused()
    with HttpServer() as server, connect(proxy) as connection:
        connection.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % server.port)
        assert b" 200 " in read_head(connection)
        connection.sendall(bytes(100))
        read_to_end(connection)
        listed = proxy.dlp("incident", "list", "--json").stdout.splitlines()

        assert refused() == before + 1
        assert f"127.0.0.1:{server.port}" in [json.loads(line)["destination"] for line in listed]


@pytest.mark.parametrize("tunnel", [False, True])
def test_no_frame_of_a_leak_follows_the_request_that_opens_a_websocket(
    proxy: Proxy, leak: bytes, *, tunnel: bool
) -> None:
    with HttpServer() as server, connect(proxy) as connection:
        target = f"{server.url}/ws"
        if tunnel:
            connection.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % server.port)
            assert b" 200 " in read_head(connection)
            target = "/ws"
        connection.sendall(
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        assert read_head(connection).startswith(b"HTTP/1.1 101")
        connection.sendall(b"\x81\xfe" + len(leak).to_bytes(2) + bytes(4) + leak)
        closed = read_to_end(connection)

        assert closed[:4] == b"\x88" + bytes([len(closed) - 2]) + (1008).to_bytes(2)
        assert leak[:64] not in server.received


def test_an_upgrade_smuggled_by_another_name_opens_no_channel(proxy: Proxy, leak: bytes) -> None:
    with HttpServer() as server, connect(proxy) as connection:
        connection.sendall(
            f"GET {server.url}/ws HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            "Upgrade: h2c, WebSocket/13\r\nConnection: Upgrade\r\n\r\n".encode()
        )
        connection.sendall(leak)
        connection.shutdown(socket.SHUT_WR)
        read_to_end(connection)

        assert leak not in server.received
        assert b"pgrade" not in server.received


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 50\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
    ],
)
def test_a_message_with_two_possible_ends_does_not_pass(
    proxy: Proxy, leak: bytes, head: bytes
) -> None:
    with HttpServer() as server, connect(proxy) as connection:
        connection.sendall(
            b"POST %s/ HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n0\r\n\r\n"
            b"POST /inner HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s"
            % (server.url.encode(), head, len(leak), leak)
        )
        connection.shutdown(socket.SHUT_WR)
        read_to_end(connection)

        assert leak not in server.received


def test_a_message_that_the_client_breaks_off_never_reaches_the_server(
    proxy: Proxy, orders: bytes
) -> None:
    with HttpServer() as server, connect(proxy) as connection:
        connection.sendall(
            b"POST %s/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s"
            % (server.url.encode(), len(orders) + 1, orders)
        )
        connection.shutdown(socket.SHUT_WR)
        read_to_end(connection)

        assert not any(record.complete for record in server.records.all())


def test_what_the_url_of_an_ftp_file_says_is_inspected(
    proxy: Proxy, ftp: FtpServer, name: str, nirs: list[str]
) -> None:
    people = quote("nir " + " ".join(nirs[:3]))

    answer = curl(
        f"ftp://user:pw@127.0.0.1:{ftp.port}/{name}-{people}",
        *("-T", "{file}"),
        proxy=proxy.listen,
    )

    assert answer.status == 403
    assert not any(name in path for path in ftp.files())


@pytest.mark.parametrize("command", ["SITE", "MKD", "STAT", "XNIR"])
def test_what_the_commands_of_ftp_say_is_inspected(
    proxy: Proxy, ftp: FtpServer, nirs: list[str], command: str
) -> None:
    curl(
        f"ftp://user:pw@127.0.0.1:{ftp.port}/",
        *("-p", "-Q", f"{command} nir {' '.join(nirs[:3])}"),
        proxy=proxy.listen,
    )

    assert not any(nirs[0] in line for line in ftp.commands)


def test_ordinary_commands_of_ftp_pass(proxy: Proxy, ftp: FtpServer, name: str) -> None:
    answer = curl(
        f"ftp://user:pw@127.0.0.1:{ftp.port}/",
        *("-p", "-Q", f"MKD {name}", "-Q", f"RNFR {name}", "-Q", f"RNTO {name}-renamed"),
        proxy=proxy.listen,
    )

    assert answer.exit_status == 0
    assert (ftp.root / f"{name}-renamed").is_dir()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_name_that_says_who_somebody_is_is_not_even_looked_up(
    proxy: Proxy, nirs: list[str], scheme: str
) -> None:
    host = ".".join(f"nir-{nir}" for nir in nirs[:3])

    answer = curl(f"{scheme}://{host}.example.org/", "--cacert", str(proxy.ca), proxy=proxy.listen)

    assert answer.status == 403 or "403" in answer.log
    assert "x-dlp-incident" in answer.log.lower()

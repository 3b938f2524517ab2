"""Whatever way it takes, a leak is stopped and an ordinary file arrives as it was."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from bench.curl import curl
from bench.servers import sha256
from bench.ways import WAYS

if TYPE_CHECKING:
    from bench.proxy import Proxy
    from bench.servers import FtpServer, HttpServer, HttpsServer
    from bench.ways import Way

every_way = pytest.mark.parametrize("way", list(WAYS), indirect=True)
# Large enough to come in many reads and frames, and not to fit in any one buffer.
LARGE = 3_000_000


@every_way
def test_a_leak_is_stopped_and_no_byte_of_it_arrives(
    proxy: Proxy, way: Way, name: str, leak: bytes
) -> None:
    answer = way.send(proxy, name, leak)

    assert answer.status == (552 if way.name == "FTP in a tunnel" else 403)
    assert answer.incident
    assert way.untouched(name)


@every_way
def test_an_ordinary_file_arrives_byte_for_byte(
    proxy: Proxy, way: Way, name: str, orders: bytes
) -> None:
    answer = way.send(proxy, name, orders)

    assert answer.exit_status == 0
    assert answer.status in (200, 201, 226)
    assert sha256(way.arrived(name)) == sha256(orders)


@every_way
def test_a_large_ordinary_file_arrives_byte_for_byte(
    proxy: Proxy, way: Way, name: str, orders: bytes
) -> None:
    large = orders * (LARGE // len(orders))

    answer = way.send(proxy, name, large)

    assert answer.exit_status == 0
    assert sha256(way.arrived(name)) == sha256(large)


@every_way
def test_a_leak_at_the_end_of_a_large_file_is_stopped_before_a_byte_of_the_file_arrives(
    proxy: Proxy, way: Way, name: str, leak: bytes, orders: bytes
) -> None:
    answer = way.send(proxy, name, orders * (LARGE // len(orders)) + leak)

    assert answer.status in (403, 552)
    assert way.untouched(name)


# curl sends the head of an empty chunked upload and then hangs, with a proxy or without.
@pytest.mark.parametrize("way", [way for way in WAYS if "chunked" not in way], indirect=True)
def test_an_empty_file_arrives(proxy: Proxy, way: Way, name: str) -> None:
    answer = way.send(proxy, name, b"")

    assert answer.exit_status == 0
    assert answer.status in (200, 201, 226)
    assert way.arrived(name) == b""
    assert not way.untouched(name)


@pytest.mark.parametrize("way", ["HTTP/1.1", "HTTPS, HTTP/2"], indirect=True)
def test_a_compressed_leak_is_stopped(proxy: Proxy, way: Way, name: str, leak: bytes) -> None:
    answer = way.send(proxy, name, gzip.compress(leak), "-H", "Content-Encoding: gzip")

    assert answer.status == 403
    assert way.untouched(name)


@pytest.mark.parametrize("way", ["HTTP/1.1", "HTTPS, HTTP/2"], indirect=True)
def test_a_compressed_ordinary_file_arrives_as_compressed(
    proxy: Proxy, way: Way, name: str, orders: bytes
) -> None:
    compressed = gzip.compress(orders)

    answer = way.send(proxy, name, compressed, "-H", "Content-Encoding: gzip")

    assert answer.status == 200
    assert way.arrived(name) == compressed


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_https_downloads_pass(
    proxy: Proxy, https: HttpsServer, name: str, orders: bytes, version: str
) -> None:
    https.files[f"/{name}"] = orders

    answer = curl(f"{https.url}/{name}", version, "--cacert", str(proxy.ca), proxy=proxy.listen)

    assert (answer.status, answer.body) == (200, orders)
    assert answer.version == version.removeprefix("--http")


def test_http_downloads_pass(proxy: Proxy, http: HttpServer, name: str, orders: bytes) -> None:
    http.files[f"/{name}"] = orders

    answer = curl(f"{http.url}/{name}", proxy=proxy.listen)

    assert (answer.status, answer.body) == (200, orders)


@pytest.mark.parametrize("args", [(), ("-p",), ("-p", "--disable-epsv")])
def test_ftp_downloads_pass(
    proxy: Proxy, ftp: FtpServer, name: str, orders: bytes, args: tuple[str, ...]
) -> None:
    (ftp.root / name).write_bytes(orders)

    answer = curl(f"{ftp.url}/{name}", *args, proxy=proxy.listen)

    assert answer.exit_status == 0
    assert answer.body == orders


@pytest.mark.parametrize("args", [(), ("-p",)])
def test_ftp_listings_pass(proxy: Proxy, ftp: FtpServer, name: str, args: tuple[str, ...]) -> None:
    (ftp.root / name).write_bytes(b"")

    answer = curl(f"{ftp.url}/", *args, proxy=proxy.listen)

    assert answer.exit_status == 0
    assert name in answer.text


@pytest.mark.parametrize(
    "args",
    [
        pytest.param(("--disable-epsv",), id="PASV"),
        pytest.param(("-a",), id="APPE"),
        pytest.param(("--use-ascii",), id="TYPE A"),
        pytest.param(("--ftp-create-dirs",), id="MKD"),
        pytest.param(("--ssl",), id="AUTH TLS"),
        pytest.param(("-P", "-"), id="EPRT"),
        pytest.param(("-P", "-", "--disable-eprt"), id="PORT"),
    ],
)
def test_no_dialect_of_ftp_in_a_tunnel_lets_a_leak_out(
    proxy: Proxy, ftp: FtpServer, name: str, leak: bytes, args: tuple[str, ...]
) -> None:
    answer = curl(
        f"ftp://user:pw@127.0.0.1:{ftp.port}/{name}",
        *("-p", "-T", "{file}", "--ftp-pasv", *args),
        proxy=proxy.listen,
        send=leak,
    )

    assert answer.exit_status != 0
    assert ftp.files().get(name, b"") == b""
    assert not any(record.body for record in ftp.records.of(f"/{name}"))


@pytest.mark.parametrize("args", [(), ("-p",)])
def test_ftp_uploads_without_an_account_are_inspected_too(
    proxy: Proxy, ftp: FtpServer, name: str, leak: bytes, args: tuple[str, ...]
) -> None:
    answer = curl(f"{ftp.url}/{name}", "-T", "{file}", *args, proxy=proxy.listen, send=leak)

    assert answer.status in (403, 552)
    assert name not in ftp.files()


@pytest.mark.parametrize("args", [(), ("-p",)])
def test_a_wrong_ftp_password_is_answered_and_nothing_arrives(
    proxy: Proxy, ftp: FtpServer, name: str, orders: bytes, args: tuple[str, ...]
) -> None:
    answer = curl(
        f"ftp://user:wrong@127.0.0.1:{ftp.port}/{name}",
        *("-T", "{file}", *args),
        proxy=proxy.listen,
        send=orders,
    )

    assert answer.exit_status == 67 or answer.status in (401, 407, 502)
    assert name not in ftp.files()

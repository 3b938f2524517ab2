"""FTP over HTTP: servers that offer TLS or allow little, downloads resumed, files gone on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trustme

from bench.curl import curl
from bench.servers import FtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.proxy import Proxy


@pytest.fixture(scope="module")
def ftps(authority: trustme.CA) -> Iterator[FtpServer]:
    """A server that asks for TLS, for commands and files."""
    with FtpServer(authority) as server:
        yield server


def test_tls_is_used_where_the_server_offers_it(
    proxy: Proxy, ftps: FtpServer, name: str, orders: bytes, leak: bytes
) -> None:
    url = f"ftp://user:pw@127.0.0.1:{ftps.port}"

    sent = curl(f"{url}/{name}", "-T", "{file}", proxy=proxy.listen, send=orders)
    back = curl(f"{url}/{name}", proxy=proxy.listen)
    listed = curl(f"{url}/", proxy=proxy.listen)
    stopped = curl(f"{url}/{name}-leak", "-T", "{file}", proxy=proxy.listen, send=leak)

    assert (sent.status, ftps.files()[name]) == (201, orders)
    assert back.body == orders
    assert name in listed.text
    assert stopped.status == 403
    assert f"{name}-leak" not in ftps.files()
    assert "AUTH TLS" in ftps.commands


def test_a_server_with_an_unknown_certificate_is_told_nothing(
    proxy: Proxy, name: str, orders: bytes
) -> None:
    with FtpServer(trustme.CA()) as server:
        url = f"ftp://user:pw@127.0.0.1:{server.port}/{name}"

        answer = curl(url, "-T", "{file}", proxy=proxy.listen, send=orders)

        assert answer.status == 502
        assert "certificate not trusted" in answer.text
        assert server.files() == {}
        assert not any(line.startswith(("USER", "PASS")) for line in server.commands)


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=1000-", 206, 1000, None),
        ("bytes=0-", 206, 0, None),
        ("bytes=10-19", 206, 10, 20),
        ("bytes=-5", 206, -5, None),
        ("bytes=5-99999999", 206, 5, None),
        ("bytes=1-2,4-5", 200, 0, None),
        ("lines=1-2", 200, 0, None),
    ],
)
def test_a_download_is_resumed(
    proxy: Proxy,
    ftp: FtpServer,
    name: str,
    asked: str,
    status: int,
    start: int,
    end: int | None,
) -> None:
    content = bytes(range(256)) * 1024
    (ftp.root / name).write_bytes(content)

    answer = curl(f"{ftp.url}/{name}", "-H", f"Range: {asked}", proxy=proxy.listen)

    assert (answer.status, answer.body) == (status, content[start:end])
    first, size = start % len(content), len(content)
    expected = f"bytes {first}-{first + len(answer.body) - 1}/{size}" if status == 206 else None
    assert answer.headers.get("content-range") == expected


def test_a_part_that_is_not_there_is_refused(proxy: Proxy, ftp: FtpServer, name: str) -> None:
    (ftp.root / name).write_bytes(b"short")

    assert curl(f"{ftp.url}/{name}", "-r", "5-", proxy=proxy.listen).status == 416


@pytest.mark.parametrize(
    ("args", "status", "stored"),
    [
        pytest.param(("-C", "5", "-T", "{file}"), 200, b"first-second", id="curl -C"),
        pytest.param(("-C", "4", "-T", "{file}"), 409, b"first", id="another size"),
        pytest.param(
            ("-X", "POST", "--data-binary", "@{file}"), 200, b"firstfirst-second", id="POST"
        ),
        pytest.param(
            ("-T", "{file}", "-H", "Content-Range: bytes 0-11/12"), 201, b"first-second", id="whole"
        ),
        pytest.param(("-T", "{file}", "-H", "Content-Range: 5"), 400, b"first", id="unreadable"),
    ],
)
def test_a_file_is_gone_on_with(
    proxy: Proxy, ftp: FtpServer, name: str, args: tuple[str, ...], status: int, stored: bytes
) -> None:
    (ftp.root / name).write_bytes(b"first")
    url = f"ftp://user:pw@127.0.0.1:{ftp.port}/{name}"

    answer = curl(url, *args, proxy=proxy.listen, send=b"first-second")

    assert (answer.status, ftp.files()[name]) == (status, stored)


def test_a_leak_is_not_appended(
    proxy: Proxy, ftp: FtpServer, name: str, orders: bytes, leak: bytes
) -> None:
    (ftp.root / name).write_bytes(orders)
    url = f"ftp://user:pw@127.0.0.1:{ftp.port}/{name}"

    answer = curl(
        url, "-C", str(len(orders)), "-T", "{file}", proxy=proxy.listen, send=orders + leak
    )

    assert answer.status == 403
    assert ftp.files()[name] == orders


def test_a_server_that_allows_to_store_and_nothing_else_gets_ordinary_files_alone(
    proxy: Proxy, name: str, orders: bytes, leak: bytes
) -> None:
    with FtpServer(perm="elw") as server:
        url = f"ftp://user:pw@127.0.0.1:{server.port}/{name}"

        sent = curl(url, "-T", "{file}", proxy=proxy.listen, send=orders)
        stopped = curl(f"{url}-leak", "-T", "{file}", proxy=proxy.listen, send=leak)

        assert (sent.status, stopped.status) == (201, 403)
        assert server.files() == {name: orders}

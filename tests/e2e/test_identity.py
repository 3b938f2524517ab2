"""Who sends is who authenticated, or whom a trusted hop names; and a proxy beyond this one."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.curl import Answer, curl
from bench.proxy import NotReadyError, Proxy, run_dlp
from bench.servers import HttpServer, HttpsServer

if TYPE_CHECKING:
    from bench.servers import FtpServer


@pytest.fixture
def htpasswd(tmp_path: Path) -> str:
    """A file by which `anne` may use the proxy."""
    file = tmp_path / "htpasswd"
    digest = base64.b64encode(hashlib.sha1(b"secret").digest()).decode()
    file.write_text(f"anne:{{SHA}}{digest}\n")
    return str(file)


def incident(proxy: Proxy, answer: Answer) -> dict[str, object]:
    shown: dict[str, object] = json.loads(
        proxy.dlp("incident", "show", answer.incident, "--json").stdout
    )
    return shown


WITH = ("--proxy-user", "anne:secret")


def test_without_credentials_nothing_leaves_however_large(
    start_proxy: Callable[..., Proxy], htpasswd: str, https: HttpsServer, orders: bytes
) -> None:
    proxy = start_proxy(DLP_PROXY_AUTH=htpasswd)
    with HttpServer() as server:
        for body in (b"x", orders * 100):
            for args in ((), ("--proxy-user", "anne:wrong")):
                answer = curl(
                    f"{server.url}/x", *args, "-T", "{file}", proxy=proxy.listen, send=body
                )
                assert answer.status == 407
        assert not server.received
    tunnel = curl(f"{https.url}/y", "--cacert", str(proxy.ca), proxy=proxy.listen)
    assert tunnel.exit_status == 56


@pytest.mark.parametrize("way", ["http", "https", "ftp", "tunnel"])
def test_the_user_stands_on_the_incident_and_credentials_stay_here(
    start_proxy: Callable[..., Proxy],
    htpasswd: str,
    https: HttpsServer,
    ftp: FtpServer,
    leak: bytes,
    way: str,
) -> None:
    proxy = start_proxy(DLP_PROXY_AUTH=htpasswd)
    with HttpServer() as server:
        url = {"http": server.url, "https": https.url}.get(
            way, f"ftp://user:pw@127.0.0.1:{ftp.port}"
        )
        args: tuple[str, ...] = (*WITH, "--cacert", str(proxy.ca), "-T", "{file}")
        args = (*args, "-p") if way == "tunnel" else args
        answer = curl(f"{url}/identity-{way}", *args, proxy=proxy.listen, send=leak)
        assert incident(proxy, answer)["user"] == "anne"
        passed = curl(f"{server.url}/x", *WITH, proxy=proxy.listen)
        assert passed.status == 200
        assert b"roxy-auth" not in server.received.lower()


def test_a_trusted_hop_names_the_client(start_proxy: Callable[..., Proxy], leak: bytes) -> None:
    proxy = start_proxy(DLP_TRUSTED_HOPS="127.0.0.0/8, 10.9.0.0/16")
    with HttpServer() as server:
        for said, client in (
            ("10.1.2.3", "10.1.2.3"),
            ("evil, 10.1.2.3", "10.1.2.3"),
            ("192.0.2.1, 10.1.2.3, 10.9.8.7", "10.1.2.3"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("10.1.2.3:4711", "10.1.2.3"),
            ("nobody", "127.0.0.1"),
        ):
            answer = curl(
                f"{server.url}/x",
                *("-H", f"X-Forwarded-For: {said}", "-T", "{file}"),
                proxy=proxy.listen,
                send=leak,
            )
            assert incident(proxy, answer)["client"] == client, said


def test_others_may_say_what_they_like(start_proxy: Callable[..., Proxy], leak: bytes) -> None:
    proxy = start_proxy(DLP_TRUSTED_HOPS="10.9.0.0/16")
    with HttpServer() as server:
        answer = curl(
            f"{server.url}/x",
            *("-H", "X-Forwarded-For: 10.1.2.3", "-T", "{file}"),
            proxy=proxy.listen,
            send=leak,
        )
    assert incident(proxy, answer)["client"] == "127.0.0.1"


def test_everything_goes_on_through_the_next_proxy(
    start_proxy: Callable[..., Proxy],
    tmp_path: Path,
    upstream_env: dict[str, str],
    https: HttpsServer,
    name: str,
    orders: bytes,
    leak: bytes,
) -> None:
    htpasswd = tmp_path / "next"
    digest = base64.b64encode(hashlib.sha1(b"corporate").digest()).decode()
    htpasswd.write_text(f"dlp:{{SHA}}{digest}\n")
    with (
        HttpServer() as server,
        Proxy(
            tmp_path / "next-data",
            env=upstream_env | {"DLP_PROXY_AUTH": str(htpasswd)},
            args=("--policy", "monitor"),
        ) as beyond,
    ):
        through = {
            "DLP_UPSTREAM_PROXY": f"http://{beyond.listen}",
            "DLP_UPSTREAM_AUTH": "dlp:corporate",
            "DLP_UPSTREAM_CA": str(beyond.ca),
        }
        proxy = start_proxy(**through)
        env = through | {"DLP_DATA_DIR": str(proxy.data_dir)}
        for url in (f"{server.url}/{name}", f"{https.url}/{name}"):
            args = ("--cacert", str(proxy.ca), "-T", "{file}")
            assert curl(url, *args, proxy=proxy.listen, send=orders).status == 200
            stopped = curl(url, *args, proxy=proxy.listen, send=leak)
            assert stopped.status == 403
            told = beyond.metric("dlp_flows_total", channel="http", action="log")
            release = ("quarantine", "release", stopped.incident, "--forward")
            assert run_dlp(*release, env=env).returncode == 0
            assert beyond.metric("dlp_flows_total", channel="http", action="log") > told
        # Each CONNECT is decided on as well.
        assert beyond.metric("dlp_flows_total", channel="http", action="allow") >= 2
        assert [record.body for record in server.records.of(f"/{name}")] == [orders, leak]
        assert [record.body for record in https.records.of(f"/{name}")] == [orders, leak]


def test_ftp_goes_on_through_another_proxy_where_that_can_carry_it(
    start_proxy: Callable[..., Proxy],
    ftp: FtpServer,
    tmp_path: Path,
    name: str,
    orders: bytes,
    leak: bytes,
) -> None:
    with Proxy(tmp_path / "next-data", args=("--policy", "monitor")) as beyond:
        proxy = start_proxy(DLP_UPSTREAM_PROXY=f"http://{beyond.listen}")
        url = f"ftp://user:pw@127.0.0.1:{ftp.port}"
        passed = curl(f"{url}/{name}", "-T", "{file}", proxy=proxy.listen, send=orders)
        fetched = curl(f"{url}/{name}", proxy=proxy.listen)
        stopped = curl(f"{url}/{name}-leak", "-T", "{file}", proxy=proxy.listen, send=leak)
        tunnel = curl("ftp://127.0.0.1:21/", "-p", proxy=proxy.listen)
        through = beyond.metric("dlp_flows_total", channel="ftp", action="allow")

    assert (passed.status, stopped.status) == (201, 403)
    assert fetched.body == orders
    assert through == 2
    assert "FTP over HTTP" in tunnel.log


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("proxy_auth", "/no/such/file"),
        ("trusted_hops", "10.0.0.0/8, everywhere"),
        ("trusted_hops", "10.1.0.0/8"),
        ("upstream_proxy", "proxy:3128"),
        ("upstream_auth", "nobody"),
    ],
)
def test_a_setting_that_can_not_be_is_named(
    start_proxy: Callable[..., Proxy], name: str, value: str
) -> None:
    with pytest.raises(NotReadyError, match=name.upper()):
        start_proxy(**{f"DLP_{name.upper()}": value})

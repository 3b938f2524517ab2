"""An authority of one's own, servers that want to know who comes, and whom to believe."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from bench.curl import curl
from bench.proxy import NotReadyError, run_dlp
from bench.servers import HttpServer

if TYPE_CHECKING:
    from bench.proxy import Proxy

CA = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")


def made(folder: Path, openssl: str, name: str, *args: str) -> None:
    key = ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    (folder / "empty.cnf").write_text("[req]\ndistinguished_name=dn\n[dn]\n")
    arguments = ("req", "-x509", "-newkey", *key, "-subj", f"/CN={name}", "-config", "empty.cnf")
    files = ("-keyout", f"{name}.key", "-out", f"{name}.pem")
    subprocess.run(
        [openssl, *arguments, *CA, *args, *files], cwd=folder, check=True, capture_output=True
    )


@pytest.fixture
def house(tmp_path: Path, require_command: Callable[[str, str], str]) -> Path:
    """A folder with a root, and an authority below it whose key is encrypted."""
    openssl = require_command("openssl", "openssl")
    folder = tmp_path / "pki"
    folder.mkdir()
    made(folder, openssl, "root", "-nodes")
    by = ("-CA", "root.pem", "-CAkey", "root.key")
    made(folder, openssl, "house", *by, "-passout", "pass:geheim")
    both = (folder / "house.pem").read_bytes() + (folder / "root.pem").read_bytes()
    (folder / "house.pem").write_bytes(both)
    return folder


def test_clients_that_know_the_root_trust_an_authority_below_it(
    start_proxy: Callable[..., Proxy],
    authority: trustme.CA,
    house: Path,
    orders: bytes,
    leak: bytes,
) -> None:
    proxy = start_proxy(
        DLP_CA_CERT=str(house / "house.pem"),
        DLP_CA_KEY=str(house / "house.key"),
        DLP_CA_KEY_PASSWORD="geheim",
    )
    with HttpServer(authority) as server:
        for ca in (house / "root.pem", proxy.ca):
            args = ("--cacert", str(ca), "--data-binary", "@{file}")
            passed = curl(f"{server.url}/x", *args, proxy=proxy.listen, send=orders)
            stopped = curl(f"{server.url}/x", *args, proxy=proxy.listen, send=leak)
            assert (passed.status, stopped.status) == (200, 403)
    # The key stays where it was.
    assert not (proxy.data_dir / "ca" / "mitmproxy-ca.pem").exists()
    assert proxy.metric("dlp_ca_expiry_timestamp_seconds") > 0


def test_what_can_not_be_used_is_said_before_anything_is_started(
    start_proxy: Callable[..., Proxy], house: Path
) -> None:
    with pytest.raises(NotReadyError, match=r"ca_key: .*house\.key: is encrypted; set ca_key_pass"):
        start_proxy(DLP_CA_CERT=str(house / "house.pem"), DLP_CA_KEY=str(house / "house.key"))
    with pytest.raises(NotReadyError, match="DLP_CA_CERT: no such file"):
        start_proxy(DLP_CA_CERT=str(house / "none.pem"), DLP_CA_KEY=str(house / "house.key"))


@pytest.fixture
def demanding(authority: trustme.CA) -> Iterator[HttpServer]:
    """A server that speaks with nobody it does not know."""
    with HttpServer(authority) as server:
        assert server.tls is not None
        server.tls.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(server.tls)
        yield server


@pytest.mark.parametrize("of", ["folder", "file"])
def test_a_server_is_shown_the_certificate_that_is_for_it(
    start_proxy: Callable[..., Proxy],
    authority: trustme.CA,
    demanding: HttpServer,
    upstream_env: dict[str, str],
    tmp_path: Path,
    orders: bytes,
    leak: bytes,
    of: str,
) -> None:
    folder = tmp_path / "clients"
    folder.mkdir()
    known = folder / "127.0.0.1.pem"
    known.write_bytes(authority.issue_cert("us.example").private_key_and_cert_chain_pem.bytes())
    proxy = start_proxy(DLP_CLIENT_CERTS=str(folder if of == "folder" else known))
    args = ("--cacert", str(proxy.ca), "--data-binary", "@{file}")

    passed = curl(f"{demanding.url}/x", *args, proxy=proxy.listen, send=orders)
    stopped = curl(f"{demanding.url}/x", *args, proxy=proxy.listen, send=leak)
    where = upstream_env | {"DLP_DATA_DIR": str(proxy.data_dir)}
    release = ("quarantine", "release", stopped.incident, "--forward")
    unknown = run_dlp(*release, env=where)
    shown = {"DLP_CLIENT_CERTS": str(folder if of == "folder" else known)}
    forwarded = run_dlp(*release, env=where | shown)

    assert (passed.status, stopped.status) == (200, 403)
    assert (unknown.returncode, forwarded.returncode) == (2, 0), forwarded.stderr
    assert [record.body for record in demanding.records.of("/x")] == [orders, leak]


def test_a_store_of_ones_own_takes_the_place_of_the_public_authorities(
    start_proxy: Callable[..., Proxy], authority: trustme.CA, house: Path
) -> None:
    with HttpServer(authority) as server:
        proxy = start_proxy(DLP_UPSTREAM_TRUST=str(house / "root.pem"), DLP_UPSTREAM_CA="")
        refused = curl(f"{server.url}/x", "--cacert", str(proxy.ca), proxy=proxy.listen)
        assert refused.status != 200
        assert not server.received

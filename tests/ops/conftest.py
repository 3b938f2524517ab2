"""A real Prometheus that reads a real proxy while traffic of every kind goes through it."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
import urllib.parse
import zipfile
from contextlib import closing, contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from bench import patients
from bench.curl import curl
from bench.proxy import Proxy
from bench.servers import FtpServer, HttpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Seconds; far above what anything takes, so that only a hang reaches it.
LIMIT = 60


class Prometheus:
    """A Prometheus of the test's own, asked through its HTTP interface."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, **query: str) -> Any:
        """Return the data of an answer.

        Raises:
            ValueError: Prometheus does not understand the query; says why.
        """
        with closing(
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        ) as connection:
            connection.request("GET", f"{path}?{urllib.parse.urlencode(query)}")
            answer = json.loads(connection.getresponse().read())
        if answer["status"] != "success":
            raise ValueError(answer["error"])
        return answer["data"]

    def ready(self) -> bool:
        """Tell whether it answers queries."""
        with closing(
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        ) as connection:
            try:
                connection.request("GET", "/-/ready")
                return connection.getresponse().status == 200
            except OSError:
                return False

    def query(self, expr: str) -> list[dict[str, Any]]:
        """Return what an instant query finds."""
        found: list[dict[str, Any]] = self.get("/api/v1/query", query=expr)["result"]
        return found

    def wait_for(self, expr: str) -> list[dict[str, Any]]:
        """Return what a query finds, once it finds something; nothing if it never does."""
        deadline = time.monotonic() + LIMIT
        while not (found := self.query(expr)) and time.monotonic() < deadline:
            time.sleep(0.2)
        return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(binary: str, folder: Path, target: str) -> Iterator[Prometheus]:
    """Run Prometheus on a proxy's metrics."""
    port = free_port()
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 500ms, evaluation_interval: 1s}\n"
        "scrape_configs:\n"
        "  - job_name: dlp\n"
        f"    static_configs: [{{targets: ['{target}']}}]\n",
        "utf-8",
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                binary,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--enable-feature=exemplar-storage",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        prometheus = Prometheus(port)
        deadline = time.monotonic() + LIMIT
        while not prometheus.ready() and time.monotonic() < deadline:
            assert process.poll() is None, (folder / "log").read_text("utf-8")
            time.sleep(0.1)
        yield prometheus
    finally:
        process.terminate()
        process.wait(LIMIT)


@pytest.fixture(scope="session")
def prometheus(
    require_command: Callable[[str, str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """Prometheus, after it has seen some traffic of every kind come through a proxy."""
    binary = require_command("prometheus", "prometheus")
    require_command("curl", "curl")
    folder = tmp_path_factory.mktemp("prometheus")
    # What is stopped passes the shadow, so they differ.
    env = {"DLP_SPOOL_LIMIT": "1000000", "DLP_SHADOW_POLICY": "monitor"}
    with (
        HttpServer() as http,
        FtpServer() as ftp,
        Proxy(folder / "proxy", env=env) as proxy,
        running(binary, folder, proxy.metrics) as prometheus,
    ):
        # A rate needs two readings: what there is before is read first.
        assert prometheus.wait_for("dlp_build_info")
        traffic(proxy, http, ftp)
        assert prometheus.wait_for('increase(dlp_flows_total{action="quarantine"}[1m]) > 0')
        yield prometheus


def traffic(proxy: Proxy, http: HttpServer, ftp: FtpServer) -> None:
    """Send what passes, what is stopped, noted, unreadable and refused."""
    orders, leak = patients.orders_csv(100), patients.leak_csv(20)
    lone = f"<p>{next(iter(patients.patients(1, 7))).nir}</p>".encode()
    damaged = BytesIO()
    with zipfile.ZipFile(damaged, "w") as archive:
        archive.writestr("a.csv", orders)
    sent = {
        f"{http.url}/orders": orders,
        f"{http.url}/leak": leak,
        f"{http.url}/lone": lone,
        f"{http.url}/damaged.zip": damaged.getvalue()[:-100],
        f"{http.url}/large": b"x" * 1_000_001,
        f"ftp://user:pw@127.0.0.1:{ftp.port}/orders.csv": orders,
    }
    for url, body in sent.items():
        curl(url, "-T", "{file}", proxy=proxy.listen, send=body)

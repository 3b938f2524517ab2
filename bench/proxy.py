"""Starts the real proxy as a process of its own, as an operator would."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["DLP", "NotReadyError", "Process", "Proxy", "clean_environment", "execute", "run_dlp"]

ROOT = Path(__file__).resolve().parents[1]
# What is run as `dlp`.
DLP = (sys.executable, "-m", "dlp")

# Standard input, output and error, as numbers of open files.
type Files = tuple[int, int, int]
# Seconds; far above what either takes, so that only a hang reaches them.
START_LIMIT = 60
STOP_LIMIT = 15


class Process(Protocol):
    """What is asked of a process, as `subprocess.Popen` answers it."""

    @property
    def pid(self) -> int: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


def execute(
    command: tuple[str, ...], args: tuple[str, ...], env: dict[str, str], files: Files
) -> Process:
    """Start a command on three files."""
    stdin, stdout, stderr = files
    return subprocess.Popen(
        [*command, *args], cwd=ROOT, env=env, stdin=stdin, stdout=stdout, stderr=stderr
    )


# How `dlp` is started; tests have something here that starts it sooner.
launch = partial(execute, DLP)


class NotReadyError(RuntimeError):
    """The proxy ended, or took too long, before it was ready; says what it wrote."""


class Proxy:
    """`dlp serve` on free ports, for the length of a `with` block.

    Args:
        data_dir: Its folder.
        env: Environment variables, besides those of this process that are not `DLP_…`.
        args: More arguments for `dlp serve`.
        command: What is run as `dlp`, rather than what `launch` starts.

    Attributes:
        listen: HOST:PORT of the proxy.
        metrics: HOST:PORT of metrics and health.
        logs: The lines it has written so far.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        env: dict[str, str] | None = None,
        args: tuple[str, ...] = (),
        command: tuple[str, ...] | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.listen = ""
        self.metrics = ""
        self.logs: list[str] = []
        self._env = clean_environment() | (env or {})
        self._args = args
        self._command = command
        self._process: Process | None = None
        self._reader: threading.Thread | None = None

    @property
    def ca(self) -> Path:
        """The certificate that clients have to trust."""
        return self.data_dir / "ca" / "mitmproxy-ca-cert.pem"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def events(self) -> list[dict[str, Any]]:
        """The lines it has written, read as JSON."""
        return [json.loads(line) for line in list(self.logs)]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it and wait until it inspects flows.

        Raises:
            NotReadyError: It does not come to that.
        """
        self.listen = self.metrics = ""
        addresses = ("--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0")
        folder = ("--data-dir", str(self.data_dir))
        reading, writing = os.pipe()
        stderr = os.fdopen(reading, encoding="utf-8")
        args = ("serve", *addresses, *folder, *self._args)
        with Path(os.devnull).open("r+b") as null, os.fdopen(writing, "wb") as out:
            files = (null.fileno(), null.fileno(), out.fileno())
            start = launch if self._command is None else partial(execute, self._command)
            self._process = start(args, self._env, files)
        ready = threading.Event()
        self._reader = threading.Thread(
            target=self._read, args=(stderr, ready), name="proxy-log", daemon=True
        )
        self._reader.start()
        try:
            ready.wait(START_LIMIT)
            self._await_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and return its exit status.

        Raises:
            subprocess.TimeoutExpired: It does not.
        """
        assert self._process is not None
        self._process.send_signal(number)
        return self.wait()

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, without waiting."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait until it has ended, and return its exit status.

        Raises:
            subprocess.TimeoutExpired: It does not.
        """
        assert self._process is not None
        assert self._reader is not None
        status = self._process.wait(STOP_LIMIT)
        self._reader.join()
        return status

    def restart(self) -> None:
        """Stop it and start it again on the same folder; its ports may be others."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """End it whatever it does; nothing happens if it has ended."""
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            self.wait()
        except subprocess.TimeoutExpired:
            process.kill()
            self.wait()

    def admin(self, path: str) -> tuple[int, str]:
        """Return status and text of a page of the metrics address."""
        connection = http.client.HTTPConnection(self.metrics, timeout=STOP_LIMIT)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8")
        finally:
            connection.close()

    def metric(self, name: str, **labels: str) -> float:
        """Return the value of a metric; 0 if it is not there."""
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        for line in self.admin("/metrics")[1].splitlines():
            match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if match and match[1] == name and wanted == set((match[2] or "").split(",")) - {""}:
                return float(match[3])
        return 0.0

    def dlp(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run another `dlp` command on the same folder."""
        return run_dlp(*args, env={"DLP_DATA_DIR": str(self.data_dir)})

    def _read(self, stream: IO[str], ready: threading.Event) -> None:
        with stream:
            for line in stream:
                self.logs.append(line.rstrip("\n"))
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                if event.get("event") == "ready":
                    self.listen, self.metrics = event["listen"], event["metrics"]
                    ready.set()
        # Whoever waits for a proxy that has ended need not wait longer.
        ready.set()

    def _await_ready(self) -> None:
        if not self.listen:
            raise NotReadyError("the proxy did not start:\n" + "\n".join(self.logs))
        deadline = time.monotonic() + START_LIMIT
        while self.admin("/-/ready")[0] != 200:
            if time.monotonic() > deadline:
                raise NotReadyError("the proxy is up but not ready:\n" + "\n".join(self.logs))
            time.sleep(0.02)


def clean_environment() -> dict[str, str]:
    """Return this process's environment without settings of the proxy."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DLP_")}


def run_dlp(
    *args: str, env: dict[str, str] | None = None, send: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a `dlp` command to its end."""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as stdout,
        tempfile.TemporaryFile("w+", encoding="utf-8") as stderr,
    ):
        reading, writing = os.pipe()
        with os.fdopen(writing, "w", encoding="utf-8") as stdin:
            with os.fdopen(reading, "rb"):
                files = (reading, stdout.fileno(), stderr.fileno())
                process = launch(args, clean_environment() | (env or {}), files)
            # One that does not read what it is sent has ended.
            with contextlib.suppress(BrokenPipeError):
                stdin.write(send)
                stdin.flush()
        try:
            status = process.wait(START_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        stdout.seek(0)
        stderr.seek(0)
        return subprocess.CompletedProcess(args, status, stdout.read(), stderr.read())

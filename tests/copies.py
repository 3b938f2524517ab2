"""Starts `dlp` as a copy of a process that has loaded it.

Loading takes most of the time of a start, and tests start it by the hundred. A copy then does all
that `python -m dlp` does, with its own arguments, settings and files. What differs in more than
those, or starts copies of its own, is executed as ever.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from bench.proxy import DLP, ROOT, clean_environment, execute

if TYPE_CHECKING:
    from bench.proxy import Files, Process

__all__ = ["Copies"]

# Bytes of a request at most: arguments and settings.
LARGEST = 1 << 17


class Copies:
    """The process that others are copies of; there is none before the first is asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._env = _without_settings(dict(os.environ))
        self._control: socket.socket | None = None
        self._original: subprocess.Popen[bytes] | None = None

    def launch(self, args: tuple[str, ...], env: dict[str, str], files: Files) -> Process:
        """Start `dlp` on three files, as `bench.proxy.launch` does."""
        settings = {name: value for name, value in env.items() if name.startswith("DLP_")}
        several = "--workers" in args or "DLP_WORKERS" in settings
        if several or _without_settings(env) != self._env:
            return execute(DLP, args, env, files)
        with self._lock:
            control = self._started()
            report, theirs = socket.socketpair()
            with theirs:
                request = json.dumps([args, settings]).encode()
                socket.send_fds(control, [request], [*files, theirs.fileno()])
            return _Copy(_heard(report), report)

    def close(self) -> None:
        """End it; its copies go on."""
        if self._control is not None and self._original is not None:
            self._control.close()
            self._original.wait()

    def _started(self) -> socket.socket:
        if self._control is None:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._original = subprocess.Popen(
                    [sys.executable, "-m", "tests.copies", str(theirs.fileno())],
                    cwd=ROOT,
                    env=clean_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
        return self._control


class _Copy:
    """One of them, as `subprocess.Popen` shows it."""

    def __init__(self, pid: int, report: socket.socket) -> None:
        self.pid = pid
        self._report = report
        self._status: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        if self._status is None:
            self._report.settimeout(timeout)
            try:
                self._status = _heard(self._report)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("dlp", timeout or 0) from None
            self._report.close()
        return self._status

    def send_signal(self, sig: int) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        if self._status is None:
            # It may have ended a moment ago.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _without_settings(env: dict[str, str]) -> dict[str, str]:
    names = {name for name in env if name.startswith("DLP_")} | {"PYTEST_CURRENT_TEST"}
    return {name: value for name, value in env.items() if name not in names}


def _heard(report: socket.socket) -> int:
    answer = report.recv(4)
    if not answer:
        raise RuntimeError("the process that `dlp` is copied from has ended; it has said why")
    return array.array("i", answer)[0]


def _say(report: socket.socket, number: int) -> None:
    # Nobody may be there any more to hear it.
    with contextlib.suppress(OSError):
        report.send(array.array("i", [number]).tobytes())


def _load() -> None:
    from dlp.cli import COMMANDS
    from dlp.detect.detectors import load_detectors

    # What is imported late is, too.
    modules = [module for module, _, _ in COMMANDS.values()]
    for module in (*modules, "addons.proxy", "addons.tracing", "alembic.command"):
        importlib.import_module(module)
    load_detectors().warm()
    gc.collect()
    gc.freeze()


def _asked(control: socket.socket) -> tuple[str, list[int]]:
    """Make copies until nobody asks for any; in each, return what it is asked to be."""
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.data is not None:
                    pid, report = key.data
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    _, status = os.waitpid(pid, 0)
                    with report:
                        _say(report, os.waitstatus_to_exitcode(status))
                    continue
                request, fds, *_ = socket.recv_fds(control, LARGEST, 4)
                if not request:
                    sys.exit()
                pid = os.fork()
                if not pid:
                    return request.decode(), fds
                report = socket.socket(fileno=fds.pop())
                for fd in fds:
                    os.close(fd)
                _say(report, pid)
                selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, report))


def main() -> None:
    """Be the process that others are copies of, or in a copy `python -m dlp`."""
    control = socket.socket(fileno=int(sys.argv[1]))
    _load()
    request, fds = _asked(control)
    control.close()
    for number, fd in enumerate(fds[:3]):
        os.dup2(fd, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    args, settings = json.loads(request)
    os.environ.update(settings)
    sys.argv[1:] = args
    runpy.run_module("dlp", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

"""The side of the proxy: has documents parsed by processes that may fail.

A process for each document, forked from one that has the libraries loaded. One that takes too long
is killed; what it did not say in time, what it says that makes no sense, and its end in the middle
of a document are answers about that document alone.
"""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.extract.parts import Part
from dlp.parsers import frames
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["ParserError", "ParserPool"]

# Seconds that a document's process may keep its proxy waiting, in all.
SECONDS = 60.0
# Bytes of address space of such a process: the document, its library, and what that makes of it.
MEMORY = 2 << 30
# Seconds in which a process has to begin; loading a library takes a tenth of one.
START = 20.0


class ParserError(RuntimeError):
    """No parser can be had: no fault of the document's, and no verdict on it."""


class ParserPool:
    """Parses documents in processes of their own; any number of threads may use one pool.

    Nothing is started before the first document.

    Args:
        seconds: That one document may keep its proxy waiting.
        memory: Bytes of address space that parsing one may take.
        told: Called with the kind of each document and what became of it: `read`, `refused`,
            `timeout`, `crashed`, or `unavailable` where no process could be had.

    Attributes:
        layers: What keeps these processes in, as bits of `frames.LAYERS`, once there was one.
    """

    def __init__(
        self,
        *,
        seconds: float = SECONDS,
        memory: int = MEMORY,
        told: Callable[[str, str], None] = lambda _kind, _outcome: None,
    ) -> None:
        self.layers = 0
        self._told = told
        self._seconds = seconds
        self._memory = memory
        self._lock = threading.Lock()
        # Kinds of documents that were not read to their end, and not told of yet.
        self._abandoned: deque[str] = deque()
        self._numbers = itertools.count()
        self._zygote: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def parse(self, kind: str, document: bytes) -> Generator[Part]:
        """Yield what is in a document; see `dlp.extract.parts.Parsers`."""
        self._tell_abandoned()
        try:
            document_process = self._begin(kind)
        except ParserError:
            self._told(kind, "unavailable")
            raise
        clock = _Clock(document_process.wire, self._seconds)
        outcome = "read"
        try:
            clock.send(frames.LENGTH.pack(len(document)))
            clock.send(document)
            while (part := _part(clock)) is not None:
                yield part
        except UninspectableError:
            outcome = "refused"
            raise
        except TimeoutError:
            outcome = "timeout"
            raise UninspectableError(Uninspectable.BUDGET) from None
        except (OSError, ValueError):
            # It died, or says what makes no sense.
            outcome = "crashed"
            raise UninspectableError(Uninspectable.CORRUPT) from None
        except GeneratorExit:
            # The garbage collector ends what was abandoned, in any thread, whatever locks it holds:
            # to take one here, ours or the metrics', could wait for ever.
            outcome = ""
            self._abandoned.append(kind)
            raise
        finally:
            document_process.end()
            if outcome:
                self._told(kind, outcome)

    def command(self) -> tuple[str, ...]:
        """Return what starts the process that others are forked from, less its arguments."""
        return (sys.executable, "-I", "-m", "dlp.parsers.zygote")

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The process that others are forked from, once there is one."""
        return self._zygote

    def close(self) -> None:
        """Stop all processes."""
        self._tell_abandoned()
        with self._lock:
            self._stop()

    def _tell_abandoned(self) -> None:
        with suppress(IndexError):
            while True:
                self._told(self._abandoned.popleft(), "read")

    def _begin(self, kind: str) -> _Process:
        """Have a process begin."""
        # Where the one that others are forked from has died, there has to be a new one first.
        for _ in range(2):
            wire, other = socket.socketpair()
            number = next(self._numbers)
            with other, self._lock:
                control = self._started()
                try:
                    socket.send_fds(control, [f"parse {number} {kind}".encode()], [other.fileno()])
                    process = _Process(wire, control.dup(), number)
                except OSError:
                    self._stop()
                    wire.close()
                    continue
            try:
                header = _Clock(wire, START).receive(frames.HEADER.size)
            except OSError:
                header = b""
            if header[:1] == frames.BEGUN:
                self.layers = header[1]
                return process
            process.end()
            with self._lock:
                if self._control is control:
                    self._stop()
        raise ParserError("no process could be started to parse a document")

    def _started(self) -> socket.socket:
        if self._control is not None:
            return self._control
        # Messages with ends, and an end of the whole.
        control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            # A last resort: its proxy kills it before, and does not count its own time.
            seconds = int(self._seconds) + 5
            self._zygote = subprocess.Popen(  # noqa: S603 - this interpreter
                [*self.command(), str(other.fileno()), str(self._memory), str(seconds)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # Warnings of libraries may quote a document.
                stderr=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
                cwd=Path(sys.prefix),
                env={"LANG": "C.UTF-8"},
                # What is typed to stop the proxy lets it drain first.
                start_new_session=True,
            )
        self._control = control
        return control

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._zygote is not None:
            self._zygote.kill()
            self._zygote.wait()
        self._control = self._zygote = None


class _Process:
    """The process of one document."""

    def __init__(self, wire: socket.socket, control: socket.socket, number: int) -> None:
        self.wire = wire
        # A handle of its own, which no other thread closes.
        self._control = control
        self._number = number

    def end(self) -> None:
        """Have it killed; takes no lock and waits for nothing."""
        self.wire.close()
        # One that can't be told has died with all its children, or they end by themselves in time.
        with self._control, suppress(OSError):
            self._control.send(f"kill {self._number}".encode(), socket.MSG_DONTWAIT)


class _Clock:
    """A socket whose other side may keep us waiting for so long, in all."""

    def __init__(self, wire: socket.socket, seconds: float) -> None:
        self._wire = wire
        self._left = seconds

    def send(self, data: bytes) -> None:
        started = time.monotonic()
        self._wire.settimeout(max(self._left, 0.001))
        try:
            self._wire.sendall(data)
        finally:
            self._left -= time.monotonic() - started

    def receive(self, size: int) -> bytes:
        received = bytearray(size)
        view = memoryview(received)
        while view:
            if self._left <= 0:
                raise TimeoutError
            self._wire.settimeout(self._left)
            started = time.monotonic()
            count = self._wire.recv_into(view)
            self._left -= time.monotonic() - started
            if not count:
                raise ConnectionError
            view = view[count:]
        return bytes(received)


def _part(clock: _Clock) -> Part | None:
    """Return what comes next, or nothing at the end of a document.

    Raises:
        UninspectableError: The parser could not read it.
        ValueError: It makes no sense.
    """
    kind, final, name_size, size = frames.HEADER.unpack(clock.receive(frames.HEADER.size))
    name = clock.receive(min(name_size, 64)).decode("ascii")
    if kind == frames.END:
        return None
    if kind == frames.REFUSED:
        raise UninspectableError(Uninspectable(name))
    if kind not in (frames.TEXT, frames.MEMBER) or size > frames.PIECE:
        raise ValueError("not a frame")
    if not frames.NAME.fullmatch(name):
        raise ValueError("not a name")
    data = clock.receive(size)
    return Part(name=name, data=data, member=kind == frames.MEMBER, final=bool(final))

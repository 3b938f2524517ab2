"""Hands a client's connection to the worker that it belongs with.

A control channel of FTP announces data channels to the worker that relays it, but the connection to
such an endpoint may fall to any worker that shares the port. A worker says in a folder that all see
what it expects; another then passes it the connection's file descriptor, with the CONNECT that was
read from it, and it goes on there as if it had been accepted there.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import socket
from typing import TYPE_CHECKING

from mitmproxy.net.http import url
from mitmproxy.proxy import commands

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from mitmproxy.connection import Client
    from mitmproxy.http import Request

    from addons.engine.ftp_sessions import FtpSessions

__all__ = ["HandOver", "Handovers", "hand_over", "handed_over"]

LONGEST_HEAD = 4096


class HandOver(commands.RequestWakeup):
    """Asks that the client's connection goes on in another worker.

    Args:
        owner: Where that worker takes connections.
        head: What was read from this one.
    """

    def __init__(self, owner: str, head: bytes) -> None:
        super().__init__(0)
        self.owner = owner
        self.head = head


def handed_over(client: Client, request: Request, sessions: FtpSessions) -> HandOver | None:
    """Return how a CONNECT goes on elsewhere, if it belongs to another worker."""
    owner = sessions.owner(client.peername[0], request.host, request.port)
    if owner is None or client.tls:
        return None
    target = url.hostport("", request.host, request.port)
    return HandOver(owner, f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())


class Handovers:
    """What the workers tell each other of the connections they expect.

    Args:
        folder: That all of them see, and nobody else.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # A socket's path is at most 107 bytes long; that of the folder may be longer.
        self._directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._mine = f"{os.getpid()}.socket"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        (folder / self._mine).unlink(missing_ok=True)
        self._socket.bind(self._path(self._mine))
        self._socket.setblocking(False)
        self._tasks: set[asyncio.Task[None]] = set()

    def listen(
        self, accept: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
    ) -> None:
        """Take connections from other workers from now on."""
        asyncio.get_running_loop().add_reader(self._socket, self._receive, accept)

    def close(self) -> None:
        """Take no more."""
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        (self._folder / self._mine).unlink(missing_ok=True)
        os.close(self._directory)

    def publish(self, client: str, host: str, port: int) -> None:
        """Say that a connection of this client to this address belongs here."""
        # Written whole or not at all, as far as a reader is concerned.
        self._file(client, host, port).write_text(self._mine)

    def withdraw(self, client: str, host: str, port: int) -> None:
        """Take that back."""
        self._file(client, host, port).unlink(missing_ok=True)

    def owner(self, client: str, host: str, port: int) -> str | None:
        """Return where such a connection belongs, if not here."""
        try:
            name = self._file(client, host, port).read_text()
        except OSError:
            return None
        return None if name in ("", self._mine) else self._path(name)

    def _path(self, name: str) -> str:
        return f"/proc/self/fd/{self._directory}/{name}"

    def _file(self, client: str, host: str, port: int) -> Path:
        key = f"{client} {host.lower()} {port}".encode("utf-8", "surrogateescape")
        return self._folder / hashlib.sha256(key).hexdigest()

    def _receive(
        self, accept: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
    ) -> None:
        try:
            head, descriptors, _, _ = socket.recv_fds(self._socket, LONGEST_HEAD, 1)
        except BlockingIOError:
            return
        for descriptor in descriptors:
            connection = socket.socket(fileno=descriptor)
            task = asyncio.ensure_future(_go_on(connection, head, accept))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


def hand_over(owner: str, head: bytes, connection: socket.socket) -> bool:
    """Pass a connection on, and tell whether the other worker will take it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        try:
            sender.connect(owner)
            socket.send_fds(sender, [head], [connection.fileno()])
        except OSError as error:
            logging.getLogger(__name__).warning("A connection could not be passed on: %s", error)
            return False
        return True


async def _go_on(
    connection: socket.socket,
    head: bytes,
    accept: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> None:
    connection.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=connection)
    reader.feed_data(head)
    await accept(reader, writer)

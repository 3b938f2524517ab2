"""Has the parts of one upload read in one worker, whichever of them each part falls to.

The first worker that hears of an upload owns it, and says so in a folder that all see. Another that
gets a part of it passes the bytes on to the owner, over a socket there, and is told what came of
them. What they say is sealed with a key that only the processes know. An owner that has died takes
what it knew with it; who finds that out owns the upload from then on, without its beginning.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import pickle
import secrets
import time
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["Line", "Owners"]

NONCE = 12
# More than any worker says at once.
LONGEST = 64 << 20
# A worker that does not listen is not there.
CONNECT_SECONDS = 5.0
KEPT_SECONDS = 2 * 3600.0


class Line:
    """What two workers tell each other over a socket."""

    def __init__(
        self, cipher: AESGCM, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._cipher = cipher
        self._reader = reader
        self._writer = writer

    async def send(self, *said: object) -> None:
        """Say something, once what was said before is nearly taken."""
        nonce = secrets.token_bytes(NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, pickle.dumps(said), None)
        self._writer.write(len(sealed).to_bytes(4) + sealed)
        await self._writer.drain()

    async def receive(self) -> Any:
        """Wait for what is said.

        Raises:
            ConnectionError: The other is gone, or none of us.
        """
        try:
            size = int.from_bytes(await self._reader.readexactly(4))
            if size > LONGEST:
                raise ConnectionError
            sealed = await self._reader.readexactly(size)
            opened = self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None)
        except (asyncio.IncompleteReadError, InvalidTag) as error:
            raise ConnectionError from error
        # Only the processes of this proxy have the key.
        return pickle.loads(opened)  # noqa: S301

    def close(self) -> None:
        """Say no more."""
        self._writer.close()


class Owners:
    """Who of the workers owns which upload.

    Args:
        folder: That all of them see, and nobody else.
        cipher: Seals what they tell each other.
    """

    def __init__(self, folder: Path, cipher: AESGCM) -> None:
        self._folder = folder
        self._cipher = cipher
        # A socket's path is at most 107 bytes long; that of the folder may be longer.
        self._directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._mine = f"{os.getpid()}.uploads"
        self._server: asyncio.Server | None = None

    async def listen(self, serve: Callable[[Line], Awaitable[None]]) -> None:
        """Do what other workers ask from now on."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = Line(self._cipher, reader, writer)
            try:
                with contextlib.suppress(ConnectionError):
                    await serve(line)
            finally:
                line.close()

        (self._folder / self._mine).unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(answer, self._path(self._mine))

    def close(self) -> None:
        """Read no more."""
        if self._server is not None:
            self._server.close()
        (self._folder / self._mine).unlink(missing_ok=True)
        os.close(self._directory)

    def owner(self, client: str, upload: str) -> str | None:
        """Return who owns an upload; empty if this worker does, None if nobody."""
        file = self._file(client, upload)
        try:
            name = file.read_text()
            if file.stat().st_mtime < time.time() - KEPT_SECONDS:
                return None
        except OSError:
            return None
        return "" if name == self._mine else name

    def claim(self, client: str, upload: str) -> str:
        """Return who owns an upload, empty if it is this worker, as it is where nobody did."""
        for _ in range(2):
            owner = self.owner(client, upload)
            if owner is not None:
                return owner
            mine = self._written()
            try:
                os.link(mine, self._file(client, upload))
            except FileExistsError:
                if self.owner(client, upload) is None:
                    self._file(client, upload).unlink(missing_ok=True)
            else:
                return ""
            finally:
                mine.unlink(missing_ok=True)
        return ""

    def take_over(self, client: str, upload: str) -> None:
        """Own an upload whose owner is gone."""
        self._written().replace(self._file(client, upload))

    def forget(self, client: str, upload: str) -> None:
        """Own an upload no more."""
        if self.owner(client, upload) == "":
            self._file(client, upload).unlink(missing_ok=True)

    async def line(self, owner: str) -> Line:
        """Return a line to another worker.

        Raises:
            ConnectionError: It is gone.
        """
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_unix_connection(self._path(owner))
        except (OSError, TimeoutError) as error:
            raise ConnectionError from error
        return Line(self._cipher, reader, writer)

    def _path(self, name: str) -> str:
        return f"/proc/self/fd/{self._directory}/{name}"

    def _file(self, client: str, upload: str) -> Path:
        key = f"{client} {upload}".encode("utf-8", "surrogateescape")
        return self._folder / f"{hashlib.sha256(key).hexdigest()}.upload"

    def _written(self) -> Path:
        """Return a file that names this worker, and nobody knows yet."""
        file = self._folder / f"{self._mine}.{secrets.token_hex(8)}"
        file.write_text(self._mine)
        return file

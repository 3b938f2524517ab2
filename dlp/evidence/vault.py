"""The vault: bodies that were quarantined, sealed so that the proxy itself can't open them.

A body is always sealed to the folder first, so that it is safe whatever a network does; where a
bucket is set, it is moved there afterwards.
"""

from __future__ import annotations

import threading
from itertools import chain
from typing import IO, TYPE_CHECKING

from dlp.evidence.errors import EvidenceError
from dlp.evidence.sealing import head_line, seal
from dlp.evidence.stores import BucketStore, FolderStore, Sealed, Store, ship

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dlp.evidence.sealing import Request
    from dlp.types import FlowInfo

__all__ = ["QuarantineFullError", "Sealed", "Vault", "sealed_bodies"]


class QuarantineFullError(EvidenceError):
    """The quarantine has reached its limit: the body is not kept. What was stopped stays so."""


class Vault:
    """Sealed bodies.

    Args:
        data_dir: Their folder is `vault` in it.
        recipient: age recipient they are sealed to; empty where nothing will be sealed.
        limit: Bytes that all of them together may take.
        bucket: `s3://BUCKET/PREFIX` that they are moved to; empty to leave them in the folder.
        endpoint: URL of the bucket's service; empty for Amazon's own.

    Raises:
        EvidenceError: Here and in every method: the folder or bucket can't be used.
    """

    def __init__(
        self,
        data_dir: Path,
        recipient: str = "",
        *,
        limit: int | None = None,
        bucket: str = "",
        endpoint: str = "",
    ) -> None:
        self._recipient = recipient
        self._limit = limit
        self._folder = FolderStore(data_dir)
        self._bucket = BucketStore(bucket, endpoint) if bucket else None
        self._lock = threading.Lock()
        # Bytes in the bucket when it was last looked at.
        self._far = 0
        if recipient:
            self._folder.sweep()

    def seal(
        self,
        incident: str,
        flow: FlowInfo,
        content_type: str,
        body: bytes | Iterable[bytes],
        request: Request | None = None,
    ) -> None:
        """Seal a body with what is needed to send it again; on disk when this returns.

        What is sealed is a line of JSON, then the body as sent. The body may come in pieces, of
        which only one is held at a time.

        Raises:
            QuarantineFullError: The limit is reached; nothing of it is kept.
            EvidenceError: It can't be written; nothing of it is left.
        """
        pieces = [body] if isinstance(body, bytes) else body
        # One after the other, so that together they can't pass the limit.
        with self._lock:
            room = self._room()
            with self._folder.put(incident) as file:
                writer = _Limited(file, room)
                seal(
                    self._recipient,
                    chain([head_line(flow, content_type, request)], pieces),
                    writer,  # type: ignore[arg-type]
                )

    def bodies(self) -> dict[str, Sealed]:
        """Return all sealed bodies by incident."""
        found = self._folder.bodies()
        if self._bucket is not None:
            far = self._bucket.bodies()
            self._far = sum(body.size for body in far.values())
            found = far | found
        return found

    def open(self, incident: str) -> IO[bytes]:
        """Return a sealed body for reading.

        Raises:
            EvidenceError: None is sealed for it, too.
        """
        if self._bucket is None or incident in self._folder.bodies():
            return self._folder.open(incident)
        return self._bucket.open(incident)

    def delete(self, incident: str) -> None:
        """Delete a sealed body; it may be gone already."""
        stores: list[Store] = [self._folder]
        if self._bucket is not None:
            stores.append(self._bucket)
        for store in stores:
            store.delete(incident)

    def ship(self) -> int:
        """Move what lies in the folder to the bucket, if there is one; return how many."""
        return ship(self._folder, self._bucket) if self._bucket is not None else 0

    def _room(self) -> int | None:
        if self._limit is None:
            return None
        taken = self._far + sum(body.size for body in self._folder.bodies().values())
        return self._limit - taken


class _Limited:
    """Passes on what is written until there is no room left."""

    def __init__(self, file: IO[bytes], room: int | None) -> None:
        self._file = file
        self._room = room

    def write(self, data: bytes) -> int:
        if self._room is not None:
            self._room -= len(data)
            if self._room < 0:
                raise QuarantineFullError("the quarantine is full")
        return self._file.write(data)


def sealed_bodies(data_dir: Path) -> dict[str, Sealed]:
    """Return the sealed bodies in the folder of `data_dir` by incident.

    Raises:
        EvidenceError: They can't be listed.
    """
    return FolderStore(data_dir).bodies()

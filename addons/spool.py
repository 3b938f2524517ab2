"""Where a message waits for its verdict: a little in memory, the rest in a sealed file.

The file has no name, so that it is gone with the process however that ends, and it is sealed with
a key that is only in memory, so that nothing can be read from the disk afterwards.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from addons.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Spool", "SpoolFullError", "Spools", "spool_folder"]

# Most messages are smaller and never touch the disk.
MEMORY = 1 << 20
# Where many wait at once, the latest do.
TOGETHER = 64 << 20
# Once no more than this waits, it waits in memory again: a message that leaves as it comes.
LITTLE = MEMORY // 2
BLOCK = 64 * 1024


class SpoolFullError(Exception):
    """More has to wait than may."""


def spool_folder(data_dir: Path) -> Path:
    """Return the folder of spools, emptied of what a killed process may have left.

    Raises:
        OSError: It can't be made or emptied.
    """
    place = data_dir / "spool"
    place.mkdir(mode=0o700, exist_ok=True)
    for left in place.iterdir():
        left.unlink(missing_ok=True)
    return place


class Spool:
    """Bytes of one message, first in, first out; safe to use from several threads.

    Args:
        folder: Where a file may be made.
        limit: Bytes that may wait.
        memory: What all spools together may wait in.

    Attributes:
        size: Bytes that wait.
    """

    def __init__(self, folder: Path, limit: int, memory: Memory | None = None) -> None:
        self.size = 0
        self._all = memory or Memory(MEMORY)
        # Bytes of it that are taken for this one.
        self._taken = 0
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        # In the order in which they came: memory, then the file's blocks, then the tail.
        self._memory: deque[bytes] = deque()
        self._blocks: deque[tuple[int, int]] = deque()
        self._tail = bytearray()
        self._file: int | None = None
        self._end = 0
        self._sealed = 0
        self._cipher: AESGCM | None = None
        self._closed = False

    @property
    def in_memory(self) -> bool:
        """Whether what comes next can be had without reading the file."""
        return bool(self._memory) or not self._blocks

    def append(self, data: bytes) -> None:
        """Let `data` wait behind what is there.

        Raises:
            SpoolFullError: That is more than may.
            OSError: The file can't be written; a full disk, mostly.
        """
        with self._lock:
            if self._closed:
                return
            if self.size + len(data) > self._limit:
                raise SpoolFullError
            outside = bool(self._blocks or self._tail)
            if outside and self.size <= LITTLE and self._has_room(self.size - self._taken):
                self._recall()
                outside = False
            little = self.size + len(data) <= MEMORY and not outside
            if little and self._has_room(len(data)):
                self._memory.append(data)
            else:
                self._tail += data
                if len(self._tail) >= BLOCK:
                    self._seal()
            self.size += len(data)

    def take(self) -> bytes:
        """Return some of what waits longest, which then waits no more; empty if nothing does.

        Raises:
            OSError: The file can't be read.
        """
        with self._lock:
            data = self._next()
            self.size -= len(data)
            return data

    def put_back(self, data: bytes) -> None:
        """Let `data`, which was taken last, wait again before all others."""
        with self._lock:
            if data:
                self._has_room(len(data), anyway=True)
                self._memory.appendleft(data)
                self.size += len(data)

    def __iter__(self) -> Iterator[bytes]:
        """Yield all that waits, which goes on waiting; nothing may be taken meanwhile."""
        with self._lock:
            memory, blocks, tail = list(self._memory), list(self._blocks), bytes(self._tail)
            first = self._sealed - len(blocks)
        yield from memory
        for number, (start, length) in enumerate(blocks, first):
            yield self._opened(number, start, length)
        yield tail

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._closed = True
            self._memory.clear()
            self._blocks.clear()
            self._tail.clear()
            self.size = 0
            self._all.give(self._taken)
            self._taken = 0
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def __del__(self) -> None:
        self.close()

    def _recall(self) -> None:
        """Have all that waits wait in memory."""
        waiting = deque(self._memory)
        self._memory.clear()
        while self._blocks or self._tail:
            waiting.append(self._next())
        self._memory = waiting

    def _has_room(self, size: int, *, anyway: bool = False) -> bool:
        """Tell whether so much more may wait in memory; it is taken then."""
        if not self._all.take(size, anyway=anyway):
            return False
        self._taken += size
        return True

    def _next(self) -> bytes:
        if self._memory:
            data = self._memory.popleft()
            self._taken -= len(data)
            self._all.give(len(data))
            return data
        if self._blocks:
            number = self._sealed - len(self._blocks)
            start, length = self._blocks.popleft()
            data = self._opened(number, start, length)
            if not self._blocks:
                # All of it was read, so its space can be used again.
                assert self._file is not None
                os.ftruncate(self._file, 0)
                self._end = 0
            return data
        data = bytes(self._tail)
        self._tail.clear()
        return data

    def _seal(self) -> None:
        if self._file is None:
            self._file = _nameless(self._folder)
            self._cipher = AESGCM(AESGCM.generate_key(256))
        assert self._cipher is not None
        sealed = self._cipher.encrypt(self._sealed.to_bytes(12), bytes(self._tail), None)
        view = memoryview(sealed)
        at = self._end
        while view:
            written = os.pwrite(self._file, view, at)
            view = view[written:]
            at += written
        self._blocks.append((self._end, len(sealed)))
        self._end = at
        self._sealed += 1
        self._tail.clear()

    def _opened(self, number: int, start: int, length: int) -> bytes:
        assert self._file is not None
        assert self._cipher is not None
        return self._cipher.decrypt(number.to_bytes(12), os.pread(self._file, length, start), None)


class Spools:
    """Makes spools that share what they may have of memory.

    Args:
        folder: Where files may be made.
        limit: Bytes that may wait in each, at least.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._memory = Memory(TOGETHER)

    def __call__(self, held: int) -> Spool:
        """Return one for a body of which so many bytes are held."""
        return Spool(self._folder, max(held, self._limit), self._memory)


def _nameless(folder: Path) -> int:
    try:
        return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:
        # Not every file system has files without a name.
        handle, name = tempfile.mkstemp(dir=folder)
        Path(name).unlink()
        return handle

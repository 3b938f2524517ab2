"""What the workers of one machine tell each other, and only they can read.

Each appends to a file that all of them read on. A line is written by one system call, so that no
two mix, and is sealed with a key that only the processes know. A line that a full disk cut off is
left out; what a worker that has died wrote is still there for the others, and for the next one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Bulletin"]

# Files that the time for which lines count is spread over; the oldest is deleted whole.
FILES = 4
# Bytes of one of them; what does not fit is not told.
LARGEST = 16 << 20
NONCE = 12


class Bulletin:
    """One worker's way to tell the others.

    Args:
        folder: That all workers see, and nobody else.
        key: The same 32 bytes for all of them.
        seconds: How long a line is of interest.

    Attributes:
        cipher: Seals what they tell each other.
    """

    def __init__(self, folder: Path, key: bytes, seconds: float) -> None:
        self._folder = folder
        self.cipher = AESGCM(key)
        self._step = seconds / FILES
        self._me = secrets.token_bytes(8)
        # Of every file that is still of interest, how far it was read.
        self._read: dict[int, int] = {}

    def post(self, line: bytes, now: float) -> None:
        """Tell the others.

        Args:
            line: What.
            now: The time, by a clock that all of them share.

        Raises:
            OSError: It can't be written.
        """
        nonce = secrets.token_bytes(NONCE)
        sealed = b64encode(nonce + self.cipher.encrypt(nonce, self._me + line, None))
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        number = int(now // self._step)
        # Known, so that it is deleted in time whoever reads it.
        self._read.setdefault(number, 0)
        handle = os.open(self._file(number), flags, 0o600)
        try:
            if os.fstat(handle).st_size + len(sealed) < LARGEST:
                # It begins a line of its own, whatever became of the one before.
                os.write(handle, b"\n" + sealed + b"\n")
        finally:
            os.close(handle)

    def news(self, now: float) -> Iterator[bytes]:
        """Yield what others have told since this was last asked.

        Raises:
            OSError: It can't be read.
        """
        last = int(now // self._step)
        live = range(last - FILES, last + 1)
        for number in [one for one in self._read if one not in live]:
            del self._read[number]
            self._file(number).unlink(missing_ok=True)
        for number in live:
            for line in self._lines(number):
                with contextlib.suppress(InvalidTag, ValueError):
                    sealed = b64decode(line, validate=True)
                    told = self.cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None)
                    if not told.startswith(self._me):
                        yield told[len(self._me) :]

    def _lines(self, number: int) -> list[bytes]:
        """Return the lines of a file that have not been read, without the empty ones."""
        start = self._read.get(number, 0)
        path = self._file(number)
        try:
            if path.stat().st_size <= start:
                return []
            with path.open("rb") as file:
                file.seek(start)
                data = file.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._read[number] = start + len(whole)
        return [line for line in whole.split(b"\n") if line]

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.told"

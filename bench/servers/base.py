"""What the throw-away servers have in common: a thread, and records of what reached them."""

from __future__ import annotations

import abc
import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["HOST", "Record", "Records", "Server", "sha256"]

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One message as a server took it.

    Attributes:
        method: HTTP method or FTP command.
        target: Request target with its query, or path of the file.
        version: `1.1` or `2`; empty for FTP.
        headers: Names in lower case; of several the last.
        body: The bytes of the body that arrived.
        complete: Whether the server had to take the message for whole.
    """

    method: str
    target: str
    version: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    complete: bool = True


class Records:
    """The records of one server, written by its threads and read by others."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._changed = threading.Condition()

    def add(self, record: Record) -> None:
        """Write a record down."""
        with self._changed:
            self._records.append(record)
            self._changed.notify_all()

    def all(self) -> list[Record]:
        """Return what was written down so far."""
        with self._changed:
            return list(self._records)

    def of(self, path: str) -> list[Record]:
        """Return the records of one path, whatever the query."""
        return [record for record in self.all() if record.target.partition("?")[0] == path]

    def wait_for(self, condition: Callable[[list[Record]], bool], timeout: float = 15) -> None:
        """Wait until `condition` holds of the records.

        Raises:
            TimeoutError: It did not within `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self._records), timeout):
                raise TimeoutError("the server was not sent what was waited for")


class Server(abc.ABC):
    """A server on a free port, in a thread of its own, for the length of a `with` block.

    Attributes:
        records: What reached it.
        port: Where it listens.
    """

    scheme = ""

    def __init__(self) -> None:
        self.records = Records()
        self.port = 0
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"{self.scheme}://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        self.port = self._listen()
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()
        self._thread.join()

    @abc.abstractmethod
    def _listen(self) -> int:
        """Listen, and return the port."""

    @abc.abstractmethod
    def _run(self) -> None:
        """Serve until stopped, and let go of everything; runs in the thread."""

    @abc.abstractmethod
    def _stop(self) -> None:
        """Make `_run` return; called from another thread."""


def sha256(content: bytes) -> str:
    """Return the hexadecimal SHA-256 of `content`."""
    return hashlib.sha256(content).hexdigest()

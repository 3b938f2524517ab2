"""The form of a sealed body: age around a line of JSON, which says what it was, and the body."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING

import pyrage

from dlp.evidence.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from dlp.types import FlowInfo

__all__ = [
    "Identity",
    "Opened",
    "Request",
    "head_line",
    "read_identity",
    "read_identity_file",
    "seal",
    "unseal",
]

# Longest head that is read; a request with larger headers is not let in.
HEAD_LIMIT = 1 << 20
PIECE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is needed to send a message again.

    Attributes:
        method: HTTP method; `PUT` for an FTP upload.
        url: Whole URL, with its scheme.
        headers: Names and values, in their order.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a sealed body says of itself.

    Attributes:
        request: What is needed to send it again; None where it can't be.
        content_type: Value of Content-Type, or empty.
        length: Bytes of the body.
    """

    request: Request | None
    content_type: str
    length: int


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """A private key; never shown.

    Attributes:
        source: Where it was read, for messages.
        recipient: The public key that belongs to it.
    """

    source: str
    recipient: str
    _key: pyrage.x25519.Identity

    def decrypt(self, sealed: _Source, sink: _Sink) -> None:
        """Decrypt into `sink`; raises what pyrage or the sink raises."""
        pyrage.decrypt_io(sealed, sink, [self._key])


def read_identity(text: str, source: str) -> Identity:
    """Read a private key as `age-keygen` or the proxy wrote it.

    Raises:
        EvidenceError: It is none; what stands there is not quoted.
    """
    lines = [line.strip() for line in text.splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    try:
        (line,) = keys
        key = pyrage.x25519.Identity.from_str(line)
    except Exception:  # noqa: BLE001 - pyrage's error may quote the key
        raise EvidenceError(f"{source}: not a private age key (AGE-SECRET-KEY-…)") from None
    return Identity(source, str(key.to_public()), key)


def head_line(flow: FlowInfo, content_type: str, request: Request | None) -> bytes:
    """Return the line that stands before the body."""
    head = {
        "flow": asdict(flow),
        "content_type": content_type,
        "request": None if request is None else asdict(request),
    }
    # Surrogates, which stand for bytes that are no UTF-8, survive as escapes.
    return json.dumps(head).encode("ascii") + b"\n"


def seal(recipient: str, pieces: Iterable[bytes], out: IO[bytes]) -> None:
    """Seal pieces to a public key as they come, holding only one of them.

    Raises:
        OSError: `out` can't be written.
    """
    key = pyrage.x25519.Recipient.from_str(recipient)
    source, sink = _Source(iter(pieces)), _Sink(out.write)
    try:
        pyrage.encrypt_io(source, sink, [key])
    except Exception:
        # What went wrong on our side; pyrage makes a text of it.
        error = sink.error or source.error
        if error is None:
            raise
        raise error from None


def unseal(
    sealed: IO[bytes], identity: Identity, name: str, write: Callable[[bytes], object]
) -> Opened:
    """Open what was sealed, and hand its body on piece by piece.

    Each piece is authentic, but only when this returns is the body known to be whole.

    Raises:
        EvidenceError: It is sealed to another key, or damaged.
        OSError: `write` raised it.
    """
    splitter = _Splitter(write)
    source, sink = _Source(iter(lambda: sealed.read(PIECE), b"")), _Sink(splitter.write)
    try:
        identity.decrypt(source, sink)
    except Exception as error:  # noqa: BLE001 - whatever pyrage makes of it
        if sink.error is not None:
            raise sink.error from None
        if source.error is not None:
            raise EvidenceError(f"{name}: the sealed body could not be read to its end") from None
        if isinstance(error, pyrage.DecryptError) and "matching" in str(error):
            raise EvidenceError(f"{name}: is not sealed to the key in {identity.source}") from None
        raise EvidenceError(f"{name}: the sealed body is damaged") from None
    return splitter.opened(name)


class _Source:
    """Reads from pieces, as pyrage wants to read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.error: Exception | None = None
        self._pieces = pieces
        self._rest = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._rest:
                piece = next(self._pieces, None)
                if piece is None:
                    return b""
                self._rest = memoryview(piece)
        except Exception as error:
            self.error = error
            raise
        size = len(self._rest) if size < 0 else size
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)


class _Sink:
    """Hands on what pyrage writes, and remembers what went wrong there."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.error: Exception | None = None
        self._write = write

    def write(self, data: bytes) -> int:
        try:
            self._write(bytes(data))
        except Exception as error:
            self.error = error
            raise
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""


class _Splitter:
    """Takes the first line off, and counts the rest."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._head = b""
        self._complete = False
        self._length = 0

    def write(self, data: bytes) -> None:
        if not self._complete:
            line, end, data = data.partition(b"\n")
            self._head += line
            self._complete = bool(end)
            if len(self._head) > HEAD_LIMIT:
                raise ValueError("no head")
        if data:
            self._length += len(data)
            self._write(data)

    def opened(self, name: str) -> Opened:
        try:
            head = json.loads(self._head)
            request = head.get("request")
            return Opened(
                request=None
                if request is None
                else Request(
                    method=request["method"],
                    url=request["url"],
                    headers=tuple((str(name), str(value)) for name, value in request["headers"]),
                ),
                content_type=head["content_type"],
                length=self._length,
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise EvidenceError(f"{name}: the sealed body is damaged") from None


def read_identity_file(path: Path) -> Identity:
    """Read a private key from a file.

    Raises:
        EvidenceError: It can't be read, or is none.
    """
    try:
        return read_identity(path.read_text("ascii", "replace"), str(path))
    except OSError as error:
        raise EvidenceError(f"{path}: {error.strerror}") from None

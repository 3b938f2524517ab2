"""Content-Transfer-Encodings of MIME parts: base64 and quoted-printable (RFC 2045, section 6).

Servers and programs may take no notice of the encoding a part names, so what does not look encoded
is read as it is.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from typing import TYPE_CHECKING, Protocol

from dlp.extract.radix import ANY_BASE64, Quanta

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TRANSFER_ENCODINGS", "Transfer"]

_LONGEST_LINE = 1 << 16
# Bytes that tell whether a part is in base64 at all.
_TOLD = 512
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/_= \t\r\n-]")
_PADDING = re.compile(rb"=+")
_BLANKS = b" \t\r\n"


class Transfer(Protocol):
    """Undoes an encoding, however it is cut."""

    def feed(self, data: bytes) -> bytes:
        """Return what `data` decodes to."""

    def finish(self) -> bytes:
        """Return the rest."""


class Base64:
    """Base64 up to the first byte that is none, bytes as they are from there on."""

    def __init__(self) -> None:
        self._head: bytes | None = b""
        self._quanta = Quanta(ANY_BASE64)
        self._plain = False

    def feed(self, data: bytes) -> bytes:
        """Return what `data` decodes to."""
        if self._head is not None:
            data = self._head + data
            if len(data) < _TOLD:
                self._head = data
                return b""
            self._begin(data)
        return self._read(data)

    def finish(self) -> bytes:
        """Return the rest."""
        if self._head is None:
            return self._quanta.finish()
        head = self._head
        self._begin(head)
        return self._read(head) + self._quanta.finish()

    def _begin(self, head: bytes) -> None:
        self._head = None
        self._plain = _NOT_BASE64.search(head[:_TOLD]) is not None

    def _read(self, data: bytes) -> bytes:
        if self._plain:
            return data
        try:
            return self._quanta.feed(data.replace(b"\r", b"").replace(b"\n", b""))
        except ValueError:
            pass  # There is something else in it, or its end.
        stranger = _NOT_BASE64.search(data)
        if stranger is None:
            return self._decode(data)
        self._plain = True
        return (
            self._decode(data[: stranger.start()])
            + self._quanta.finish()
            + data[stranger.start() :]
        )

    def _decode(self, data: bytes) -> bytes:
        characters = data.translate(None, _BLANKS)
        if b"=" not in characters:
            return self._quanta.feed(characters)
        *padded, last = _PADDING.split(characters)
        out = b"".join(self._quanta.feed(piece) + self._quanta.finish() for piece in padded)
        return out + self._quanta.feed(last)


class QuotedPrintable:
    """Quoted-printable, line by line."""

    def __init__(self) -> None:
        self._line = b""

    def feed(self, data: bytes) -> bytes:
        """Return what `data` decodes to."""
        data = self._line + data
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) > _LONGEST_LINE:
            # No line of text, but an escape must not be cut.
            cut = data.rfind(b"=", len(data) - 3)
            cut = len(data) if cut < 0 else cut
        self._line = data[cut:]
        return a2b_qp(data[:cut])

    def finish(self) -> bytes:
        """Return the rest."""
        line, self._line = self._line, b""
        return a2b_qp(line)


TRANSFER_ENCODINGS: dict[str, Callable[[], Transfer]] = {
    "base64": Base64,
    "quoted-printable": QuotedPrintable,
}

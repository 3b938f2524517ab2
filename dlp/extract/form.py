"""application/x-www-form-urlencoded and query strings: percent-decoding as it streams."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

__all__ = ["FormDecoder"]


class _Percent:
    """One level of percent-encoding; keeps back an escape that is cut."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        data = self._rest + data
        cut = data.find(b"%", max(0, len(data) - 2))
        if cut < 0:
            cut = len(data)
        self._rest = data[cut:]
        return unquote_to_bytes(data[:cut])

    def finish(self) -> bytes:
        rest, self._rest = self._rest, b""
        return rest


class FormDecoder:
    """Decodes `%XX` and `+`, one field a line, however the input is cut.

    Decoded twice, because clients that encode a value before they build the form are common,
    and a second decoding of plain text changes nothing that a detector looks at.
    """

    def __init__(self) -> None:
        self._outer = _Percent()
        self._inner = _Percent()

    def feed(self, data: bytes) -> bytes:
        """Return what `data` adds to the decoded text."""
        return self._inner.feed(self._outer.feed(data.replace(b"&", b"\n").replace(b"+", b" ")))

    def finish(self) -> bytes:
        """Return the rest."""
        return self._inner.feed(self._outer.finish()) + self._inner.finish()

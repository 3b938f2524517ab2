"""application/x-www-form-urlencoded and query strings: percent-decoding as it streams."""

from __future__ import annotations

from binascii import a2b_qp
from urllib.parse import unquote_to_bytes

from dlp.extract.native import standing

__all__ = ["FormDecoder"]

# A sign that begins no escape.
_holds_stray = standing(rb"%(?:[^0-9A-Fa-f]|[0-9A-Fa-f][^0-9A-Fa-f]|[0-9A-Fa-f]?\z)")
_SIGN = bytes.maketrans(b"%", b"=")
_FIELDS = bytes.maketrans(b"&+", b"\n ")


class _Percent:
    """One level of percent-encoding; keeps back an escape that is cut, its `rest`."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        data = self.rest + data
        cut = data.find(b"%", max(0, len(data) - 2))
        if cut < 0:
            cut = len(data)
        self.rest = data[cut:]
        return _undone(data[:cut])

    def finish(self) -> bytes:
        rest, self.rest = self.rest, b""
        return rest


def _undone(data: bytes) -> bytes:
    if b"%" not in data:
        return data
    if _holds_stray(data):
        return unquote_to_bytes(data)
    # What undoes quoted-printable is native code, and but for the sign the same.
    return a2b_qp(data.replace(b"=", b"%3D").translate(_SIGN))


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
        data = data.translate(_FIELDS)
        if self._outer.rest or self._inner.rest or b"%" in data:
            data = self._inner.feed(self._outer.feed(data))
        return data

    def finish(self) -> bytes:
        """Return the rest."""
        if not (self._outer.rest or self._inner.rest):
            return b""
        return self._inner.feed(self._outer.finish()) + self._inner.finish()

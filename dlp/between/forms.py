"""Chunks of files as web pages send them: each in a form of its own, which says which one it is.

Known are the fields of Dropzone, Resumable.js, Flow.js, Fine Uploader and Plupload.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from dlp.between.steps import Act, Step
from dlp.extract.budget import UninspectableError
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FormFile", "chunk_of", "is_form"]

# Field that names the upload, that of a chunk's number, the first one, and the field that counts.
_CHUNKS = (
    ("dzuuid", "dzchunkindex", 0, "dztotalchunkcount"),
    ("resumableIdentifier", "resumableChunkNumber", 1, "resumableTotalChunks"),
    ("flowIdentifier", "flowChunkNumber", 1, "flowTotalChunks"),
    ("qquuid", "qqpartindex", 0, "qqtotalparts"),
    ("name", "chunk", 0, "chunks"),
)
_FIELD = re.compile(rb'(?i)content-disposition:[^\r\n]*?;[ \t]*name="?([\w.\[\]-]{1,60})"?')
_FILE = re.compile(rb"(?i)content-disposition:[^\r\n]*;[ \t]*filename\*?=")
_LONGEST = 400
# Bytes before a form's file, and a delimiter's.
_HEAD = 64 * 1024
_DELIMITER = 256


def is_form(content_type: str) -> bool:
    """Tell whether a body is a form that may bring a file."""
    return content_type.lower().startswith("multipart/form-data")


def chunk_of(place: str, query: str, head: bytes) -> Step | None:
    """Return which chunk of an upload a form brings; None if it says nothing of that.

    Args:
        place: Where it is sent, host included.
        query: What follows the question mark there.
        head: The first bytes of the form.
    """
    fields = _fields(head)
    if fields is None:
        return None
    said = dict(parse_qsl(query)[:100]) | fields
    for named, numbered, first, counted in _CHUNKS:
        upload, number, count = (said.get(name, "") for name in (named, numbered, counted))
        if not (upload and number.isdecimal() and count.isdecimal()):
            continue
        if len(number) > 9 or len(count) > 9 or int(count) < 2:
            # All of it in one chunk is a form like any other.
            return None
        return Step(
            act=Act.PART,
            upload=f"{place}#{upload}",
            start=int(number),
            last=int(number) == first + int(count) - 1,
            firsts=(first,),
            numbered=True,
            of_client=True,
        )
    return None


def _fields(head: bytes) -> dict[str, str] | None:
    """Return the fields that stand before a form's file; None if no file is in sight."""
    delimiter, _, rest = head.partition(b"\r\n")
    fields: dict[str, str] = {}
    if not delimiter.startswith(b"--") or len(delimiter) > _DELIMITER:
        return None
    for part in rest.split(b"\r\n" + delimiter)[:100]:
        headers, empty, value = part.partition(b"\r\n\r\n")
        if _FILE.search(headers):
            return fields
        field = _FIELD.search(headers)
        if field and empty and len(value) <= _LONGEST:
            fields[field[1].decode("ascii", "replace")] = value.decode("utf-8", "replace")
    return None


class FormFile:
    """Takes the form away around the first file in it."""

    def __init__(self) -> None:
        self._held = b""
        self._end = b""
        self._over = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what is in the file.

        Raises:
            UninspectableError: There is no file where one would be.
        """
        if self._over:
            return
        self._held += data
        if not self._end and not self._find():
            return
        at = self._held.find(self._end)
        if at >= 0:
            self._over = True
            content, self._held = self._held[:at], b""
        else:
            keep = len(self._end) - 1
            content, self._held = self._held[:-keep], self._held[-keep:]
        if content:
            yield content

    def finish(self) -> None:
        """Say that the form ends here.

        Raises:
            UninspectableError: Its file has no end.
        """
        if not self._over:
            raise _corrupt()

    def _find(self) -> bool:
        """Find where the file begins, once that is there."""
        delimiter, found, _ = self._held.partition(b"\r\n")
        if len(self._held) > _HEAD or (len(delimiter) > _DELIMITER):
            raise _corrupt()
        if not found:
            return False
        end = b"\r\n" + delimiter
        at = len(delimiter) + 2
        while True:
            begin = self._held.find(b"\r\n\r\n", at)
            if begin < 0:
                return False
            if _FILE.search(self._held, at, begin):
                self._held, self._end = self._held[begin + 4 :], end
                return True
            # A file may be empty: then its end begins with the end of its head.
            at = self._held.find(end, begin + 2)
            if at < 0:
                return False
            at += len(end) + 2


def _corrupt() -> UninspectableError:
    return UninspectableError(Uninspectable.CORRUPT)

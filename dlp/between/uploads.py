"""Ties the parts of one upload together, so that a value cut across two of them is found.

Object stores and file services take large files in parts, each a request of its own, often several
at once and in any order. Of each part its first and last bytes are kept; where two parts meet, the
seam is inspected with whichever comes later.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlp.between.steps import Act, step_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["EDGE", "Ends", "Part", "Uploads", "edges", "part_of"]

# Bytes of a part that are kept at either end: a long written identifier with what announces it.
EDGE = 512
UPLOADS = 2_000
# First and last bytes of a body that is not held, among which its edges are looked for.
ENDING = 4096
# Ends of parts kept of one upload (S3 allows 10,000 parts); some megabytes at most.
PARTS = 10_000
# Ends of parts kept of all uploads, 512 bytes each.
ENDS = 100_000
# Longer than any client waits between two parts.
KEPT_SECONDS = 3600.0

_RANGE = re.compile(r"(?i:bytes)[ =](\d{1,18})-(\d{0,18})")
_CHUNK_NAME = re.compile(r"/uploads/.+/(\d{1,10})\Z")
_FILE = re.compile(rb"(?i)content-disposition:[^\r\n]*filename[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n")
_ENDS_IN_NUMBER = re.compile(rb"[0-9][ .\-]{0,2}\Z")
_BEGINS_WITH_NUMBER = re.compile(rb"[ .\-]{0,2}[0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of an upload.

    Attributes:
        upload: By what the upload is known; the same for all its parts.
        start: Where the part begins: its number, or its offset in bytes; None if it only is known
            to follow what came before it.
        end: Where the next one begins.
    """

    upload: str
    start: int | None = None
    end: int | None = None


def part_of(
    method: str, host: str, path: str, query: str, headers: Mapping[str, str], length: int
) -> Part | None:
    """Tell of which upload a request carries a part, if it has a body.

    Known are the ways of `step_of`, partial updates of WebDAV (`X-Update-Range`), a
    `Content-Range` that does not say how long the whole is or names nothing but all of it, and
    chunks whose path below `uploads` ends in their number. Other bodies that are sent to one
    path, as the blocks of Azure and the chunks of many web forms are, may follow each other.

    Args:
        method: HTTP method.
        host: The destination.
        path: Its path.
        query: What follows the question mark.
        headers: Names in lower case.
        length: Bytes of the body.
    """
    if method not in ("PUT", "POST", "PATCH"):
        return None
    step = step_of(method, host, path, query, headers)
    if step is not None and step.act is Act.PART and step.upload:
        span = 1 if step.numbered else length if step.size is None else step.size
        return Part(upload=step.upload, start=step.start, end=step.start + span)
    place = f"{host}{path}"
    update = _RANGE.match(headers.get("x-update-range", "") or headers.get("content-range", ""))
    if update:
        first = int(update[1])
        return Part(
            upload=place, start=first, end=int(update[2]) + 1 if update[2] else first + length
        )
    chunk = _CHUNK_NAME.search(place)
    if chunk:
        return Part(upload=place[: chunk.start(1)], start=int(chunk[1]), end=int(chunk[1]) + 1)
    return Part(upload=place)


class Ends:
    """The first and last bytes of a body that passes by.

    Args:
        meet: Returns the text around where a body meets others, given its length and its ends.
    """

    def __init__(self, meet: Callable[[int, bytes], str] = lambda _length, _ends: "") -> None:
        self._meet = meet
        self._size = 0
        self._first = self._last = b""

    def feed(self, data: bytes) -> None:
        """See the next bytes."""
        self._size += len(data)
        self._first += data[: ENDING - len(self._first)]
        self._last = (self._last + data[-ENDING:])[-ENDING:]

    def joined(self) -> bytes:
        """Return them as one, without what lies between."""
        rest = self._size - len(self._first)
        return self._first + (self._last[-rest:] if rest else b"")

    def seams(self) -> tuple[tuple[str, str], ...]:
        """Return where the body, which has ended, meets others, as (place, text)."""
        text = self._meet(self._size, self.joined())
        return (("seam", text),) if text else ()


def edges(body: bytes, content_type: str) -> tuple[bytes, bytes]:
    """Return the first and last bytes of a body, or of the file that a form brings."""
    if content_type.lower().startswith("multipart/form-data"):
        start = _FILE.search(body[: 64 * 1024])
        delimiter = body[:256].partition(b"\r\n")[0]
        if start and delimiter.startswith(b"--"):
            end = body.find(b"\r\n" + delimiter, start.end())
            end = len(body) if end < 0 else end
            return body[start.end() : min(end, start.end() + EDGE)], body[
                max(start.end(), end - EDGE) : end
            ]
    return body[:EDGE], body[-EDGE:]


def _continues(before: bytes, after: bytes) -> bool:
    """Tell whether a number may be cut where two bodies meet that nothing else ties together."""
    return bool(_ENDS_IN_NUMBER.search(before) and _BEGINS_WITH_NUMBER.match(after))


@dataclass(slots=True)
class _Upload:
    seen: float
    # By where they begin, the first bytes of parts with where those end; and the other way round.
    heads: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    tails: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    last: bytes = b""

    def before(self, at: int) -> bytes:
        """Return what stands before a place, through parts that are short."""
        text = b""
        for _ in range(EDGE):
            tail, at = self.tails.get(at, (b"", -1))
            text = tail + text
            if len(tail) in (0, EDGE) or len(text) >= EDGE:
                break
        return text[-EDGE:]

    def after(self, at: int) -> bytes:
        """Return what stands after a place, through parts that are short."""
        text = b""
        for _ in range(EDGE):
            head, at = self.heads.get(at, (b"", -1))
            text += head
            if len(head) in (0, EDGE) or len(text) >= EDGE:
                break
        return text[:EDGE]

    def __len__(self) -> int:
        return len(self.heads) + len(self.tails) + 1


class Uploads:
    """The uploads under way, of all clients."""

    def __init__(self) -> None:
        self._uploads: OrderedDict[tuple[str, str], _Upload] = OrderedDict()
        self._ends = 0

    def __len__(self) -> int:
        """Return how many ends of parts are kept."""
        return self._ends

    def seams(self, client: str, part: Part, head: bytes, tail: bytes, now: float) -> list[bytes]:
        """Return the text around each place where this part meets one that was seen before.

        Args:
            client: Who sends it.
            part: The part.
            head: Its first bytes.
            tail: Its last bytes; the same where the part is short.
            now: The time, in seconds.
        """
        key = (client, part.upload)
        upload = self._uploads.pop(key, None)
        if upload is None:
            upload = _Upload(seen=now)
        else:
            self._ends -= len(upload)
        found = []
        if part.start is None or part.end is None:
            if _continues(upload.last, head):
                found.append(upload.last + head)
                tail = (upload.last + tail)[-EDGE:] if len(tail) < EDGE else tail
            upload.last = tail
        else:
            before, after = upload.before(part.start), upload.after(part.end)
            if len(head) < EDGE and (before or after):
                found.append(before + head + after)
            else:
                found += [before + head] if before else []
                found += [tail + after] if after else []
            if len(upload.heads) < PARTS:
                upload.heads[part.start] = (head, part.end)
                upload.tails[part.end] = (tail, part.start)
        self._keep(key, upload, now)
        return found

    def _keep(self, key: tuple[str, str], upload: _Upload, now: float) -> None:
        upload.seen = now
        self._uploads[key] = upload
        self._ends += len(upload)
        while len(self._uploads) > UPLOADS or self._ends > ENDS:
            self._drop()
        while self._uploads and next(iter(self._uploads.values())).seen < now - KEPT_SECONDS:
            self._drop()

    def _drop(self) -> None:
        _, oldest = self._uploads.popitem(last=False)
        self._ends -= len(oldest)

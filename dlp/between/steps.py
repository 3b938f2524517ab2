"""Tells what a request does for an upload that takes several: which part it brings, or its end.

Known are multipart uploads of S3 (and of what speaks like it), `Content-Range` with a whole length
as upload sessions of Google, Microsoft and Box have it, tus and its successor, the chunks of
Nextcloud and ownCloud, sessions of Dropbox, and those of SharePoint's older interface.
"""

from __future__ import annotations

import enum
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Act", "Step", "listed", "sessions", "step_of", "upload_at"]

# Without a place, it asks how far an upload is, or says that it has no more.
_SPAN = re.compile(r"(?i:bytes) (?:(\d{1,18})-(\d{1,18})|\*)/(?:(\d{1,18})|\*)")
_NEXTCLOUD = re.compile(r"(.*/dav/uploads/[^/]+/[^/]+/)(\d{1,18}|\.file)?")
_SHAREPOINT = re.compile(
    r"(?i)(start|continue|finish)upload\(uploadid=(?:guid)?'?([\w{}-]{1,80})'?"
    r"(?:, ?fileoffset=(\d{1,18}))?"
)
_DROPBOX = "/2/files/upload_session/"
_TUS = "application/offset+octet-stream"
_NUMBER = re.compile(rb"<(?:\w{1,20}:)?PartNumber>\s*(\d{1,9})\s*</")
_SESSION = re.compile(rb'"session_id"\s*:\s*"([^"\\]{1,400})"')
# What is called like a part or the place of one, and changes from part to part.
_COUNTS = re.compile(r"\d*")


class Act(enum.Enum):
    """What a request does for an upload."""

    PART = enum.auto()
    # A part that is not read with the others: copied at the server, or in a coding of its own.
    APART = enum.auto()
    COMPLETE = enum.auto()
    ABORT = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a request does for an upload.

    Attributes:
        act: What it is.
        upload: By what the upload is known; empty where only the answer will tell.
        start: Number of the part, or its offset in bytes.
        size: How long it is, where the request says so apart from its body.
        total: Offset at which the upload ends; None where the request does not say.
        last: Whether the upload ends with this part.
        firsts: Where the first part may start.
        numbered: Whether parts have numbers rather than offsets.
        is_open_ended: Whether the upload may end with this part, though nothing says so.
        of_client: Whether uploads of several clients may be known by the same.
    """

    act: Act
    upload: str
    start: int = 0
    size: int | None = None
    total: int | None = None
    last: bool = False
    firsts: tuple[int, ...] = (0,)
    numbered: bool = False
    is_open_ended: bool = False
    of_client: bool = False


def step_of(
    method: str, host: str, path: str, query: str, headers: Mapping[str, str]
) -> Step | None:
    """Return what a request does for an upload of several requests; None for any other.

    Args:
        method: HTTP method.
        host: The destination.
        path: Its path.
        query: What follows the question mark.
        headers: Names in lower case.
    """
    place = f"{host}{path}"
    step = (
        _s3(method, place, query, headers)
        or _sharepoint(method, place)
        or _nextcloud(method, place)
        or _dropbox(method, path, headers)
        or _tus(method, place, headers)
        or _span(method, place, query, headers)
    )
    if step is not None and step.act is Act.PART and _is_coded(headers):
        return Step(act=Act.APART, upload=step.upload)
    return step


def upload_at(host: str, path: str) -> str:
    """Return by what an upload is known whose parts are sent to an address that was told."""
    return f"{host}{path}"


def listed(body: bytes) -> list[int]:
    """Return the numbers of the parts that a request to complete an upload of S3 lists."""
    return [int(number) for number in _NUMBER.findall(body)]


def sessions(body: bytes) -> list[str]:
    """Return by what the uploads are known that an answer of Dropbox, or a request to it, names."""
    return [_of_dropbox(name.decode("utf-8", "replace")) for name in _SESSION.findall(body)]


def _is_coded(headers: Mapping[str, str]) -> bool:
    coding = headers.get("content-encoding", "").strip().lower()
    return coding not in ("", "identity", "aws-chunked")


def _fields(query: str) -> dict[str, list[str]]:
    try:
        return parse_qs(query, max_num_fields=100)
    except ValueError:
        return {}


def _s3(method: str, place: str, query: str, headers: Mapping[str, str]) -> Step | None:
    fields = _fields(query) if "uploadId=" in query else {}
    if "uploadId" not in fields:
        return None
    upload = f"{place}?{fields['uploadId'][0]}"
    number = fields.get("partNumber", [""])[0]
    if method == "PUT" and number.isdecimal() and len(number) < 10:
        if "x-amz-copy-source" in headers:
            return Step(act=Act.APART, upload=upload)
        return Step(act=Act.PART, upload=upload, start=int(number), firsts=(1,), numbered=True)
    if method == "POST" and not number:
        return Step(act=Act.COMPLETE, upload=upload, numbered=True)
    return Step(act=Act.ABORT, upload=upload) if method == "DELETE" else None


def _sharepoint(method: str, place: str) -> Step | None:
    place = unquote(place)
    call = _SHAREPOINT.search(place) if method == "POST" else None
    if call is None:
        return None
    last = call[1].lower() == "finish"
    upload = f"{place[: call.start()]}{call[2].lower()}"
    return Step(act=Act.PART, upload=upload, start=int(call[3] or 0), last=last)


def _nextcloud(method: str, place: str) -> Step | None:
    found = _NEXTCLOUD.fullmatch(place)
    if found is None:
        return None
    if method == "PUT" and found[2] and found[2].isdecimal():
        # The clients of some years begin with 0, and some name a chunk by its offset.
        return Step(
            act=Act.PART, upload=found[1], start=int(found[2]), firsts=(0, 1), numbered=True
        )
    if method == "MOVE" and found[2] == ".file":
        return Step(act=Act.COMPLETE, upload=found[1])
    return Step(act=Act.ABORT, upload=found[1]) if method == "DELETE" and not found[2] else None


def _dropbox(method: str, path: str, headers: Mapping[str, str]) -> Step | None:
    act = path.removeprefix(_DROPBOX) if path.startswith(_DROPBOX) else ""
    if method != "POST" or act not in ("start", "append", "append_v2", "finish", "finish_batch"):
        return None
    if act == "finish_batch":
        return Step(act=Act.COMPLETE, upload="")
    if act == "start":
        return Step(act=Act.PART, upload="")
    try:
        said = json.loads(headers.get("dropbox-api-arg", "")[:4096])
        cursor = said if act == "append" else said["cursor"]
        session, offset = str(cursor["session_id"]), int(cursor["offset"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return Step(act=Act.PART, upload=_of_dropbox(session), start=offset, last=act == "finish")


def _of_dropbox(session: str) -> str:
    return f"dropbox {session}"


def _tus(method: str, place: str, headers: Mapping[str, str]) -> Step | None:
    offset = headers.get("upload-offset", "")
    method = headers.get("x-http-method-override", method)
    if method == "DELETE" and "tus-resumable" in headers:
        return Step(act=Act.ABORT, upload=place)
    said = headers.get("upload-length", "")
    total = int(said) if said.isdecimal() and len(said) < 19 else None
    if method == "POST" and not offset and headers.get("content-type", "") == _TUS and total:
        # It is created with its first bytes.
        return Step(act=Act.PART, upload="", total=total)
    if method not in ("PATCH", "PUT", "POST") or not offset.isdecimal() or len(offset) > 18:
        return None
    return Step(
        act=Act.PART,
        upload=place,
        start=int(offset),
        total=total,
        last=headers.get("upload-complete", "") == "?1",
        is_open_ended=total is None and "upload-complete" not in headers,
    )


def _span(method: str, place: str, query: str, headers: Mapping[str, str]) -> Step | None:
    span = _SPAN.fullmatch(headers.get("content-range", "").strip())
    if span is None or method not in ("PUT", "POST", "PATCH"):
        return None
    start, end = int(span[1] or 0), int(span[2] or -1) + 1
    total = int(span[3]) if span[3] else None
    if not span[1] and total is None:
        return None
    if start == 0 and end == total:
        # All of it in one request is a body like any other.
        return None
    said = {
        name: values[0]
        for name, values in _fields(query).items()
        if not _COUNTS.fullmatch(values[0])
    }
    session = headers.get("x-session-id", "") or headers.get("session-id", "")
    if session or said:
        place = f"{place}?{session}{sorted(said.items())}"
    of_client = not (session or said)
    if not span[1]:
        return Step(act=Act.COMPLETE, upload=place, total=total, of_client=of_client)
    return Step(
        act=Act.PART,
        upload=place,
        start=start,
        size=end - start,
        total=total,
        of_client=of_client,
    )

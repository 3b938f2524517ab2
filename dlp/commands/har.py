"""HTTP archives (HAR 1.2), as browsers and proxies export them: their requests, one by one."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dlp.types import Channel, FlowInfo

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LARGEST", "Request", "requests"]

# Archives are read whole; a larger one is scanned as the text it is.
LARGEST = 256 << 20
# As Chrome and mitmproxy write bodies that are no text.
_ENCODINGS = ("encoding", "_encoding")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of an archive.

    Attributes:
        label: Its place and where it went; without its path, which may hold anything.
        flow: Where it went, and how.
        head: Small texts around the body, as (place, text).
        body: Its body.
        content_type: As declared.
        missing: Whether the archive holds less of the body than it says was sent.
    """

    label: str
    flow: FlowInfo
    head: tuple[tuple[str, str], ...]
    body: bytes
    content_type: str
    missing: bool


def requests(path: Path) -> list[Request] | None:
    """Return the requests of an archive, or None for a file that is none and is scanned as it is.

    Raises:
        OSError: The file can't be read.
    """
    if path.stat().st_size > LARGEST:
        return None
    raw = path.read_bytes()
    try:
        entries = json.loads(raw)["log"]["entries"]
        return [_request(number, entry["request"]) for number, entry in enumerate(entries, 1)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _request(number: int, request: dict[str, Any]) -> Request:
    url = urlsplit(request["url"])
    posted = request.get("postData") or {}
    host, method = url.hostname or "", str(request["method"])
    port = url.port or {"http": 80, "ftp": 21}.get(url.scheme, 443)
    content_type = str(posted.get("mimeType") or "")
    lines = [f"{one['name']}: {one['value']}" for one in request.get("headers", ())]
    flow = FlowInfo(
        channel=Channel.FTP if url.scheme == "ftp" else Channel.HTTP,
        host=host,
        port=port,
        method=method,
        path=url.path,
        content_type=content_type.partition(";")[0].strip().lower(),
    )
    body = _body(posted)
    # Browsers leave out what is large; -1 stands for unknown. What is listed by its fields alone is
    # shorter than the form that was sent.
    listed = bool(body) and not posted.get("text")
    target = url._replace(scheme="", netloc="").geturl()
    return Request(
        label=f"#{number} {method} {flow.destination}",
        flow=flow,
        head=(("url", target), ("headers", "\n".join(lines)), ("method", method)),
        body=body,
        content_type=content_type,
        missing=not listed and int(request.get("bodySize") or -1) > len(body),
    )


def _body(posted: dict[str, Any]) -> bytes:
    text = posted.get("text")
    if text:
        if any(posted.get(name) == "base64" for name in _ENCODINGS):
            return base64.b64decode(text)
        return str(text).encode("utf-8", "surrogatepass")
    # Forms may be listed by their fields alone.
    fields = [f"{one['name']}: {one.get('value', '')}" for one in posted.get("params", ())]
    return "\n".join(fields).encode("utf-8", "surrogatepass")

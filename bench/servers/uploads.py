"""A server that takes files in parts, as several services do."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from bench.servers.base import HOST

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["CHUNKS", "UploadServer"]


# Fields in which pages say which chunk of an upload a form brings: its name, number, how many.
CHUNKS = (
    ("dzuuid", "dzchunkindex", "dztotalchunkcount"),
    ("resumableIdentifier", "resumableChunkNumber", "resumableTotalChunks"),
    ("flowIdentifier", "flowChunkNumber", "flowTotalChunks"),
    ("qquuid", "qqpartindex", "qqtotalparts"),
    ("name", "chunk", "chunks"),
)


class UploadServer:
    """Knows parts by number (S3, Nextcloud), by offset (Content-Range, tus, Dropbox, SharePoint).

    Attributes:
        files: What was uploaded whole, by the last word of its path.
        parts: Bytes that have come, by upload.
        url: Where it listens.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer((HOST, 0), _Handler)
        self._server.uploads = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://{HOST}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, upload: str, start: int, body: bytes) -> bytes:
        """Take a part, and return what there is in all, in order."""
        with self.lock:
            parts = self.parts.setdefault(upload, {})
            parts[start] = body
            return b"".join(parts[at] for at in sorted(parts))

    def complete(self, name: str, upload: str, numbers: list[int] | None = None) -> None:
        """Make a file of what has come."""
        with self.lock:
            parts = self.parts.get(upload, {})
            wanted = sorted(parts) if numbers is None else numbers
            self.files[name] = b"".join(parts[number] for number in wanted)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def _uploads(self) -> UploadServer:
        store: UploadServer = self.server.uploads  # type: ignore[attr-defined]
        return store

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path = urlsplit(self.path).path
        fields = parse_qs(urlsplit(self.path).query)
        span = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", self.headers.get("Content-Range", ""))
        if span:
            whole = self._uploads.take(path, int(span[1]), body)
            if span[3] != "*" and len(whole) == int(span[3]):
                self._uploads.complete(path.rpartition("/")[2], path)
            self._answer(200)
        elif "partNumber" in fields:
            self._uploads.take(fields["uploadId"][0], int(fields["partNumber"][0]), body)
            self._answer(200, ETag='"x"')
        else:
            folder, _, number = path.rpartition("/")
            self._uploads.take(folder, int(number), body)
            self._answer(201)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        name = path.rpartition("/")[2]
        fields = parse_qs(urlsplit(self.path).query)
        if self.headers.get_content_type() == "multipart/form-data":
            self._form(body)
        elif "uploadId" in fields:
            numbers = [int(one) for one in re.findall(rb"<PartNumber>(\d+)<", body)]
            self._uploads.complete(name, fields["uploadId"][0], numbers)
            self._answer(200)
        elif "Upload-Length" in self.headers:
            self._uploads.take(path, 0, body)
            self._answer(201, Location=path)
        elif "/upload_session/" in path:
            self._dropbox(name, body)
        elif call := re.search(r"/(\w+)Upload\(uploadId=guid'(\w+)'(?:,fileOffset=(\d+))?", path):
            self._uploads.take(call[2], int(call[3] or 0), body)
            if call[1] == "Finish":
                self._uploads.complete(call[2], call[2])
            self._answer(200)
        else:
            self._answer(404)

    def do_PATCH(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        whole = self._uploads.take(self.path, int(self.headers["Upload-Offset"]), body)
        self._uploads.complete(self.path.rpartition("/")[2], self.path)
        self._answer(204, offset=str(len(whole)))

    def do_MOVE(self) -> None:
        folder = self.path.rpartition("/")[0]
        self._uploads.complete(self.headers["Destination"].rpartition("/")[2], folder)
        self._answer(201)

    def do_DELETE(self) -> None:
        self._answer(204)

    def _form(self, body: bytes) -> None:
        """Take a chunk; of which upload, says one of the ways that pages have."""
        delimiter = body.partition(b"\r\n")[0]
        parts = [part.partition(b"\r\n\r\n") for part in body.split(b"\r\n" + delimiter)]
        said = {
            found[1].decode(): value
            for headers, _, value in parts
            if (found := re.search(rb'; name="(\w+)"', headers))
        }
        span = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", self.headers.get("Content-Range", ""))
        if span:
            name = self.path.rpartition("/")[2]
            whole = self._uploads.take(name, int(span[1]), said["file"])
            if len(whole) == int(span[3]):
                self._uploads.complete(name, name)
        for upload, number, count in CHUNKS:
            if upload in said:
                name = said[upload].decode()
                self._uploads.take(name, int(said[number]), said["file"])
                if len(self._uploads.parts[name]) == int(said[count]):
                    self._uploads.complete(name, name)
        self._answer(200)

    def _dropbox(self, act: str, body: bytes) -> None:
        said: dict[str, Any] = json.loads(self.headers["Dropbox-API-Arg"])
        if act == "start":
            session = f"session-{len(self._uploads.parts)}"
            self._uploads.take(session, 0, body)
            self._answer(200, json.dumps({"session_id": session}).encode())
            return
        session, offset = said["cursor"]["session_id"], said["cursor"]["offset"]
        self._uploads.take(session, offset, body)
        if act == "finish":
            self._uploads.complete(said["commit"]["path"].rpartition("/")[2], session)
        self._answer(200, b"{}")

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header("Upload-Offset" if name == "offset" else name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

"""The ways by which a file can try to leave, as curl takes them."""

from __future__ import annotations

import email
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.curl import Answer, curl
from bench.servers import FtpServer

if TYPE_CHECKING:
    from bench.proxy import Proxy
    from bench.servers import HttpServer, HttpsServer
    from bench.servers.base import Server

__all__ = ["WAYS", "Way", "ways"]

_UPLOAD = ("-T", "{file}")


@dataclass(frozen=True, slots=True)
class Way:
    """A way out: what it is called, the server at its end, and the arguments of curl."""

    name: str
    server: Server
    args: tuple[str, ...]

    def send(self, proxy: Proxy, file: str, content: bytes, *more: str) -> Answer:
        """Send a file of this name through the proxy."""
        user = "user:pw@" if isinstance(self.server, FtpServer) else ""
        url = f"{self.server.scheme}://{user}127.0.0.1:{self.server.port}/{file}"
        return curl(url, *self.args, *more, proxy=proxy.listen, send=content)

    def arrived(self, file: str) -> bytes:
        """Return what reached the server as this file, complete or not."""
        if isinstance(self.server, FtpServer) and file in self.server.files():
            return self.server.files()[file]
        records = self.server.records.of("/" + file)
        return b"".join(_file(r.headers.get("content-type", ""), r.body) for r in records)

    def untouched(self, file: str) -> bool:
        """Tell whether the server has never got anything of the file, by whatever name."""
        names = [record.target for record in self.server.records.all()]
        if isinstance(self.server, FtpServer):
            names += self.server.files()
        return not any(file in name for name in names)


# Name and curl arguments; the beginning of the name says which server is at the end.
WAYS = {
    "HTTP/1.1": _UPLOAD,
    "HTTP/1.1, chunked": (*_UPLOAD, "-H", "Transfer-Encoding: chunked"),
    "HTTP/1.1, web form": ("-F", "file=@{file};type=text/csv"),
    "HTTPS, HTTP/1.1": (*_UPLOAD, "--http1.1"),
    "HTTPS, HTTP/2": (*_UPLOAD, "--http2"),
    "FTP over HTTP": _UPLOAD,
    "FTP in a tunnel": (*_UPLOAD, "-p"),
}


def ways(proxy: Proxy, http: HttpServer, https: HttpsServer, ftp: FtpServer) -> list[Way]:
    """Return all ways through this proxy to these servers."""
    servers: dict[str, Server] = {"HTTP/": http, "HTTPS": https, "FTP i": ftp, "FTP o": ftp}
    trust = ("--cacert", str(proxy.ca))
    return [Way(name, servers[name[:5]], (*args, *trust)) for name, args in WAYS.items()]


def _file(content_type: str, body: bytes) -> bytes:
    """Return the files that a form carries, or the body if it is no form."""
    if not content_type.startswith("multipart/"):
        return body
    form = email.message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    files = [part.get_payload(decode=True) for part in form.walk() if part.get_filename()]
    return b"".join(content for content in files if isinstance(content, bytes))

"""HTTPS that speaks HTTP/2 and HTTP/1.1, with a certificate of a throw-away authority."""

from __future__ import annotations

import asyncio
import logging
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypercorn.asyncio import serve
from hypercorn.config import Config

from bench.servers.base import HOST, Record, Server
from bench.servers.http import receipt

if TYPE_CHECKING:
    import trustme
    from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope

__all__ = ["HttpsServer"]


class HttpsServer(Server):
    """Answers with size and SHA-256 of what it was sent.

    Args:
        ca: Issues the server's certificate.

    Attributes:
        files: What GET returns instead, by path.
    """

    scheme = "https"

    def __init__(self, ca: trustme.CA) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}
        self._ca = ca
        self._stopped = asyncio.Event()

    def _listen(self) -> int:
        self._loop = asyncio.new_event_loop()
        self._listener = socket.create_server((HOST, 0))
        port: int = self._listener.getsockname()[1]
        return port

    def _run(self) -> None:
        with tempfile.TemporaryDirectory(prefix="https-") as folder:
            pem = Path(folder, "server.pem")
            self._ca.issue_cert(HOST, "localhost").private_key_and_cert_chain_pem.write_to_path(pem)
            config = Config()
            config.bind = [f"fd://{self._listener.detach()}"]
            config.certfile = config.keyfile = str(pem)
            # Clients that go away mid-message are what these servers are for, not news.
            config.errorlog = logging.getLogger("bench.https")
            config.errorlog.setLevel(logging.CRITICAL + 1)
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(serve(self._app, config, shutdown_trigger=self._stopped.wait))

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def _app(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        body = bytearray()
        complete = False
        while not complete:
            event = await receive()
            if event["type"] != "http.request":
                break
            body += event["body"]
            complete = not event["more_body"]
        query = scope["query_string"].decode("latin-1")
        self.records.add(
            Record(
                method=scope["method"],
                target=scope["path"] + (f"?{query}" if query else ""),
                version=scope["http_version"],
                headers={
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in scope["headers"]
                },
                body=bytes(body),
                complete=complete,
            )
        )
        if not complete:
            return
        answer = self.files.get(scope["path"]) if scope["method"] == "GET" else None
        if answer is None:
            answer = receipt(bytes(body))
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-length", str(len(answer)).encode())],
                "trailers": False,
            }
        )
        await send({"type": "http.response.body", "body": answer, "more_body": False})


async def _lifespan(receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif event["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return

"""The metrics address: `/metrics`, `/-/healthy`, `/-/ready`, served by the proxy's own loop.

Served by the loop on purpose: if it hangs, the process is not healthy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.exposition import choose_encoder
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

__all__ = ["Admin"]


class Admin:
    """The server of the metrics address.

    Attributes:
        ready: Whether flows are inspected; set once the proxy listens, unset while it drains.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.ready = False
        self._registry = registry
        self._server: HTTPServer | None = None

    def start(self, host: str, port: int) -> int:
        """Listen, and return the port.

        Raises:
            OSError: The address can't be listened on.
        """
        sockets = bind_sockets(port, host)
        self._server = HTTPServer(
            Application(
                [
                    (r"/metrics", _Metrics, {"registry": self._registry}),
                    (r"/-/healthy", _Healthy),
                    (r"/-/ready", _Ready, {"admin": self}),
                ],
                log_function=lambda _handler: None,
            )
        )
        self._server.add_sockets(sockets)
        bound: int = sockets[0].getsockname()[1]
        return bound

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.stop()


class _Quiet(RequestHandler):
    def set_default_headers(self) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.clear_header("Server")

    def data_received(self, chunk: bytes) -> None:
        """Bodies are of no interest here."""


class _Metrics(_Quiet):
    def initialize(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def get(self) -> None:
        # Prometheus asks for OpenMetrics, which carries exemplars.
        encode, content_type = choose_encoder(self.request.headers.get("Accept", ""))
        self.set_header("Content-Type", content_type)
        self.finish(encode(self._registry))


class _Healthy(_Quiet):
    def get(self) -> None:
        self.finish("ok\n")


class _Ready(_Quiet):
    def initialize(self, admin: Admin) -> None:
        self._admin = admin

    def get(self) -> None:
        if not self._admin.ready:
            self.set_status(503)
        self.finish("ready\n" if self._admin.ready else "not ready\n")

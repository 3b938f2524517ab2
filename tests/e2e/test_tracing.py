"""One span for each message, at a receiver of OTLP, and nothing of the message in it."""

from __future__ import annotations

import gzip
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.curl import curl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.proxy import Proxy
    from bench.servers import HttpServer


class Receiver(ThreadingHTTPServer):
    """Keeps the bodies that are posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1/traces"

    def spans(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the name and attributes of each span, the earliest first."""
        found = []
        for body in self.bodies:
            request = ExportTraceServiceRequest.FromString(body)
            for resource in request.resource_spans:
                about = {one.key: one.value.string_value for one in resource.resource.attributes}
                assert about["service.name"] == "dlp"
                found += [span for scope in resource.scope_spans for span in scope.spans]
        found.sort(key=lambda span: span.start_time_unix_nano)
        return [(span.name, {a.key: value(a.value) for a in span.attributes}) for span in found]


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.bodies.append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        del args


@contextmanager
def listening() -> Iterator[Receiver]:
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, daemon=True)
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


def value(found: Any) -> Any:
    kind = found.WhichOneof("value")
    if kind == "array_value":
        return [value(one) for one in found.array_value.values]
    return getattr(found, kind)


@pytest.mark.parametrize("large", [False, True])
def test_a_span_tells_what_was_decided_and_of_whom_nothing(
    start_proxy: Callable[..., Proxy],
    http: HttpServer,
    name: str,
    leak: bytes,
    orders: bytes,
    nirs: list[str],
    large: bool,  # noqa: FBT001
) -> None:
    more = b"lorem ipsum dolor sit amet\n" * 8000 if large else b""
    with listening() as receiver:
        proxy = start_proxy(DLP_TRACES=receiver.url)
        url = f"{http.url}/{name}?who={nirs[0]}"
        stopped = curl(url, "-T", "{file}", proxy=proxy.listen, send=leak + more)
        passed = curl(f"{http.url}/{name}", "-T", "{file}", proxy=proxy.listen, send=orders + more)
        assert (stopped.status, passed.status) == (403, 200)
        # What waits is sent before the end.
        proxy.stop()
        (first, leaked), (second, ordinary) = receiver.spans()

        assert first == second == "dlp.message"
        assert (leaked["dlp.channel"], leaked["dlp.action"]) == ("http", "quarantine")
        assert leaked["dlp.rule"] == "identifiers-of-several-people"
        assert leaked["dlp.incident"] == stopped.incident
        assert leaked["dlp.passes"] is False
        assert leaked["dlp.subjects"] == len(nirs)
        assert "fr_nir" in leaked["dlp.detectors"]
        assert (ordinary["dlp.action"], ordinary["dlp.passes"]) == ("allow", True)
        assert ordinary["dlp.bytes"] == len(orders + more)
        assert ordinary["dlp.scan.seconds"] > 0
        told = b"".join(receiver.bodies)
        for secret in (*nirs, name, "127.0.0.1", leak.decode().splitlines()[1].split(";")[0]):
            assert secret.encode() not in told


def test_a_receiver_that_is_gone_holds_nothing_back(
    start_proxy: Callable[..., Proxy], http: HttpServer, name: str, orders: bytes
) -> None:
    with listening() as receiver:
        url = receiver.url
    proxy = start_proxy(DLP_TRACES=url)
    answer = curl(f"{http.url}/{name}", "-T", "{file}", proxy=proxy.listen, send=orders)
    assert answer.status == 200
    assert proxy.stop() == 0

"""gRPC through the proxy, by its own client and server, in every shape of call."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import trustme

from bench.servers.base import HOST

if TYPE_CHECKING:
    from bench.proxy import Proxy

WAIT = 60
SERVICE = "clinic.Records"


class Service(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Echoes every message, and remembers it."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return {
            "One": grpc.unary_unary_rpc_method_handler(self._one),
            "Up": grpc.stream_unary_rpc_method_handler(self._up),
            "Down": grpc.unary_stream_rpc_method_handler(self._down),
            "Both": grpc.stream_stream_rpc_method_handler(self._both),
        }.get(details.method.rpartition("/")[2])

    def _one(self, message: bytes, _: object) -> bytes:
        self.received.append(message)
        return message

    def _up(self, messages: Iterator[bytes], _: object) -> bytes:
        return b"|".join(self._both(messages, _))

    def _down(self, message: bytes, _: object) -> Iterator[bytes]:
        for number in range(3):
            yield message + str(number).encode()

    def _both(self, messages: Iterator[bytes], _: object) -> Iterator[bytes]:
        for message in messages:
            self.received.append(message)
            yield message


@pytest.fixture(scope="module")
def served(proxy: Proxy, authority: trustme.CA) -> Iterator[tuple[Service, int]]:
    """The service, and where it listens."""
    del proxy
    service = Service()
    server = grpc.server(futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((service,))
    leaf = authority.issue_cert(HOST)
    pair = (leaf.private_key_pem.bytes(), b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
    port = server.add_secure_port(f"{HOST}:0", grpc.ssl_server_credentials([pair]))
    server.start()
    yield service, port
    server.stop(None).wait()


@pytest.fixture
def service(served: tuple[Service, int]) -> Service:
    """The service, as it was not called yet."""
    served[0].received.clear()
    return served[0]


@pytest.fixture
def channel(proxy: Proxy, served: tuple[Service, int]) -> Iterator[grpc.Channel]:
    """A channel through the proxy."""
    credentials = grpc.ssl_channel_credentials(proxy.ca.read_bytes())
    options = [("grpc.http_proxy", f"http://{proxy.listen}"), ("grpc.enable_http_proxy", 1)]
    with grpc.secure_channel(f"{HOST}:{served[1]}", credentials, options) as channel:
        yield channel


def call(channel: grpc.Channel, shape: str, **options: Any) -> Callable[..., Any]:
    make = {
        "One": channel.unary_unary,
        "Up": channel.stream_unary,
        "Down": channel.unary_stream,
        "Both": channel.stream_stream,
    }[shape]
    method = make(f"/{SERVICE}/{shape}")
    return lambda given: method(given, timeout=WAIT, wait_for_ready=True, **options)


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_ordinary_calls_of_every_shape_pass(
    channel: grpc.Channel, service: Service, orders: bytes, compression: grpc.Compression
) -> None:
    large = orders * 5
    options = {"compression": compression}
    assert call(channel, "One", **options)(large) == large
    assert call(channel, "One", **options)(b"") == b""
    assert call(channel, "Up", **options)(iter([b"a", b"", large])) == b"a||" + large
    assert list(call(channel, "Down", **options)(b"x")) == [b"x0", b"x1", b"x2"]
    assert list(call(channel, "Both", **options)(iter([large, b"b"]))) == [large, b"b"]
    assert service.received[0] == large


def test_a_client_may_wait_for_each_answer_before_it_goes_on(
    channel: grpc.Channel, service: Service
) -> None:
    said: queue.Queue[bytes] = queue.Queue()
    answers = call(channel, "Both")(iter(said.get, b"end"))
    for message in (b"bonjour", b"encore", b"adieu"):
        said.put(message)
        assert next(answers) == message
    said.put(b"end")
    assert list(answers) == []
    assert len(service.received) == 3


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_a_leak_is_stopped_and_the_call_denied(
    proxy: Proxy,
    channel: grpc.Channel,
    service: Service,
    leak: bytes,
    compression: grpc.Compression,
) -> None:
    with pytest.raises(grpc.RpcError) as stopped:
        call(channel, "One", compression=compression)(leak)

    assert stopped.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert not service.received
    incident = stopped.value.details().split()[-1].rstrip(".")
    shown = json.loads(proxy.dlp("incident", "show", incident, "--json").stdout)
    assert shown["action"] == "quarantine"


def test_a_leak_in_the_middle_of_a_stream_is_stopped(
    channel: grpc.Channel, service: Service, leak: bytes
) -> None:
    said: queue.Queue[bytes] = queue.Queue()
    answers = call(channel, "Both")(iter(said.get, b"end"))
    said.put(b"bonjour")
    assert next(answers) == b"bonjour"
    said.put(leak)
    said.put(b"et encore")
    with pytest.raises(grpc.RpcError) as stopped:
        next(answers)
    said.put(b"end")

    assert stopped.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert service.received == [b"bonjour"]


def test_a_value_cut_across_messages_is_found(
    channel: grpc.Channel, service: Service, nirs: list[str]
) -> None:
    parts = [f"nir: {nirs[0][:6]}".encode(), nirs[0][6:].encode()]
    with pytest.raises(grpc.RpcError) as stopped:
        call(channel, "Up")(iter(parts))

    assert stopped.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert service.received == parts[:1]


def test_a_leak_in_the_metadata_is_stopped(
    channel: grpc.Channel, service: Service, nirs: list[str]
) -> None:
    with pytest.raises(grpc.RpcError) as stopped:
        call(channel, "One", metadata=[("x-patients", ", ".join(nirs[:3]))])(b"bonjour")

    assert stopped.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert not service.received


def test_a_message_larger_than_may_be_held_is_refused(
    channel: grpc.Channel, service: Service
) -> None:
    with pytest.raises(grpc.RpcError) as stopped:
        call(channel, "One")(bytes((16 << 20) + 1))

    assert stopped.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert not service.received


def test_a_call_that_the_client_gives_up_ends_at_the_server(
    channel: grpc.Channel, service: Service
) -> None:
    said: queue.Queue[bytes] = queue.Queue()
    answers = call(channel, "Both")(iter(said.get, b"end"))
    said.put(b"bonjour")
    assert next(answers) == b"bonjour"
    answers.cancel()
    said.put(b"end")
    assert call(channel, "One")(b"encore") == b"encore"
    assert service.received == [b"bonjour", b"encore"]

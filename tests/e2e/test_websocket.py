"""What a web application meets when it speaks WebSocket through the proxy."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Self

import pytest
import trustme
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import Server, ServerConnection, serve

from bench.servers.base import HOST

if TYPE_CHECKING:
    from bench.proxy import Proxy

WAIT = 60

type Opened = Callable[..., ClientConnection]


class Echo:
    """A WebSocket server that remembers what it was sent, and sends it back."""

    def __init__(self, authority: trustme.CA | None = None) -> None:
        self.received: list[str | bytes] = []
        self.pings: list[bytes] = []
        self.ended = threading.Event()
        context = None
        if authority is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(HOST).configure_cert(context)
        self.server: Server = serve(self._serve, HOST, 0, ssl=context, max_size=None)
        self.url = f"{'wss' if authority else 'ws'}://{HOST}:{self.server.socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever)

    def _serve(self, connection: ServerConnection) -> None:
        for message in connection:
            self.received.append(message)
            connection.send(message)
        self.ended.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self._thread.join()


@pytest.fixture(scope="module", params=["ws", "wss"])
def echo(request: pytest.FixtureRequest, proxy: Proxy, authority: trustme.CA) -> Iterator[Echo]:
    """The server that tests share."""
    del proxy
    with Echo(authority if request.param == "wss" else None) as echo:
        yield echo


@pytest.fixture
def opened(proxy: Proxy, echo: Echo) -> Opened:
    """Open a WebSocket through the proxy."""

    def opened(path: str = "/chat", **options: Any) -> ClientConnection:
        if echo.url.startswith("wss"):
            options["ssl"] = ssl.create_default_context(cafile=str(proxy.ca))
        through = f"http://{proxy.listen}"
        return connect(echo.url + path, proxy=through, open_timeout=WAIT, max_size=None, **options)

    return opened


@pytest.mark.parametrize("compression", ["deflate", None])
def test_ordinary_messages_pass_both_ways_as_they_are(
    echo: Echo, opened: Opened, orders: bytes, compression: str | None
) -> None:
    large = orders * 12
    with opened(compression=compression) as websocket:
        for message in ("bonjour", "", "é" * 70_000, large, large.decode()):
            websocket.send(message)
            assert websocket.recv(WAIT) == message
        assert websocket.protocol.extensions or not compression
    assert echo.received[-1] == large.decode()


def test_a_message_in_fragments_keeps_them(opened: Opened) -> None:
    with opened() as websocket:
        websocket.send(iter(["bon", "jour", ""]))
        assert list(websocket.recv_streaming()) == ["bonjour"]


def test_pings_are_answered_by_the_server(opened: Opened) -> None:
    with opened() as websocket:
        assert websocket.ping(b"alive").wait(WAIT)


@pytest.mark.parametrize("compression", ["deflate", None])
@pytest.mark.parametrize("kind", ["text", "binary", "fragments"])
def test_a_leak_is_stopped_and_the_websocket_closed(
    proxy: Proxy, echo: Echo, opened: Opened, leak: bytes, kind: str, compression: str | None
) -> None:
    with opened(compression=compression) as websocket:
        websocket.send("bonjour")
        assert websocket.recv(WAIT) == "bonjour"
        text = leak.decode()
        if kind == "text":
            websocket.send(text)
        elif kind == "binary":
            websocket.send(leak)
        else:
            websocket.send(text[at : at + 7] for at in range(0, len(text), 7))
        with pytest.raises(ConnectionClosed) as ended:
            websocket.recv(WAIT)

    assert echo.received[-1] == "bonjour"
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1008
    incident = ended.value.rcvd.reason.split()[-1].rstrip(".")
    shown = json.loads(proxy.dlp("incident", "show", incident, "--json").stdout)
    assert shown["channel"] == "websocket"


def test_a_value_cut_across_messages_is_found(echo: Echo, opened: Opened, nirs: list[str]) -> None:
    before = len(echo.received)
    with opened() as websocket:
        for part in ("Le nir ", "est ", nirs[0][:4], nirs[0][4:11]):
            websocket.send(part)
            assert websocket.recv(WAIT) == part
        websocket.send(nirs[0][11:])
        with pytest.raises(ConnectionClosed) as ended:
            websocket.recv(WAIT)

    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1008
    assert nirs[0][11:] not in echo.received[before:]


def test_a_leak_in_the_opening_request_is_answered_403(opened: Opened, nirs: list[str]) -> None:
    with pytest.raises(Exception, match="403"), opened("/?nir=" + "&nir=".join(nirs[:3])):
        pass


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG, Opcode.CLOSE])
def test_control_frames_carry_nothing_out(opened: Opened, nirs: list[str], opcode: Opcode) -> None:
    payload = f"nir {nirs[0]} nir {nirs[1]}".encode()
    if opcode is Opcode.CLOSE:
        payload = (1000).to_bytes(2) + payload
    with opened() as websocket:
        with websocket.protocol_mutex:
            websocket.protocol.writes.append(Frame(opcode, payload).serialize(mask=True))
            websocket.send_data()
        with pytest.raises(ConnectionClosed) as ended:
            websocket.recv(WAIT)

    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1008


def test_a_message_larger_than_may_be_held_is_refused(
    start_proxy: Callable[..., Proxy], orders: bytes
) -> None:
    proxy = start_proxy(DLP_HOLD_LIMIT="100000")
    with (
        Echo() as echo,
        connect(echo.url, proxy=f"http://{proxy.listen}", compression="deflate") as websocket,
    ):
        websocket.send(orders * 100)
        with pytest.raises(ConnectionClosed) as ended:
            websocket.recv(WAIT)

        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1009
        assert not echo.received
    assert proxy.metric("dlp_fail_closed_refusals_total", reason="too-large") == 1

"""The WebSocket layer by itself: cuts, compression, and frames in odd orders."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.connection import ConnectionState, Server
from mitmproxy.options import Options
from mitmproxy.proxy import commands, context, events
from mitmproxy.test import tflow
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Event, Message, Ping, TextMessage

from addons.engine.held import HeldMessage
from addons.engine.websocket import DlpWebsocketMessageHook, WebsocketLayer
from addons.messages import Decision

if TYPE_CHECKING:
    from collections.abc import Callable

DEFLATE = "permessage-deflate; client_no_context_takeover"


class Wire:
    """A client and a server around one layer, and an addon that decides by the content."""

    def __init__(
        self, extensions: str = "", decide: Callable[[HeldMessage], bool] | None = None
    ) -> None:
        flow = tflow.twebsocketflow()
        assert flow.response is not None
        flow.response.headers["sec-websocket-extensions"] = extensions
        self.client = flow.client_conn
        self.client.state = ConnectionState.OPEN
        self.server = Server(address=("example.org", 80))
        self.server.state = ConnectionState.OPEN
        around = context.Context(self.client, Options())
        around.server = self.server
        self.layer = WebsocketLayer(around, flow, 1 << 20)
        self.decide = decide or (lambda _: True)
        self.asked: list[HeldMessage] = []
        self.to_client = b""
        self.to_server = b""
        self.closed = False
        self._run(events.Start())

    def send(self, data: bytes) -> None:
        self._run(events.DataReceived(self.client, data))

    def answer(self, data: bytes) -> None:
        self._run(events.DataReceived(self.server, data))

    def _run(self, event: events.Event) -> None:
        waiting = [event]
        while waiting:
            for command in self.layer.handle_event(waiting.pop(0)):
                if isinstance(command, DlpWebsocketMessageHook):
                    held = command.message
                    self.asked.append(held)
                    held.decision = Decision(passes=self.decide(held), status=403, incident="I")
                    waiting.append(events.HookCompleted(command))
                elif isinstance(command, commands.SendData):
                    if command.connection is self.client:
                        self.to_client += command.data
                    else:
                        self.to_server += command.data
                elif isinstance(command, commands.CloseConnection):
                    self.closed = True

    def arrived(self, extensions: list[object] | None = None) -> list[Event]:
        reader = Connection(ConnectionType.SERVER, extensions)  # type: ignore[arg-type]
        reader.receive_data(self.to_server)
        return list(reader.events())

    def told(self) -> list[Event]:
        reader = Connection(ConnectionType.CLIENT)
        reader.receive_data(self.to_client)
        return list(reader.events())


def frame(opcode: int, payload: bytes, *, fin: bool = True, rsv1: bool = False) -> bytes:
    head = bytes([fin << 7 | rsv1 << 6 | opcode])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    elif len(payload) < 1 << 16:
        head += b"\xfe" + len(payload).to_bytes(2)
    else:
        head += b"\xff" + len(payload).to_bytes(8)
    return head + bytes(4) + payload


def deflated(data: bytes) -> bytes:
    press = zlib.compressobj(wbits=-15)
    return (press.compress(data) + press.flush(zlib.Z_SYNC_FLUSH))[:-4]


def texts(arrived: list[Event]) -> str:
    return "".join(event.data for event in arrived if isinstance(event, TextMessage))


@given(st.data())
def test_a_message_is_the_same_however_it_is_cut_on_its_way(data: st.DataObject) -> None:
    text = "é1 85 05 78 006 084 91" * 20
    raw = frame(1, text.encode()[:101], fin=False) + frame(9, b"?") + frame(0, text.encode()[101:])
    wire = Wire()
    while raw:
        step = data.draw(st.integers(1, len(raw)))
        wire.send(raw[:step])
        raw = raw[step:]

    assert [held.kind for held in wire.asked] == ["ping", "text"]
    assert wire.asked[1].content == text.encode()
    arrived = wire.arrived()
    assert texts(arrived) == text
    assert [type(event) for event in arrived] == [Ping, TextMessage, TextMessage]
    assert [e.message_finished for e in arrived if isinstance(e, Message)] == [False, True]


def test_a_control_frame_inside_a_compressed_message_does_not_hide_the_rest() -> None:
    body = deflated(b"bonjour " * 50)
    wire = Wire(DEFLATE)
    wire.send(frame(1, body[:5], fin=False, rsv1=True) + frame(9, b"") + frame(0, body[5:]))

    assert wire.asked[-1].content == b"bonjour " * 50


def test_what_is_stopped_is_not_sent_and_nothing_follows() -> None:
    wire = Wire(decide=lambda held: b"secret" not in held.content)
    wire.send(frame(1, b"hello") + frame(1, b"secret") + frame(1, b"hello again"))

    assert texts(wire.arrived()) == "hello"
    assert wire.closed
    told = wire.told()[0]
    assert isinstance(told, CloseConnection)
    assert told.code == 1008
    assert told.reason == "Stopped by data protection. Incident I."
    wire.send(frame(1, b"and more"))
    assert texts(wire.arrived()) == "hello"


def test_no_close_frame_is_put_into_the_middle_of_a_frame_of_the_server() -> None:
    wire = Wire(decide=lambda _: False)
    wire.answer(b"\x81\x7e\x01\x00half")
    wire.send(frame(1, b"secret"))

    assert wire.to_client == b"\x81\x7e\x01\x00half"
    assert wire.closed


def test_frames_of_the_server_pass_as_they_are() -> None:
    wire = Wire(decide=lambda _: False)
    raw = b"\x81\x7e\x01\x00" + b"x" * 256 + b"\x89\x00" + b"\x82\x03abc" + b"\x82\x7f" + bytes(8)
    for at in range(len(raw)):
        wire.answer(raw[at : at + 1])
    assert wire.to_client == raw

    wire.send(frame(1, b"secret"))

    assert wire.to_client.startswith(raw + b"\x88")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(frame(1, b"\xff\xfe"), 1007, id="text that is none"),
        pytest.param(frame(0, b"orphan"), 1002, id="a continuation of nothing"),
        pytest.param(frame(3, b"?"), 1002, id="an unknown opcode"),
        pytest.param(frame(1, b"?", rsv1=True), 1002, id="compression that was not agreed"),
        pytest.param(b"\x81\x05hello", 1002, id="no mask"),
        pytest.param(frame(1, bytes(1 << 20) + b"?"), 1009, id="too large"),
    ],
)
def test_what_breaks_the_protocol_ends_it(raw: bytes, code: int) -> None:
    wire = Wire()
    wire.send(raw)

    told = wire.told()[0]
    assert isinstance(told, CloseConnection)
    assert told.code == code
    assert wire.closed
    assert not texts(wire.arrived())


def test_a_bomb_is_not_unpacked() -> None:
    wire = Wire(DEFLATE)
    wire.send(frame(2, deflated(bytes(1 << 24)), rsv1=True))

    told = wire.told()[0]
    assert isinstance(told, CloseConnection)
    assert told.code == 1009
    assert [held.too_large for held in wire.asked] == [True]


def test_the_end_of_one_message_is_seen_with_the_next() -> None:
    wire = Wire()
    for part in (b"1 85 05", b"", b" 78 006", b" 084"):
        wire.send(frame(1, part))

    assert [held.seam for held in wire.asked] == [b"", b"1 85 05 78 006", b"1 85 05 78 006 084"]


def test_a_payload_of_a_ping_that_is_stopped_is_not_sent() -> None:
    wire = Wire(decide=lambda _: False)
    wire.send(frame(9, b"payload"))

    assert not any(isinstance(event, Ping) for event in wire.arrived())

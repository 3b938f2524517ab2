"""What the engine room relies on in mitmproxy; a new release that changes it fails here."""

from __future__ import annotations

import asyncio
import asyncio.streams
import dataclasses
import inspect
import subprocess
import sys

import mitmproxy.version
from h11._receivebuffer import ReceiveBuffer
from mitmproxy.addonmanager import AddonManager
from mitmproxy.addons.core import Core
from mitmproxy.addons.next_layer import NextLayer
from mitmproxy.addons.proxyauth import ProxyAuth
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.addons.upstream_auth import UpstreamAuth
from mitmproxy.hooks import all_hooks
from mitmproxy.master import Master
from mitmproxy.proxy.layer import Layer
from mitmproxy.proxy.layers import http
from mitmproxy.proxy.layers.http import HttpLayer, HttpStream
from mitmproxy.proxy.layers.http._http1 import Http1Client, Http1Connection, Http1Server
from mitmproxy.proxy.layers.http._http2 import Http2Client, Http2Connection
from mitmproxy.proxy.layers.http._http_h2 import BufferedH2Connection
from mitmproxy.proxy.mode_servers import (
    AsyncioServerInstance,
    ProxyConnectionHandler,
    ServerInstance,
)
from mitmproxy.proxy.server import ConnectionHandler
from mitmproxy.proxy.tunnel import TunnelLayer

import addons.engine.next_layer  # noqa: F401 - registers the hooks
from addons.engine import closing
from addons.engine.http import InspectedHttpLayer, InspectedHttpStream
from addons.ftp_tunnel import FtpTunnel
from addons.http import HttpTraffic
from addons.live import LiveTraffic
from addons.opaque import OpaqueTraffic
from bench.proxy import ROOT

ADDONS = (HttpTraffic, FtpTunnel, LiveTraffic, OpaqueTraffic)


def source(thing: object) -> str:
    return inspect.getsource(thing)  # type: ignore[arg-type]


def test_this_is_the_range_that_was_read() -> None:
    major, minor, *_ = mitmproxy.version.VERSION.split(".")
    assert (major, minor) == ("12", "2")


def test_every_request_goes_through_the_one_door() -> None:
    # A request is only sent upstream after make_server_connection, wherever that is.
    sending = [
        name
        for name, method in vars(HttpStream).items()
        if inspect.isfunction(method)
        and "RequestHeaders(" in source(method)
        and "self.context.server" in source(method)
    ]
    assert sorted(sending) == ["start_request_stream", "state_consume_request_body"]
    for name in sending:
        text = source(getattr(HttpStream, name))
        assert text.index("make_server_connection") < text.index("SendHttp(")


def test_only_these_methods_open_connections_for_streams() -> None:
    opening = [
        name
        for name, method in vars(HttpStream).items()
        if inspect.isfunction(method)
        and ("GetHttpConnection(" in source(method) or "OpenConnection(" in source(method))
    ]
    assert sorted(opening) == ["handle_connect_regular", "make_server_connection"]


def test_overridden_methods_are_still_there() -> None:
    for ours, theirs in ((InspectedHttpStream, HttpStream), (InspectedHttpLayer, HttpLayer)):
        for name, method in vars(ours).items():
            if inspect.isfunction(method) and name not in (
                "__init__",
                "_to_gateway",
                "_leave",
            ):
                assert hasattr(theirs, name), name


def test_streams_are_made_in_one_place() -> None:
    assert "HttpStream(ctx, stream_id)" in source(HttpLayer.make_stream)
    assert source(http).count("HttpStream(") == source(HttpLayer.make_stream).count(
        "HttpStream("
    ) + (source(HttpStream).count("HttpStream("))


def test_the_client_connection_can_be_given() -> None:
    assert "self.connections.setdefault(self.context.client" in source(HttpLayer._handle_event)


def test_connections_are_read_where_closing_looks() -> None:
    text = source(closing._handle)
    assert "await self.server_event(events.DataReceived(connection, data))" in text
    assert "self.transports.pop(connection)" in text
    assert ConnectionHandler.handle_connection is closing._handle_to_the_end


def test_http1_reads_from_this_buffer() -> None:
    assert "self.buf = ReceiveBuffer()" in source(Http1Connection.__init__)
    assert "http1.read_request_head" in source(Http1Server.read_headers)
    assert hasattr(ReceiveBuffer, "maybe_extract_lines")


def test_next_layer_chooses_where_we_look() -> None:
    assert "_setup_explicit_http_proxy(context, data_client)" in source(NextLayer._next_layer)
    assert "nextlayer.layer = self._next_layer(" in source(NextLayer.next_layer)


def test_every_hook_of_ours_has_an_addon_that_answers() -> None:
    ours = {name for name in all_hooks if name.startswith("dlp_")}
    assert ours == {
        "dlp_fail_closed",
        "dlp_refused",
        "dlp_stream",
        "dlp_trusted",
        "dlp_ftp_data",
        "dlp_ftp_upload",
        "dlp_ftp_commands",
        "dlp_grpc_message",
        "dlp_websocket_message",
    }
    assert "(data,) = hook.args()" in source(ProxyConnectionHandler.handle_hook)
    for name in ours:
        assert len(dataclasses.fields(all_hooks[name])) == 1, name  # type: ignore[arg-type]
        assert any(hasattr(one, name) for one in ADDONS), name


def test_a_protocol_switch_ends_in_one_place() -> None:
    makers = [name for name, method in vars(HttpStream).items() if inspect.isfunction(method)]
    switching = [name for name in makers if "WebsocketLayer(" in source(getattr(HttpStream, name))]
    assert switching == ["flow_done"]
    assert "flow_done" in vars(InspectedHttpStream)
    assert "TCPLayer(" in source(HttpStream.flow_done)
    assert source(http).count("TCPLayer(") == 1


# What streaming relies on: addons/engine/holding.py, pacing.py, accepting.py, handover.py.


def test_a_stream_may_ask_to_be_woken_through_every_layer() -> None:
    text = source(HttpLayer.event_to_child)
    assert "isinstance(command, commands.RequestWakeup)" in text
    assert "self.command_sources[command] = child" in text
    assert "self.command_sources.pop(event.command)" in source(HttpLayer._handle_event)
    assert "yield from self.event_to_child(event)" in source(TunnelLayer._handle_event)
    assert "self.wakeup(command)" in source(ConnectionHandler.server_event)
    assert "self.server_event(events.Wakeup(request))" in source(ConnectionHandler.wakeup)
    assert "self.wakeup_timer.discard(task)" in source(ConnectionHandler.wakeup)


def test_reading_waits_for_the_one_place_that_makes_it_wait() -> None:
    text = source(closing._handle)
    assert "reader = self.transports[connection].reader" in text
    assert text.count("reader.") == 1
    assert text.index("reader.read(") < text.index("await self.drain_writers()")
    # Several may wait for the same writer; mitmproxy's lock is from before that was so.
    assert "_drain_waiters" in source(asyncio.streams.FlowControlMixin)


def test_connections_are_handled_by_what_this_module_names() -> None:
    text = source(ServerInstance.handle_stream)
    assert "ProxyConnectionHandler(\n            ctx.master, reader, writer, ctx.options" in text
    assert "self._servers = await self.listen(host, port)" in source(AsyncioServerInstance._start)


def test_a_client_that_goes_away_in_a_streamed_request_takes_the_server_along() -> None:
    text = source(HttpStream.handle_protocol_error)
    assert "self.client_state in (self.state_stream_request_body, self.state_done)" in text
    assert "yield SendHttp(event, self.context.server)" in text


def test_a_request_that_is_given_up_is_not_completed() -> None:
    http1 = source(Http1Client.send)
    given_up = http1[http1.index("RequestProtocolError") : http1.index("if self.stream_id is None")]
    assert "CloseConnection(self.conn)" in given_up
    assert "SendData" not in given_up
    assert "reset_stream" in source(Http2Connection._handle_event)
    assert "self.stream_buffers.pop(stream_id, None)" in source(BufferedH2Connection.reset_stream)


def test_an_answer_may_come_before_the_request_has_ended() -> None:
    text = source(HttpStream.send_response)
    assert "if self.client_state == self.state_done:" in text
    assert "self.request_done and self.response_done" in source(Http1Connection.mark_done)


def test_http2_data_that_waits_for_a_window_can_be_counted() -> None:
    connection = BufferedH2Connection(Http2Client.h2_conf)
    connection.initiate_connection()
    connection.send_headers(1, [(":method", "PUT"), (":path", "/"), (":scheme", "https")])
    connection.send_data(1, bytes(100_000))
    waiting = sum(len(one.data) for one in connection.stream_buffers[1])
    assert waiting == 100_000 - 65_535
    assert "self.h2_conn = BufferedH2Connection(" in source(Http2Connection.__init__)


def test_nobody_wants_to_hear_that_addons_were_told_of_an_event() -> None:
    text = source(AddonManager.handle_lifecycle)
    assert text.count("await self.trigger_event(") == 2
    assert "await self.trigger_event(hooks.UpdateHook([message]))" in text
    theirs = (Core, ProxyAuth, Proxyserver, TlsConfig, UpstreamAuth)
    assert not any(hasattr(addon, "update") for addon in (*ADDONS, *theirs))
    # What it hears of options is all that a master gets from elsewhere.
    assert "self.addons = addonmanager.AddonManager(self)" in source(Master.__init__)
    assert source(AddonManager.__init__).count(".connect(") == 1


def test_events_that_wait_while_a_layer_is_paused_can_be_counted() -> None:
    assert "self._paused_event_queue.append(event)" in source(Layer.handle_event)


def test_its_addons_are_loaded_one_by_one() -> None:
    code = (
        "import sys, addons\n"
        "from mitmproxy.addons import core, next_layer, proxyauth, proxyserver, tlsconfig\n"
        "sys.exit(bool({'flask', 'werkzeug', 'mitmproxy.addons.script'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")

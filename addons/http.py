"""HTTP traffic: hands every request, whole, to the inspector, and lets responses stream through."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING

from mitmproxy import http

from addons import pages
from addons.engine.grpc import CALL, is_call
from addons.engine.holding import ADMITTED, ANSWER, STREAMED, TRANSFER
from addons.engine.http import WEBSOCKET
from addons.engine.websocket import known_extensions
from addons.git_offer import offers_pushes, without_thin_packs
from addons.identity import host_of, user_of
from addons.messages import Message
from addons.transfer import Transfer
from dlp import logs
from dlp.between.uploads import Ends, Uploads, edges, part_of
from dlp.evidence.sealing import Request
from dlp.types import Channel, FlowInfo

if TYPE_CHECKING:
    from addons.inspector import MessageInspector
    from addons.uploads import Uploading
    from dlp.metrics import Metrics

__all__ = ["HttpTraffic"]

# No method has a digit, or is longer (the registry of RFC 9110 16.1.1, and what clients made up).
_METHOD = re.compile(r"[A-Za-z_-]{1,32}")

# Key of `flow.metadata`: answered before its body, as one without credentials is.
DENIED = "dlp.denied"


class HttpTraffic:
    """The addon for HTTP/1, HTTP/2 and FTP-over-HTTP.

    Args:
        inspector: Decides.
        metrics: What is counted.
        contact: Whom a person who was stopped can ask.
        uploading: Has uploads of several requests read as one.
    """

    def __init__(
        self, inspector: MessageInspector, metrics: Metrics, contact: str, uploading: Uploading
    ) -> None:
        self._inspector = inspector
        self._metrics = metrics
        self._contact = contact
        self._in_flight: set[str] = set()
        self._uploads = Uploads()
        self._uploading = uploading
        self.draining = False

    @property
    def in_flight(self) -> int:
        """Requests that have begun and not been answered."""
        return len(self._in_flight)

    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        """A request begins; of a call, whose end nobody waits for, the head is decided on now."""
        self._in_flight.add(flow.id)
        if flow.response is not None:
            flow.metadata[DENIED] = True
            return
        if not _METHOD.fullmatch(flow.request.method):
            decision = await self._inspector.refuse(_message(flow), "method")
            flow.response = pages.stopped(flow.request, decision, self._contact)
            flow.metadata[DENIED] = True
            return
        if flow.error is not None or not is_call(flow.request):
            return
        flow.metadata[CALL] = True
        flow.request.stream = True
        await self._decide(flow, _message(flow))

    async def http_connect(self, flow: http.HTTPFlow) -> None:
        """Decide on the name of a tunnel's end, before anybody is asked for its address."""
        if flow.response is not None:
            return
        message = _message(flow)
        decision = await self._inspector.decide(message)
        if not decision.passes:
            flow.response = pages.stopped(flow.request, decision, self._contact)

    async def response(self, flow: http.HTTPFlow) -> None:
        """A request has been answered."""
        try:
            await self._uploading.named(flow)
        finally:
            self._in_flight.discard(flow.id)
        if flow.response is not None and not flow.response.stream and _offers_pushes(flow):
            try:
                offered = flow.response.content or b""
            except ValueError:
                # In a coding that nobody here undoes.
                return
            flow.response.content = without_thin_packs(offered)

    def error(self, flow: http.HTTPFlow) -> None:
        """A request has failed."""
        self._in_flight.discard(flow.id)

    async def request(self, flow: http.HTTPFlow) -> None:
        """Decide on a request; only a flow marked here goes upstream, or to its end."""
        transfer = flow.metadata.get(TRANSFER)
        if flow.metadata.get(DENIED) is True:
            flow.metadata[ANSWER] = flow.response
            return
        if flow.response is not None and transfer is None:
            return
        body = flow.request.raw_content or b""
        meets = body and not self._uploading.is_part(flow, body)
        await self._decide(
            flow, _message(flow, self._seams(flow, len(body), body) if meets else "")
        )

    async def _decide(self, flow: http.HTTPFlow, message: Message) -> None:
        transfer = flow.metadata.get(TRANSFER)
        websocket = transfer is None and _opens_websocket(flow.request)
        if self.draining:
            decision = await self._inspector.refuse(message, "draining")
        elif isinstance(transfer, Transfer):
            decision = await transfer.decided()
        else:
            decision = await self._uploading.decide(flow, message, partial(self._meeting, flow))
        if decision.passes:
            decision = await self._uploading.passed(flow, message) or decision
        if decision.passes:
            if websocket:
                _offer_what_can_be_read(flow.request)
                flow.metadata[WEBSOCKET] = True
            else:
                # Other protocols that a server could switch to are not inspected, and servers
                # must do without (RFC 9110 7.8).
                _drop_upgrade(flow.request)
            flow.metadata[ADMITTED] = True
        else:
            answer = pages.stopped(flow.request, decision, self._contact)
            if transfer is None:
                flow.response = answer
            else:
                flow.metadata[ANSWER] = answer

    def begin(self, flow: http.HTTPFlow, head: bytes) -> Transfer:
        """Begin to inspect a request whose body is still to come, but for its first bytes."""
        length = flow.request.headers.get("content-length", "")
        expected = int(length) if length.isascii() and length.isdigit() else None
        message = _message(flow)
        seams = partial(self._meeting, flow)
        part = self._uploading.begin(flow, message, expected, head, seams)
        return part or self._inspector.begin(
            message, expected=expected, ends=Ends(partial(self._seams, flow))
        )

    def hold_limit(self, flow: http.HTTPFlow) -> int:
        """Return how many bytes are held of what a request, or a message in it, carries."""
        return self._inspector.hold_limit(_message(flow).flow)

    def dlp_stream(self, flow: http.HTTPFlow) -> None:
        """Let a large request begin to leave."""
        if not self.draining and flow.metadata.get(DENIED) is not True:
            _drop_upgrade(flow.request)
            flow.metadata[STREAMED] = True

    def _seams(self, flow: http.HTTPFlow, length: int, ends: bytes) -> str:
        """Return the text where this request meets parts of the same upload seen before."""
        if "content-encoding" in flow.request.headers:
            return ""
        content_type = flow.request.headers.get("content-type", "")
        return self._meeting(flow, length, *edges(ends, content_type))

    def _meeting(self, flow: http.HTTPFlow, length: int, head: bytes, tail: bytes) -> str:
        """Return that text of a request that carries so much, given its first and last bytes."""
        request = flow.request
        path, _, query = request.path.partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        part = part_of(request.method, request.host, path, query, headers, length)
        if part is None:
            return ""
        client = flow.client_conn.peername[0]
        seams = self._uploads.seams(client, part, head, tail, time.monotonic())
        return "\n".join(seam.decode("utf-8", "replace") for seam in seams)

    async def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Stream responses; inspecting downloads is not what this proxy is for."""
        await self._uploading.answered(flow)
        admitted = flow.metadata.get(ADMITTED) or flow.metadata.get(STREAMED)
        if flow.response is not None and admitted is True:
            flow.response.stream = not (_offers_pushes(flow) or self._uploading.names_upload(flow))

    def dlp_fail_closed(self, flow: http.HTTPFlow) -> None:
        """Count a flow that reached the door unadmitted: a fault of ours, never forwarded."""
        self._metrics.refusals.labels("error").inc()
        incident = flow.response.headers.get("x-dlp-incident", "") if flow.response else ""
        logs.get().error("flow.refused", reason="error", incident=incident)


def _message(flow: http.HTTPFlow, seams: str = "") -> Message:
    request = flow.request
    headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items(multi=True))
    host = host_of(flow)
    # The host comes first: what it spells is then known to stand there, though a field repeats it.
    head = [("host", host), ("url", request.path), ("headers", headers)]
    head.append(("method", request.method))
    if request.authority.removesuffix(f":{request.port}") != host:
        # HTTP/2 has it instead of a Host field; where the connection goes is another matter.
        head.append(("authority", request.authority))
    if request.trailers:
        trailers = request.trailers.items(multi=True)
        head.append(("trailers", "\n".join(f"{name}: {value}" for name, value in trailers)))
    if seams:
        head.append(("seam", seams))
    is_ftp = request.scheme == "ftp"
    peer = flow.client_conn.peername
    return Message(
        flow=FlowInfo(
            channel=Channel.FTP if is_ftp else Channel.HTTP,
            client=peer[0],
            host=host,
            port=request.port,
            method=request.method if _METHOD.fullmatch(request.method) else "(unknown)",
            path=request.path.partition("?")[0],
            user=user_of(flow),
        ),
        head=tuple(head),
        body=request.raw_content or b"",
        content_type=request.headers.get("content-type", ""),
        content_encoding=request.headers.get("content-encoding", ""),
        request=Request(
            method=request.method,
            url=request.url,
            headers=tuple(request.headers.items(multi=True)),
        ),
    )


def _offers_pushes(flow: http.HTTPFlow) -> bool:
    if flow.response is None or flow.request.method != "GET":
        return False
    return offers_pushes(flow.request.path, flow.response.headers.get("content-type", ""))


def _opens_websocket(request: http.Request) -> bool:
    """Tell whether a request asks for a WebSocket (RFC 6455 4.1)."""
    return (
        request.method == "GET"
        and request.headers.get("upgrade", "").lower() == "websocket"
        and request.headers.get("sec-websocket-version", "") == "13"
        and "sec-websocket-key" in request.headers
        and not request.raw_content
    )


def _offer_what_can_be_read(request: http.Request) -> None:
    """Leave out extensions by which a server would agree to what nobody here can read."""
    offered = request.headers.pop("sec-websocket-extensions", "")
    known = known_extensions(offered)
    if known:
        request.headers["sec-websocket-extensions"] = ", ".join(known)


def _drop_upgrade(request: http.Request) -> None:
    if "upgrade" in request.headers:
        del request.headers["upgrade"]
        request.headers.pop("http2-settings", None)
        request.headers.pop("connection", None)

"""Uploads that take several requests, as HTTP carries them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from addons.part import PartTransfer
from dlp.between.forms import chunk_of, is_form
from dlp.between.steps import Act, Step, listed, sessions, step_of, upload_at
from dlp.between.uploads import Ends

if TYPE_CHECKING:
    from collections.abc import Callable

    from mitmproxy import http

    from addons.inspector import MessageInspector
    from addons.messages import Decision, Message
    from addons.shared import SharedWholes
    from addons.transfer import Transfer

__all__ = ["Uploading"]

# Key of `flow.metadata`: what a request does for an upload of several.
STEP = "dlp.step"
# Key of `flow.metadata`: the body of one that completes an upload.
LISTING = "dlp.listing"
# An upload of S3 has 10,000 parts, of each of which a request to complete it says some lines.
LONGEST_LISTING = 8 << 20


class Uploading:
    """Has parts of uploads read in their turn, and uploads completed only once they were.

    Args:
        inspector: Decides.
        wholes: The uploads under way.
    """

    def __init__(self, inspector: MessageInspector, wholes: SharedWholes) -> None:
        self._inspector = inspector
        self._wholes = wholes

    def is_part(self, flow: http.HTTPFlow, body: bytes) -> bool:
        """Tell whether a request's body is a part of an upload of several requests."""
        step = self._step(flow, len(body), body)
        return step is not None and step.act is Act.PART

    def begin(
        self,
        flow: http.HTTPFlow,
        message: Message,
        expected: int | None,
        head: bytes,
        seams: Callable[[int, bytes, bytes], str],
    ) -> Transfer | None:
        """Begin to inspect a part, or the end of an upload; None for what is neither.

        Args:
            flow: The request, whose body is still to come.
            message: What is known of it.
            expected: How long its body will be, if it says so.
            head: The first bytes of its body.
            seams: Returns the text around where it meets others, given its length and its ends.
        """
        step = self._step(flow, expected, head)
        if step is None:
            return None
        if step.act is Act.COMPLETE:
            listing = flow.metadata[LISTING] = _Listing()
            transfer = self._inspector.begin(message, expected=expected, ends=listing)
            transfer.hold()
            return transfer
        if step.act is not Act.PART:
            return None
        make = partial(
            PartTransfer, place=self._wholes.place(_client(flow, step), step), seams=seams
        )
        return self._inspector.begin(message, expected=expected, make=make)

    async def decide(
        self, flow: http.HTTPFlow, message: Message, seams: Callable[[int, bytes, bytes], str]
    ) -> Decision:
        """Decide on a request whose body, if any, is small."""
        step = self._step(flow, len(message.body), message.body)
        if step is None or step.act is not Act.PART:
            return await self._inspector.decide(message)
        transfer = self.begin(flow, message, len(message.body), message.body, seams)
        assert transfer is not None
        try:
            transfer.feed(message.body)
            transfer.end()
            return await transfer.decided()
        finally:
            transfer.abort()

    async def passed(self, flow: http.HTTPFlow, message: Message) -> Decision | None:
        """Take note of a request that may pass; return what speaks against that after all."""
        step = self._step(flow, None, b"")
        if step is None or step.act is Act.PART:
            return None
        if step.act is Act.APART:
            await self._wholes.apart(_client(flow, step), step)
        elif step.act is Act.ABORT:
            await self._wholes.forget(_client(flow, step), step)
        else:
            kept = flow.metadata.get(LISTING)
            body = bytes(kept.body) if isinstance(kept, _Listing) else message.body
            for one in [step] if step.upload else _named(body):
                decision = await self._wholes.complete(
                    _client(flow, one), one, message, listed(body) if one.numbered else []
                )
                if decision is not None:
                    return decision
        return None

    def names_upload(self, flow: http.HTTPFlow) -> bool:
        """Tell whether the body of an answer has to be read: it says what an upload is called."""
        step = flow.metadata.get(STEP)
        return step is not None and step.act is Act.PART and step.upload == _unnamed(flow)

    async def answered(self, flow: http.HTTPFlow) -> None:
        """Take note of how long an upload is that an answer's head tells of, as tus does."""
        request, response = flow.request, flow.response
        if response is None or not 200 <= response.status_code < 300:
            return
        place = response.headers.get("location", "") if request.method == "POST" else ""
        told = (request if place else response).headers.get("upload-length", "")
        if told.isdecimal() and len(told) < 19 and (place or request.method == "HEAD"):
            step = Step(act=Act.PART, upload=_at(flow, place), total=int(told))
            if not self.names_upload(flow):
                await self._wholes.expect(_client(flow, step), step)

    async def named(self, flow: http.HTTPFlow) -> None:
        """Take note of what an upload is called, which an answer tells."""
        response = flow.response
        if response is None or not self.names_upload(flow) or not 200 <= response.status_code < 300:
            return
        place = response.headers.get("location", "")
        for name in ([_at(flow, place)] if place else sessions(response.content or b""))[:1]:
            self._wholes.rename("", _unnamed(flow), name)

    def _step(self, flow: http.HTTPFlow, expected: int | None, head: bytes) -> Step | None:
        if STEP in flow.metadata:
            found: Step | None = flow.metadata[STEP]
            return found
        request = flow.request
        path, _, query = request.path.partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        step = None
        # What is appended by FTP has no end that anybody says.
        if request.scheme != "ftp":
            step = step_of(request.method, request.host, path, query, headers)
        if step is None and head and is_form(headers.get("content-type", "")):
            step = chunk_of(f"{request.host}{path}", query, head)
        if step is not None and step.act is Act.PART:
            if step.start == 0 and expected is not None:
                total = self._wholes.total(_client(flow, step), step)
                # All of it in one request is a body like any other.
                step = None if total == expected else step
            if step is not None and not step.upload:
                step = replace(step, upload=_unnamed(flow))
        flow.metadata[STEP] = step
        return step


class _Listing(Ends):
    """Keeps the body of a request that lists the parts of an upload."""

    def __init__(self) -> None:
        super().__init__()
        self.body = bytearray()

    def feed(self, data: bytes) -> None:
        super().feed(data)
        self.body += data[: LONGEST_LISTING - len(self.body)]


def _named(body: bytes) -> list[Step]:
    return [Step(act=Act.COMPLETE, upload=name) for name in sessions(body)]


def _client(flow: http.HTTPFlow, step: Step) -> str:
    """Return whose upload it is, where its name alone does not tell it from those of others."""
    return str(flow.client_conn.peername[0]) if step.of_client else ""


def _unnamed(flow: http.HTTPFlow) -> str:
    """Return what an upload is called until an answer names it."""
    return f"new {flow.id}"


def _at(flow: http.HTTPFlow, place: str) -> str:
    """Return by what an upload is known whose parts go to a place, or to where a request went."""
    url = urlsplit(urljoin(flow.request.url, place))
    return upload_at(url.hostname or "", url.path)

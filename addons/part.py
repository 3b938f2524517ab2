"""One part of an upload on its way: read by itself, and with the parts before it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from addons.messages import Decision, log_failure, read_so_far
from addons.transfer import Transfer
from addons.whole import OutOfPlaceError, Turn
from dlp.between.forms import FormFile, is_form
from dlp.between.uploads import EDGE
from dlp.extract.aws_chunked import AWS_CHUNKED, AwsChunked
from dlp.extract.budget import UninspectableError
from dlp.part import PartInspection
from dlp.types import Evidence

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from typing import Any

    from addons.inspector import MessageInspector
    from addons.messages import Message
    from addons.place import Place, Reading
    from addons.remote import RemotePlace
    from dlp.types import Result

__all__ = ["PartTransfer"]

# Bytes that are read at once with what came before.
BATCH = 256 * 1024


class PartTransfer(Transfer):
    """One part, of which nothing leaves before it was read in its turn.

    Args:
        message: What is known of it before its body comes.
        place: Its place in the upload.
        seams: Returns the text around where it meets other parts, given its length and its ends,
            where nobody reads it together with those.
    """

    _kind = PartInspection

    def __init__(
        self,
        message: Message,
        *,
        service: MessageInspector,
        place: Place | RemotePlace,
        seams: Callable[[int, bytes, bytes], str],
        **more: Any,
    ) -> None:
        self._place = place
        self._seams = seams
        self._framing = _framing(message)
        self._hash = blake2b(key=service.core.key[:64], digest_size=16)
        self._length = 0
        self._first = self._last = b""
        self._is_open = True
        self._turn: Turn | Decision | Result | None = None
        self._problem = ""
        self._waiting: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[Reading] | None = None
        super().__init__(message, service=service, **more)
        self.hold()

    def end(self, trailing: tuple[tuple[str, str], ...] = ()) -> None:
        """Say that the part ends here, and what small texts came after it."""
        self._waiting = asyncio.create_task(self._end(trailing))

    def abort(self) -> None:
        """Let go of everything; see `Transfer.abort`."""
        if self._waiting is not None:
            self._waiting.cancel()
        super().abort()

    async def _end(self, trailing: tuple[tuple[str, str], ...]) -> None:
        """Have the part read to its end once its turn has come."""
        while self._backlog.size and self.decision is None:
            await self._changed.wait()
        if self.decision is not None:
            return
        seam = ""
        try:
            seam = await self._wait()
        except Exception as error:  # noqa: BLE001 - what has no place must end in a refusal
            log_failure(self._message.flow, error)
            self._problem = "error"
        super().end((*trailing, ("seam", seam)) if seam else trailing)

    async def _wait(self) -> str:
        """Wait until it can be told how the part is read; return the text where it meets others."""
        inspection = self._inspection
        # Without a byte, nothing has begun.
        assert inspection is None or isinstance(inspection, PartInspection)
        self._is_open = inspection is not None and inspection.is_open
        if inspection is not None:
            inspection.is_first = self._place.is_first
        try:
            if self._framing is not None:
                self._framing.finish()
            self._turn = await self._place.turn(self._length, self._hash.digest())
        except OutOfPlaceError as error:
            self._problem = str(error)
        except UninspectableError:
            self._problem = "changed"
        if self._turn is Turn.OVER and self._is_open:
            self._problem = "changed"
        if self._turn is Turn.ALONE and inspection is not None:
            inspection.is_alone = True
            return self._seams(self._length, self._first, self._last)
        if self._turn is Turn.NEXT and self._place.before:
            return (self._place.before + self._first).decode("utf-8", "replace")
        return ""

    async def _run(self) -> None:
        try:
            await super()._run()
        finally:
            if self._reading is not None and not self._reading.done():
                # It is read to its end, so that it can be told when it is sent again.
                self._reading.add_done_callback(self._read_late)
            else:
                self._place.leave(self.decision)

    def _read_late(self, reading: asyncio.Task[Reading]) -> None:
        if not reading.cancelled() and (error := reading.exception()) is not None:
            log_failure(self._message.flow, error)
        self._place.leave(None)
        self._spool.close()

    def _let_go(self) -> None:
        if self._reading is None or self._reading.done():
            super()._let_go()

    async def _inspect(self) -> Result | Decision:
        """Inspect the part, and what it makes with those before it."""
        own = await super()._inspect()
        if isinstance(own, Decision) or own.verdict.action.stops:
            return own
        if self._problem:
            return await self._refuse(self._problem)
        if self._turn is None:
            return own
        if not isinstance(self._turn, Turn):
            return self._turn
        if self._turn is not Turn.NEXT:
            return own
        self._reading = asyncio.create_task(
            self._place.read(self._message, self._batches(), self._last, is_open=self._is_open)
        )
        try:
            reading = await asyncio.shield(self._reading)
        except OutOfPlaceError as error:
            return await self._refuse(str(error))
        if reading.decision is not None:
            return reading.decision
        if not reading.opened:
            return own
        whole = reading.result
        if whole is not None and whole.verdict.action.stops:
            return await self._service.settle(read_so_far(self._message, reading.spool), whole)
        return self._joined(own, whole)

    def _joined(self, own: Result, whole: Result | None) -> Result:
        """Return what the part comes to with those before it; what is in it counts once."""
        if whole is None:
            evidence = Evidence(bytes=own.evidence.bytes, kinds=own.evidence.kinds)
        else:
            evidence = replace(whole.evidence, bytes=own.evidence.bytes)
        verdict = self._service.core.policy.decide(evidence, self._message.flow)
        return replace(
            own, verdict=verdict, evidence=evidence, tallies=whole.tallies if whole else ()
        )

    def _keep(self, data: bytes) -> None:
        super()._keep(data)
        if self._framing is None:
            self._note(data)
            return
        try:
            for piece in self._framing.feed(data):
                self._note(piece)
        except UninspectableError:
            self._problem = "changed"

    def _note(self, data: bytes) -> None:
        self._hash.update(data)
        self._length += len(data)
        self._first += data[: EDGE - len(self._first)]
        self._last = (self._last + data[-EDGE:])[-EDGE:]

    async def _batches(self) -> AsyncIterator[list[bytes]]:
        """Yield what is in the part, without what frames it."""
        batches = self._cut()
        while batch := await asyncio.to_thread(next, batches, None):
            yield batch

    def _cut(self) -> Iterator[list[bytes]]:
        framing = _framing(self._message)
        batch: list[bytes] = []
        size = 0
        for data in self._spool:
            for piece in (data,) if framing is None else framing.feed(data):
                batch.append(piece)
                size += len(piece)
            if size >= BATCH:
                yield batch
                batch, size = [], 0
        yield batch


def _framing(message: Message) -> AwsChunked | FormFile | None:
    """Return what takes away what is around the part in its request's body, if anything is."""
    if is_form(message.content_type):
        return FormFile()
    return AwsChunked() if AWS_CHUNKED in message.content_encoding.lower() else None

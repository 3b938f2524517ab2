"""The place of a part in an upload that another worker reads, and what that worker does for it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from addons.messages import log_failure, read_so_far
from addons.place import Reading
from addons.whole import OutOfPlaceError, Turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from addons.messages import Decision, Message
    from addons.place import Place
    from addons.sharing import Line, Owners
    from addons.wholes import Wholes
    from dlp.between.steps import Step
    from dlp.types import Result

__all__ = ["RemotePlace", "serve"]


class RemotePlace:
    """The place of a part in an upload that another worker owns; see `Place`.

    Args:
        owners: Knows how to reach it.
        owner: Who it is.
        client: Who sends the part.
        step: Which part it is.
        own: Owns the upload instead, if that worker is gone.
    """

    def __init__(
        self,
        owners: Owners,
        owner: str,
        client: str,
        step: Step,
        own: Callable[[str, Step], Place],
    ) -> None:
        self.before = b""
        self.is_first = step.start in step.firsts
        self._client = client
        self._step = step
        self._own = own
        self._instead: Place | None = None
        # The owner knows at once that the part begins to arrive.
        self._opening = asyncio.ensure_future(self._open(owners, owner))
        self._closing: asyncio.Task[None] | None = None

    async def _open(self, owners: Owners, owner: str) -> Line:
        line = await owners.line(owner)
        await line.send("place", self._client, self._step)
        return line

    async def turn(self, length: int, digest: bytes) -> Turn | Decision | Result:
        """Wait until it can be told how the part is read; see `Place.turn`.

        Raises:
            OutOfPlaceError: It does not fit what was read, or waits too long for it.
        """
        try:
            line = await self._opening
            await line.send(length, digest)
            said, self.before = await line.receive()
        except ConnectionError:
            self._instead = self._own(self._client, self._step)
            return await self._instead.turn(length, digest)
        if isinstance(said, str):
            raise OutOfPlaceError(said)
        turn: Turn | Decision | Result = said
        return turn

    async def read(
        self,
        message: Message,
        batches: AsyncIterator[list[bytes]],
        tail: bytes,
        *,
        is_open: bool,
    ) -> Reading:
        """Have the part read whose turn it is; see `Place.read`.

        Raises:
            TimeoutError: It takes too long.
            ConnectionError: The owner is gone.
        """
        if self._instead is not None:
            return await self._instead.read(message, batches, tail, is_open=is_open)
        line = await self._opening
        await line.send("read", replace(message, body=b"", spool=None), tail, is_open)
        async for batch in batches:
            await line.send(batch)
        await line.send([])
        (said,) = await line.receive()
        if isinstance(said, Reading):
            return said
        if said == "changed":
            raise OutOfPlaceError(said)
        raise TimeoutError if said == "timeout" else ConnectionError

    def leave(self, decision: Decision | None) -> None:
        """Say what became of the part; see `Place.leave`."""
        if self._instead is not None:
            self._instead.leave(decision)
        self._closing = asyncio.ensure_future(self._leave(decision))

    async def _leave(self, decision: Decision | None) -> None:
        with contextlib.suppress(ConnectionError):
            line = await self._opening
            try:
                await line.send("leave", decision)
            finally:
                line.close()


async def serve(line: Line, wholes: Wholes) -> None:
    """Do what another worker asks of the uploads that this one owns.

    Raises:
        ConnectionError: It is gone.
    """
    act, client, step, *more = await line.receive()
    if act == "place":
        await _serve_place(line, wholes, wholes.place(client, step))
    elif act == "complete":
        await line.send(await wholes.complete(client, step, *more))
    else:
        if act == "expect":
            wholes.expect(client, step)
        elif act == "apart":
            wholes.apart(client, step)
        else:
            wholes.forget(client, step.upload)
        await line.send()


async def _serve_place(line: Line, wholes: Wholes, place: Place) -> None:
    decision: Decision | None = None
    try:
        length, digest = await line.receive()
        try:
            turn = await place.turn(length, digest)
        except OutOfPlaceError as error:
            await line.send(str(error), b"")
        else:
            await line.send(turn, place.before)
        act, *said = await line.receive()
        if act == "read":
            await line.send(await _read(line, wholes, place, *said))
            _, *said = await line.receive()
        (decision,) = said
    finally:
        place.leave(decision)


async def _read(
    line: Line,
    wholes: Wholes,
    place: Place,
    message: Message,
    tail: bytes,
    is_open: bool,  # noqa: FBT001 - as it was said
) -> Reading | str:
    """Read a part, and act on what is found: what was read before it is here."""

    async def batches() -> AsyncIterator[list[bytes]]:
        while batch := (await line.receive())[0]:
            yield batch

    coming = batches()
    try:
        reading = await place.read(message, coming, tail, is_open=is_open)
        async for _ in coming:
            # What comes after a stop is let go.
            pass
        result = reading.result
        if result is None or not result.verdict.action.stops:
            return replace(reading, spool=None)
        decision = await wholes.inspector.settle(read_so_far(message, reading.spool), result)
        return Reading(opened=True, decision=decision)
    except OutOfPlaceError as error:
        return str(error)
    except TimeoutError:
        return "timeout"
    except Exception as error:  # noqa: BLE001 - who waits has to be told
        log_failure(message.flow, error)
        return "error"

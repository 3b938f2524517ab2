"""A message on its way: inspected while it arrives, held or let go as far as it is clean.

Up to the hold limit nothing of a body leaves before its verdict. Above it, what `Inspection.clean`
vouches for may leave; the rest waits in the spool. Whatever goes wrong ends in a refusal.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from addons.backlog import Backlog
from addons.messages import Decision, Message, begun, log_failure
from addons.spool import SpoolFullError
from dlp.clean import PIECE
from dlp.evidence.incident import new_incident_id
from dlp.inspection import Inspection
from dlp.types import Action

if TYPE_CHECKING:
    from addons.inspector import MessageInspector
    from addons.spool import Spool
    from dlp.between.uploads import Ends
    from dlp.steps import Steps
    from dlp.types import Result

__all__ = ["Transfer"]

# Bytes that are inspected before the thread is given back, while more of them come.
ROUND = 1024 * 1024
# Bytes that may wait for inspection, or for the server, before the client has to.
BACKLOG = 512 * 1024
# Bytes that are passed on at once.
GULP = 256 * 1024


class _SpoolError(Exception):
    """The spool's file can't be written or read."""


class Transfer:
    """One message.

    Args:
        message: What is known of it before its body comes.
        service: Inspects and decides.
        spool: Where it waits.
        hold_limit: Bytes up to which nothing leaves before the verdict.
        expected: How long its body will be, if it says so.
        ends: Sees its body pass, for what it shares with others.

    Attributes:
        decision: Set once the message is decided.
    """

    _kind: type[Inspection] = Inspection

    def __init__(
        self,
        message: Message,
        *,
        service: MessageInspector,
        spool: Spool,
        hold_limit: int,
        expected: int | None,
        ends: Ends,
    ) -> None:
        self.decision: Decision | None = None
        self._message = replace(message, spool=spool, whole=False)
        self._service = service
        self._spool = spool
        self._hold_limit = hold_limit
        self._expected = expected
        self._ends = ends
        self._held = False
        self._taking = False
        self._trace = service.tracing.begin(message.flow)
        self._inspection: Inspection | None = None
        self._backlog = Backlog()
        self._clean = 0
        self._sent = 0
        self._ended_at: float | None = None
        self._trailing: tuple[tuple[str, str], ...] = ()
        self._took: list[float] = []
        self._came = asyncio.Event()
        self._changed = asyncio.Event()
        service.metrics.in_flight.inc()
        self._task = asyncio.create_task(self._run())

    # From the client.

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body; what comes after a stop is let go."""
        if self.decision is None and data:
            self._backlog.put(data)
            self._ends.feed(data)
            self._came.set()

    def end(self, trailing: tuple[tuple[str, str], ...] = ()) -> None:
        """Say that the body ends here, and what small texts came after it."""
        self._trailing = (*trailing, *self._ends.seams())
        self._ended_at = time.perf_counter()
        self._came.set()

    def abort(self) -> None:
        """Let go of everything: the client is gone, or the server, or all is done."""
        self._task.cancel()
        if not self.done:
            self.decision = _refused("aborted")
        self._let_go()
        self._notify()

    def _let_go(self) -> None:
        self._backlog.clear()
        self._spool.close()

    def hold(self) -> None:
        """Let nothing leave before the verdict, however much it is."""
        self._held = True
        self._came.set()

    async def room(self) -> None:
        """Wait until the client may send more."""
        while self.decision is None and (
            self._backlog.size > BACKLOG or (self._sent and self.releasable > BACKLOG)
        ):
            await self._changed.wait()

    # The verdict.

    async def decided(self) -> Decision:
        """Wait for the decision."""
        while self.decision is None:
            await self._changed.wait()
        return self.decision

    # To the server.

    @property
    def releasable(self) -> int:
        """Bytes that may leave now."""
        if self.decision is not None:
            return self._backlog.came - self._sent if self.decision.passes else 0
        if self._held or self._backlog.came <= self._hold_limit:
            return 0
        # The last byte may make a message complete.
        return min(self._clean, self._backlog.came - 1) - self._sent

    @property
    def done(self) -> bool:
        """Whether everything has left that may."""
        return self.decision is not None and self.releasable == 0

    async def ready(self) -> None:
        """Wait until something may leave, or the message is decided."""
        while self.decision is None and self.releasable <= 0:
            await self._changed.wait()

    async def take(self) -> bytes:
        """Return what leaves next; empty where nothing may, or can be read any more."""
        if self._spool.in_memory:
            data = self._take()
        else:
            self._taking = True
            try:
                data = await asyncio.to_thread(self._take)
            except Exception as error:  # noqa: BLE001 - without its rest, the message is none
                log_failure(self._message.flow, error)
                self._task.cancel()
                self.decision = await self._refuse("spool")
                data = b""
            finally:
                self._taking = False
        self._notify()
        return data

    def _take(self) -> bytes:
        pieces = []
        size = 0
        while size < GULP and (left := self.releasable) > 0:
            piece = self._spool.take()
            if not piece:
                raise _SpoolError
            if len(piece) > left:
                self._spool.put_back(piece[left:])
                piece = piece[:left]
            self._sent += len(piece)
            size += len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    # The inspection.

    async def _run(self) -> None:
        message = self._message
        service = self._service
        try:
            result = await self._inspect()
            await self._stand_still()
            whole = self._ended_at is not None and not self._backlog and not self._sent
            self._message = replace(self._message, whole=whole, sent=self._sent)
            if isinstance(result, Decision):
                decision = result
            else:
                decision = await service.settle(self._message, result)
        except TimeoutError:
            decision = await self._refuse("timeout")
        except SpoolFullError:
            decision = await self._refuse("too-large")
        except _SpoolError:
            decision = await self._refuse("spool")
        except Exception as error:  # noqa: BLE001 - a failed inspection must end in a refusal
            log_failure(self._message.flow, error)
            decision = await self._refuse("error")
        finally:
            service.metrics.in_flight.dec()
            channel = message.flow.channel.value
            service.metrics.scan_seconds.labels(channel).observe(sum(self._took))
            if self._ended_at is not None:
                waited = time.perf_counter() - self._ended_at
                service.metrics.seconds.labels(channel).observe(waited)
        if not decision.passes:
            self._let_go()
        self.decision = decision
        self._trace.end(decision, sum(self._took))
        self._notify()

    async def _stand_still(self) -> None:
        """Let nothing leave any more, so that what is kept is what was not sent."""
        self._held = True
        while self._taking:
            await self._changed.wait()

    async def _inspect(self) -> Result | Decision:
        """Inspect what comes until it is known what becomes of it."""
        run, seconds = self._service.threads.run, self._service.timeout
        loop = asyncio.get_running_loop()
        result: Result | None = None
        while True:
            while self._backlog.waiting < self._least and self._ended_at is None:
                self._came.clear()
                await self._came.wait()
            last = self._ended_at is not None and not self._backlog
            steps = self._finish() if last else self._next(loop)
            result = await run(steps, seconds, took=self._took) or result
            if result is not None and (last or self._stops_now(result)):
                self._inspection = None
                return result
            self._notify()

    @property
    def _least(self) -> int:
        """Bytes that are waited for: of what leaves as it comes, no fewer may leave at once."""
        leaves = self._backlog.came > self._hold_limit and not self._held
        return PIECE if leaves else 1

    def _next(self, loop: asyncio.AbstractEventLoop) -> Steps[Result | None]:
        """Inspect what has come, and return a verdict if there is one; runs in a thread."""
        inspection = yield from self._begin()
        until = self._backlog.inspected + ROUND
        while self._backlog.inspected < until and (data := self._backlog.take()):
            self._keep(data)
            yield from inspection.feed_steps(data)
            makes_room = self._backlog.size > BACKLOG
            self._backlog.inspected += len(data)
            lets_go = inspection.clean > self._clean
            self._clean = inspection.clean
            if (result := inspection.verdict()) is not None:
                return result
            if self._backlog and (makes_room or lets_go):
                # More may come and leave meanwhile.
                loop.call_soon_threadsafe(self._notify)
        return None

    def _finish(self) -> Steps[Result]:
        """Inspect what comes after the body, and return the verdict; runs in a thread."""
        inspection = yield from self._begin()
        for where, text in self._trailing:
            yield from inspection.text_steps(where, text)
        return (yield from inspection.finish_steps())

    def _begin(self) -> Steps[Inspection]:
        if self._inspection is None:
            self._inspection = yield from begun(self._service.core, self._message, self._kind)
        return self._inspection

    def _keep(self, data: bytes) -> None:
        try:
            self._spool.append(data)
        except OSError as error:
            raise _SpoolError from error

    def _stops_now(self, result: Result) -> bool:
        """Tell whether to stop before the message has ended.

        One that is quarantined is read to its end where that is near, for its reviewer.
        """
        near = max(self._backlog.came, self._expected or 0) <= self._hold_limit
        return not (near and result.verdict.action is Action.QUARANTINE)

    async def _refuse(self, reason: str) -> Decision:
        try:
            message = replace(self._message, sent=self._sent)
            return await self._service.refuse(message, reason)
        except Exception as error:  # noqa: BLE001 - a refusal that can't be written down is one too
            log_failure(self._message.flow, error)
            return replace(_refused(reason), sent=self._sent)

    def _notify(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _refused(reason: str) -> Decision:
    return Decision(passes=False, status=503, incident=new_incident_id(), reason=reason)

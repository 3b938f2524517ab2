"""The uploads under way, each of which is read part by part in the order of its parts.

What a part can be read for by itself is found by itself. What begins in one part and ends in
another, as an archive does, is read as one: each part of it in its turn, and the end of it before
the server hears of that.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from addons.messages import Decision, log_failure, read_so_far
from addons.place import TURN_SECONDS, Place
from addons.whole import Whole
from dlp.part import unseen
from dlp.types import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from addons.inspector import MessageInspector
    from addons.messages import Message
    from addons.opened import Opened
    from dlp.between.steps import Step
    from dlp.steps import Steps
    from dlp.types import Result

__all__ = ["Wholes"]

# Longer than any client waits between two parts.
KEPT_SECONDS = 3600.0
# Uploads that are remembered, their parts, and uploads in which something may be open, of each of
# which up to a MiB waits in memory.
REMEMBERED = 2_000
PARTS = 500_000
OPEN = 300
# Whose turn it is while an upload is being completed.
ENDING = -1
# Bytes of all of them that inspections may keep in memory, and that may wait on the disk; what is
# asked about last stays.
MEMORY = 256 << 20
WAITING = 16 << 30


class Wholes:
    """The uploads under way, of all clients.

    Args:
        inspector: Lends its core and its threads, and acts on verdicts.

    Attributes:
        inspector: As above.
        forgotten: Told of whose upload is remembered no more.
    """

    def __init__(self, inspector: MessageInspector) -> None:
        self.inspector = inspector
        self._wholes: OrderedDict[tuple[str, str], Whole] = OrderedDict()
        self._expiring: asyncio.TimerHandle | None = None
        self.forgotten: Callable[[str, str], None] = lambda _client, _upload: None

    def place(self, client: str, step: Step) -> Place:
        """Return the place of a part that begins to arrive."""
        whole = self._of(client, step)
        whole.starts(step)
        return Place(self, whole, step)

    def expect(self, client: str, step: Step) -> None:
        """Note what is known of an upload before its parts come."""
        whole = self._of(client, step)
        whole.total = step.total

    def apart(self, client: str, step: Step) -> None:
        """Note that a part of an upload is not read with the others."""
        self._of(client, step).loosen()

    def total(self, client: str, step: Step) -> int | None:
        """Return where an upload ends, if that is known."""
        whole = self._wholes.get((client, step.upload))
        return step.total if whole is None or step.total is not None else whole.total

    def rename(self, client: str, old: str, new: str) -> None:
        """Note by what an upload is known from now on."""
        whole = self._wholes.pop((client, old), None)
        if whole is not None:
            self._wholes[client, new] = whole

    def forget(self, client: str, upload: str) -> None:
        """Note that an upload is given up."""
        whole = self._wholes.pop((client, upload), None)
        if whole is not None:
            whole.loosen()
            whole.notify()
            self.forgotten(client, upload)

    async def complete(
        self, client: str, step: Step, message: Message, listed: list[int]
    ) -> Decision | None:
        """Decide on the end of an upload; None if there is nothing against it.

        Args:
            client: Who sends it.
            step: What the request does.
            message: The request.
            listed: The parts that are to make the upload, if it says so.
        """
        whole = self._wholes.get((client, step.upload))
        if step.total is not None and (whole is None or not whole.ends_at(step.total)):
            # It asks how far the upload is.
            return None
        if whole is None:
            result = unseen(self.inspector.core, message.flow)
            unknown = await self.inspector.settle(message, result)
            return None if unknown.passes else unknown
        whole.seen = time.monotonic()
        patience = TURN_SECONDS
        while whole.busy is not None and patience > 0:
            started = time.monotonic()
            await whole.change(patience)
            patience -= time.monotonic() - started
        if isinstance(whole.stop, Decision):
            return whole.stop
        if whole.busy is not None:
            return await self.inspector.refuse(message, "order")
        whole.busy = ENDING
        try:
            decision = await self._end(whole, message, listed)
        except Exception as error:  # noqa: BLE001 - a failed inspection must end in a refusal
            log_failure(message.flow, error)
            whole.loosen()
            reason = "timeout" if isinstance(error, TimeoutError) else "error"
            return await self.inspector.refuse(message, reason)
        finally:
            whole.busy = None
            whole.notify()
        if decision is None or decision.passes:
            whole.loosen()
            return None
        whole.stop = decision if decision.status == 403 else whole.stop
        return decision

    async def _end(self, whole: Whole, message: Message, listed: list[int]) -> Decision | None:
        """Decide on what is open where an upload ends."""
        opened = whole.opened
        if whole.stop is not None:
            assert not isinstance(whole.stop, Decision)
            return await self.inspector.settle(message, whole.stop)
        if opened is None:
            return None
        if listed and sorted(set(listed)) != whole.parts:
            return await self.inspector.refuse(message, "changed")
        result = await self.finish(opened)
        if result.verdict.action is Action.ALLOW:
            # Its bytes were counted part by part.
            result = replace(result, evidence=replace(result.evidence, bytes=0))
        return await self.inspector.settle(read_so_far(message, opened.spool), result)

    async def finish(self, opened: Opened) -> Result:
        """Return the verdict on what was open and ends.

        Raises:
            TimeoutError: It takes too long.
        """
        while await self.run(opened.again()):
            pass
        return await self.run(opened.finish())

    async def run[T](self, steps: Steps[T]) -> T:
        """Have a thread do something of an inspection.

        Raises:
            TimeoutError: It takes too long.
        """
        return await self.inspector.threads.run(steps, self.inspector.timeout, took=[])

    def under_way(self, seconds: float) -> bool:
        """Tell whether an upload goes on, of which something came in the last seconds.

        That is one in which something is open, or was stopped.
        """
        since = time.monotonic() - seconds
        return any(
            (one.opened is not None or one.stop is not None) and one.seen > since
            for one in self._wholes.values()
        )

    def bound(self, latest: Whole) -> None:
        """Let go of what is too much, the oldest first; of it, parts are read one by one."""
        latest.seen = time.monotonic()
        self._expire()
        while len(self._wholes) > REMEMBERED or self._parts > PARTS:
            self.forget(*next(iter(self._wholes)))
        open_ones = [one for one in self._wholes.values() if one.opened and one is not latest]
        waiting = sum(one.opened.spool.size for one in open_ones if one.opened)
        held = sum(one.opened.held for one in open_ones if one.opened)
        for number, one in enumerate(open_ones):
            assert one.opened is not None
            if one.busy is None and held > MEMORY:
                held -= one.opened.held
                one.opened.sleep()
            if one.busy is None and (waiting > WAITING or len(open_ones) - number > OPEN):
                waiting -= one.opened.spool.size
                one.loosen()

    @property
    def _parts(self) -> int:
        return sum(whole.size for whole in self._wholes.values())

    def _expire(self) -> None:
        """Let go of what nobody has asked for in an hour, also where nobody asks for anything."""
        if self._expiring is None:
            loop = asyncio.get_running_loop()
            self._expiring = loop.call_later(KEPT_SECONDS / 10, self._expired)

    def _expired(self) -> None:
        self._expiring = None
        now = time.monotonic()
        for (client, upload), whole in list(self._wholes.items()):
            if whole.seen < now - KEPT_SECONDS:
                self.forget(client, upload)
        if self._wholes:
            self._expire()

    def _of(self, client: str, step: Step) -> Whole:
        whole = self._wholes.pop((client, step.upload), None) or Whole(step)
        self._wholes[client, step.upload] = whole
        self.bound(whole)
        return whole

"""The place of one part in its upload: whose turn it is, and what is read in it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from addons.opened import Opened, Overlap
from addons.whole import OutOfPlaceError, Turn
from dlp.part import unseen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from addons.messages import Decision, Message
    from addons.spool import Spool
    from addons.whole import Whole
    from addons.wholes import Wholes
    from dlp.between.steps import Step
    from dlp.types import Result

__all__ = ["TURN_SECONDS", "Place", "Reading"]

# Seconds that a part waits for what comes before it. Parts are sent several at a time and end in
# any order; clients wait a minute for an answer and more (the AWS SDKs 50 to 60 seconds).
TURN_SECONDS = 40.0
# Seconds that it waits for the upload's first part to begin at all.
UNSEEN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a part with those before it.

    Attributes:
        opened: Whether something is open in it.
        result: The verdict on what was open, if it ends here or is stopped already.
        spool: Where that is.
        decision: What became of it, where somebody has acted on that already.
    """

    opened: bool
    result: Result | None = None
    spool: Spool | None = None
    decision: Decision | None = None


class Place:
    """The place of one part in its upload.

    Args:
        wholes: The uploads.
        whole: Its own.
        step: Which part it is.

    Attributes:
        before: The last bytes of what comes before it, once it is its turn.
        is_first: Whether the upload begins with it.
    """

    def __init__(self, wholes: Wholes, whole: Whole, step: Step) -> None:
        self.before = b""
        self.is_first = step.start in step.firsts
        self._wholes = wholes
        self._whole = whole
        self._step = step
        self._mine = False

    async def turn(self, length: int, digest: bytes) -> Turn | Decision | Result:
        """Wait until it can be told how the part is read, which is all here now.

        Args:
            length: How long it is.
            digest: Keyed hash of it.

        Returns:
            How it is read; or what became of the upload before, or was found.

        Raises:
            OutOfPlaceError: It does not fit what was read, or waits too long for it.
        """
        whole = self._whole
        if self._step.size not in (None, length):
            raise OutOfPlaceError("changed")
        self._length, self._digest = length, digest
        began = time.monotonic()
        while True:
            whole.seen = time.monotonic()
            if whole.stop is not None:
                return whole.stop
            turn = whole.turn(self._step.start, length, digest)
            if turn is not None:
                self._mine = turn is Turn.NEXT
                self.before = whole.before if self._mine else b""
                return turn
            left = began - time.monotonic()
            left += TURN_SECONDS if whole.has_begun else UNSEEN_SECONDS
            if left > 0:
                await whole.change(left)
            elif whole.waits:
                raise OutOfPlaceError("order")
            else:
                whole.loosen()
                whole.notify()

    async def read(
        self, message: Message, batches: AsyncIterator[list[bytes]], tail: bytes, *, is_open: bool
    ) -> Reading:
        """Read the part whose turn it is with those before it.

        Args:
            message: The part.
            batches: Its bytes, without what frames them.
            tail: The last of them.
            is_open: Whether something has begun in it that can't be read without what follows.

        Raises:
            OutOfPlaceError: It is not the same where it is sent again.
            TimeoutError: It takes too long.
        """
        whole = self._whole
        if whole.opened is None and is_open:
            inspector = self._wholes.inspector
            whole.opened = Opened(inspector.core, message, inspector.spool(), self._step.start)
        opened = whole.opened
        if opened is None:
            return self._read(tail)
        try:
            result = await self._feed(opened, batches)
            self._wholes.bound(whole)
            reading = self._read(tail)
            if result is None:
                if opened.is_open and not whole.ends(last=self._step.last):
                    return self._doubted(message, reading)
                result = await self._wholes.finish(opened)
        except OutOfPlaceError:
            # Nothing of it was taken in.
            raise
        except BaseException:
            # What it has taken in can't be told any more.
            whole.loosen()
            raise
        whole.opened = None
        if result.verdict.action.stops:
            whole.stop = result
        return Reading(opened=True, result=result, spool=opened.spool)

    async def _feed(self, opened: Opened, batches: AsyncIterator[list[bytes]]) -> Result | None:
        """Read what is new in the part; return the verdict if it is a stop already."""
        start = self._step.start
        again = self._whole.overlap(start)
        overlap = Overlap(opened.behind(start), again) if again else None
        async for batch in batches:
            result = await self._wholes.run(opened.feed(batch, overlap))
            if result is not None:
                return result
        return None

    def _doubted(self, message: Message, reading: Reading) -> Reading:
        """Return what is known where something is open, and nobody will say that it ends."""
        if not self._step.is_open_ended or self._whole.total is not None:
            return reading
        result = unseen(self._wholes.inspector.core, message.flow)
        if not result.verdict.action.stops:
            return reading
        self._whole.stop = result
        return Reading(opened=True, result=result, spool=reading.spool)

    def _read(self, tail: bytes) -> Reading:
        self._whole.commit(self._step.start, self._length, self._digest, tail)
        return Reading(opened=self._whole.opened is not None)

    @property
    def _is_over(self) -> bool:
        """Whether the upload ends here, or somebody has released what was found in it."""
        return self._whole.stop is not None or self._whole.ends(last=self._step.last)

    def leave(self, decision: Decision | None) -> None:
        """Say what became of the part; None if nobody waits for that any more."""
        whole = self._whole
        if self._mine:
            whole.busy = None
        if decision is not None and decision.status == 403:
            whole.close()
            whole.stop = decision
        elif decision is not None and decision.passes and self._mine and self._is_over:
            whole.stop = None
            whole.loosen()
        whole.notify()

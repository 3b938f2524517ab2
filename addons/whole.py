"""One upload under way: which of its parts were read, and what is open in it."""

from __future__ import annotations

import asyncio
import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from addons.messages import Decision
from dlp.between.uploads import EDGE

if TYPE_CHECKING:
    from addons.opened import Opened
    from dlp.between.steps import Step
    from dlp.types import Result

__all__ = ["OutOfPlaceError", "Turn", "Whole"]


class Turn(enum.Enum):
    """How a part is read."""

    # It goes on where the others have ended.
    NEXT = "next"
    # It was read before, and is sent again.
    AGAIN = "again"
    # It is sent instead of what was read there.
    OVER = "over"
    # Nobody knows what comes before it.
    ALONE = "alone"


class OutOfPlaceError(Exception):
    """A part does not fit what was read, or what has to come before does not; says the reason."""


@dataclass(frozen=True, slots=True)
class _Read:
    length: int
    digest: bytes


class Whole:
    """One upload.

    Args:
        step: What the first request that is known of does for it.

    Attributes:
        total: Offset at which it ends; None while that is not known.
        has_begun: Whether its first part has begun to arrive.
        is_loose: Whether its parts are read one by one, since one before them is not known.
        stop: What became of it, or what has been found and nobody has acted on.
        opened: What is open in it.
        before: The last bytes of what was read.
        busy: Where the part starts whose turn it is.
        seen: When something of it came last.
    """

    def __init__(self, step: Step) -> None:
        self._firsts = frozenset(step.firsts)
        self.numbered = step.numbered
        self.total: int | None = None
        self.has_begun = False
        self.is_loose = False
        self.stop: Decision | Result | None = None
        self.opened: Opened | None = None
        self.before = b""
        self.busy: int | None = None
        self.seen = 0.0
        self._read: dict[int, _Read] = {}
        self._next = self._firsts
        self._changed = asyncio.Event()

    @property
    def parts(self) -> list[int]:
        """Where the parts start that were read, ascending."""
        return sorted(self._read)

    @property
    def size(self) -> int:
        """How many parts are remembered."""
        return len(self._read)

    @property
    def waits(self) -> bool:
        """Whether a part can't be read before what is to come before it."""
        begun = self.has_begun and not self._read
        return begun or self.opened is not None or self.busy is not None

    def starts(self, step: Step) -> None:
        """Note that a part begins to arrive."""
        self.total = self.total if step.total is None else step.total
        self.has_begun = self.has_begun or step.start in self._firsts

    def turn(self, start: int, length: int, digest: bytes) -> Turn | None:
        """Return how a part that is all here is read; None if it has to wait.

        Raises:
            OutOfPlaceError: It does not fit what was read.
        """
        if self.busy is not None and start in (self.busy, 0):
            return None
        known = self._read.get(start)
        if known == _Read(length, digest):
            return Turn.AGAIN
        if start == 0 and not self.numbered and (known or self.is_loose):
            # One address may take several uploads, one after the other.
            self._restart()
        elif known or self.overlap(start):
            if self.opened is None:
                return Turn.OVER
            if self.numbered or start < self.opened.start:
                raise OutOfPlaceError("changed")
            if self.busy is not None:
                return None
            # What a server has not kept of a part is sent again, from anywhere in it.
            self.busy = start
            return Turn.NEXT
        if self.is_loose:
            return Turn.ALONE
        if start in self._next and self.busy is None:
            self.busy = start
            return Turn.NEXT
        return None

    def overlap(self, start: int) -> int:
        """Return how many bytes from an offset on were read already."""
        return 0 if self.numbered or not self._read else max(0, min(self._next) - start)

    def commit(self, start: int, length: int, digest: bytes, tail: bytes) -> None:
        """Note that the part whose turn it is was read."""
        # Some number chunks by their offset.
        end = start + max(length, self.overlap(start))
        self._next = frozenset({end, start + 1} if self.numbered else {end})
        self._read[start] = _Read(length, digest)
        self.before = (self.before + tail)[-EDGE:]

    def ends(self, *, last: bool) -> bool:
        """Tell whether the upload ends with what was read."""
        return last or (self.total is not None and self.ends_at(self.total))

    def ends_at(self, offset: int) -> bool:
        """Tell whether what was read ends at an offset."""
        return not self.numbered and offset in self._next

    def loosen(self) -> None:
        """Read what comes from now on part by part, since what came before is not known."""
        self.close()
        self.is_loose = True

    def close(self) -> None:
        """Let go of what is open."""
        if self.opened is not None:
            self.opened.spool.close()
        self.opened = None

    def notify(self) -> None:
        """Wake those that wait."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def change(self, seconds: float) -> None:
        """Wait until something changes, not too long."""
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return

    def _restart(self) -> None:
        self.close()
        self._read.clear()
        self._next = self._firsts
        self.before = b""
        self.is_loose = False
        self.stop = None

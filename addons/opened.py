"""What is open in an upload from one of its parts to another."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from addons.messages import begun
from addons.whole import OutOfPlaceError
from dlp.between.forms import is_form
from dlp.extract.content import SNIFF
from dlp.extract.documents import DOCUMENTS
from dlp.extract.formats import recognise
from dlp.part import WholeInspection
from dlp.steps import at_once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from addons.messages import Message
    from addons.spool import Spool
    from dlp.inspection import Core
    from dlp.steps import Steps
    from dlp.types import Result

__all__ = ["Opened", "Overlap"]

# Pieces of what was put aside that are read again in one go.
_PIECES = 8
_COLLECTED = {one.name for one in DOCUMENTS}


class Opened:
    """What has begun in one part of an upload and ends in another.

    It is inspected as it comes, and kept: for a reviewer, and because what is only read from its
    end, or would take too much memory, is inspected once it is all there.

    Args:
        core: What all inspections share.
        message: The part it begins in.
        spool: Where it waits.
        start: Where that part starts.

    Attributes:
        spool: As above.
        start: As above.
    """

    def __init__(self, core: Core, message: Message, spool: Spool, start: int) -> None:
        self.start = start
        self._core = core
        # What it is called is that of a form, where it comes in forms.
        kind = "" if is_form(message.content_type) else message.content_type
        self._message = replace(message, head=(), content_encoding="", content_type=kind)
        self.spool = spool
        self._head: bytes | None = b""
        self._inspection: WholeInspection | None = self._begin()
        self._aside: tuple[WholeInspection, Iterator[bytes]] | None = None

    def feed(self, batch: list[bytes], overlap: Overlap | None) -> Steps[Result | None]:
        """Take what comes next; return the verdict if it is a stop whatever else may follow.

        Args:
            batch: What comes.
            overlap: Knows what of it was read before.

        Raises:
            OutOfPlaceError: It is not the same.
        """
        for data in batch if overlap is None else overlap.without(batch):
            yield from self._take(data)
        return None if self._inspection is None else self._inspection.verdict()

    def _take(self, data: bytes) -> Steps[None]:
        self.spool.append(data)
        if self._inspection is not None:
            yield from self._inspection.feed_steps(data)
        if self._head is not None:
            self._head += data[:SNIFF]
            if len(self._head) >= SNIFF:
                found = recognise(self._head[:SNIFF], self._message.content_type)
                self._head = None
                if found is not None and found.name in _COLLECTED:
                    self.sleep()

    def behind(self, offset: int) -> Iterator[bytes]:
        """Yield what was taken from an offset on."""
        skip = offset - self.start
        for data in self.spool:
            yield data[skip:]
            skip = max(0, skip - len(data))

    @property
    def is_open(self) -> bool:
        """Whether it has not ended yet."""
        return self._inspection is None or self._inspection.is_open

    @property
    def held(self) -> int:
        """Bytes that its inspection keeps in memory."""
        return 0 if self._inspection is None else self._inspection.held

    def sleep(self) -> None:
        """Inspect it once it is all there."""
        self._inspection = None

    def again(self) -> Steps[bool]:
        """Inspect some of what was put aside, and tell whether there is more."""
        if self._inspection is not None:
            return False
        if self._aside is None:
            self._aside = self._begin(), iter(self.spool)
        inspection, rest = self._aside
        pieces = list(islice(rest, _PIECES))
        for piece in pieces:
            yield from inspection.feed_steps(piece)
        if not pieces:
            self._inspection, self._aside = inspection, None
        return bool(pieces)

    def finish(self) -> Steps[Result]:
        """Say that it ends here, and return its verdict."""
        assert self._inspection is not None
        return self._inspection.finish_steps()

    def _begin(self) -> WholeInspection:
        return at_once(begun(self._core, self._message, WholeInspection))


class Overlap:
    """What is sent again of what was read, which has to be the same.

    Args:
        read: What was read, from where it is sent again.
        size: How much of it there is.
    """

    def __init__(self, read: Iterator[bytes], size: int) -> None:
        self._read = read
        self._left = size
        self._expected = b""

    def without(self, batch: list[bytes]) -> list[bytes]:
        """Return what was not read before; runs in a thread.

        Raises:
            OutOfPlaceError: It is not the same.
        """
        rest = []
        for data in batch:
            again, new = data[: self._left], data[self._left :]
            self._left -= len(again)
            while len(self._expected) < len(again) and (more := next(self._read, None)) is not None:
                self._expected += more
            if not self._expected.startswith(again):
                raise OutOfPlaceError("changed")
            self._expected = self._expected[len(again) :]
            rest.append(new)
        return rest

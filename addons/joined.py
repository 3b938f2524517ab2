"""What a client sends in several messages of a stream, read as one.

An archive that is cut over messages begins in one and can be read in none of them.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

from dlp.extract.content import SNIFF
from dlp.extract.formats import recognise
from dlp.inspection import Inspection
from dlp.steps import at_once

if TYPE_CHECKING:
    from addons.inspector import MessageInspector
    from dlp.steps import Steps
    from dlp.types import FlowInfo, Result

__all__ = ["Joined", "TooMuchError"]

# Bytes of one archive, and bytes that are read anew with every message, before it is given up.
LONGEST = 8 << 20
WORK = 128 << 20
# Read where it stands; a thread's hand-over would cost more.
SMALL = 16 * 1024
# Characters that tell what base64 holds.
_ENCODED = re.compile(rb"[A-Za-z0-9+/_-]{4,}={0,2}")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class TooMuchError(Exception):
    """An archive comes in more, or more pieces, than can be read."""


class Joined:
    """The messages of one stream, as long as they may be one archive, or base64 of one.

    Most are not, which the first bytes tell; nothing is kept of them then.

    Args:
        inspector: Lends its core and its threads.
    """

    def __init__(self, inspector: MessageInspector) -> None:
        self._inspector = inspector
        self._archive = bytearray()
        self._work = 0
        self._messages = 0
        self._over = False

    async def read(self, content: bytes, flow: FlowInfo) -> Result | None:
        """Read the next message; return a verdict if what is there together is stopped.

        Only what was found counts: that the archive has no end yet says nothing.

        Raises:
            TooMuchError: It can't be read.
            TimeoutError: It takes too long.
        """
        if self._over:
            return None
        self._archive += content
        self._messages += 1
        if not _is_archive(bytes(self._archive[:SNIFF])):
            self._over = len(self._archive) >= SNIFF
            if self._over:
                self._archive.clear()
            return None
        if self._messages == 1:
            # It was read by itself.
            return None
        self._work += len(self._archive)
        if len(self._archive) > LONGEST or self._work > WORK:
            raise TooMuchError
        inspection = Inspection(self._inspector.core, flow=flow)
        if self._work <= SMALL:
            result = at_once(self._read(inspection))
        else:
            run, seconds = self._inspector.threads.run, self._inspector.timeout
            result = await run(self._read(inspection), seconds, took=[])
        return result if result.verdict.action.stops and result.evidence.subjects else None

    def _read(self, inspection: Inspection) -> Steps[Result]:
        yield from inspection.feed_steps(bytes(self._archive))
        return (yield from inspection.finish_steps())


def _is_archive(head: bytes) -> bool:
    """Tell whether first bytes are those of something that has to be opened."""
    if recognise(head, "") is not None:
        return True
    encoded = _ENCODED.match(head)
    if encoded is None:
        return False
    whole = encoded[0].rstrip(b"=").translate(_URL_SAFE)
    return recognise(binascii.a2b_base64(whole[: len(whole) // 4 * 4]), "") is not None

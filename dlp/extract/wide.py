"""UTF-16 strings inside of bytes that are no text: databases, backups, programs, old documents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import re2

from dlp.extract.aside import Aside

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from dlp.extract.content import Opening, Segment

__all__ = ["BEGUN", "WIDE", "WideStrings"]

# Shorter strings hold less than an identifier.
SHORTEST = 10

# Latin letters, digits and signs. A run of the other byte order is one of this, a byte later.
_LATIN = r"[\t\n\r -~\xa0-\xff]\x00"
# Dashes, quotation marks and narrow spaces, between them: alone they are digits with blanks.
_NEXT = rf"(?:[\x10-\x3a]\x20){{0,2}}{_LATIN}"
_options = re2.Options()
_options.encoding = re2.Options.Encoding.LATIN1
#: How a string begins: an expression of RE2.
WIDE = f"{_LATIN}(?:{_NEXT}){{{SHORTEST - 1}}}".encode("latin-1")
_BEGINS = re2.compile(WIDE, _options)
_RUN = re.compile(f"(?:{_NEXT})*+".encode("latin-1"))
#: The longest that can't be told yet.
BEGUN = 6 * SHORTEST
# A run has the upper byte of a character in every other byte; of those, every third of ten in a row
# shows three times, which chance hardly makes.
_UPPER = bytes(0x61 if byte in (0x00, 0x20) else 0x20 for byte in range(256))
_SEEN = b"a" * (SHORTEST // 3)


class WideStrings(Aside):
    """Reads the runs of UTF-16 in bytes fed chunk by chunk as lines of one text.

    Args:
        opening: Where the bytes stand.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, "utf-16")
        self._pending = b""
        self._open = False

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        data = self._pending + data
        if not self._open and not _may_begin(data):
            self._pending = data[-BEGUN:]
            return
        yield from self._read(data)

    def skip(self, block: bytes) -> Iterator[Segment]:
        """Yield what bytes add in which no string begins, nor with what was before."""
        if self._open:
            yield from self.feed(block)
        else:
            self._pending = block[-BEGUN:]

    def _read(self, data: bytes) -> Iterator[Segment]:
        start = 0
        if self._open:
            start = yield from self._run(data, 0)
        while not self._open and (match := _BEGINS.search(data, start)) is not None:
            start = yield from self._run(data, match.start())
        # Half a character, or the first of a run, are looked at with what follows.
        kept = 6 if self._open else BEGUN
        self._pending = data[max(start, len(data) - kept) :]

    def _run(self, data: bytes, start: int) -> Generator[Segment, None, int]:
        match = _RUN.match(data, start)
        assert match is not None
        # What may be a mark between letters is told by the next one.
        self._open = match.end() > len(data) - 6
        text = match[0].decode("utf-16-le").encode("utf-8")
        yield from self.tell(text if self._open else text + b"\n")
        return match.end()


def _may_begin(data: bytes) -> bool:
    """Tell, quickly for text and for bytes of chance, whether a run may begin in `data`."""
    return b"\0" in data and any(_SEEN in data[first::6].translate(_UPPER) for first in (0, 1))

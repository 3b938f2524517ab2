"""Objects that Java has serialized: their strings, and whole numbers of 13 to 15 digits.

A letter stands before each string and glues to the number that ends there, so they are set apart, a
line for each object. "Java Object Serialization Specification", chapter 6; what a class writes by
itself is read as far as it is strings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.arrays import HIGH, LOW
from dlp.extract.structured import Structured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Opening, Segment

__all__ = ["Java", "begins_java"]

# The longest string that has two bytes for its length, with those.
_LONGEST = 3 + 0xFFFF
# TC_STRING and its length; TC_OBJECT or TC_ARRAY, of a class that was named before or of a new one;
# and what may be the only field of one, behind its class.
_TOKEN = re.compile(
    rb"t(?P<size>..)|[su](?:q\x00~..(?:(?P<number>.{8})(?=[p-~]|\Z))?|r)"
    rb"|xp(?P<first>.{8})(?=[p-~]|\Z)",
    re.DOTALL,
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def begins_java(head: bytes) -> bool:
    """Tell whether a body is serialized objects."""
    return head.startswith(b"\xac\xed\x00\x05")


class Java(Structured):
    """Reads objects as lines of their strings, and their bytes as they are.

    Args:
        opening: Where they stand.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, "objects")
        self._pending = b""

    def read(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        self._pending += data
        if len(self._pending) > 2 * _LONGEST:
            yield from self._tell(len(self._pending) - _LONGEST)

    def end(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._tell(len(self._pending))

    def _tell(self, limit: int) -> Iterator[Segment]:
        """Yield what begins before `limit`."""
        out: list[bytes] = []
        at, data = 0, self._pending
        while (match := _TOKEN.search(data, at)) is not None and match.start() < limit:
            at = match.start() + 1
            if match["size"] is not None:
                size = int.from_bytes(match["size"])
                text = data[match.end() : match.end() + size]
                if size and len(text) == size and _CONTROLS.search(text) is None:
                    out.append(text.replace(b"\n", b" ") + b"\t")
                    at = match.end() + size
                continue
            if match["first"] is None:
                out.append(b"\n")
            value = int.from_bytes(match["number"] or match["first"] or b"")
            if LOW <= value < HIGH:
                out.append(b"%d\t" % value)
                at = match.end()
        self._pending = data[max(at, limit) :]
        text = b"".join(out)
        self.opening.budget.spend(len(text))
        yield from self.text.feed(text)

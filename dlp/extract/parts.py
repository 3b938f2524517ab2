"""What parsers of whole documents are asked, and what they answer.

Apart from what uses it, because the processes that parse load this and little else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Parsers", "Part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of what is in a document.

    Attributes:
        name: What it is, as `sheet 2` or `attachment 1.pdf`, for paths; no word of the document.
        data: Bytes to be added to it.
        member: Whether it is a file of its own, of whatever kind, rather than text in UTF-8.
        final: Whether it ends here; at the document's end, all do.
    """

    name: str
    data: bytes
    member: bool = False
    final: bool = True


class Parsers(Protocol):
    """Parses documents where they can do no harm."""

    def parse(self, kind: str, document: bytes) -> Generator[Part]:
        """Yield what is in a document, as it is found.

        Raises:
            UninspectableError: It is encrypted, damaged, or takes more than it may.
        """

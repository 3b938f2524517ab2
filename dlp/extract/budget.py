"""The one budget of a message, shared by everything that unpacks it."""

from __future__ import annotations

from dataclasses import dataclass

from dlp.types import Uninspectable

__all__ = ["OUTPUT_BYTES", "Budget", "UninspectableError"]

# A 491,840-patient export is about 150 MB of text; 1 GiB leaves room for a backup and is still
# scanned in seconds, where a bzip2 bomb (617,284:1) would otherwise cost hours.
OUTPUT_BYTES = 1 << 30
DEPTH = 8


class UninspectableError(Exception):
    """A part of the message can't be read; carries only the reason, never content."""

    def __init__(self, reason: Uninspectable) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(slots=True, kw_only=True)
class Budget:
    """What may still be spent on one message.

    Attributes:
        output: Bytes that unpacking may still produce.
        depth: Wrappings that may still be opened inside each other.
    """

    output: int = OUTPUT_BYTES
    depth: int = DEPTH

    def spend(self, produced: int) -> None:
        """Count `produced` bytes of unpacked output.

        Raises:
            UninspectableError: The budget is exhausted.
        """
        self.output -= produced
        if self.output < 0:
            raise UninspectableError(Uninspectable.BUDGET)

    def deeper(self) -> None:
        """Count one more wrapping around what comes next.

        Raises:
            UninspectableError: Too many wrappings around each other.
        """
        self.depth -= 1
        if self.depth < 0:
            raise UninspectableError(Uninspectable.BUDGET)

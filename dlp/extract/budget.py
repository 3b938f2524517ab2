"""The one budget of a message, shared by everything that unpacks it, and what that came upon."""

from __future__ import annotations

from dataclasses import dataclass, field

from dlp.types import Uninspectable

__all__ = ["DEPTH", "OUTPUT_BYTES", "Budget", "UninspectableError"]

# A 491,840-patient export is about 150 MB of text; 1 GiB leaves room for a backup and is still
# scanned in seconds, where a bzip2 bomb (617,284:1) would otherwise cost hours.
OUTPUT_BYTES = 1 << 30
MEMBERS = 100_000
# Of documents that can only be read whole, held at once; as large as a body may be.
MEMORY = 1 << 28
# Wrappings inside each other; more is never ordinary.
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
        members: Members of archives that may still be opened.
        memory: Bytes that may still be held of what can only be read whole.
        kinds: The formats that its body was found to be in, and to hold.
        opaque: Whether a part that was read looked encrypted, or packed in an unknown way.
    """

    output: int = OUTPUT_BYTES
    members: int = MEMBERS
    memory: int = MEMORY
    kinds: set[str] = field(default_factory=set)
    opaque: bool = False

    def spend(self, produced: int) -> None:
        """Count `produced` bytes of unpacked output.

        Raises:
            UninspectableError: The budget is exhausted.
        """
        self.output -= produced
        if self.output < 0:
            raise UninspectableError(Uninspectable.BUDGET)

    def count_member(self) -> None:
        """Count one more member of an archive.

        Raises:
            UninspectableError: There are too many.
        """
        self.members -= 1
        if self.members < 0:
            raise UninspectableError(Uninspectable.BUDGET)

    def hold(self, held: int) -> None:
        """Count bytes that are held in memory, or, below zero, let go of.

        Raises:
            UninspectableError: There are too many.
        """
        self.memory -= held
        if self.memory < 0:
            raise UninspectableError(Uninspectable.BUDGET)

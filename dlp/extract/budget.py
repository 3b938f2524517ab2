"""The one budget of a message, shared by everything that unpacks it, and what that came upon."""

from __future__ import annotations

from dataclasses import dataclass, field

from dlp.types import Uninspectable

__all__ = ["Budget", "Limits", "UninspectableError"]

# What little unpacks to may be any multiple of it.
FREE = 1 << 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one message may cost.

    Attributes:
        output: Bytes that unpacking may produce. A 491,840-patient export is about 150 MB of text;
            1 GiB leaves room for a backup and is still scanned in seconds, where a bzip2 bomb
            (617,284:1) would otherwise cost hours.
        ratio: How many times its own length it may unpack to, beyond 64 MiB. A disk's empty image
            is 6,757 times longer than what xz makes of it.
        depth: Wrappings inside each other; more than eight are never ordinary.
        members: Members of archives.
        memory: Bytes of documents that can only be read whole, held at once; as large as a body
            may be.
    """

    output: int = 1 << 30
    ratio: int = 10_000
    depth: int = 8
    members: int = 100_000
    memory: int = 1 << 28


_DEFAULT = Limits()


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
        ratio: How many times what came that may be, beyond what is free.
        depth: Wrappings that may be opened inside each other.
        members: Members of archives that may still be opened.
        memory: Bytes that may still be held of what can only be read whole.
        came: Bytes of the message so far.
        produced: Bytes that unpacking has produced.
        kinds: The formats that its body was found to be in, and to hold.
        opaque: Whether a part that was read looked encrypted, or packed in an unknown way.
    """

    output: int = _DEFAULT.output
    ratio: int = _DEFAULT.ratio
    depth: int = _DEFAULT.depth
    members: int = _DEFAULT.members
    memory: int = _DEFAULT.memory
    came: int = 0
    produced: int = 0
    kinds: set[str] = field(default_factory=set)
    opaque: bool = False

    @classmethod
    def of(cls, limits: Limits) -> Budget:
        """Return the budget of a message that has not begun."""
        return cls(
            output=limits.output,
            ratio=limits.ratio,
            depth=limits.depth,
            members=limits.members,
            memory=limits.memory,
        )

    def spend(self, produced: int) -> None:
        """Count `produced` bytes of unpacked output.

        Raises:
            UninspectableError: The budget is exhausted.
        """
        self.output -= produced
        self.produced += produced
        if self.output < 0 or self.produced > max(FREE, self.ratio * self.came):
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

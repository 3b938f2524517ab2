"""What the traffic modules hand to the inspector, and what they get back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from dlp import logs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from addons.spool import Spool
    from dlp.evidence.sealing import Request
    from dlp.inspection import Core, Inspection
    from dlp.steps import Steps
    from dlp.types import FlowInfo, Result

__all__ = [
    "UNTRACED",
    "Decision",
    "Inspector",
    "Message",
    "Trace",
    "Tracing",
    "begun",
    "log_failure",
    "read_so_far",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One outgoing message.

    Attributes:
        flow: Who sends it where.
        head: Small texts around the body as (place, text): URL, headers, file name, commands.
        body: The body as sent, if it is small.
        spool: Where else it waits.
        content_type: Value of Content-Type, or empty.
        content_encoding: Value of Content-Encoding, or empty.
        whole: Whether all of the body is there.
        sent: Bytes of it that have left already.
        request: What a reviewer needs to send it after all; None where that can't be done.
    """

    flow: FlowInfo
    head: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_type: str = ""
    content_encoding: str = ""
    spool: Spool | None = None
    whole: bool = True
    sent: int = 0
    request: Request | None = None

    @property
    def pieces(self) -> Iterable[bytes]:
        """The body, piece by piece."""
        return (self.body,) if self.spool is None else self.spool

    @property
    def size(self) -> int:
        """Bytes of the body that are there."""
        return len(self.body) if self.spool is None else self.spool.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done with a message; whoever holds none must refuse.

    Attributes:
        passes: Whether the message may leave.
        status: HTTP status for the client when it may not: 403 stopped, 503 not inspectable.
        incident: Number of the incident a person can ask about; empty when it passes unrecorded.
        reason: For a 503, in a word, why (`timeout`, `error`, `too-large`...); bounded set.
        result: Verdict and evidence, unless inspection itself failed.
        sent: Bytes of the body that had left before, proved clean.
    """

    passes: bool
    status: int = 200
    incident: str = ""
    reason: str = ""
    result: Result | None = None
    sent: int = 0


def begun[Kind: Inspection](core: Core, message: Message, kind: type[Kind]) -> Steps[Kind]:
    """Return the inspection of a message, of some kind, with all but its body inspected."""
    inspection = kind(
        core,
        flow=message.flow,
        content_type=message.content_type,
        content_encoding=message.content_encoding,
    )
    for where, text in message.head:
        yield from inspection.text_steps(where, text)
    return inspection


def log_failure(flow: FlowInfo, error: BaseException) -> None:
    """Say that an inspection failed; not with what words, which may quote what it read."""
    logs.get().error(
        "inspection.failed", channel=flow.channel.value, exception=type(error).__name__
    )


def read_so_far(message: Message, spool: Spool | None) -> Message:
    """Return a message that ends an upload, or was read as a part of it, with what was read.

    That is not what the message brings, so it can't be sent again in its place.
    """
    return replace(message, spool=spool or message.spool, whole=False)


class Trace(Protocol):
    """Follows one message to its decision."""

    def end(self, decision: Decision, scanned: float) -> None:
        """Tell what was decided, after how many seconds of work."""


class Tracing(Protocol):
    """Follows messages."""

    def begin(self, flow: FlowInfo) -> Trace:
        """A message begins."""

    def close(self) -> None:
        """There are no more."""


class _Untraced:
    def begin(self, flow: FlowInfo) -> _Untraced:  # noqa: ARG002 - as all that trace
        return self

    def end(self, decision: Decision, scanned: float) -> None:
        """Nobody is told."""

    def close(self) -> None:
        """Nothing waits."""


UNTRACED = _Untraced()


class Inspector(Protocol):
    """Decides on messages; never raises, and fails closed."""

    async def decide(self, message: Message) -> Decision:
        """Inspect `message`, write down what has to be, and say whether it may pass."""

"""A message of a stream of messages, held until it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mitmproxy.http import HTTPFlow

    from addons.messages import Decision

__all__ = ["LONGEST_MESSAGE", "TAIL", "HeldMessage"]

# A message is held in memory. Servers refuse larger ones by default: gRPC above 4 MiB, WebSocket
# libraries above 1 MiB (websockets, Python) to 100 MiB (ws, Node.js).
LONGEST_MESSAGE = 16 << 20
# Enough of what went before to see a value that is cut across messages, with what announces it.
TAIL = 512


@dataclass(slots=True, eq=False)
class HeldMessage:
    """What a client sends; without a decision it does not pass.

    Attributes:
        flow: The request that opened the stream.
        kind: Of a WebSocket `text`, `binary`, `ping`, `pong`, `close`, or `compressed` before it
            is known; of a call `message` or `trailers`.
        content: The payload.
        seam: The end of what was sent before, with the beginning of this.
        coding: How the payload is compressed, as Content-Encoding says it.
        too_large: There is more of it than may be held.
        decision: Set by the addon.
    """

    flow: HTTPFlow
    kind: str
    content: bytes
    seam: bytes = b""
    coding: str = ""
    too_large: bool = False
    decision: Decision | None = None

    @property
    def passes(self) -> bool:
        """Whether it may be sent on."""
        return self.decision is not None and self.decision.passes and not self.too_large

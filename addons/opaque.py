"""What nobody can read: refused with its reason, or let pass where the policy names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from addons.messages import Message
from dlp import logs
from dlp.policy.facts import facts
from dlp.types import Channel, FlowInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from mitmproxy.connection import Client, Server
    from mitmproxy.tls import TlsData

    from addons.engine.refused import Refusal
    from addons.engine.trusted import Passage
    from addons.inspector import MessageInspector
    from dlp.policy.trust import Trust

__all__ = ["OpaqueTraffic"]

# What mitmproxy says where a client turns our certificate down, or goes away on seeing it.
_PINNED = ("does not trust the proxy's certificate", "disconnected during the handshake")


class OpaqueTraffic:
    """The addon for connections that are not inspected.

    Args:
        inspector: Writes refusals down; its policy says what is trusted.
        today: Tells the day, as 2027-01-31.
        user: Returns who has authenticated for a connection, by its identity.
    """

    def __init__(
        self,
        inspector: MessageInspector,
        today: Callable[[], str],
        user: Callable[[str], str],
    ) -> None:
        self._inspector = inspector
        self._user = user
        self._today = today

    def trust(self, client: Client, server: Server) -> Trust | None:
        """Return what lets a connection pass unread, if anything does."""
        entries = self._inspector.core.policy.trust
        if not entries or not server.address:
            return None
        seen, today = facts(self._flow(client, server)), self._today()
        return next((one for one in entries if one.holds(seen, today)), None)

    async def dlp_refused(self, refusal: Refusal) -> None:
        """Write down that a connection was refused."""
        flow = self._flow(refusal.client, refusal.server)
        await self._inspector.refuse(Message(flow=flow), refusal.reason)

    def dlp_trusted(self, passage: Passage) -> None:
        """Write down that a connection passes unread."""
        flow = self._flow(passage.client, passage.server)
        self._inspector.metrics.flows.labels(flow.channel.value, "trusted").inc()
        logs.get().info(
            "flow.trusted",
            channel=flow.channel.value,
            client=flow.client,
            destination=flow.destination,
            reason=passage.trust.reason,
            owner=passage.trust.owner,
            expires=passage.trust.expires,
        )

    async def tls_failed_client(self, data: TlsData) -> None:
        """Write down that a client would not speak TLS with us, most often because it pins."""
        error = data.conn.error or ""
        pinned = any(words in error for words in _PINNED)
        flow = self._flow(data.context.client, data.context.server)
        if flow.host:
            await self._inspector.refuse(Message(flow=flow), "pinned" if pinned else "tls")

    def _flow(self, client: Client, server: Server) -> FlowInfo:
        host, port = server.address[:2] if server.address else ("", 0)
        return FlowInfo(
            channel=Channel.TUNNEL,
            client=client.peername[0],
            host=host,
            port=port,
            method="CONNECT",
            user=self._user(client.id),
        )

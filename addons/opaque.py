"""What nobody can read: refused with its reason, or let pass where the policy names it."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from addons.messages import Message
from dlp import logs
from dlp.logs import unnumbered
from dlp.policy.facts import facts
from dlp.types import Channel, FlowInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from mitmproxy.connection import Client, Server
    from mitmproxy.tls import ClientHello, ClientHelloData, TlsData

    from addons.engine.refused import Refusal
    from addons.engine.trusted import Passage
    from addons.inspector import MessageInspector
    from dlp.policy.trust import Trust

__all__ = ["OpaqueTraffic"]

# Programs, as known by address and handshake, whose handshakes are remembered.
PROGRAMS = 10_000
# Destinations remembered of each.
DESTINATIONS = 16

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
        self._hellos: dict[str, str] = {}
        # Where a program has accepted our certificate.
        self._accepted: OrderedDict[tuple[str, str], set[str]] = OrderedDict()

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
            destination=unnumbered(flow.destination),
            reason=passage.trust.reason,
            owner=passage.trust.owner,
            expires=passage.trust.expires,
        )

    def tls_clienthello(self, data: ClientHelloData) -> None:
        """Note by what a program is known that shares its address with others."""
        self._hellos[data.context.client.id] = _hello(data.client_hello)

    def client_disconnected(self, client: Client) -> None:
        """Forget it."""
        self._hellos.pop(client.id, None)

    def tls_established_client(self, data: TlsData) -> None:
        """Note that a program accepts our certificate."""
        program = self._program(data.context.client)
        accepted = self._accepted.setdefault(program, set())
        self._accepted.move_to_end(program)
        host = self._flow(data.context.client, data.context.server).host
        if len(accepted) < DESTINATIONS:
            accepted.add(host)
        if len(self._accepted) > PROGRAMS:
            self._accepted.popitem(last=False)

    async def tls_failed_client(self, data: TlsData) -> None:
        """Write down that a client would not speak TLS with us, and what that comes from.

        Who accepts our certificate for other destinations pins this one's; who has accepted none
        may just not know our authority.
        """
        flow = self._flow(data.context.client, data.context.server)
        if not flow.host:
            return
        reason = "tls"
        if any(words in (data.conn.error or "") for words in _PINNED):
            accepted = self._accepted.get(self._program(data.context.client), set())
            if not accepted:
                reason = "ca-missing"
            elif flow.host not in accepted:
                reason = "pinned"
        await self._inspector.refuse(Message(flow=flow), reason)

    def _program(self, client: Client) -> tuple[str, str]:
        return client.peername[0], self._hellos.get(client.id, "")

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


def _hello(hello: ClientHello) -> str:
    """Return what a program offers in every handshake, whatever the destination.

    Order does not matter, since browsers shuffle it, nor do values that are made up (RFC 8701).
    """
    suites = sorted(one for one in hello.cipher_suites if not _made_up(one))
    kinds = sorted(kind for kind, _ in hello.extensions if kind and not _made_up(kind))
    return f"{suites} {kinds}"


def _made_up(value: int) -> bool:
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF

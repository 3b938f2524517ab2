"""Ties the data channels of FTP to the control channels that announced them.

Both are connections of their own to the proxy. A control channel announces an endpoint; the
CONNECT to it, from the same client, is then known to be its data channel.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from addons.engine.handover import Handovers
    from addons.transfer import Transfer

__all__ = ["DataChannel", "FtpSession", "FtpSessions"]

# Servers give a passive endpoint up after about a minute (vsftpd accept_timeout 60 s).
ANNOUNCEMENT_SECONDS = 600


@dataclass(slots=True, eq=False)
class DataChannel:
    """One data channel, from its announcement to its end.

    Attributes:
        received: Resolves to whether the client sent all it wanted to, rather than broke off.
        go: Resolves to whether that may be sent on to the server.
        transfer: What the client sends, once its control channel has said what that is.
    """

    received: asyncio.Future[bool] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    go: asyncio.Future[bool] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    transfer: Transfer | None = None
    _early: list[bytes] = field(default_factory=list)
    _attached: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_behind(self) -> bool:
        """Never: what comes can always be taken."""
        return False

    @property
    def refused(self) -> bool:
        """Whether nothing of it may be sent on."""
        return self.go.done() and not self.go.result()

    async def room(self) -> None:
        """Wait until the client may send more."""
        if not self.go.done():
            await self._attached.wait()
        if self.transfer is not None:
            await self.transfer.room()

    def feed(self, data: bytes) -> None:
        """Take what the client sends."""
        if self.transfer is not None:
            self.transfer.feed(data)
        elif not self.go.done():
            self._early.append(data)

    def attach(self, transfer: Transfer) -> None:
        """Say what becomes of what the client sends."""
        self.transfer = transfer
        for data in self._early:
            transfer.feed(data)
        self._early.clear()
        self._attached.set()

    def resolve(self, *, go: bool) -> None:
        """Say whether what was received may be sent on; the first word stands."""
        if not self.go.done():
            self.go.set_result(go)
        self._attached.set()

    def receive(self, *, complete: bool) -> None:
        """Say that the client has sent all; the first word stands."""
        if not self.received.done():
            self.received.set_result(complete)


@dataclass(slots=True, eq=False)
class FtpSession:
    """One control channel.

    Attributes:
        connection: Identity of the control connection.
        client: Address of the client.
        host: Destination as the client named it.
        port: Its port.
        hosts: Every name and address that the destination goes by.
        channel: The data channel announced last.
        texts: Arguments of commands, to be inspected.
    """

    connection: str
    client: str
    host: str
    port: int
    hosts: set[str]
    channel: DataChannel | None = None
    texts: list[str] = field(default_factory=list)


class FtpSessions:
    """All control channels, and the endpoints they have announced.

    Args:
        others: Where other workers say what they expect, if there are any.
    """

    def __init__(self, others: Handovers | None = None) -> None:
        self._others = others
        self._expected: dict[tuple[str, str, int], tuple[float, FtpSession, DataChannel]] = {}

    def __len__(self) -> int:
        return len(self._expected)

    def announce(self, session: FtpSession, host: str, port: int) -> None:
        """Expect a data channel of `session`; its last one gets no more."""
        self.forget(session)
        session.channel = DataChannel()
        until = time.monotonic() + ANNOUNCEMENT_SECONDS
        for name in session.hosts | ({host} if host else set()):
            self._expected[session.client, name.lower(), port] = (until, session, session.channel)
            if self._others is not None:
                self._others.publish(session.client, name, port)

    def owner(self, client: str, host: str, port: int) -> str | None:
        """Return which other worker expects a connection of this client to this address, if one."""
        return None if self._others is None else self._others.owner(client, host, port)

    def expects(self, client: str, host: str, port: int) -> bool:
        """Tell whether a connection of this client to this address is a data channel."""
        entry = self._expected.get((client, host.lower(), port))
        return entry is not None and entry[0] > time.monotonic()

    def take(self, client: str, host: str, port: int) -> DataChannel | None:
        """Return the data channel expected there; it is expected no more."""
        entry = self._expected.get((client, host.lower(), port))
        if entry is None:
            return None
        self._drop(entry[2])
        return entry[2]

    def forget(self, session: FtpSession) -> None:
        """End what is expected of a session, and let whoever waits for it go."""
        channel, session.channel = session.channel, None
        if channel is not None:
            self._drop(channel)
            channel.resolve(go=False)
            channel.receive(complete=False)

    def _drop(self, channel: DataChannel) -> None:
        for key in [key for key, entry in self._expected.items() if entry[2] is channel]:
            del self._expected[key]
            if self._others is not None:
                self._others.withdraw(*key)

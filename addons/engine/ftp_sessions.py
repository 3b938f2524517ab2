"""Ties the data channels of FTP to the control channels that announced them.

Both are connections of their own to the proxy. A control channel announces an endpoint; the
CONNECT to it, from the same client, is then known to be its data channel.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

__all__ = ["DataChannel", "FtpSession", "FtpSessions"]

# Servers give a passive endpoint up after about a minute (vsftpd accept_timeout 60 s).
ANNOUNCEMENT_SECONDS = 600


@dataclass(slots=True, eq=False)
class DataChannel:
    """One data channel, from its announcement to its end.

    Attributes:
        received: Resolves to all that the client sent, or None if it broke off.
        go: Resolves to whether that may be sent on to the server.
        over_limit: The client sent more than may be held.
    """

    received: asyncio.Future[bytes | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    go: asyncio.Future[bool] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    over_limit: bool = False

    def resolve(self, *, go: bool) -> None:
        """Say whether what was received may be sent on; the first word stands."""
        if not self.go.done():
            self.go.set_result(go)

    def receive(self, content: bytes | None) -> None:
        """Say what the client sent; the first word stands."""
        if not self.received.done():
            self.received.set_result(content)


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
    """All control channels, and the endpoints they have announced."""

    def __init__(self) -> None:
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
            channel.receive(None)

    def _drop(self, channel: DataChannel) -> None:
        for key in [key for key, entry in self._expected.items() if entry[2] is channel]:
            del self._expected[key]

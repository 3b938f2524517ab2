"""FTP inside CONNECT."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from addons.messages import Message
from dlp.evidence.sealing import Request
from dlp.types import Channel, FlowInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from mitmproxy.connection import Client

    from addons.engine.ftp_control import HeldCommands, HeldUpload
    from addons.engine.ftp_sessions import DataChannel, FtpSession
    from addons.inspector import MessageInspector
    from addons.messages import Decision
    from addons.transfer import Transfer
    from dlp.ftp.control import Command

__all__ = ["FtpTunnel"]

# Longer than any transfer that a server would still wait for.
PATIENCE_SECONDS = 3600
# Commands that decide where an upload goes, and as whose.
REPEATED = frozenset({"USER", "PASS", "ACCT", "CWD", "XCWD", "TYPE"})


class FtpTunnel:
    """The addon behind the FTP layers.

    Args:
        inspector: Decides.
        user: Returns who has authenticated for a connection, by its identity.
    """

    def __init__(self, inspector: MessageInspector, user: Callable[[str], str]) -> None:
        self._inspector = inspector
        self._user = user
        self._uploads: dict[FtpSession, HeldUpload] = {}

    @property
    def in_flight(self) -> int:
        """Uploads that have begun and not been decided."""
        return len(self._uploads)

    async def dlp_ftp_upload(self, upload: HeldUpload) -> None:
        """Await an upload's content and decide on it."""
        session = upload.session
        self._uploads[session] = upload
        flow = self._flow(session, upload.command.verb, upload.command.argument)
        message = Message(
            flow=flow,
            head=(("url", upload.command.argument),),
            request=_request(session, upload.command, flow.destination),
        )
        transfer = self._inspector.begin(message, expected=None)
        # A server that has begun to take a file keeps what it got of it.
        transfer.hold()
        upload.channel.attach(transfer)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                upload.decision = await _decision(upload.channel, transfer)
        finally:
            del self._uploads[session]
            if upload.decision is None:
                transfer.abort()

    def client_disconnected(self, client: Client) -> None:
        """Let go of what a client began that is no longer there."""
        for session, upload in self._uploads.items():
            if session.connection == client.id:
                upload.channel.receive(complete=False)
                upload.channel.resolve(go=False)

    async def dlp_ftp_data(self, channel: DataChannel) -> None:
        """Await the word on what a client has sent."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await channel.go

    async def dlp_ftp_commands(self, held: HeldCommands) -> None:
        """Decide on arguments of commands: names of files and folders, credentials."""
        session = held.session
        held.decision = await self._inspector.decide(
            Message(
                flow=self._flow(session, "", ""), head=(("commands", "\n".join(session.texts)),)
            )
        )

    def _flow(self, session: FtpSession, method: str, path: str) -> FlowInfo:
        return FlowInfo(
            channel=Channel.FTP_TUNNEL,
            client=session.client,
            host=session.host,
            port=session.port,
            method=method,
            path=path,
            user=self._user(session.connection),
        )


async def _decision(channel: DataChannel, transfer: Transfer) -> Decision | None:
    """Return what is decided on an upload, or None if it was broken off."""
    deciding = asyncio.ensure_future(transfer.decided())
    waited: set[asyncio.Future[Any]] = {channel.received, deciding}
    await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    if not deciding.done():
        if not channel.received.result():
            deciding.cancel()
            return None
        transfer.end()
    return await deciding


def _request(session: FtpSession, command: Command, destination: str) -> Request:
    """Return what led to an upload, for a reviewer: login and folders, as the client said them."""
    said = [text.partition(" ") for text in session.texts]
    return Request(
        method=command.verb,
        url=f"ftp://{destination}/{quote(command.argument)}",
        headers=tuple((verb, argument) for verb, _, argument in said if verb in REPEATED),
    )

"""The control channel of FTP inside CONNECT: relayed command by command, uploads held.

An upload's command is not passed on until its content has been inspected. The client is answered
`150` by the proxy, sends its data, and only if that may leave does the server hear of a file; so
a stopped upload leaves nothing behind, not even an empty file.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.commands import StartHook

from addons.engine.ftp_sessions import FtpSession
from dlp.ftp.control import (
    UPLOADS,
    Command,
    Lines,
    ProtocolError,
    Replies,
    endpoint,
    local_refusal,
    parse_command,
)

if TYPE_CHECKING:
    from mitmproxy.proxy.context import Context

    from addons.engine.ftp_sessions import DataChannel, FtpSessions
    from addons.messages import Decision

__all__ = [
    "DlpFtpCommandsHook",
    "DlpFtpUploadHook",
    "FtpControlLayer",
    "HeldCommands",
    "HeldUpload",
]

# Fewer digits than the shortest identifier can't be one, so they are not worth a question.
DIGITS_WORTH_ASKING = 9
QUEUED_COMMANDS = 64


@dataclass(slots=True, eq=False)
class HeldUpload:
    """An upload whose content is awaited; without a decision it does not pass."""

    session: FtpSession
    command: Command
    channel: DataChannel
    decision: Decision | None = None


@dataclass(slots=True, eq=False)
class HeldCommands:
    """Arguments of commands that may hold identifiers; without a decision they do not pass."""

    session: FtpSession
    decision: Decision | None = None


@dataclass
class DlpFtpUploadHook(StartHook):
    """A client uploads; its addon awaits the content and decides."""

    upload: HeldUpload


@dataclass
class DlpFtpCommandsHook(StartHook):
    """A client's commands hold enough digits for an identifier; its addon decides."""

    held: HeldCommands


class FtpControlLayer(layer.Layer):
    """One control channel.

    Args:
        context: The connection's; its server is connected and has greeted.
        sessions: Where data channels are announced.
    """

    def __init__(self, context: Context, sessions: FtpSessions) -> None:
        super().__init__(context)
        address, peer = context.server.address, context.server.peername
        assert address is not None
        self._sessions = sessions
        self._session = FtpSession(
            connection=context.client.id,
            client=context.client.peername[0],
            host=address[0],
            port=address[1],
            hosts={address[0]} | ({peer[0]} if peer else set()),
        )
        self._client_lines = Lines()
        self._replies = Replies()
        self._queue: deque[Command] = deque()
        # Commands the server has yet to answer; the greeting is one.
        self._unanswered = 1
        self._upload: HeldUpload | None = None
        self._digits = 0
        self._ended = False

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if self._ended:
            return
        try:
            if isinstance(event, events.DataReceived):
                if event.connection is self.context.server:
                    yield from self._from_server(event.data)
                else:
                    yield from self._from_client(event.data)
                yield from self._pump()
            elif isinstance(event, events.ConnectionClosed):
                yield from self._end()
        except ProtocolError:
            yield from self._say(b"500 This is not FTP.\r\n")
            yield from self._end()
        except Exception:
            # mitmproxy would leave both sides hanging.
            logging.getLogger(__name__).exception(
                "The FTP control layer failed; its connections are closed."
            )
            yield from self._end()

    def _from_client(self, data: bytes) -> layer.CommandGenerator[None]:
        for line in self._client_lines.feed(data):
            command = parse_command(line)
            if command.verb == "ABOR" and self._unanswered:
                # Waits for nobody: it is about the transfer under way.
                yield commands.SendData(self.context.server, b"ABOR\r\n")
                self._unanswered += 1
                continue
            self._queue.append(command)
            if len(self._queue) > QUEUED_COMMANDS:
                raise ProtocolError("too many commands at once")

    def _from_server(self, data: bytes) -> layer.CommandGenerator[None]:
        for reply in self._replies.feed(data):
            announced = endpoint(reply)
            if announced is not None:
                self._sessions.announce(self._session, announced.host, announced.port)
            upload = self._upload
            if reply.final:
                self._unanswered = max(0, self._unanswered - 1)
                self._upload = None
                if upload is not None:
                    upload.channel.resolve(go=False)
            elif upload is not None:
                # The client was told so when it began.
                upload.channel.resolve(go=True)
                continue
            yield commands.SendData(self.context.client, reply.raw)

    def _pump(self) -> layer.CommandGenerator[None]:
        """Pass on what waits, one command at a time, so that replies find their commands."""
        while self._queue and not self._unanswered and not self._ended:
            command = self._queue.popleft()
            refusal = local_refusal(command)
            if refusal is not None:
                yield from self._say(refusal)
                continue
            if not (yield from self._may_say(command)):
                return
            if command.verb in UPLOADS and not (yield from self._hold(command)):
                continue
            argument = f" {command.argument}" if command.argument else ""
            line = f"{command.verb}{argument}\r\n".encode("utf-8", "surrogateescape")
            self._unanswered += 1
            yield commands.SendData(self.context.server, line)

    def _may_say(self, command: Command) -> layer.CommandGenerator[bool]:
        """Ask about the arguments so far, where they have become enough for an identifier."""
        digits = sum(c.isdigit() for c in command.argument)
        if command.argument:
            self._session.texts.append(f"{command.verb} {command.argument}")
            del self._session.texts[:-64]
        self._digits += digits
        if not digits or self._digits < DIGITS_WORTH_ASKING:
            return True
        held = HeldCommands(self._session)
        yield DlpFtpCommandsHook(held)
        if held.decision is not None and held.decision.passes:
            self._digits = min(self._digits, DIGITS_WORTH_ASKING)
            return True
        incident = held.decision.incident if held.decision else ""
        yield from self._say(f"552 Stopped by data protection. Incident {incident}.\r\n".encode())
        yield from self._end()
        return False

    def _hold(self, command: Command) -> layer.CommandGenerator[bool]:
        """Hold an upload until it is decided; true if its command is to be passed on now."""
        channel = self._session.channel
        if channel is None:
            yield from self._say(b"425 Use PASV or EPSV first.\r\n")
            return False
        upload = HeldUpload(self._session, command, channel)
        yield from self._say(b"150 Ready for the data.\r\n")
        yield DlpFtpUploadHook(upload)
        decision = upload.decision
        if decision is not None and decision.passes:
            self._upload = upload
            return True
        self._sessions.forget(self._session)
        if decision is None:
            yield from self._say(b"426 The transfer was broken off.\r\n")
        else:
            yield from self._say(
                f"552 Stopped by data protection. Incident {decision.incident}.\r\n".encode()
            )
        return False

    def _say(self, reply: bytes) -> layer.CommandGenerator[None]:
        yield commands.SendData(self.context.client, reply)

    def _end(self) -> layer.CommandGenerator[None]:
        self._ended = True
        self._sessions.forget(self._session)
        if self._upload is not None:
            self._upload.channel.resolve(go=False)
        for connection in (self.context.server, self.context.client):
            if connection.state is not ConnectionState.CLOSED:
                yield commands.CloseConnection(connection)

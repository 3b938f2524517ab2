"""aioftp's client, whose data channels agree on TLS when servers expect it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import aioftp
from aioftp.client import DataConnectionThrottleStreamIO
from aioftp.common import SSLSessionBoundContext, async_enterable

if TYPE_CHECKING:
    import ssl

__all__ = ["FtpClient"]


class FtpClient(aioftp.Client):
    """A client that says the command of a transfer while it agrees on TLS for its data.

    aioftp agrees first, and waits for ever: vsftpd begins once it has heard the command, other
    servers (ProFTPD) answer the command once they have agreed.
    """

    async def _open_connection(
        self, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.wait_for(asyncio.open_connection(host, port), self.connection_timeout)

    @async_enterable
    async def get_stream(
        self,
        command: str | None = None,
        expected_codes: str | tuple[str, ...] = (),
        wait_codes: str | tuple[str, ...] = (),
        censor_after: int | None = None,
        conn_type: Any = "I",
        offset: int = 0,
    ) -> DataConnectionThrottleStreamIO:
        """Begin a transfer; see `aioftp.Client.get_stream`."""
        reader, writer = await self.get_passive_connection(conn_type)
        protecting = asyncio.create_task(self._protect(writer))
        try:
            if offset:
                await self.command(f"REST {offset}", "350")
            await self.command(command, expected_codes, wait_codes, censor_after)
            await protecting
        except BaseException:
            protecting.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await protecting
            writer.close()
            raise
        return DataConnectionThrottleStreamIO(
            self, reader, writer, throttles={"_": self.throttle}, timeout=self.socket_timeout
        )

    async def _protect(self, writer: asyncio.StreamWriter) -> None:
        """Go on with the TLS session of the control channel, which servers ask for."""
        control: ssl.SSLObject | None = self.stream.writer.get_extra_info("ssl_object")
        if control is None:
            return
        context: Any = control.context
        if control.session is not None:
            context = SSLSessionBoundContext(
                context.protocol, context=context, session=control.session
            )
        await writer.start_tls(
            context,
            server_hostname=self.server_host,
            ssl_handshake_timeout=self.connection_timeout,
        )

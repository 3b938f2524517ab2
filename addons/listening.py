"""The sockets that clients connect to, bound before anything else is started."""

from __future__ import annotations

import contextlib
import errno
import socket
from typing import TYPE_CHECKING

from dlp.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.settings import Address

__all__ = ["bound", "cannot_listen"]

# Connections that may wait to be accepted; the kernel takes it down to net.core.somaxconn.
BACKLOG = 4096


@contextlib.contextmanager
def bound(address: Address, share: int = 1) -> Iterator[list[socket.socket]]:
    """Listen on an address, with as many sockets as there are workers to share its connections.

    The sockets belong to whoever starts workers, not to a worker: what waits in one of them is not
    lost when its worker ends, and the next one finds it.

    Raises:
        SettingsError: The address can't be listened on; it may be someone else's.
    """
    sockets: list[socket.socket] = []
    try:
        family = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0][0]
        port = address.port
        if share > 1:
            # Others who share ports would let us join them, and get a part of our connections.
            port = _free(family, address)
        for _ in range(share):
            # Only of a socket that says it is TCP's does asyncio send what is small at once.
            one = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            sockets.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if share > 1:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            one.bind((address.host, port))
            port = one.getsockname()[1]
        for one in sockets:
            one.listen(BACKLOG)
    except OSError as error:
        for one in sockets:
            one.close()
        raise cannot_listen("listen", address, error) from None
    try:
        yield sockets
    finally:
        for one in sockets:
            one.close()


def cannot_listen(flag: str, address: Address, error: OSError) -> SettingsError:
    """Return what to say of an address that can't be listened on."""
    reason = "already in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
    return SettingsError(f"--{flag}: {address}: {reason}")


def _free(family: socket.AddressFamily, address: Address) -> int:
    """Return the port, chosen if it is 0, once nobody else listens on it."""
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address.host, address.port))
        probe.listen(1)
        port: int = probe.getsockname()[1]
        return port

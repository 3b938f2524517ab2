"""The PROXY protocol: a load balancer says, before anything else, whose connection it passes on.

Versions 1 (a line) and 2 (binary) of the specification at
https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt. Whether a connection begins with a
header is a setting and not guessed, as that demands: who could say so unasked could be anybody.
"""

from __future__ import annotations

import asyncio
import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader

__all__ = ["ProxyHeaderError", "header_for", "read_header"]

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
# A line is 107 bytes at most, with its end.
LONGEST_LINE = 107
# Addresses and what load balancers add to them; far more than any does.
LONGEST = 4096
# Two addresses and two ports.
_IPV4, _IPV6 = 12, 36
type Address = tuple[str, int]


class ProxyHeaderError(ValueError):
    """A connection that has to begin with a header does not."""


async def read_header(reader: StreamReader) -> Address | None:
    """Read a header, and nothing after it; return who the client is.

    None if the load balancer speaks for itself, as its health checks do.

    Raises:
        ProxyHeaderError: There is none.
    """
    try:
        begin = await reader.readexactly(6)
        if begin == b"PROXY ":
            return _line(begin + await reader.readuntil(b"\n"))
        begin += await reader.readexactly(10)
        if not begin.startswith(SIGNATURE):
            raise ProxyHeaderError("no PROXY header")
        length = int.from_bytes(begin[14:16])
        if length > LONGEST:
            raise ProxyHeaderError("a PROXY header that is too long")
        return _binary(begin[12], begin[13], await reader.readexactly(length))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
        raise ProxyHeaderError("no whole PROXY header") from None


def header_for(client: Address) -> bytes:
    """Return a header that says so."""
    host, port = client
    version = ipaddress.ip_address(host).version
    unknown = "0.0.0.0" if version == 4 else "::"  # noqa: S104 - an address that is not bound
    return f"PROXY TCP{version} {host} {unknown} {port} 0\r\n".encode()


def _line(line: bytes) -> Address | None:
    words = line[:-2].split(b" ")
    if len(line) > LONGEST_LINE or not line.endswith(b"\r\n"):
        raise ProxyHeaderError("no PROXY header")
    if words[1] == b"UNKNOWN":
        return None
    if len(words) != 6 or words[1] not in (b"TCP4", b"TCP6"):
        raise ProxyHeaderError("a PROXY header for something else than TCP")
    try:
        version = 4 if words[1] == b"TCP4" else 6
        host = ipaddress.ip_address(words[2].decode("ascii"))
        port = int(words[4]) if words[4].isdigit() else -1
    except ValueError:
        raise ProxyHeaderError("a PROXY header without an address") from None
    if host.version != version or not 0 <= port <= 65535:
        raise ProxyHeaderError("a PROXY header without an address")
    return str(host), port


def _binary(version_command: int, family: int, body: bytes) -> Address | None:
    if version_command >> 4 != 2 or version_command & 15 > 1:
        raise ProxyHeaderError("a PROXY header of another version")
    if version_command & 15 == 0 or family == 0:
        return None
    size = {0x11: _IPV4, 0x21: _IPV6}.get(family)
    if size is None or len(body) < size:
        raise ProxyHeaderError("a PROXY header for something else than TCP")
    length = (size - 4) // 2
    host = ipaddress.ip_address(body[:length])
    return str(host), int.from_bytes(body[2 * length : 2 * length + 2])

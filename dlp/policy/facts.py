"""What rules and allowlist entries compare: a flow's facts in one written form each.

A server takes `Host.Example.` for `host.example`, `/a/../b` for `/b` and `%2e` for a dot, so a rule
that compared what the client typed could be walked around.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from dlp.types import FlowInfo

__all__ = ["IP", "Facts", "Network", "address", "facts", "host_name", "network", "path_of"]

type IP = ipaddress.IPv4Address | ipaddress.IPv6Address
type Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A flow as rules see it.

    Attributes:
        host: Destination's name in lower case, or its address; empty if unknown.
        address: Destination's address, where it is named by one; names are not resolved.
        port: Destination's port; 0 if unknown.
        client: Client's address, or None.
        user: Authenticated user in lower case, or empty.
        channel: Way out.
        method: HTTP method or FTP command in upper case.
        path: Path with dots and escapes resolved.
        content_type: Media type that the sender claims.
        minute: Minute of the week, 0 for Monday 00:00; -1 if unknown.
        epoch: Seconds since 1970, or 0.
    """

    host: str
    address: IP | None
    port: int
    client: IP | None
    user: str
    channel: str
    method: str
    path: str
    content_type: str
    minute: int
    epoch: float


def facts(flow: FlowInfo) -> Facts:
    """Return what rules compare of a flow."""
    moment = flow.at
    host = _ascii(flow.host.lower().strip("[]").rstrip("."))
    where = address(host)
    return Facts(
        host=host if where is None else str(where),
        address=where,
        port=flow.port,
        client=address(flow.client),
        user=flow.user.casefold(),
        channel=flow.channel.value,
        method=flow.method.upper(),
        path=path_of(flow.path),
        content_type=flow.content_type,
        minute=-1 if moment is None else moment.weekday * 1440 + moment.minute,
        epoch=0.0 if moment is None else moment.epoch,
    )


def address(text: str) -> IP | None:
    """Return the address that `text` writes, IPv4 inside IPv6 as IPv4; None for anything else."""
    # Most hosts are names, and an exception costs more than this look.
    if not text or not (text[-1].isdigit() or ":" in text):
        return None
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def network(text: str) -> Network:
    """Return the network that `text` writes, as `10.0.0.0/8`; an address is a network of one.

    Raises:
        ValueError: It writes none, or has bits set beyond its length.
    """
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        if "host bits" in str(error):
            wide = ipaddress.ip_network(text, strict=False)
            raise ValueError(f"{text!r} has bits beyond its length; did you mean {wide}?") from None
        raise ValueError(f"{text!r} is no network as 10.2.0.0/16") from None


def host_name(text: str) -> str:
    """Return a host as policy files and entries name one, in the form of `Facts.host`.

    Raises:
        ValueError: It is neither a host name nor an address.
    """
    bare = text.strip().lower().strip("[]").rstrip(".")
    found = address(bare)
    if found is not None:
        return str(found)
    name = _ascii(bare)
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise ValueError(f"{text!r} is no host name; write it without scheme, port and path")
    return name


def _ascii(name: str) -> str:
    """Return a name as DNS knows it; one that DNS can't know stays as it is, and fits nothing."""
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def path_of(path: str) -> str:
    """Return a path as a server would take it: escapes decoded, dots and double slashes resolved.

    >>> path_of("/depot/%2e%2e//admin/")
    '/admin/'
    """
    if "%" not in path and "/." not in path and "//" not in path and "\\" not in path:
        return path
    plain = unquote(path, errors="replace").replace("\\", "/")
    parts: list[str] = []
    for part in plain.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    last = plain.endswith(("/", "/.", "/.."))
    return (
        ("/" if plain.startswith("/") else "") + "/".join(parts) + ("/" if last and parts else "")
    )

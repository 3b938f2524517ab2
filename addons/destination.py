"""The owner of a destination, as far as its name tells: all hosts below one registered domain."""

from __future__ import annotations

import ipaddress
import socket
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

__all__ = ["registrable"]

# Of an IPv6 address only the network is anybody's choice to be given.
IPV6_NETWORK = 64


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """Return what stands for a host and all others that its owner can name.

    That is the registered domain (`example.co.uk` for `a.b.example.co.uk`), or the address, an IPv6
    one without its last 64 bits. Names that a service gives away below its own domain
    (`x.github.io`) stand for the service: whoever sends can have a new one at any time.
    """
    name = host.strip("[]").rstrip(".").lower()
    address = _address(name)
    if isinstance(address, ipaddress.IPv6Address):
        network = ipaddress.ip_network((address, IPV6_NETWORK), strict=False)
        return str(network.network_address)
    if address is not None:
        return str(address)
    try:
        return _suffixes().privatesuffix(name) or name
    except UnicodeError:
        return name


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        try:
            # As resolvers read `127.1` and `0x7f000001`.
            return ipaddress.IPv4Address(socket.inet_aton(name))
        except (OSError, UnicodeError):
            return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)

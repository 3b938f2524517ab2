"""Who sends: the client behind a trusted hop, and the user that authenticated to the proxy."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from mitmproxy.addons.proxyauth import ProxyAuth

from dlp.policy.facts import address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mitmproxy import http
    from mitmproxy.connection import Client

    from dlp.policy.facts import Network

__all__ = ["Identity", "host_of", "networks", "user_of", "within"]


class Identity:
    """The addon that says who a connection's client is; it comes before those that decide.

    Args:
        auth: Asks for credentials, if it is set up to.
        hops: Networks of proxies and load balancers whose X-Forwarded-For is believed.
    """

    def __init__(self, auth: ProxyAuth, hops: Iterable[Network]) -> None:
        self._auth = auth
        self._hops = tuple(hops)
        self._peers: dict[str, tuple[str, int]] = {}
        self._users: dict[str, str] = {}

    def user(self, connection: str) -> str:
        """Return who has authenticated with the CONNECT of a connection, or nothing."""
        return self._users.get(connection, "")

    def client_connected(self, client: Client) -> None:
        """Remember who has really connected."""
        if self._hops and self._is_hop(client.peername[0]):
            self._peers[client.id] = client.peername

    def client_disconnected(self, client: Client) -> None:
        """Forget it."""
        self._peers.pop(client.id, None)
        self._users.pop(client.id, None)

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Take the word of a trusted hop for whom a tunnel is, and note who asked for it."""
        self._believe(flow)
        if user := user_of(flow):
            self._users[flow.client_conn.id] = user

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Take the word of a trusted hop for whom a request is."""
        self._believe(flow)
        if self._auth.validator is None:
            # For this proxy, which asks for none; nobody further on is to see it (RFC 9110 11.7.2).
            flow.request.headers.pop("proxy-authorization", None)

    def _believe(self, flow: http.HTTPFlow) -> None:
        peer = self._peers.get(flow.client_conn.id)
        if peer is None:
            return
        named = flow.request.headers.get_all("x-forwarded-for")
        # Each hop appends whom it has seen, so what stands left of an unknown one is hearsay.
        for one in reversed(",".join(named).split(",")):
            seen = _bare(one)
            if address(seen) is None:
                return
            flow.client_conn.peername = (str(address(seen)), peer[1])
            if not self._is_hop(seen):
                return

    def _is_hop(self, text: str) -> bool:
        return within(text, self._hops)


def host_of(flow: http.HTTPFlow) -> str:
    """Return where a request goes, by the name that is proven or else by address.

    In transparent mode a client says a name in its handshake, by which the server's certificate is
    verified, and connects to an address; in plain HTTP it may say what it likes.
    """
    client = flow.client_conn
    transparent = client.proxy_mode.type_name == "transparent"
    if transparent and flow.request.scheme == "https" and client.sni:
        return str(client.sni)
    return str(flow.request.host)


def user_of(flow: http.HTTPFlow) -> str:
    """Return who has authenticated for a request, or nothing."""
    known = flow.metadata.get("proxyauth")
    return str(known[0]) if known else ""


def _bare(text: str) -> str:
    """Return an address without the port and brackets that some hops write."""
    text = text.strip().strip('"')
    if text.startswith("["):
        return text[1:].partition("]")[0]
    host, colon, port = text.rpartition(":")
    if colon and ":" not in host and port.isdigit():
        return host
    return text


def networks(values: Iterable[str]) -> list[Network]:
    """Return networks as settings name them."""
    return [ipaddress.ip_network(one) for one in values]


def within(text: str, among: Iterable[Network]) -> bool:
    """Tell whether an address is in one of some networks."""
    seen = address(text)
    return seen is not None and any(seen in one for one in among)

"""Who a connection is from, as a load balancer says it: in the two versions of its header."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addons.engine.proxy_header import SIGNATURE, ProxyHeaderError, header_for, read_header

FROM = ipaddress.ip_address("192.0.2.7").packed
TO = ipaddress.ip_address("198.51.100.1").packed
FROM6 = ipaddress.ip_address("2001:db8::7").packed


def binary(command: int, family: int, body: bytes) -> bytes:
    return SIGNATURE + bytes([command, family]) + struct.pack(">H", len(body)) + body


def read(data: bytes, *, cut: int | None = None) -> tuple[tuple[str, int] | None, bytes]:
    """Return who the client is, and what is left for whoever reads on."""

    async def reading() -> tuple[tuple[str, int] | None, bytes]:
        reader = asyncio.StreamReader()
        header = asyncio.ensure_future(read_header(reader))
        for piece in (data[:cut], data[cut:]) if cut is not None else (data,):
            reader.feed_data(piece)
            await asyncio.sleep(0)
        reader.feed_eof()
        return await header, await reader.read()

    return asyncio.run(reading())


GOOD = {
    b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 8080\r\n": ("192.0.2.7", 4711),
    b"PROXY TCP6 2001:db8::7 2001:db8::1 4711 8080\r\n": ("2001:db8::7", 4711),
    b"PROXY UNKNOWN\r\n": None,
    b"PROXY UNKNOWN ff:: ff:: 65535 65535\r\n": None,
    binary(0x21, 0x11, FROM + TO + struct.pack(">HH", 4711, 80)): ("192.0.2.7", 4711),
    binary(0x21, 0x21, FROM6 + FROM6 + struct.pack(">HH", 1, 80)): ("2001:db8::7", 1),
    # With what load balancers add: the name that a client asked for, a checksum.
    binary(0x21, 0x11, FROM + TO + bytes(4) + b"\x02\0\3abc\3\0\4abcd"): ("192.0.2.7", 0),
    binary(0x20, 0x00, b""): None,
    binary(0x20, 0x11, FROM + TO + bytes(4)): None,
    binary(0x21, 0x00, b"anything"): None,
}


@pytest.mark.parametrize("header", GOOD, ids=repr)
def test_a_header_says_who_and_nothing_after_it_is_taken(header: bytes) -> None:
    for rest in (b"", b"GET / HTTP/1.1\r\n\r\n", header):
        assert read(header + rest) == (GOOD[header], rest)
    for cut in range(len(header)):
        assert read(header + b"GET", cut=cut) == (GOOD[header], b"GET")


BAD = [
    b"",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT x:1 HTTP/1.1\r\n\r\n",
    b"PROXY ",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 8080\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 8080",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 4711\r\n",
    b"PROXY TCP4 2001:db8::7 2001:db8::1 4711 8080\r\n",
    b"PROXY TCP4 nobody 198.51.100.1 4711 8080\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 70000 8080\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 -1 8080\r\n",
    b"PROXY UDP4 192.0.2.7 198.51.100.1 4711 8080\r\n",
    b"PROXY TCP4 " + b"1" * 100 + b" 198.51.100.1 4711 8080\r\n",
    b"PROXY " + b"x" * 100_000,
    SIGNATURE,
    binary(0x11, 0x11, FROM + TO + bytes(4)),
    binary(0x22, 0x11, FROM + TO + bytes(4)),
    binary(0x21, 0x12, FROM + TO + bytes(4)),
    binary(0x21, 0x31, bytes(216)),
    binary(0x21, 0x11, FROM),
    binary(0x21, 0x11, bytes(60_000)),
    binary(0x21, 0x11, FROM + TO + bytes(4))[:-1],
]


@pytest.mark.parametrize("data", BAD, ids=lambda data: repr(data[:60]))
def test_anything_else_is_no_header(data: bytes) -> None:
    with pytest.raises(ProxyHeaderError):
        read(data)


@given(st.binary(max_size=200))
def test_no_bytes_do_worse_than_be_refused(data: bytes) -> None:
    for begin in (b"", b"PROXY ", SIGNATURE, SIGNATURE + b"\x21"):
        with contextlib.suppress(ProxyHeaderError):
            read(begin + data)


@pytest.mark.parametrize("client", [("192.0.2.7", 4711), ("2001:db8::7", 1)])
def test_what_is_passed_on_is_read_again(client: tuple[str, int]) -> None:
    assert read(header_for(client) + b"CONNECT") == (client, b"CONNECT")

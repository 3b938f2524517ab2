"""The sockets that clients connect to."""

from __future__ import annotations

import asyncio
import pickle
import socket
from multiprocessing import reduction

from addons.listening import bound
from dlp.settings import Address


async def test_what_is_small_is_sent_to_a_client_at_once() -> None:
    """An answer's body is a packet of its own, and would wait until its head was acknowledged."""
    accepted: asyncio.Queue[bool] = asyncio.Queue()

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent: socket.socket = writer.get_extra_info("socket")
        accepted.put_nowait(bool(sent.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        writer.close()

    with bound(Address(host="127.0.0.1", port=0)) as listeners:
        # As it reaches a worker.
        listener = pickle.loads(reduction.ForkingPickler.dumps(listeners[0]))
        async with await asyncio.start_server(accept, sock=listener):
            address = listener.getsockname()
            with socket.create_connection(address):
                assert await accepted.get()

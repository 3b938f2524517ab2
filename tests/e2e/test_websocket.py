"""What a web application meets when it speaks WebSocket through the proxy."""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import json
import random
import ssl
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from bench.proxy import Proxy
from bench.servers.base import HOST

type Opened = Callable[..., connect]


class Echo:
    """A WebSocket server that remembers what it was sent, and sends it back."""

    def __init__(self, authority: trustme.CA | None = None) -> None:
        self.received: list[str | bytes] = []
        self.url = ""
        self._context = None
        if authority is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(HOST).configure_cert(self._context)
        self._loop = asyncio.new_event_loop()
        self._ready, self._over = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        async with serve(self._echo, HOST, 0, ssl=self._context, max_size=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            self.url = f"{'wss' if self._context else 'ws'}://{HOST}:{port}"
            self._ready.set()
            await self._over.wait()

    async def _echo(self, connection: ServerConnection) -> None:
        async for message in connection:
            self.received.append(message)
            await connection.send(message)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()


@pytest.fixture(scope="module", params=["ws", "wss"])
def echo(request: pytest.FixtureRequest, proxy: Proxy, authority: trustme.CA) -> Iterator[Echo]:
    """The server that tests share."""
    del proxy
    with Echo(authority if request.param == "wss" else None) as echo:
        yield echo


@pytest.fixture
def opened(proxy: Proxy, echo: Echo) -> Opened:
    """Open a WebSocket through the proxy."""

    def opened(path: str = "/chat", **options: Any) -> connect:
        if echo.url.startswith("wss"):
            options["ssl"] = ssl.create_default_context(cafile=str(proxy.ca))
        through = f"http://{proxy.listen}"
        return connect(echo.url + path, proxy=through, open_timeout=None, max_size=None, **options)

    return opened


@pytest.mark.parametrize("compression", ["deflate", None])
async def test_ordinary_messages_pass_both_ways_as_they_are(
    echo: Echo, opened: Opened, orders: bytes, compression: str | None
) -> None:
    large = orders * 12
    async with opened(compression=compression) as websocket:
        for message in ("bonjour", "", "é" * 70_000, large, large.decode()):
            await websocket.send(message)
            assert await websocket.recv() == message
        assert websocket.protocol.extensions or not compression
    assert echo.received[-1] == large.decode()


async def test_a_message_in_fragments_keeps_them(opened: Opened) -> None:
    async with opened() as websocket:
        await websocket.send(iter(["bon", "jour", ""]))
        assert [part async for part in websocket.recv_streaming()] == ["bonjour"]


async def test_pings_are_answered_by_the_server(opened: Opened) -> None:
    async with opened() as websocket:
        await (await websocket.ping(b"alive"))


@pytest.mark.parametrize("compression", ["deflate", None])
@pytest.mark.parametrize("kind", ["text", "binary", "fragments"])
async def test_a_leak_is_stopped_and_the_websocket_closed(
    proxy: Proxy, echo: Echo, opened: Opened, leak: bytes, kind: str, compression: str | None
) -> None:
    async with opened(compression=compression) as websocket:
        await websocket.send("bonjour")
        assert await websocket.recv() == "bonjour"
        text = leak.decode()
        if kind == "text":
            await websocket.send(text)
        elif kind == "binary":
            await websocket.send(leak)
        else:
            await websocket.send(text[at : at + 7] for at in range(0, len(text), 7))
        with pytest.raises(ConnectionClosed) as ended:
            await websocket.recv()

    assert echo.received[-1] == "bonjour"
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1008
    incident = ended.value.rcvd.reason.split()[-1].rstrip(".")
    shown = json.loads(proxy.dlp("incident", "show", incident, "--json").stdout)
    assert shown["channel"] == "websocket"


async def test_a_value_cut_across_messages_is_found(
    echo: Echo, opened: Opened, nirs: list[str]
) -> None:
    before = len(echo.received)
    async with opened() as websocket:
        for part in ("Le nir ", "est ", nirs[0][:4], nirs[0][4:11]):
            await websocket.send(part)
            assert await websocket.recv() == part
        await websocket.send(nirs[0][11:])
        with pytest.raises(ConnectionClosed) as ended:
            await websocket.recv()

    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1008
    assert nirs[0][11:] not in echo.received[before:]


async def test_a_leak_in_the_opening_request_is_answered_403(
    opened: Opened, nirs: list[str]
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with opened("/?nir=" + "&nir=".join(nirs[:3])):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG, Opcode.CLOSE])
async def test_control_frames_carry_nothing_out(
    opened: Opened, nirs: list[str], opcode: Opcode
) -> None:
    payload = f"nir {nirs[0]} nir {nirs[1]}".encode()
    if opcode is Opcode.CLOSE:
        payload = (1000).to_bytes(2) + payload
    async with opened() as websocket:
        websocket.transport.write(Frame(opcode, payload).serialize(mask=True))
        with pytest.raises(ConnectionClosed) as ended:
            await websocket.recv()

    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1008


@pytest.mark.parametrize("by_policy", [False, True])
async def test_a_message_larger_than_may_be_held_is_refused(
    start_proxy: Callable[..., Proxy],
    orders: bytes,
    tmp_path: Path,
    by_policy: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    file = tmp_path / "ours.yaml"
    limits = {"DLP_POLICY": str(file)} if by_policy else {"DLP_HOLD_LIMIT": "100000"}
    with Echo() as echo:
        port = echo.url.rpartition(":")[2]
        file.write_text(
            "name: ours\nrules: [{name: people, action: block, when: {subjects: 2}}]\n"
            f"hold: [{{destination: {{port: {port}}}, limit: 100 kB}}]\n",
            "utf-8",
        )
        proxy = start_proxy(**limits)
        through = f"http://{proxy.listen}"
        async with connect(echo.url, proxy=through, compression="deflate") as websocket:
            await websocket.send(orders * 100)
            with pytest.raises(ConnectionClosed) as ended:
                await websocket.recv()

        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1009
        assert not echo.received
    assert proxy.metric("dlp_fail_closed_refusals_total", reason="too-large") == 1


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.csv", data)
    return out.getvalue()


PACKED = {
    "gzip": gzip.compress,
    "zip": zipped,
    "base64 of gzip": lambda data: base64.b64encode(gzip.compress(data)),
}


@pytest.mark.parametrize("first", [1, 3, 700])
@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED)
async def test_an_archive_cut_across_messages_is_stopped(
    echo: Echo, opened: Opened, leak: bytes, packed: Callable[[bytes], bytes], first: int
) -> None:
    whole = packed(leak * 3)
    as_text = whole.isascii()
    pieces = [whole[:first], *(whole[at : at + 1500] for at in range(first, len(whole), 1500))]
    before = len(echo.received)
    async with opened() as websocket:
        with pytest.raises(ConnectionClosed) as ended:  # noqa: PT012 - whichever piece it is
            for piece in pieces:
                await websocket.send(piece.decode() if as_text else piece)
                await websocket.recv()

    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1008
    arrived = sum(map(len, echo.received[before:]))
    assert arrived < first + 1500


async def test_pieces_of_a_document_pass_where_an_entry_says_so_and_still_count(
    tmp_path: Path, orders: bytes, leak: bytes
) -> None:
    async def sent(proxy: Proxy, url: str, whole: bytes) -> bool:
        try:
            async with connect(url, proxy=f"http://{proxy.listen}", open_timeout=None) as websocket:
                for at in range(0, len(whole), 2000):
                    await websocket.send(whole[at : at + 2000])
                    await websocket.recv()
        except ConnectionClosed:
            return False
        return True

    noise = random.Random(1).randbytes(9000).hex().encode()
    document, patients = zipped(orders + noise), zipped(noise + leak)
    with Echo() as server:
        with Proxy(tmp_path / "data") as proxy:
            assert not await sent(proxy, server.url, document)
            entry = (
                "--detector",
                "uninspectable:corrupt",
                "--to",
                server.url.removeprefix("ws://"),
            )
            added = proxy.dlp("allow", "add", *entry, "--reason", "it uploads in pieces")
            assert added.returncode == 0, added.stderr
        with Proxy(tmp_path / "data") as proxy:
            assert await sent(proxy, server.url, document)
            assert not await sent(proxy, server.url, patients)


async def test_binary_messages_that_belong_to_nothing_together_pass(
    opened: Opened, orders: bytes
) -> None:
    noise = random.Random(1).randbytes(5000)
    async with opened() as websocket:
        for message in (b"PK", gzip.compress(orders), noise, b"\x1f", orders) * 3:
            await websocket.send(message)
            assert await websocket.recv() == message

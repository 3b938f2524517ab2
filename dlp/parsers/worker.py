"""The process that parses one document, and ends."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.parsers import frames, sandbox
from dlp.types import Uninspectable

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from typing import NoReturn

    from dlp.extract.parts import Part

    type Parse = Callable[[bytes], Iterator[Part]]

__all__ = ["run"]


def run(wire: socket.socket, parse: Parse, *, memory: int, seconds: int, layers: int) -> NoReturn:
    """Parse the document that comes over `wire`, and end this process.

    Args:
        wire: Where it comes from, and its parts go to.
        parse: Reads documents of its kind.
        memory: Bytes of address space that may be used.
        seconds: Of CPU time that may be used.
        layers: What keeps this process in already, as bits of `frames.LAYERS`.
    """
    with contextlib.suppress(BaseException):
        sandbox.limit_resources(memory=memory, seconds=seconds)
        layers += 4 * sandbox.restrict_calls()
        wire.sendall(frames.HEADER.pack(frames.BEGUN, layers, 0, 0))
        _answer(wire, parse)
    os._exit(0)


def _answer(wire: socket.socket, parse: Parse) -> None:
    reason = ""
    try:
        for part in parse(_document(wire)):
            _send(wire, part)
    except UninspectableError as error:
        reason = error.reason.value
    except (MemoryError, RecursionError):
        reason = Uninspectable.BUDGET.value
    except OSError:
        # The other side has gone, or the document made its parser reach for what it may not.
        reason = Uninspectable.CORRUPT.value
    except BaseException:  # noqa: BLE001 - each library has its own words for a damaged document
        # One in Rust panics, which is no Exception.
        reason = Uninspectable.CORRUPT.value
    kind = frames.REFUSED if reason else frames.END
    wire.sendall(frames.HEADER.pack(kind, 0, len(reason), 0) + reason.encode("ascii"))


def _document(wire: socket.socket) -> bytes:
    size = frames.LENGTH.unpack(_exactly(wire, frames.LENGTH.size))[0]
    return bytes(_exactly(wire, size))


def _exactly(wire: socket.socket, size: int) -> bytearray:
    received = bytearray(size)
    view = memoryview(received)
    while view:
        count = wire.recv_into(view)
        if not count:
            raise ConnectionError
        view = view[count:]
    return received


def _send(wire: socket.socket, part: Part) -> None:
    kind = frames.MEMBER if part.member else frames.TEXT
    name = part.name.encode("ascii")
    view = memoryview(part.data)
    while True:
        piece, view = view[: frames.PIECE], view[frames.PIECE :]
        final = part.final and not view
        wire.sendall(frames.HEADER.pack(kind, final, len(name), len(piece)) + name)
        wire.sendall(piece)
        if not view:
            return

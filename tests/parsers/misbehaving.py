"""Parsers that do what a document may make one do; loaded into the process that forks them."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

from dlp.extract.parts import Part
from dlp.parsers import frames, kinds, zygote


def says(text: str) -> Iterator[Part]:
    yield Part(name="text", data=text.encode())


def crash(_: bytes) -> Iterator[Part]:
    yield from says("before")
    ctypes.string_at(0)


def busy(_: bytes) -> Iterator[Part]:
    yield from says("before")
    while True:
        pass


def hang(_: bytes) -> Iterator[Part]:
    yield from says("before")
    time.sleep(3600)


def hog(_: bytes) -> Iterator[Part]:
    yield from says(str(len(bytearray(8 << 30))))


def endless(_: bytes) -> Iterator[Part]:
    while True:
        yield Part(name="text", data=b"x" * 100_000, final=False)


def nested(document: bytes) -> Iterator[Part]:
    return nested(document)


def odd_name(_: bytes) -> Iterator[Part]:
    yield Part(name="2 55 08 14 168 025 38", data=b"")


def odd_frame(_: bytes) -> Iterator[Part]:
    frames.TEXT = b"?"
    yield from says("before")


ATTEMPTS: dict[str, Callable[[], object]] = {
    "connect": lambda: socket.create_connection(("127.0.0.1", 9)),
    "start": lambda: os.execv("/bin/true", ["true"]),
    "fork": os.fork,
    "write": lambda: Path(sys.prefix, "written").write_bytes(b"x"),
    "write elsewhere": lambda: Path("/dev/shm/written").write_bytes(b"x"),
    "read": lambda: Path("/etc/passwd").read_bytes(),
    "signal": lambda: os.kill(os.getppid(), 0),
}


def attempts(_: bytes) -> Iterator[Part]:
    """Say what was possible."""
    for name, attempt in ATTEMPTS.items():
        try:
            attempt()
        except OSError:
            continue
        yield from says(f"{name}\n")


def descriptors(_: bytes) -> Iterator[Part]:
    for number in range(3, 64):
        try:
            os.fstat(number)
        except OSError:
            continue
        yield from says(f"{number}\n")


def echo(document: bytes) -> Iterator[Part]:
    yield Part(name="text", data=document)


NAMES = ("crash busy hang hog endless nested odd_name odd_frame attempts descriptors echo").split()
for each in NAMES:
    module = f"misbehaving.{each}"
    sys.modules[module] = SimpleNamespace(parse=globals()[each])  # type: ignore[assignment]
    kinds.MODULES[each] = module

if __name__ == "__main__":
    zygote.main()

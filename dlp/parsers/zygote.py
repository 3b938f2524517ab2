"""The process that others are forked from: it has the libraries loaded, and parses nothing itself.

Started by `pool`, with a socket over which requests come, each with the socket of its document.
Ends when the other side of its own socket is closed.
"""

from __future__ import annotations

import array
import gc
import os
import signal
import socket
import sys
from importlib import import_module

from dlp.parsers import sandbox, worker
from dlp.parsers.kinds import MODULES

__all__ = ["main"]

# Ended children are looked for at least so often, in seconds.
REAP = 2.0


def main() -> None:
    """Serve requests: `parse NUMBER KIND` with a socket, `kill NUMBER`."""
    control = socket.socket(fileno=int(sys.argv[1]))
    memory, seconds = int(sys.argv[2]), int(sys.argv[3])
    layers = sandbox.restrict_network() + 2 * sandbox.restrict_files()
    control.settimeout(REAP)
    children: dict[str, int] = {}
    while True:
        _reap(children)
        try:
            message, carried = _receive(control)
        except TimeoutError:
            continue
        if not message:
            break
        verb, number, *rest = message.decode("ascii").split()
        if verb == "kill" and number in children:
            # Not reaped yet, so that the number is still its own.
            os.kill(children[number], signal.SIGKILL)
        elif verb == "parse" and carried is not None:
            module = import_module(MODULES[rest[0]])
            gc.freeze()
            pid = os.fork()
            if pid == 0:
                control.close()
                worker.run(carried, module.parse, memory=memory, seconds=seconds, layers=layers)
            carried.close()
            children[number] = pid
    for pid in children.values():
        os.kill(pid, signal.SIGKILL)


def _receive(control: socket.socket) -> tuple[bytes, socket.socket | None]:
    room = socket.CMSG_SPACE(array.array("i").itemsize)
    message, extra, _, _ = control.recvmsg(256, room)
    for level, kind, data in extra:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            return message, socket.socket(fileno=array.array("i", data)[0])
    return message, None


def _reap(children: dict[str, int]) -> None:
    for number, pid in list(children.items()):
        if os.waitpid(pid, os.WNOHANG)[0]:
            del children[number]


if __name__ == "__main__":
    main()

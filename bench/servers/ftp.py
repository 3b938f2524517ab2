"""An FTP server over a folder of its own."""

from __future__ import annotations

import logging
import tempfile
import threading
import warnings
from pathlib import Path
from typing import Any

from bench.servers.base import HOST, Record, Server

with warnings.catch_warnings():
    # It stands on asyncore, which announces its own removal.
    warnings.simplefilter("ignore")
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

__all__ = ["FtpServer"]

# Seconds after which the server's thread looks whether it is to stop.
POLL = 0.05


class FtpServer(Server):
    """Lets `user` with password `pw`, and anonymous, read and write in `root`.

    Attributes:
        root: The folder it serves.
        commands: Every command line that arrived.
    """

    scheme = "ftp"

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[str] = []
        self.root = Path()
        self._stopping = threading.Event()

    def files(self) -> dict[str, bytes]:
        """Return every file that is there now, whole or not, by its path below `root`."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }

    def _listen(self) -> int:
        self._folder = tempfile.TemporaryDirectory(prefix="ftp-")
        self.root = Path(self._folder.name)
        logging.getLogger("pyftpdlib").disabled = True
        authorizer = DummyAuthorizer()
        with warnings.catch_warnings():
            # That anonymous may write is what it warns of.
            warnings.simplefilter("ignore")
            authorizer.add_user("user", "pw", str(self.root), perm="elradfmwMT")
            authorizer.add_anonymous(str(self.root), perm="elradfmwMT")
        records, root, commands = self.records, self.root, self.commands

        class Handler(FTPHandler):  # type: ignore[misc]
            def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
                commands.append(line)
                super().pre_process_command(line, cmd, arg)

            def on_file_received(self, file: str) -> None:
                self._record(file, complete=True)

            def on_incomplete_file_received(self, file: str) -> None:
                self._record(file, complete=False)

            def _record(self, file: str, *, complete: bool) -> None:
                path = Path(file)
                records.add(
                    Record(
                        method="STOR",
                        target="/" + str(path.relative_to(root)),
                        body=path.read_bytes(),
                        complete=complete,
                    )
                )

        Handler.authorizer = authorizer
        Handler.banner = "ready"
        Handler.auth_failed_timeout = 0
        self._server: Any = FTPServer((HOST, 0), Handler, ioloop=IOLoop())
        port: int = self._server.address[1]
        return port

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._server.ioloop.loop(timeout=POLL, blocking=False)
        self._server.close_all()
        self._folder.cleanup()

    def _stop(self) -> None:
        self._stopping.set()

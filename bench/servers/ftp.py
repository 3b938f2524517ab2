"""An FTP server over a folder of its own."""

from __future__ import annotations

import logging
import tempfile
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.servers.base import HOST, Record, Server

with warnings.catch_warnings():
    # It stands on asyncore, which announces its own removal.
    warnings.simplefilter("ignore")
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

if TYPE_CHECKING:
    import trustme

__all__ = ["FtpServer"]

# Seconds after which the server's thread looks whether it is to stop.
POLL = 0.05


class FtpServer(Server):
    """Lets `user` with password `pw`, and anonymous, read and write in `root`.

    Args:
        ca: Issues a certificate, if TLS is to be offered, and no file moved without it.
        perm: What both may do, in the letters of pyftpdlib.

    Attributes:
        root: The folder it serves.
        commands: Every command line that arrived.
    """

    scheme = "ftp"

    def __init__(self, ca: trustme.CA | None = None, perm: str = "elradfmwMT") -> None:
        super().__init__()
        self._ca = ca
        self._perm = perm
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
        self._secret = tempfile.TemporaryDirectory(prefix="ftp-")
        logging.getLogger("pyftpdlib").disabled = True
        authorizer = DummyAuthorizer()
        with warnings.catch_warnings():
            # That anonymous may write is what it warns of.
            warnings.simplefilter("ignore")
            authorizer.add_user("user", "pw", str(self.root), perm=self._perm)
            authorizer.add_anonymous(str(self.root), perm=self._perm)
        records, root, commands = self.records, self.root, self.commands

        base: Any = TLS_FTPHandler if self._ca else FTPHandler

        class Handler(base):  # type: ignore[misc]
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

        if self._ca:
            pem = Path(self._secret.name) / "key.pem"
            self._ca.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(str(pem))
            Handler.certfile = str(pem)
            Handler.tls_control_required = Handler.tls_data_required = True
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
        self._secret.cleanup()

    def _stop(self) -> None:
        self._stopping.set()

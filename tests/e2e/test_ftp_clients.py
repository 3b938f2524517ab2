"""Other FTP clients and another FTP server: lftp and Python's ftplib, against vsftpd."""

from __future__ import annotations

import ftplib
import io
import os
import pwd
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from bench.curl import curl
from bench.proxy import Proxy

CONFIGURATION = """\
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
anonymous_enable=YES
local_enable=NO
write_enable=YES
anon_upload_enable=YES
anon_other_write_enable=YES
anon_mkdir_write_enable=YES
anon_umask=022
no_anon_password=YES
anon_root={root}
secure_chroot_dir={empty}
seccomp_sandbox=NO
xferlog_enable=NO
"""

# That data channels go on with the session of the control channel is what it asks for by itself.
TLS_CONFIGURATION = """\
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
rsa_cert_file={pem}
rsa_private_key_file={pem}
"""


class Vsftpd:
    """vsftpd for anonymous clients, who may write in `/up`."""

    def __init__(self, port: int, uploads: Path) -> None:
        self.port = port
        self.uploads = uploads

    def files(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.uploads.iterdir()}


@pytest.fixture(scope="module")
def vsftpd(
    require_command: Callable[[str, str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Vsftpd]:
    with started(require_command("vsftpd", "vsftpd"), tmp_path_factory) as server:
        yield server


@pytest.fixture(scope="module")
def vsftpd_with_tls(
    require_command: Callable[[str, str], str],
    tmp_path_factory: pytest.TempPathFactory,
    authority: trustme.CA,
) -> Iterator[Vsftpd]:
    pem = tmp_path_factory.mktemp("vsftpd-tls") / "key.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(pem))
    command = require_command("vsftpd", "vsftpd")
    with started(command, tmp_path_factory, TLS_CONFIGURATION.format(pem=pem)) as server:
        yield server


@contextmanager
def started(
    command: str, tmp_path_factory: pytest.TempPathFactory, more: str = ""
) -> Iterator[Vsftpd]:
    if os.geteuid() != 0:
        pytest.skip("vsftpd has to be started by root")
    folder = tmp_path_factory.mktemp("vsftpd")
    for parent in [folder, *folder.parents]:
        if parent.stat().st_uid == 0 and parent != Path("/"):
            # vsftpd gives up its rights before it looks for its files.
            parent.chmod(parent.stat().st_mode | 0o011)
    uploads = folder / "root" / "up"
    uploads.mkdir(parents=True)
    (folder / "empty").mkdir()
    user = pwd.getpwnam("ftp")
    os.chown(uploads, user.pw_uid, user.pw_gid)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configuration = folder / "vsftpd.conf"
    configuration.write_text(
        CONFIGURATION.format(port=port, root=folder / "root", empty=folder / "empty") + more
    )
    server = subprocess.Popen([command, str(configuration)])
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        yield Vsftpd(port, uploads)
    finally:
        server.terminate()
        server.wait(20)


def lftp(command: str, proxy: Proxy, vsftpd: Vsftpd, commands: str) -> str:
    script = (
        f"set ftp:proxy http://{proxy.listen}; set net:max-retries 1; set net:timeout 20; "
        f"set cmd:fail-exit no; {commands.format(url=f'ftp://127.0.0.1:{vsftpd.port}/up')}"
    )
    done = subprocess.run(
        [command, "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("way", ["tunnel", "over HTTP"])
def test_lftp_uploads_what_is_ordinary_and_nothing_else(
    require_command: Callable[[str, str], str],
    proxy: Proxy,
    vsftpd: Vsftpd,
    tmp_path: Path,
    leak: bytes,
    orders: bytes,
    way: str,
) -> None:
    command = require_command("lftp", "lftp")
    name = way.replace(" ", "-")
    (tmp_path / "leak.csv").write_bytes(leak)
    (tmp_path / "orders.csv").write_bytes(orders)
    said = lftp(
        command,
        proxy,
        vsftpd,
        f"set ftp:use-hftp {'no' if way == 'tunnel' else 'yes'}; open {{url}}; "
        f"put {tmp_path}/orders.csv -o {name}-orders.csv; "
        f"put {tmp_path}/leak.csv -o {name}-leak.csv; "
        f"get {name}-orders.csv -o {tmp_path}/back.csv",
    )
    assert vsftpd.files().get(f"{name}-orders.csv") == orders, said
    assert not any("leak" in file for file in vsftpd.files()), said
    assert ("552" if way == "tunnel" else "403") in said
    assert (tmp_path / "back.csv").read_bytes() == orders


def test_a_server_that_asks_for_tls_gets_it_over_http(
    proxy: Proxy, vsftpd_with_tls: Vsftpd, leak: bytes, orders: bytes
) -> None:
    url = f"ftp://127.0.0.1:{vsftpd_with_tls.port}/up"

    sent = curl(f"{url}/orders.csv", "-T", "{file}", proxy=proxy.listen, send=orders)
    resumed = curl(f"{url}/orders.csv", "-r", "100-", proxy=proxy.listen)
    appended = curl(
        f"{url}/orders.csv",
        "-C",
        str(len(orders)),
        "-T",
        "{file}",
        proxy=proxy.listen,
        send=orders + b"more",
    )
    stopped = curl(f"{url}/leak.csv", "-T", "{file}", proxy=proxy.listen, send=leak)

    assert [one.status for one in (sent, resumed, appended, stopped)] == [201, 206, 200, 403]
    assert resumed.body == orders[100:]
    assert vsftpd_with_tls.files() == {"orders.csv": orders + b"more"}


class TunnelledFtp(ftplib.FTP):
    """ftplib through CONNECT, for the control channel and for each data channel."""

    def __init__(self, proxy: Proxy, port: int, *, extended: bool) -> None:
        super().__init__(timeout=60)
        self._proxy = proxy
        self.host, self.port = "127.0.0.1", port
        self.sock = self.tunnel(self.host, port)
        self.af = socket.AF_INET6 if extended else socket.AF_INET
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        self.login()

    def tunnel(self, host: str, port: int) -> socket.socket:
        proxy_host, _, proxy_port = self._proxy.listen.rpartition(":")
        connection = socket.create_connection((proxy_host, int(proxy_port)), 60)
        connection.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\n\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            assert byte, head
            head += byte
        assert b" 200 " in head
        return connection

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        connection = self.tunnel(*self.makepasv())
        if rest is not None:
            self.sendcmd(f"REST {rest}")
        reply = self.sendcmd(cmd)
        assert reply.startswith("1"), reply
        return connection, None


@pytest.mark.parametrize("extended", [False, True], ids=["PASV", "EPSV"])
def test_ftplib_stories_in_one_session(
    proxy: Proxy, vsftpd: Vsftpd, leak: bytes, orders: bytes, *, extended: bool
) -> None:
    client = TunnelledFtp(proxy, vsftpd.port, extended=extended)
    client.cwd("/up")
    name = f"ftplib-{extended}"
    big = orders * (3_000_000 // len(orders))
    for suffix, content in (("small", orders), ("empty", b""), ("big", big)):
        client.storbinary(f"STOR {name}-{suffix}", io.BytesIO(content))
        assert vsftpd.files()[f"{name}-{suffix}"] == content
    with pytest.raises(ftplib.error_perm, match=r"552 .*DLP-\d{6}-"):
        client.storbinary(f"STOR {name}-leak", io.BytesIO(leak))
    # The session goes on, and what was stopped is nowhere.
    assert f"{name}-leak" not in client.nlst()
    back = io.BytesIO()
    client.retrbinary(f"RETR {name}-big", back.write)
    assert back.getvalue() == big
    client.storbinary(f"APPE {name}-small", io.BytesIO(b"more"))
    assert vsftpd.files()[f"{name}-small"] == orders + b"more"
    assert client.quit().startswith("221")
    client.close()


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("AUTH TLS", "534"),
        ("PORT 127,0,0,1,4,1", "502"),
        ("EPRT |1|127.0.0.1|1025|", "502"),
        ("MODE Z", "504"),
        ("EHLO example.org", "502"),
        ("STOR without-a-channel", "425"),
    ],
)
def test_what_goes_round_inspection_is_refused_and_the_session_goes_on(
    proxy: Proxy, vsftpd: Vsftpd, command: str, reply: str
) -> None:
    client = TunnelledFtp(proxy, vsftpd.port, extended=False)
    with pytest.raises(ftplib.Error, match=f"^{reply}"):
        client.sendcmd(command)
    assert client.sendcmd("NOOP").startswith("200")
    client.quit()
    client.close()


def test_identifiers_do_not_leave_as_names(proxy: Proxy, vsftpd: Vsftpd, nirs: list[str]) -> None:
    client = TunnelledFtp(proxy, vsftpd.port, extended=False)
    client.cwd("/up")
    with pytest.raises((ftplib.error_perm, EOFError)) as caught:
        client.mkd(f"NIR {nirs[0]}")
    assert re.match("552|$", str(caught.value))
    assert not any(nirs[0] in file.name for file in vsftpd.uploads.iterdir())
    client.close()


def test_a_client_that_goes_away_in_the_middle_leaves_no_file(
    proxy: Proxy, vsftpd: Vsftpd, leak: bytes
) -> None:
    client = TunnelledFtp(proxy, vsftpd.port, extended=False)
    client.cwd("/up")
    data = client.tunnel(*client.makepasv())
    client.sendcmd("STOR broken-off")
    data.sendall(leak[: len(leak) // 2])
    assert client.sock is not None
    client.close()
    data.close()
    TunnelledFtp(proxy, vsftpd.port, extended=False).close()
    assert "broken-off" not in vsftpd.files()

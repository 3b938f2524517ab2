"""A network of its own whose firewall redirects connections to a transparent proxy.

Run in a new network namespace by test_modes.py; says on its standard output what came of it.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

import trustme

from bench import patients
from bench.proxy import Proxy
from bench.servers import FtpServer, HttpServer

# By which the firewall knows the connections of clients.
MARK = 7
WAIT = 60


def client(port: int, host: str = "127.0.0.1") -> socket.socket:
    connection = socket.socket()
    connection.settimeout(WAIT)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
    connection.connect((host, port))
    return connection


def post(connection: socket.socket, host: str, body: bytes) -> int:
    with connection:
        head = f"POST /x HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
        connection.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)
        answer = b""
        with contextlib.suppress(OSError):
            while data := connection.recv(65536):
                answer += data
    return int(answer.split(b" ")[1]) if answer else 0


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    leak, orders = patients.leak_csv(40, seed=1), patients.orders_csv(50, seed=1)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    env = {"DLP_UPSTREAM_CA": str(folder / "ca.pem"), "DLP_MODE": "transparent"}
    said: dict[str, object] = {}
    with (
        HttpServer() as plain,
        HttpServer(authority) as secure,
        FtpServer() as ftp,
        Proxy(folder / "data", env=env) as proxy,
    ):
        listen = int(proxy.listen.rpartition(":")[2])
        ports = f"{plain.port}, {secure.port}, {ftp.port}"
        rules = f"""
        table ip dlp {{
          chain out {{
            type nat hook output priority -100;
            meta mark {MARK} tcp dport {{ {ports} }} redirect to :{listen}
          }}
        }}"""
        subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)
        said["plain"] = [post(client(plain.port), "a.example", body) for body in (orders, leak)]
        said["plain arrived"] = orders in plain.received and leak[:200] not in plain.received

        trusting = ssl.create_default_context(cafile=str(proxy.ca))

        def tls(name: str) -> ssl.SSLSocket:
            return trusting.wrap_socket(client(secure.port), server_hostname=name)

        said["tls"] = [post(tls("127.0.0.1"), "127.0.0.1", body) for body in (orders, leak)]
        # A name that the server can't prove.
        with contextlib.suppress(ssl.SSLError):
            said["forged name"] = post(tls("insurer.example"), "insurer.example", orders)
        said["tls arrived"] = secure.received.count(orders)
        listed = proxy.dlp("incident", "list", "--json").stdout.splitlines()
        said["incidents"] = [json.loads(line)["rule"] for line in listed]

        with client(ftp.port) as control:
            control.recv(4096)
            control.sendall(b"USER nir-255081416802538\r\n")
            said["ftp"] = control.recv(4096).decode()
        with client(plain.port) as opaque:
            opaque.sendall(bytes(range(200)))
            with contextlib.suppress(ConnectionError):
                said["opaque"] = len(opaque.recv(100))
        # Not redirected: the proxy would connect to itself, and again.
        with socket.create_connection(("127.0.0.1", listen), WAIT) as straight:
            straight.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                said["not redirected"] = len(straight.recv(100))
        said["healthy"] = proxy.admin("/-/ready")[0]
    json.dump(said, sys.stdout)


main()

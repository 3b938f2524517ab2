"""Whether the running proxy opens HTTPS with the authority that clients are given to trust."""

from __future__ import annotations

import http.client
import socket
import ssl
import tempfile
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dlp.doctor.check import Check, bad, ok

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.settings import Settings

__all__ = ["interception"]

HOST = "127.0.0.1"


def interception(settings: Settings, proxy: tuple[str, int], timeout: float) -> Check:
    """Say what certificate a client is shown, with whom it wants to speak TLS.

    Args:
        settings: Of the proxy.
        proxy: Where it answers.
        timeout: Seconds it gets.
    """
    name = "HTTPS is opened"
    file = settings.data_dir / "ca" / "mitmproxy-ca-cert.pem"
    try:
        context = ssl.create_default_context(cafile=str(file))
    except OSError:
        return bad(name, f"{file}: can't be read", "start the proxy, which writes it, as its user")
    with _server() as port:
        connection = http.client.HTTPSConnection(*proxy, timeout=timeout, context=context)
        connection.set_tunnel(HOST, port)
        with closing(connection):
            try:
                # Nobody trusts this server, so that the proxy answers in its place.
                connection.request("GET", "/")
                connection.getresponse().read()
            except ssl.SSLCertVerificationError:
                advice = (
                    f"restart the proxy if `data_dir` {settings.data_dir} is its own: it runs with "
                    "an authority that ca/ had before; if not, name the one it was started with"
                )
                return bad(name, f"clients that trust {file} are shown another's", advice)
            except (OSError, http.client.HTTPException) as error:
                reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
                return bad(name, reason, "look at the proxy's log")
    return ok(name, f"by the authority in {file}")


@contextmanager
def _server() -> Iterator[int]:
    """Serve TLS with a certificate of its own, and give its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="dlp-doctor-") as folder:
        file = Path(folder, "server.pem")
        file.write_bytes(_certificate())
        context.load_cert_chain(file)
    listening = socket.create_server((HOST, 0))
    thread = threading.Thread(target=_serve, args=(listening, context), daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()


def _serve(listening: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    secured.recv(1)
            except OSError:
                continue


def _certificate() -> bytes:
    """Return a certificate that signs itself, with its key, for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "dlp doctor")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return signed.public_bytes(Encoding.PEM) + private

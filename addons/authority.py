"""The authority whose certificates clients are shown: from files that are set, or made here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from mitmproxy import certs
from mitmproxy.addons.tlsconfig import TlsConfig

from dlp.evidence.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlp.certificates import Authority

__all__ = ["OwnAuthority", "publish"]

_ABOUT_AUTHORITY = {"certs", "confdir", "key_size", "cert_passphrase"}
CERTIFICATE = "mitmproxy-ca-cert.pem"


class OwnAuthority(TlsConfig):
    """mitmproxy's addon for TLS, with an authority that is kept elsewhere.

    Its key stays in memory.

    Args:
        authority: It.
        file: Where its certificates are, to be sent along with those it signs.
        folder: Where mitmproxy keeps what belongs to no authority.
    """

    def __init__(self, authority: Authority, file: Path, folder: Path) -> None:
        self._authority = authority
        self._file = file
        self._folder = folder

    def configure(self, updated: Iterable[str]) -> None:
        """Take changed options; the authority is none of them."""
        if self.certstore is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            one = self._authority
            self.certstore = certs.CertStore(
                one.key,
                certs.Cert(one.certificate),
                self._file if one.chain else None,
                certs.dummy_crl(one.key, one.certificate),
                certs.CertStore.load_dhparam(self._folder / "mitmproxy-dhparam.pem"),
            )
        super().configure(set(updated) - _ABOUT_AUTHORITY)  # type: ignore[no-untyped-call]

    def running(self) -> None:
        """Nothing is left to do."""


def publish(folder: Path, authority: Authority | None) -> None:
    """Write the certificates that clients have to trust where they are looked for.

    Args:
        folder: Of what belongs to the authority.
        authority: One that is kept elsewhere; None for the one that is made in the folder, if it
            has been, whose place another may have taken meanwhile.

    Raises:
        OSError: They can't be written.
    """
    file = folder / CERTIFICATE
    if authority is not None:
        wanted = authority.pem
        # The same as another program takes it.
        for other in ("mitmproxy-ca-cert.cer", "mitmproxy-ca-cert.p12"):
            (folder / other).unlink(missing_ok=True)
    elif (folder / "mitmproxy-ca.pem").exists():
        made = load_pem_x509_certificate((folder / "mitmproxy-ca.pem").read_bytes())
        wanted = made.public_bytes(Encoding.PEM)
        if file.exists() and load_pem_x509_certificate(file.read_bytes()) == made:
            return
    else:
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists() or file.read_bytes() != wanted:
        write_whole(file, [wanted], replace=True)

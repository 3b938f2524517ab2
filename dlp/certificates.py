"""Certificates and keys that settings name: read, and checked before anything is started.

Whoever made a file for something else, or took the wrong one, is told which setting it is and what
is wrong with it, rather than that a handshake fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from dlp.settings import Settings, SettingsError

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from pydantic import SecretStr

__all__ = ["Authority", "authority", "check_client_certs", "client_cert", "servers", "trusted"]

# Clients refuse what a shorter key has signed.
SHORTEST_RSA = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What signs the certificates that clients are shown.

    Attributes:
        certificate: Its own.
        key: Its private key, RSA or on an elliptic curve.
        chain: Those above it, each signed by the next, as far as they are given.
    """

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...]

    @property
    def pem(self) -> bytes:
        """All certificates, for clients to trust."""
        return b"".join(one.public_bytes(Encoding.PEM) for one in (self.certificate, *self.chain))


def authority(settings: Settings, now: datetime) -> Authority | None:
    """Return the authority that is set, or None if the proxy makes its own.

    Raises:
        SettingsError: It can't be used.
    """
    if settings.ca_cert is None and settings.ca_key is None:
        return None
    if settings.ca_cert is None or settings.ca_key is None:
        given, missing = ("ca_key", "ca_cert") if settings.ca_key else ("ca_cert", "ca_key")
        raise SettingsError(f"{given}: needs {missing} as well")
    where = f"ca_cert: {settings.ca_cert}"
    certificate, *chain = _certificates(settings.ca_cert, where)
    key = _key(settings.ca_key, f"ca_key: {settings.ca_key}", settings.ca_key_password)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise SettingsError(f"ca_key: {settings.ca_key}: neither an RSA nor an elliptic-curve key")
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < SHORTEST_RSA:
        raise SettingsError(
            f"ca_key: {settings.ca_key}: an RSA key of {key.key_size} bits; "
            f"clients want {SHORTEST_RSA} at least"
        )
    if key.public_key() != certificate.public_key():
        raise SettingsError(
            f"ca_key: {settings.ca_key}: is not the key of the first certificate in "
            f"{settings.ca_cert}"
        )
    for number, one in enumerate((certificate, *chain), 1):
        place = where if number == 1 else f"{where}: certificate {number}"
        _signs(one, place)
        _valid(one, place, now)
    for number, (below, above) in enumerate(zip((certificate, *chain), chain, strict=False), 2):
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            raise SettingsError(
                f"{where}: certificate {number} did not sign the one before it"
            ) from None
    return Authority(certificate=certificate, key=key, chain=tuple(chain))


def check_client_certs(settings: Settings, now: datetime) -> None:
    """See that certificates for servers that ask for one can be shown to them.

    Raises:
        SettingsError: One can't.
    """
    path = settings.client_certs
    if path is None:
        return
    if not path.exists():
        raise SettingsError(f"client_certs: {path}: no such file or folder")
    files = sorted(path.glob("*.pem")) if path.is_dir() else [path]
    if not files:
        raise SettingsError(f"client_certs: {path}: holds no file HOST.pem")
    for file in files:
        where = f"client_certs: {file}"
        certificate = _certificates(file, where)[0]
        if _key(file, where, None).public_key() != certificate.public_key():
            raise SettingsError(f"{where}: its key is not that of its first certificate")
        _valid(certificate, where, now)
        try:
            usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            continue
        if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
            raise SettingsError(f"{where}: is not for clients (extendedKeyUsage)")


def trusted(setting: str, path: Path) -> bytes:
    """Return the certificates of authorities in a file, as PEM.

    Raises:
        SettingsError: It holds none.
    """
    certificates = _certificates(path, f"{setting}: {path}")
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def servers(settings: Settings) -> bytes:
    """Return the certificates of all authorities that are trusted for servers, as PEM.

    Raises:
        SettingsError: A file that is set holds none.
    """
    if settings.upstream_trust is None:
        usual = Path(certifi.where()).read_bytes()
    else:
        usual = trusted("upstream_trust", settings.upstream_trust)
    if settings.upstream_ca is None:
        return usual
    return b"\n".join((usual, trusted("--upstream-ca", settings.upstream_ca)))


def client_cert(settings: Settings, host: str) -> Path | None:
    """Return the file with certificate and key that a server is shown, if there is one for it."""
    path = settings.client_certs
    if path is not None and path.is_dir():
        path /= f"{host}.pem"
    return path if path is not None and path.is_file() else None


def _read(path: Path, where: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{where}: {error.strerror}") from None


def _certificates(path: Path, where: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(path, where))
    except ValueError:
        raise SettingsError(f"{where}: holds no PEM certificate, or a damaged one") from None


def _key(path: Path, where: str, password: SecretStr | None) -> PrivateKeyTypes:
    """Return the private key in a file; `password` is None where it can't be encrypted."""
    data = _read(path, where)
    secret = password.get_secret_value().encode() if password is not None else b""
    try:
        return load_pem_private_key(data, secret or None)
    except TypeError:
        # It is encrypted and there is no password, or the other way round.
        if secret:
            return load_pem_private_key(data, None)
        if password is None:
            raise SettingsError(f"{where}: its key is encrypted; nobody asks for it") from None
        raise SettingsError(f"{where}: is encrypted; set ca_key_password") from None
    except (ValueError, UnsupportedAlgorithm):
        reason = "holds no PEM private key"
        if b"ENCRYPTED" in data:
            reason = "can't be decrypted with ca_key_password"
        raise SettingsError(f"{where}: {reason}") from None


def _signs(certificate: x509.Certificate, where: str) -> None:
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        raise SettingsError(f"{where}: is no authority (no basicConstraints)") from None
    if not basic.ca:
        raise SettingsError(f"{where}: is no authority (basicConstraints CA:FALSE)")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not usage.key_cert_sign:
        raise SettingsError(f"{where}: may not sign certificates (keyUsage without keyCertSign)")


def _valid(certificate: x509.Certificate, where: str, now: datetime) -> None:
    if now > certificate.not_valid_after_utc:
        raise SettingsError(f"{where}: expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
    if now < certificate.not_valid_before_utc:
        raise SettingsError(
            f"{where}: not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        )

"""What is encrypted and says so: OpenPGP, CMS, age, OpenSSL, encrypted disks.

Nobody can read it without its key, so it is the reason itself why a message can't be inspected.
RFC 9580 (OpenPGP), RFC 5652 (CMS), age-encryption.org/v1; `openssl enc` has no specification.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.extract.content import Format
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Opening, Segment

__all__ = ["ENCRYPTED"]

# Programs keep secrets and sessions in base64 in their files and requests, which hold less.
_LEAST = 4096

_BEGINS = re.compile(
    rb"Salted__"
    rb"|age-encryption\.org/v1\n"
    # A text around it is looked into for what the armour holds.
    rb"|\s*-----BEGIN (?:PGP MESSAGE|AGE ENCRYPTED FILE)-----"
    # OpenPGP: a session's key, for a public key or a passphrase.
    rb"|(?:[\x84\xc1].|\x85..|\xc1[\xc0-\xdf].)(?:\x03.{8}[\x01\x02\x10\x12\x16]|\x06[\x15\x21][\x04\x06])"
    rb"|[\x8c\xc3].(?:\x04[\x01-\x0d][\x00\x01\x03][\x01-\x0e]|(?:\x05|\x06.)[\x07-\x0a][\x01-\x03])"
    # CMS: data that is enveloped, encrypted, or enveloped and authenticated.
    rb"|\x30(?:\x80|\x82..|\x83...|\x84....|[\x20-\x7f]|\x81.)\x06"
    rb"(?:\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x03\x06]"
    rb"|\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17)"
    # LUKS, BitLocker, encrypted images of macOS, AES Crypt.
    rb"|LUKS\xba\xbe\x00[\x01\x02]|\xeb..-FVE-FS-|encrcdsa|AES[\x01\x02]\x00",
    re.DOTALL,
)


class Encrypted:
    """Reads nothing, and says why.

    Args:
        opening: Where it stands.
    """

    def __init__(self, opening: Opening) -> None:
        self._doubted = opening.doubted
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield nothing.

        Raises:
            UninspectableError: It is encrypted.
        """
        self._size += len(data)
        if self._size >= _LEAST:
            raise UninspectableError(Uninspectable.ENCRYPTED)
        return iter(())

    def finish(self) -> Iterator[Segment]:
        """Yield nothing.

        Raises:
            UninspectableError: It is encrypted.
        """
        if not self._doubted:
            raise UninspectableError(Uninspectable.ENCRYPTED)
        return iter(())


_FIRST = b"Sa- \t\n\r\f\v\x84\x85\xc1\x8c\xc3\x30L\xebeA"

ENCRYPTED = Format("encrypted", _BEGINS.match, Encrypted, doubts=True, first=_FIRST)

"""The keys of an installation: one for hashes, a pair for the quarantine."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyrage import x25519

from dlp.evidence.errors import EvidenceError
from dlp.evidence.files import folder, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Keys"]

HASH_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Keys:
    """What the proxy needs: it can hash and seal, and needs no key that opens a sealed body.

    Attributes:
        hmac_key: Keys every hash of a value.
        vault_recipient: age recipient (X25519) that bodies are sealed to.
    """

    hmac_key: bytes
    vault_recipient: str

    @classmethod
    def load_or_create(cls, data_dir: Path) -> Keys:
        """Read the keys in `data_dir/keys`, made there at the first start.

        The private key, `vault.key`, may be moved away; it is only made together with the public
        one, never for one that is there.

        Raises:
            EvidenceError: A key can't be read or written, or is damaged; names the file.
        """
        place = folder(data_dir / "keys")
        hashing = place / "hmac.key"
        if not hashing.exists():
            write_whole(hashing, [os.urandom(HASH_KEY_BYTES)], replace=False)
        recipient = place / "vault.pub"
        if not recipient.exists():
            identity = x25519.Identity.generate()
            # The private key first: a public one without it would seal bodies for nobody.
            if write_whole(place / "vault.key", [f"{identity}\n".encode()], replace=False):
                write_whole(recipient, [f"{identity.to_public()}\n".encode()], replace=False)
            elif not recipient.exists():
                cls._recover(place / "vault.key", recipient)
        key = _read(hashing)
        if len(key) != HASH_KEY_BYTES:
            raise EvidenceError(f"{hashing}: damaged, expected {HASH_KEY_BYTES} bytes")
        text = _read(recipient).decode("ascii", "replace").strip()
        try:
            x25519.Recipient.from_str(text)
        except Exception:  # noqa: BLE001 - pyrage's error may quote the key
            raise EvidenceError(f"{recipient}: damaged, expected an age recipient") from None
        return cls(hmac_key=key, vault_recipient=text)

    def digest(self, data: bytes) -> str:
        """Return the keyed hash of `data`, 64 hexadecimal digits."""
        return self.digest_of((data,))

    def digest_of(self, pieces: Iterable[bytes]) -> str:
        """As `digest`, for more data than memory should hold."""
        hasher = hashlib.blake2b(key=self.hmac_key, digest_size=32)
        for piece in pieces:
            hasher.update(piece)
        return hasher.hexdigest()

    @staticmethod
    def _recover(private: Path, public: Path) -> None:
        """Make the public key of a private one that was written just before a crash."""
        try:
            identity = x25519.Identity.from_str(_read(private).decode("ascii", "replace").strip())
        except EvidenceError:
            raise
        except Exception:  # noqa: BLE001 - pyrage's error may quote the key
            raise EvidenceError(f"{private}: damaged, expected an age identity") from None
        write_whole(public, [f"{identity.to_public()}\n".encode()], replace=False)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EvidenceError(f"{path}: {error.strerror}") from None

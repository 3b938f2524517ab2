"""The vault: bodies that were quarantined, sealed so that the proxy itself can't open them."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyrage

from dlp.evidence.errors import EvidenceError
from dlp.evidence.files import PARTIAL, folder, write_whole

if TYPE_CHECKING:
    from dlp.types import FlowInfo

__all__ = ["Sealed", "Vault", "sealed_bodies"]

FOLDER = "vault"
SUFFIX = ".age"
# A partial file older than this is what a killed process left; another may be writing a newer.
ABANDONED_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed body: its incident, size on disk in bytes, and when it was sealed (UTC)."""

    incident: str
    size: int
    at: datetime


class Vault:
    """Sealed bodies, one file each.

    Args:
        data_dir: Their folder is `vault` in it.
        recipient: age recipient they are sealed to.
    """

    def __init__(self, data_dir: Path, recipient: str) -> None:
        self._folder = folder(data_dir / FOLDER)
        self._recipient = pyrage.x25519.Recipient.from_str(recipient)
        for partial in self._folder.glob(PARTIAL + "*"):
            if time.time() - partial.stat().st_mtime > ABANDONED_SECONDS:
                partial.unlink(missing_ok=True)

    def seal(self, incident: str, flow: FlowInfo, content_type: str, body: bytes) -> None:
        """Seal a body with what is needed to send it again; on disk when this returns.

        What is sealed is a line of JSON (flow and content type), then the body as sent.

        Raises:
            EvidenceError: It can't be written; nothing of it is left.
        """
        head = json.dumps({"flow": asdict(flow), "content_type": content_type})
        sealed = pyrage.encrypt(head.encode("utf-8") + b"\n" + body, [self._recipient])
        write_whole(self._folder / (incident + SUFFIX), [sealed], replace=False)


def sealed_bodies(data_dir: Path) -> dict[str, Sealed]:
    """Return the sealed bodies in `data_dir` by incident.

    Raises:
        EvidenceError: They can't be listed.
    """
    try:
        found = {}
        for file in sorted((data_dir / FOLDER).glob("*" + SUFFIX)):
            status = file.stat()
            found[file.stem] = Sealed(
                incident=file.stem,
                size=status.st_size,
                at=datetime.fromtimestamp(status.st_mtime, UTC),
            )
    except OSError as error:
        raise EvidenceError(f"{data_dir / FOLDER}: {error.strerror}") from None
    return found

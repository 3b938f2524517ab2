"""Incidents that the database did not take: kept as files until it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.evidence.errors import EvidenceError
from dlp.evidence.files import PARTIAL, folder, write_whole
from dlp.evidence.incident import Incident

if TYPE_CHECKING:
    from pathlib import Path

    from dlp.evidence.ledger import Ledger

__all__ = ["Pending"]

FOLDER = "pending"
SUFFIX = ".json"


class Pending:
    """A folder of incidents on their way to the ledger.

    Args:
        data_dir: The folder is `pending` in it.

    Raises:
        EvidenceError: In every method: the folder can't be used.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    def keep(self, incident: Incident) -> None:
        """Write an incident down; it is safe on the disk when this returns."""
        text = incident.to_json().encode("utf-8")
        write_whole(folder(self._folder) / (incident.id + SUFFIX), [text], replace=False)

    def hand_over(self, ledger: Ledger) -> int:
        """Give all of them to the ledger, and return how many it took.

        Raises:
            EvidenceError: The ledger, still, takes none.
        """
        taken = 0
        try:
            for file in sorted(self._folder.glob("*" + SUFFIX)):
                if file.name.startswith(PARTIAL):
                    continue
                try:
                    incident = Incident.from_json(file.read_text("utf-8"))
                except ValueError:
                    raise EvidenceError(f"{file}: damaged, expected an incident") from None
                ledger.record(incident)
                file.unlink(missing_ok=True)
                taken += 1
        except OSError as error:
            raise EvidenceError(f"{self._folder}: {error.strerror}") from None
        return taken

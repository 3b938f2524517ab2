"""What tests of documents share: people who leak, people who don't, and the verdict on a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import pytest

from bench.patients import HEADERS, patients
from dlp.inspection import Core, Inspection
from dlp.types import Result

COLUMNS = ("nir", "nom", "prenom", "date_naissance", "commentaire")


@pytest.fixture(scope="session")
def leak() -> list[list[str]]:
    """A table of patients, its header first."""
    rows = [asdict(patient) for patient in patients(30)]
    return [[HEADERS[c] for c in COLUMNS], *([str(row[c]) for c in COLUMNS] for row in rows)]


@pytest.fixture(scope="session")
def orders() -> list[list[str]]:
    """A table of a shop's orders, its header first."""
    return [
        ["Commande", "Article", "Prix", "Date"],
        *(
            [str(4_500_000 + i * 17), f"Rame de papier {i}", f"{i},90", f"2026-03-{i % 28 + 1:02}"]
            for i in range(30)
        ),
    ]


@pytest.fixture(scope="session")
def judge(core: Core) -> Callable[[bytes], Result]:
    """Return the default policy's verdict on a file."""

    def judged(document: bytes) -> Result:
        inspection = Inspection(core)
        inspection.feed(document)
        return inspection.finish()

    return judged

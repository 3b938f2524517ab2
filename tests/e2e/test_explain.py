"""`dlp explain`: why a file would pass or be stopped, without any value in clear."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.proxy import run_dlp

if TYPE_CHECKING:
    from pathlib import Path

PATIENTS = (
    "nom;prenom;nir;date_naissance;commentaire\n"
    "Durand;Anne;255081416802538;12/08/1955;cancer du sein\n"
    "Martin;Paul;269054958815780;13/05/1969;VIH positif\n"
)


def test_it_says_why_a_file_is_stopped(tmp_path: Path) -> None:
    file = tmp_path / "patients.csv"
    file.write_text(PATIENTS)

    done = run_dlp("explain", "--json", str(file))

    assert done.returncode == 0
    explained = json.loads(done.stdout)
    assert (explained["action"], explained["rule"]) == (
        "quarantine",
        "identifiers-of-several-people",
    )
    candidates = explained["candidates"][0]
    assert candidates == candidates | {
        "detector": "fr_nir", "place": "column 3", "announced": True, "valid": 2, "counts": True,
    }  # fmt: skip
    assert explained["records"]["persons"] == 2
    first = explained["rules"][0]
    assert first["holds"]
    assert first["conditions"] == [{"asked": "subjects >= 2", "found": "2", "met": True}]


def test_it_says_why_a_file_passes(tmp_path: Path) -> None:
    file = tmp_path / "orders.txt"
    file.write_text("Commande n° 255081416802538 du 12 mars")

    done = run_dlp("explain", str(file))

    assert done.returncode == 0
    assert "allow (no rule holds)" in done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("fr_nir"))
    assert row.split()[2:4] == ["against", "1"]
    assert row.endswith("no")


def test_it_shows_no_value_in_clear(tmp_path: Path) -> None:
    file = tmp_path / "patients.json"
    rows = [{"durand-255081416802538": {"nir": "269054958815780", "nom": "Durand"}}]
    file.write_text(json.dumps(rows))

    shown = run_dlp("explain", str(file)).stdout + run_dlp("explain", "--json", str(file)).stdout

    assert "2 69 05 ** *** *** **" in shown
    for value in ("255081416802538", "269054958815780", "urand"):
        assert value not in shown


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    done = run_dlp("explain", str(tmp_path / "none.csv"))

    assert done.returncode == 2
    assert "No such file" in done.stderr

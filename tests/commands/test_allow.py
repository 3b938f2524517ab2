"""`dlp allow`: what it refuses, and what it never shows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bench import patients
from dlp.cli import cli
from dlp.commands.incident import sheet
from dlp.evidence.database import Database
from dlp.evidence.incident import MASKED, Incident, new_incident_id
from dlp.types import Action, Category, Channel, Evidence, Finding, FlowInfo, Verdict

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def database(tmp_path: Path) -> None:
    Database(tmp_path).close()


def run(folder: Path, *args: str, send: str = "") -> Result:
    return CliRunner().invoke(cli, [*args, "--data-dir", str(folder)], input=send)


def test_a_value_is_typed_in_and_never_shown(tmp_path: Path) -> None:
    nir = next(iter(patients.patients(1, seed=7))).nir
    args = ("allow", "add", "--detector", "fr_nir", "--value", "--reason", "our own", "--json")

    done = run(tmp_path, *args, send=f" {nir[:1]} {nir[1:3]} {nir[3:]}\n")
    wrong = run(tmp_path, *args, send="123\n")

    assert len(json.loads(done.stdout)["value"]) == 16
    assert nir not in done.output
    assert wrong.exit_code != 0
    assert "123" not in wrong.output


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["--to", "a.fr"], "name a detector"),
        (["--detector", "fr_nir"], "name a destination"),
        (
            ["--detector", "fr_nirr", "--to", "a.fr"],
            "unknown detector 'fr_nirr'; did you mean 'fr_nir'?",
        ),
        (["--detector", "fr_nir,nobody", "--to", "a.fr"], "unknown detector 'nobody'"),
        (["--detector", "uninspectable:curupt", "--to", "a.fr"], "'uninspectable:corrupt'?"),
        (["--detector", "fr_nir", "--to", "https://a.fr/x"], "is a URL; write HOST:PORT"),
        (["--detector", "fr_nir", "--to", "a.fr:99999"], "no port"),
        (["--detector", "fr_nir", "--to", "10.1.2.3/8"], "did you mean 10.0.0.0/8?"),
        (["--detector", "fr_nir", "--client", "x"], "no network"),
        (["--detector", "person", "--value-hash", "0" * 16], "have no values"),
        (["--value-hash", "zz"], "16 hexadecimal digits"),
        (["--detector", "fr_nir", "--to", "a.fr", "--days", "9999"], "--days"),
        (["--detector", "fr_nir", "--to", "a.fr", "--reason", " "], "--reason"),
    ],
)
def test_an_entry_that_can_t_be_meant_is_refused(
    tmp_path: Path, args: list[str], word: str
) -> None:
    reason = () if "--reason" in args else ("--reason", "test")

    done = run(tmp_path, "allow", "add", *args, *reason)

    assert done.exit_code != 0
    assert word in done.output
    assert run(tmp_path, "allow", "list").output == "The allowlist is empty.\n"


def test_it_says_what_becomes_of_a_file_with_and_without_the_entries(tmp_path: Path) -> None:
    body = "\n".join(
        f"numéro de sécurité sociale {one.nir}" for one in patients.patients(3, seed=7)
    )
    (tmp_path / "sent.txt").write_text(body, "utf-8")
    to = ("--to", "depot.dsn-info.fr:443")
    added = run(tmp_path, "allow", "add", "--detector", "fr_nir", *to, "--reason", "test", "--json")
    entry = json.loads(added.stdout)["id"]

    there = json.loads(
        run(tmp_path, "allow", "test", str(tmp_path / "sent.txt"), *to, "--json").stdout
    )
    elsewhere = run(tmp_path, "allow", "test", "--to", "other.example").output

    assert there["entries"] == [entry]
    assert (there["file"]["without"], there["file"]["with"]) == ("quarantine", "allow")
    assert there["file"]["allowed"] == [entry]
    assert elsewhere == "No entry is for this flow.\n"


@pytest.mark.parametrize("detectors", [("fr_nir",), ("fr_nir", "person")])
def test_an_entry_that_lets_records_of_patients_pass_is_proposed_with_a_warning(
    detectors: tuple[str, ...],
) -> None:
    found = tuple(
        Finding(
            detector=name,
            category=Category.PERSON if name == "person" else Category.IDENTIFIER,
            count=2,
            distinct=2,
            confidence=1.0,
        )
        for name in detectors
    )
    incident = Incident(
        id=new_incident_id(),
        at=datetime.now(UTC),
        flow=FlowInfo(channel=Channel.HTTP, client="10.2.3.4", host="a.example", port=443),
        verdict=Verdict(action=Action.QUARANTINE, rule="x", policy="balanced 000000000000"),
        evidence=Evidence(findings=found, subjects=2),
        content_hash="c" * 64,
        body_kept=False,
    )
    nowhere = replace(incident, flow=replace(incident.flow, host=MASKED))
    assert "allow add" not in "\n".join(sheet(nowhere))
    assert f"  dlp quarantine release {incident.id} --forward" in sheet(nowhere)
    warned = [line for line in sheet(incident) if "medical records of any patient" in line]
    assert len(warned) == ("person" in detectors)

"""`dlp scan`: the same verdicts without a proxy."""

from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bench import patients
from bench.proxy import ROOT, clean_environment, run_dlp

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = {
    *("source", "action", "rule", "subjects", "findings", "uninspectable", "bytes", "seconds"),
}
FINDING_FIELDS = {
    *("detector", "category", "count", "distinct", "confidence", "masked", "where"),
}


@pytest.fixture
def folder(tmp_path: Path, leak: bytes, orders: bytes) -> Path:
    """A folder with a leak among ordinary files."""
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "patients.csv").write_bytes(leak)
    (tmp_path / "orders.csv").write_bytes(orders)
    (tmp_path / "article.txt").write_bytes(patients.article())
    (tmp_path / "prices.csv").write_bytes(patients.price_list())
    (tmp_path / "crm.csv").write_bytes(patients.crm_csv(100))
    return tmp_path


def verdicts(output: str) -> dict[str, dict[str, Any]]:
    """Return what `--json` told, by source."""
    return {(one := json.loads(line))["source"]: one for line in output.splitlines()}


def test_a_leak_in_a_file_is_found(folder: Path, leak: bytes, nirs: list[str]) -> None:
    file = str(folder / "export" / "patients.csv")

    done = run_dlp("scan", "--json", file)

    assert done.returncode == 1
    verdict = verdicts(done.stdout)[file]
    assert verdict.keys() >= FIELDS
    assert verdict["action"] == "quarantine"
    assert verdict["subjects"] == len(nirs)
    assert verdict["bytes"] == len(leak)
    assert verdict["uninspectable"] is None
    assert all(finding.keys() >= FINDING_FIELDS for finding in verdict["findings"])
    assert not any(nir in done.stdout for nir in nirs)


def test_a_leak_on_standard_input_is_found(leak: bytes, nirs: list[str]) -> None:
    done = run_dlp("scan", "--json", "-", send=leak.decode())

    assert done.returncode == 1
    assert verdicts(done.stdout)["-"]["subjects"] == len(nirs)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_unpacking_may_cost_is_set_as_for_the_proxy(jobs: str, tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"nothing " * 200_000))

    done = run_dlp("scan", "--json", "-j", jobs, str(path), env={"DLP_UNPACK_LIMIT": "1MiB"})

    assert verdicts(done.stdout)[str(path)]["uninspectable"] == "budget"


def test_an_ordinary_file_is_allowed(folder: Path) -> None:
    done = run_dlp("scan", "--json", str(folder / "orders.csv"))

    assert done.returncode == 0
    assert verdicts(done.stdout)[str(folder / "orders.csv")]["action"] in ("allow", "log")


def test_of_a_folder_only_the_leak_is_stopped(folder: Path, nirs: list[str]) -> None:
    done = run_dlp("scan", "--json", str(folder))

    told = verdicts(done.stdout)
    stopped = [source for source, one in told.items() if one["action"] in ("block", "quarantine")]
    assert done.returncode == 1
    assert len(told) == 5
    assert stopped == [str(folder / "export" / "patients.csv")]
    assert not any(nir in done.stdout for nir in nirs)


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_scanned(folder: Path) -> None:
    missing = str(folder / "missing")

    done = run_dlp("scan", "--json", missing, str(folder / "orders.csv"))

    assert done.returncode == 2
    assert missing in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(verdicts(done.stdout)) == [str(folder / "orders.csv")]


def test_words_for_a_person_hold_no_value(folder: Path, nirs: list[str]) -> None:
    done = run_dlp("scan", str(folder))

    assert done.returncode == 1
    assert "quarantine" in done.stdout
    assert not any(nir[:13] in done.stdout.replace(" ", "") for nir in nirs)


def test_several_processes_say_what_one_says(folder: Path, leak: bytes, orders: bytes) -> None:
    for number in range(40):
        (folder / f"{number:02}.csv").write_bytes(leak if number % 3 == 0 else orders)
    one, two = (run_dlp("scan", "--json", "-j", jobs, str(folder)) for jobs in "12")
    assert (one.returncode, two.returncode) == (1, 1)
    assert [_verdict(line) for line in one.stdout.splitlines()] == [
        _verdict(line) for line in two.stdout.splitlines()
    ]


def test_a_terminal_shows_how_far_a_folder_is(folder: Path, nirs: list[str]) -> None:
    ours, terminal = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "dlp", "scan", "--json", "-j", "2", str(folder)],
            cwd=ROOT,
            env=clean_environment() | {"TERM": "xterm"},
            stdout=subprocess.PIPE,
            stderr=terminal,
            check=False,
        )
        shown = os.read(ours, 1 << 20).decode()
    finally:
        os.close(ours)
        os.close(terminal)

    assert "/5" in shown
    assert "files" in shown
    assert done.returncode == 1
    assert len(verdicts(done.stdout.decode())) == 5
    assert not any(nir in shown for nir in nirs)


def _verdict(line: str) -> dict[str, Any]:
    verdict: dict[str, Any] = json.loads(line)
    del verdict["seconds"]
    return verdict

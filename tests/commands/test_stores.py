"""Where no proxy has been started, commands say so: nothing there is not nothing found."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from dlp.cli import cli
from dlp.evidence.database import Database

if TYPE_CHECKING:
    from pathlib import Path

ID = "DLP-000000-NOSUCH00"
READING = (
    ("incident", "list"),
    ("incident", "summary"),
    ("quarantine", "list"),
    ("allow", "list"),
    ("audit", "list"),
    ("audit", "verify"),
    ("trust", "suggest"),
    ("report", "breach", "--since", "1d"),
    ("policy", "replay", "monitor"),
    ("policy", "diff", "monitor", "strict", "--since", "1d"),
)
ONE = (
    ("incident", "show", ID),
    ("quarantine", "show", ID),
    ("quarantine", "release", ID),
    ("quarantine", "purge", ID),
    ("allow", "renew", "ALW-NOSUCH00"),
    ("policy", "explain", "--incident", ID),
)


@pytest.mark.parametrize("command", [*READING, *ONE], ids=" ".join)
def test_a_folder_where_no_proxy_was_started_is_named(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    folder = tmp_path / "mistyped"
    done = CliRunner().invoke(cli, [*command, "--data-dir", str(folder)])

    assert done.exit_code != 0
    assert done.stdout == ""
    assert f"{folder}: no proxy has been started there" in done.stderr
    assert not folder.exists()


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_proxy_that_stopped_nothing_is_no_error(tmp_path: Path, command: tuple[str, ...]) -> None:
    Database(tmp_path).close()
    done = CliRunner().invoke(cli, [*command, "--data-dir", str(tmp_path)], standalone_mode=False)
    assert done.exception is None, done.output


def test_times_bear_their_zone_and_one_is_no_plural(tmp_path: Path) -> None:
    Database(tmp_path).close()
    add = ("allow", "add", "--detector", "fr_nir", "--to", "a.example", "--reason", "test")
    said, acts, verified = (
        CliRunner().invoke(cli, [*command, "--data-dir", str(tmp_path)]).stdout
        for command in (add, ("audit", "list"), ("audit", "verify"))
    )
    zone = datetime.now(UTC).astimezone().strftime("%Z")
    assert re.search(rf"until [-0-9]{{10}} [:0-9]{{8}} {zone}\.", said)
    assert re.search(rf"[-0-9]{{10}} [:0-9]{{8}} {zone}", acts)
    assert verified.startswith("1 entry, sound.")


def test_a_number_may_be_typed_as_it_was_heard(tmp_path: Path) -> None:
    Database(tmp_path).close()
    said = CliRunner().invoke(
        cli, ["incident", "show", " dlp-261201-1oil7qz0", "--data-dir", str(tmp_path)]
    )
    assert "DLP-261201-10117QZ0: no such incident" in said.stderr


@pytest.mark.parametrize("name", ["report.md", "report.pdf"])
def test_a_report_that_is_there_is_not_written_over(tmp_path: Path, name: str) -> None:
    Database(tmp_path).close()
    out = tmp_path / name
    args = ["report", "breach", "--since", "1d", "-o", str(out), "--data-dir", str(tmp_path)]

    first = CliRunner().invoke(cli, args)
    content = out.read_bytes()
    second = CliRunner().invoke(cli, [*args, "--lang", "en"])

    assert (first.exit_code, second.exit_code != 0) == (0, True)
    assert f"{out}: is there already" in second.stderr
    assert out.read_bytes() == content

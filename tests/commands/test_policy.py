"""`dlp policy`: what a policy would decide is said before it decides on anything."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bench import patients
from dlp.cli import cli
from dlp.evidence.database import Database
from dlp.evidence.incident import Incident, new_incident_id
from dlp.evidence.ledger import Ledger
from dlp.policy.load import PRESETS, load_policy, preset
from dlp.types import Channel, Evidence, FlowInfo, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from dlp.types import Action

OURS = """\
name: ours
rules:
  - name: payroll
    action: log
    when: {destination: {host: depot.dsn-info.fr}, client: 10.2.0.0/16, patients: {most: 0}}
  - name: people
    action: block
    when: {subjects: 2}
"""
TESTS = """\
tests:
  - name: payroll passes
    flow: {host: depot.dsn-info.fr, port: 443, client: 10.2.3.4, at: mon 10:00}
    evidence: {subjects: 500, found: [fr_nir, {detector: fr_rpps, distinct: 3}], size: 1 MB}
    expect: {action: log, rule: payroll}
  - name: it does not from elsewhere
    flow: {host: depot.dsn-info.fr, client: 10.3.3.4}
    evidence: {subjects: 500}
    expect: block
  - name: a leak is stopped
    file: leak.csv
    expect: block
"""


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, args)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    (tmp_path / "ours.yaml").write_text(OURS, "utf-8")
    (tmp_path / "ours.tests.yaml").write_text(TESTS, "utf-8")
    (tmp_path / "leak.csv").write_bytes(patients.leak_csv(20, seed=3))
    return tmp_path / "ours.yaml"


def test_check_names_all_that_is_wrong_and_what_is_doubtful(tmp_path: Path, ours: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(OURS.replace("subjects: 2", "subject: 2").replace("log", "lag"), "utf-8")

    good = run("policy", "check", str(ours), "balanced")
    both = run("policy", "check", str(ours), str(bad))
    told = [
        json.loads(line)
        for line in run("policy", "check", "--json", str(bad)).output.split("\n")
        if line
    ]

    assert good.exit_code == 0
    assert "no rule decides on what can't be read (encrypted)" in good.output
    assert both.exit_code == 2
    assert f"{bad}:4:5: rules.0.action: expected 'allow'" in both.output
    assert f"{bad}:8:12: rules.1.when.subject: no such field" in both.output
    assert [one["line"] for one in told[0]["problems"]] == [4, 8]


@pytest.mark.parametrize(
    ("args", "decided"),
    [
        (["--subjects", "5"], "block, by rule people"),
        (["--subjects", "1"], "allow, by rule none"),
        (["--subjects", "5", "--to", "depot.dsn-info.fr", "--client", "10.2.0.1"], "rule payroll"),
        (["--subjects", "5", "--to", "depot.dsn-info.fr", "--client", "10.3.0.1"], "rule people"),
    ],
)
def test_explain_says_which_rule_decides_and_why(ours: Path, args: list[str], decided: str) -> None:
    done = run("policy", "explain", "--policy", str(ours), *args)
    assert done.exit_code == 0
    assert decided in done.output.partition("\n")[0]


def test_a_built_in_policy_is_named_as_to_check() -> None:
    checked = json.loads(run("policy", "check", "strict", "--json").stdout)
    done = run("policy", "explain", "strict", "--subjects", "3", "--json")
    assert json.loads(done.stdout)["policy"] == f"strict {checked['version']}"


def test_explain_says_what_a_rule_asks_that_a_message_has_not(ours: Path) -> None:
    done = run("policy", "explain", "--policy", str(ours), str(ours.parent / "leak.csv"), "--json")
    told = json.loads(done.output)
    assert (told["action"], told["rule"]) == ("block", "people")
    unmet = [one["asked"] for one in told["rules"][0]["conditions"] if not one["met"]]
    assert unmet == [
        "patients <= 0",
        "destination: depot.dsn-info.fr",
        "client: 10.2.0.0/16",
    ]


def test_tests_beside_a_policy_are_run(ours: Path) -> None:
    passing = run("policy", "test", str(ours))
    ours.write_text(OURS.replace("action: block", "action: log"), "utf-8")
    failing = run("policy", "test", str(ours))

    assert (passing.exit_code, passing.output) == (0, "3 of 3 tests pass.\n")
    assert failing.exit_code == 1
    assert "a leak is stopped: expected block, got log (people)" in failing.output
    assert "1 of 3 tests pass." in failing.output


def test_a_bad_test_is_refused_with_its_place(ours: Path) -> None:
    tests = ours.parent / "ours.tests.yaml"
    tests.write_text(TESTS.replace("expect: block", "expect: stop", 1), "utf-8")
    done = run("policy", "test", str(ours))
    assert done.exit_code != 0
    assert (
        "ours.tests.yaml line 9, column 5: tests.1.expect.action: expected 'allow'" in done.output
    )


def test_how_much_is_held_is_explained_and_compared(ours: Path) -> None:
    holding = ours.with_name("holding.yaml")
    entry = "hold:\n  - {destination: {suffix: dsn-info.fr}, limit: 256 MiB}\n"
    holding.write_text(OURS + entry, "utf-8")
    there = ("--to", "depot.dsn-info.fr")

    explained = run("policy", "explain", "--policy", str(holding), *there)
    elsewhere = run("policy", "explain", "--policy", str(holding), "--to", "other.fr")
    told = json.loads(run("policy", "explain", "--policy", str(holding), *there, "--json").output)
    compared = run("policy", "diff", str(ours), str(holding))
    lines = run("policy", "diff", str(ours), str(holding), "--json").output.splitlines()

    held = "Of a body up to 256 MiB, nothing leaves before its verdict."
    assert explained.output.rstrip().endswith(held)
    assert "256 MiB" not in elsewhere.output
    assert told["hold_limit"] == 256 << 20
    assert "0 of " in compared.output
    assert "*.dsn-info.fr  as hold_limit says  256 MiB" in compared.output
    assert [json.loads(line) for line in lines] == [
        {"hold": "*.dsn-info.fr", "before": None, "after": 256 << 20}
    ]


def test_diff_shows_what_is_decided_differently(ours: Path) -> None:
    stricter = ours.parent / "stricter.yaml"
    stricter.write_text(OURS.replace("subjects: 2", "subjects: 1"), "utf-8")

    same = run("policy", "diff", str(ours), str(ours))
    other = run("policy", "diff", str(ours), str(stricter), "--json")

    differing = [json.loads(line) for line in other.output.splitlines()]
    assert same.output.startswith("0 of ")
    assert {one["message"] for one in differing} == {
        "a lone identifier",
        "an announced identifier",
        "an identifier beside health",
    }
    assert {one["after"]["action"] for one in differing} == {"block"}
    assert not any("depot" in one["flow"] for one in differing)


def kept(folder: Path, action: Action, subjects: int, days: float, rule: str = "x") -> str:
    database = Database(folder)
    now = datetime.now(UTC) - timedelta(days=days)
    incident = Incident(
        id=new_incident_id(now),
        at=now,
        flow=FlowInfo(channel=Channel.HTTP, client="10.2.3.4", host="a.example", port=443),
        verdict=Verdict(action=action, rule=rule, policy="balanced 000000000000"),
        evidence=Evidence(subjects=subjects),
        content_hash="",
        body_kept=False,
    )
    Ledger(database).record(incident)
    database.close()
    return incident.id


@pytest.mark.parametrize("name", PRESETS)
def test_a_policy_of_ones_own_begins_with_a_built_in_one(tmp_path: Path, name: str) -> None:
    begun = tmp_path / "policy.yaml"
    begun.write_text(run("policy", "show", name).stdout, "utf-8")

    assert load_policy(begun).version == preset(name).version
    assert run("policy", "show", "nobody").exit_code == 1


def test_replay_says_what_a_policy_would_have_done(ours: Path) -> None:
    folder = ours.parent / "data"
    folder.mkdir()
    block, log = preset("balanced").rules[0].action.BLOCK, preset("balanced").rules[0].action.LOG
    same = kept(folder, block, 5, 1)
    passes = kept(folder, block, 1, 2)
    stops = kept(folder, log, 9, 3)
    kept(folder, block, 9, 20)
    kept(folder, block, 0, 1, rule="fail-closed:timeout")
    where = ("--data-dir", str(folder))

    told = [
        json.loads(line)
        for line in run("policy", "replay", str(ours), *where, "--json").stdout.splitlines()
    ]
    shown = run("policy", "replay", str(ours), *where, "--since", "30d").output
    compared = run("policy", "diff", "strict", str(ours), *where, "--since", "7d").output

    assert {one["message"]: one["after"]["action"] for one in told} == {
        same: "block",
        passes: "allow",
        stops: "block",
    }
    assert [one["message"] for one in told if one["differs"]] == [stops, passes]
    assert shown.startswith("4 incidents, decided again by ours ")
    assert "1 incident more can't be decided again" in shown
    assert compared.startswith("3 of 3 past incidents are decided differently.")
    assert "1 incident more can't be decided again" in compared

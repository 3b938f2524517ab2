"""Policies are read with errors that name the place, and the first rule that holds decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlp.policy.load import PRESETS, PolicyError, load_policy, parse_policy, preset
from dlp.types import Action, Channel, Evidence, FlowInfo, Uninspectable

FLOW = FlowInfo(channel=Channel.HTTP)
RULES = """\
name: mine
rules:
  - name: many
    action: block
    when: {subjects: 10}
  - name: some
    action: log
    when: {subjects: 1, announced: 1}
"""


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_policies_of_their_name(name: str) -> None:
    assert preset(name).name == name


@pytest.mark.parametrize(
    ("evidence", "action", "rule"),
    [
        (Evidence(subjects=10), Action.BLOCK, "many"),
        (Evidence(subjects=9, announced=1), Action.LOG, "some"),
        (Evidence(subjects=9), Action.ALLOW, "none"),
        (Evidence(), Action.ALLOW, "none"),
    ],
)
def test_the_first_rule_that_holds_decides(evidence: Evidence, action: Action, rule: str) -> None:
    verdict = parse_policy(RULES, "test").decide(evidence, FLOW)
    assert (verdict.action, verdict.rule) == (action, rule)


@pytest.mark.parametrize("reason", list(Uninspectable))
def test_balanced_quarantines_what_could_not_be_read(reason: Uninspectable) -> None:
    assert (
        preset("balanced").decide(Evidence(uninspectable=reason), FLOW).action is Action.QUARANTINE
    )


def test_monitor_stops_nothing() -> None:
    policy = preset("monitor")
    for evidence in (Evidence(subjects=500), Evidence(uninspectable=Uninspectable.CORRUPT)):
        assert policy.decide(evidence, FLOW).action is Action.LOG


def test_the_version_follows_what_a_policy_says() -> None:
    one = parse_policy(RULES, "test")
    laid_out_otherwise = parse_policy(
        "# a comment\n" + RULES.replace("{subjects: 10}", "{subjects: 0xA}"), "test"
    )
    other = parse_policy(RULES.replace("subjects: 10", "subjects: 11"), "test")
    assert one.version == laid_out_otherwise.version != other.version
    assert one.decide(Evidence(), FLOW).policy == f"mine {one.version}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "line 1"),
        ("just words", "the document"),
        (RULES.replace("action: log", "action: destroy"), "line 7, column 5: rules.1.action"),
        (RULES.replace("subjects: 10", "people: 10"), "line 5, column 12: rules.0.when.people"),
        (RULES.replace("subjects: 10", "subjects: 0"), "rules.0.when.subjects"),
        (RULES.replace("name: mine", "title: mine"), "name"),
    ],
)
def test_a_bad_policy_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=r"policy\.yaml") as caught:
        parse_policy(text, "policy.yaml")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"nope\.yaml: No such file"):
        load_policy(tmp_path / "nope.yaml")

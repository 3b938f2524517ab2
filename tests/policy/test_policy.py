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


@pytest.mark.parametrize("reason", sorted(set(Uninspectable) - {Uninspectable.OPAQUE}))
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
        (RULES.replace("subjects: 10", "subject: 10"), "no such field; did you mean 'subjects'?"),
        (RULES.replace("subjects: 10", "found: {detector: fr_nirr}"), "mean 'fr_nir'?"),
        (RULES.replace("subjects: 10", "client: 10.1.2.3/8"), "did you mean 10.0.0.0/8?"),
        (RULES.replace("subjects: 10", "destination: {host: 'http://a/'}"), "is no host name"),
        (RULES.replace("subjects: 10", "destination: {port: 99999}"), "is no port"),
        (RULES.replace("subjects: 10", "destination: {}"), "expected `host`, `suffix`"),
        (RULES.replace("subjects: 10", "size: 10 megs"), "a size as 10 MB"),
        (RULES.replace("subjects: 10", "subjects: {least: 3, most: 2}"), "`least` is above"),
        (RULES.replace("subjects: 10", "uninspectable: locked"), "is none of unknown-encoding"),
        (RULES.replace("subjects: 10", "method: []"), "an empty list holds for nothing"),
        (RULES.replace("subjects: 10", "time: {from: 25:00}"), "expected a time of the day"),
        (RULES.replace("subjects: 10", "time: {days: monday}"), "expected days as mon"),
        (RULES.replace("name: some", "name: many"), "two rules are named 'many'"),
        (RULES.replace("name: some", "name: none"), "'none' stands for no rule"),
        ("name: a\nname: b", "line 2, column 1: not YAML: found duplicate key"),
        ("name: a\nrules: []", "line 2, column 1: rules: no rule"),
        ("name: a\nrules:\n\t- x", "line 3, column 1: not YAML"),
        ("a: &x [*x]", "a: no such field"),
        ("name: \0", "line 1, column 1: not YAML"),
        ("", "expected fields as `name: value`; there are: hold, name, rules, test_data"),
        (RULES.replace("subjects: 10", "subjects: 0"), "rules.0.when.subjects: at least none"),
        (RULES.replace("name: mine", "title: mine"), "name"),
    ],
)
def test_a_bad_policy_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=r"policy\.yaml") as caught:
        parse_policy(text, "policy.yaml")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_that_is_wrong_is_kept_in_the_order_of_the_file() -> None:
    text = RULES.replace("subjects: 10", "people: 10").replace("action: log", "action: destroy")
    with pytest.raises(PolicyError, match=r"\(and 1 more; see dlp policy check\)") as caught:
        parse_policy(text, "policy.yaml")
    assert [(one.line, one.column, one.field) for one in caught.value.problems] == [
        (5, 12, "rules.0.when.people"),
        (7, 5, "rules.1.action"),
    ]


def test_a_file_that_is_no_text_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_bytes(b"name: a\nrules: \xff\xfe")
    with pytest.raises(PolicyError, match=r"bad\.yaml line 2, column 8: not UTF-8"):
        load_policy(tmp_path / "bad.yaml")


def test_monitor_writes_down_what_balanced_stops() -> None:
    balanced, monitor = preset("balanced").rules, preset("monitor").rules
    assert [(r.name, r.when) for r in balanced] == [(r.name, r.when) for r in monitor]


def test_much_that_looks_encrypted_is_written_down_and_strict_stops_it() -> None:
    few, much = (Evidence(uninspectable=Uninspectable.OPAQUE, bytes=n) for n in (5000, 2_000_000))
    assert [
        preset(name).decide(evidence, FLOW).action
        for name in ("monitor", "balanced", "strict")
        for evidence in (few, much)
    ] == [Action.ALLOW, Action.LOG] * 2 + [Action.QUARANTINE] * 2


def test_strict_stops_all_that_balanced_stops_and_a_lone_identifier() -> None:
    strict, balanced = preset("strict"), preset("balanced")
    for rule in balanced.rules:
        if rule.name == "opaque":
            continue
        assert rule.when in [one.when for one in strict.rules if one.action.stops], rule.name
    assert strict.decide(Evidence(subjects=1), FLOW).action is Action.QUARANTINE
    assert balanced.decide(Evidence(subjects=1), FLOW).action is Action.LOG


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"nope\.yaml: No such file"):
        load_policy(tmp_path / "nope.yaml")

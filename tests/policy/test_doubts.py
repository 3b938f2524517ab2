"""What a policy's author should look at again is said, and only that."""

from __future__ import annotations

import pytest
from hypothesis import given

from dlp.policy.doubts import covers, doubts
from dlp.policy.facts import facts
from dlp.policy.load import PRESETS, parse_policy, preset
from dlp.policy.model import Policy
from dlp.types import Evidence, FlowInfo
from tests.policy.test_rules import evidences, flows, policies

BALANCED = "".join(
    f"\n  - {{name: {name}, action: quarantine, when: {{{when}}}}}"
    for name, when in (
        ("people", "subjects: 2"),
        ("unread", "uninspectable: [unknown-encoding, corrupt, budget, encrypted, partial]"),
    )
)


def said(first: str) -> list[str]:
    return [str(one) for one in doubts(parse_policy(f"name: t\nrules:\n  {first}{BALANCED}", "t"))]


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "monitor"])
def test_presets_leave_no_doubt(name: str) -> None:
    assert doubts(preset(name)) == []


def test_a_policy_that_stops_nothing_is_named() -> None:
    assert [str(one) for one in doubts(preset("monitor"))] == [
        "stops nothing; right for the first days on a network only"
    ]


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ("- {name: x, action: allow, when: {}}", "rule x: lets everything pass"),
        ("- {name: x, action: allow, when: {}}", "rule people: never decides"),
        ("- {name: x, action: allow, when: {}}", "a thousand patients"),
        ("- {name: x, action: log, when: {channel: http}}", "rule x: lets everything pass"),
        ("- {name: x, action: allow, when: {destination: {host: a.fr}}}", "leaves no incident"),
        ("- {name: x, action: allow, when: {subjects: 5, client: 10.0.0.0/8}}", "no incident"),
        ("- {name: x, action: log, when: {destination: {suffix: com}}}", "top-level domain"),
        ("- {name: x, action: allow, when: {uninspectable: encrypted}}", "can't be read"),
        ("- {name: x, action: block, when: {subjects: 1}}", "rule people: never decides"),
        (
            "- {name: x, action: allow, when: {uninspectable: corrupt, size: {most: 10}}}",
            "can't be read",
        ),
    ],
)
def test_a_doubtful_rule_is_named(rule: str, word: str) -> None:
    assert any(word in text for text in said(rule))


@pytest.mark.parametrize(
    "rule",
    [
        "- {name: x, action: log, when: {destination: {host: depot.dsn-info.fr}}}",
        "- {name: x, action: allow, when: {destination: {host: a.fr}, only: fr_nir}}",
        "- {name: x, action: allow, when: {client: 10.0.0.0/8, patients: {most: 0}}}",
        "- {name: x, action: block, when: {destination: {suffix: evil.example}}}",
        "- {name: x, action: block, when: {subjects: 2, method: PUT}}",
        "- {name: x, action: log, when: {uninspectable: encrypted, destination: {host: a.fr}}}",
    ],
)
def test_an_ordinary_rule_is_not(rule: str) -> None:
    assert said(rule) == []


def test_content_that_nobody_could_read_and_no_rule_stops_is_named() -> None:
    policy = parse_policy("name: t\nrules: [{name: x, action: block, when: {subjects: 1}}]", "test")
    assert [str(one) for one in doubts(policy) if "encrypted" in str(one)] == [
        "no rule decides on what can't be read (encrypted): it passes unread"
    ]


@given(policy=policies, evidence=evidences, flow=flows)
def test_a_rule_that_is_said_never_to_decide_never_does(
    policy: Policy, evidence: Evidence, flow: FlowInfo
) -> None:
    seen = facts(flow)
    for number, rule in enumerate(policy.rules):
        for before in policy.rules[:number]:
            if covers(before.when, rule.when) and rule.when.holds(evidence, seen):
                assert before.when.holds(evidence, seen)

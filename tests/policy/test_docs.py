"""The policies in the documentation are policies, and let nothing pass that they don't mean to."""

from __future__ import annotations

import re
from pathlib import Path

from dlp.extract.formats import KINDS
from dlp.policy.doubts import doubts
from dlp.policy.load import parse_policy, preset
from dlp.types import Action, Channel, Evidence, FlowInfo

TEXT = (Path(__file__).parents[2] / "docs" / "policies.md").read_text("utf-8")
BLOCKS = [block for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) if "rules:" in block]


def test_every_policy_shown_can_be_used() -> None:
    assert len(BLOCKS) == 2
    for block in BLOCKS:
        parse_policy(block, "docs/policies.md")


def test_the_hospitals_policy_ends_with_the_rules_of_the_preset() -> None:
    assert "# From here on the rules of `balanced`." in BLOCKS[1]
    rules = parse_policy(
        "name: x\nrules:\n" + BLOCKS[1].partition("# From here on the rules of `balanced`.")[2],
        "docs/policies.md",
    ).rules
    assert rules == preset("balanced").rules


def test_the_hospitals_policy_is_meant_as_it_stands() -> None:
    policy = parse_policy(BLOCKS[1], "docs/policies.md")
    assert doubts(policy) == []
    leak = Evidence(subjects=200, announced=200, beside_health=200, patients=200, bytes=60_000)
    payroll = Evidence(subjects=200, announced=200, bytes=60_000)
    there = FlowInfo(
        channel=Channel.HTTP, host="depot.net-entreprises.fr", port=443, client="10.20.4.3"
    )
    assert policy.decide(payroll, there).rule == "payroll-to-the-state"
    assert policy.decide(leak, there).action is Action.QUARANTINE
    ward = FlowInfo(
        channel=Channel.HTTP, host="depot.net-entreprises.fr", port=443, client="10.40.4.3"
    )
    assert policy.decide(payroll, ward).action is Action.QUARANTINE


def test_every_kind_that_a_rule_may_ask_for_is_named() -> None:
    listed = TEXT.split("Kinds are ", 1)[1].split(".", 1)[0]

    assert [kind.strip("`,") for kind in listed.split()] == sorted(KINDS)

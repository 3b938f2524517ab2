"""Whoever looks at a refusal is told why it was one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dlp.commands.incident import sheet
from dlp.commands.refusals import UNREAD, WHY
from dlp.evidence.incident import Incident, new_incident_id
from dlp.types import Action, Channel, Evidence, FlowInfo, Uninspectable, Verdict

ROOT = Path(__file__).parents[2]


def shown(rule: str, policy: str = "", unread: Uninspectable | None = None) -> str:
    return "\n".join(
        sheet(
            Incident(
                id=new_incident_id(),
                at=datetime.now(UTC),
                flow=FlowInfo(channel=Channel.HTTP, client="10.2.3.4", host="a.example", port=443),
                verdict=Verdict(action=Action.BLOCK, rule=rule, policy=policy),
                evidence=Evidence(uninspectable=unread),
                content_hash="",
                body_kept=False,
            )
        )
    )


@pytest.mark.parametrize("reason", WHY)
def test_a_refusal_says_why(reason: str) -> None:
    assert f"Refused      {WHY[reason]}" in shown(f"fail-closed:{reason}")
    assert f"| `fail-closed:{reason}` |" in (ROOT / "docs" / "policies.md").read_text("utf-8")


@pytest.mark.parametrize("reason", Uninspectable)
def test_what_could_not_be_read_says_why(reason: Uninspectable) -> None:
    assert f"Unread       {reason}: {UNREAD[reason]}" in shown("some-rule", unread=reason)


def test_what_a_policy_decided_is_no_refusal() -> None:
    assert "Refused" not in shown("some-rule", "balanced 1f0c9a27e3b4")


def test_every_reason_that_the_proxy_gives_is_explained() -> None:
    given = set()
    for path in (ROOT / "addons").rglob("*.py"):
        text = path.read_text("utf-8")
        given |= set(re.findall(r'refuse\([^"\n]*"([a-z-]+)"\)', text))
        given |= set(re.findall(r'RefusedLayer\(context, "([a-z-]+)"\)', text))
    given |= set(
        re.findall(r'reason = "([a-z-]+)"', (ROOT / "addons/opaque.py").read_text("utf-8"))
    )
    assert {"error", "timeout", "pinned", "opaque"} <= given
    assert given <= set(WHY)

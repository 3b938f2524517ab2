"""How much is held depends on where it goes; the first entry that names that counts."""

from __future__ import annotations

import pytest

from dlp.policy.doubts import doubts
from dlp.policy.load import PolicyError, parse_policy, preset
from dlp.policy.model import Policy
from dlp.types import Channel, FlowInfo

MIB = 1 << 20
RULES = """\
name: ours
rules:
  - {name: people, action: block, when: {subjects: 2}}
  - name: unread
    action: block
    when: {uninspectable: [unknown-encoding, corrupt, budget, encrypted, partial]}
"""


def policy(*entries: str) -> Policy:
    return parse_policy(RULES + "hold:\n" + "".join(f"  - {one}\n" for one in entries), "ours")


def to(host: str, port: int = 443) -> FlowInfo:
    return FlowInfo(channel=Channel.HTTP, host=host, port=port)


def test_the_first_entry_for_a_destination_counts() -> None:
    ours = policy(
        "{destination: {host: backup.example}, limit: 64 KiB}",
        "{destination: {suffix: example}, limit: 256 MiB}",
        "{destination: {cidr: 10.0.0.0/8, port: 8443}, limit: 1 GiB}",
    )

    assert ours.hold_limit(to("Backup.Example.")) == 64 * 1024
    assert ours.hold_limit(to("lab.example")) == 256 * MIB
    assert ours.hold_limit(to("10.1.2.3", 8443)) == 1024 * MIB
    assert ours.hold_limit(to("10.1.2.3")) is None
    assert ours.hold_limit(to("elsewhere.test")) is None
    assert preset("balanced").hold_limit(to("lab.example")) is None


def test_what_is_held_is_a_part_of_the_version() -> None:
    one = policy("{destination: {suffix: example}, limit: 256 MiB}")
    other = policy("{destination: {suffix: example}, limit: 257 MiB}")

    assert len({one.version, other.version, parse_policy(RULES, "ours").version}) == 3


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            "{destination: {host: a.example}, limit: 1000}",
            "line 8, column 38: hold.0.limit: expected at least",
        ),
        ("{destination: {host: a.example}, limit: lots}", "hold.0.limit: expected bytes as"),
        ("{destination: {host: a.example}}", "hold.0.limit: is missing"),
        ("{limit: 1 MiB}", "hold.0.destination: is missing"),
        ("{destination: {}, limit: 1 MiB}", "hold.0.destination: expected `host`"),
        ("{destination: {host: a.example}, limits: 1 MiB}", "no such field; did you mean 'limit'"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_its_place(entry: str, said: str) -> None:
    with pytest.raises(PolicyError) as refused:
        policy(entry)
    assert any(said in f"{one}" for one in refused.value.problems), refused.value.problems


def test_an_entry_that_is_never_looked_at_is_doubtful() -> None:
    ours = policy(
        "{destination: {suffix: example}, limit: 256 MiB}",
        "{destination: {host: lab.example}, limit: 64 KiB}",
    )

    assert [str(one) for one in doubts(ours)] == [
        "hold: lab.example is never looked at: one before it holds for it too"
    ]

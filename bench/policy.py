"""Measures a policy of a thousand rules and an allowlist of ten thousand entries.

`make bench ARGS=policy`
"""

from __future__ import annotations

import random
import statistics
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dlp.policy.allowlist import Allowlist
from dlp.policy.facts import facts
from dlp.policy.model import Policy
from dlp.types import (
    AllowEntry,
    Category,
    Channel,
    Evidence,
    Finding,
    FlowInfo,
    Moment,
    Uninspectable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

RULES = 1000
MESSAGES = 500
ROUNDS = 5
# Microseconds that the median decision may take.
LIMIT = 50
ENTRIES = 10_000

DETECTORS = ("fr_nir", "gb_nhs", "de_kvnr", "us_mbi", "fr_rpps", "person", "fr.oncology")


def rules(count: int, chance: random.Random) -> list[dict[str, Any]]:
    """Return rules of every kind, as a large house with many partners would have."""

    def condition(number: int) -> dict[str, Any]:
        kinds: list[dict[str, Any]] = [
            {"destination": {"host": f"partner{number}.example", "port": [443, "8000-8999"]}},
            {"destination": {"suffix": f"group{number}.example"}, "method": ["POST", "PUT"]},
            {"destination": {"cidr": f"10.{number % 256}.{number // 256}.0/24"}},
            {"client": f"172.16.{number % 256}.0/24", "user": f"user{number}"},
            {"path": f"/export/{number}/*", "content_type": "application/*"},
            {"path": f"/api/*/claims/{number}"},
            {"found": {"detector": chance.choice(DETECTORS), "distinct": 1000 + number}},
            {"time": {"days": "mon-fri", "from": "07:00", "to": f"19:{number % 60:02}"}},
            {"size": {"least": f"{number + 1} MB"}},
        ]
        return kinds[number % len(kinds)] | {"subjects": 1000 + chance.randrange(1000)}

    return [
        {"name": f"rule-{number}", "action": "log", "when": condition(number)}
        for number in range(count)
    ]


def messages(chance: random.Random) -> list[tuple[Evidence, FlowInfo]]:
    """Return messages as they come, some of which reach far down the rules."""
    made = []
    for _ in range(MESSAGES):
        number = chance.randrange(RULES)
        host = chance.choice([f"partner{number}.example", f"a.b.group{number}.example", "10.1.2.3"])
        found = chance.sample(DETECTORS, chance.randrange(4))
        flow = FlowInfo(
            channel=Channel.HTTP,
            client=f"172.16.{number % 256}.9",
            host=host,
            port=443,
            method="POST",
            path=chance.choice([f"/export/{number}/file.csv", f"/api/v2/claims/{number}", "/"]),
            user=f"user{number}",
            content_type="application/json",
            at=Moment(epoch=0.0, weekday=2, minute=600),
        )
        evidence = Evidence(
            findings=tuple(
                Finding(detector=name, category=Category.IDENTIFIER, count=2000,
                        distinct=chance.randrange(2000), confidence=0.99)
                for name in found
            ),
            subjects=chance.randrange(2000) if found else 0,
            uninspectable=None if number % 9 else Uninspectable.ENCRYPTED,
            bytes=chance.randrange(1 << 22),
        )  # fmt: skip
        made.append((evidence, flow))
    return made


def main() -> int:
    """Print microseconds a decision; fail above the limit."""
    chance = random.Random(8)
    sent = messages(chance)
    worst = 0.0
    for count in (10, 100, RULES):
        policy = Policy.model_validate({"name": "bench", "rules": rules(count, chance)})
        started = time.perf_counter()
        policy.matcher  # noqa: B018 - compiled when first asked for
        compiled = time.perf_counter() - started
        took = []
        for _ in range(ROUNDS):
            for evidence, flow in sent:
                started = time.perf_counter()
                policy.decide(evidence, flow)
                took.append((time.perf_counter() - started) * 1e6)
        took.sort()
        worst = statistics.median(took)
        print(
            f"{count:>5} rules: median {worst:5.1f} µs, p99 {took[len(took) * 99 // 100]:6.1f} µs"
            f" a decision; compiled in {compiled * 1e3:.1f} ms"
        )
    _allowlist(sent, chance)
    return 0 if worst <= LIMIT else 1


def _allowlist(sent: list[tuple[Evidence, FlowInfo]], chance: random.Random) -> None:
    """Print microseconds that looking messages up in the allowlist takes."""
    kinds: list[Callable[[int], dict[str, Any]]] = [
        lambda n: {"detector": "fr_nir", "host": f"partner{n}.example", "port": 443},
        lambda n: {"detector": "fr_*", "suffix": f"group{n}.example"},
        lambda n: {"detector": "gb_nhs", "cidr": f"10.{n % 256}.{n // 256 % 256}.0/24"},
        lambda n: {"detector": "person", "client": f"172.16.{n % 256}.{n // 256 % 256}/32"},
        lambda n: {"value": f"{n:016x}"},
        lambda n: {"content": f"{n:064x}"},
    ]
    for count in (10, ENTRIES):
        allowlist = Allowlist(
            AllowEntry(id=f"ALW-{n}", owner="o", reason="r", created=0.0, expires=2e9,
                       **kinds[n % len(kinds)](n))
            for n in range(count)
        )  # fmt: skip
        took = []
        for _ in range(ROUNDS):
            for evidence, flow in sent:
                seen = facts(replace(flow, at=Moment(epoch=1e9, weekday=2, minute=600)))
                found = {"fr_nir": frozenset(chance.sample(range(1 << 30), 3)) & allowlist.values}
                started = time.perf_counter()
                allowlist.narrow(evidence, seen, found)
                took.append((time.perf_counter() - started) * 1e6)
        took.sort()
        print(
            f"{count:>5} entries: median {statistics.median(took):5.1f} µs,"
            f" p99 {took[len(took) * 99 // 100]:6.1f} µs a message with findings"
        )


if __name__ == "__main__":
    raise SystemExit(main())

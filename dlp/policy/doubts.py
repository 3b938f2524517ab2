"""What a policy says that its author may not have meant; none of it keeps it from being used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlp.policy.conditions import COUNTS
from dlp.policy.facts import network
from dlp.policy.model import NO_RULE
from dlp.types import Action, Channel, Evidence, FlowInfo, Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.policy.conditions import Condition, Destination, Window
    from dlp.policy.fields import Bounds
    from dlp.policy.model import Policy, Rule

__all__ = ["Doubt", "covers", "doubts"]

# Content that looks encrypted was searched; it passes often, and nobody has to decide on it.
_UNREAD = tuple(reason for reason in Uninspectable if reason is not Uninspectable.OPAQUE)
_ANYONE = FlowInfo(channel=Channel.HTTP)
_LEAK = Evidence(subjects=1000, announced=1000, beside_health=1000, patients=1000, bytes=1 << 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One thing to look at.

    Attributes:
        rule: The rule it is about, or empty.
        text: What is doubtful.
    """

    rule: str = ""
    text: str

    def __str__(self) -> str:
        return f"rule {self.rule}: {self.text}" if self.rule else self.text


def doubts(policy: Policy) -> list[Doubt]:
    """Return what the author of a policy should look at again."""
    if not any(rule.action.stops for rule in policy.rules):
        return [Doubt(text="stops nothing; right for the first days on a network only")]
    return [*_of_rules(policy.rules), *_of_the_whole(policy)]


def _of_rules(rules: tuple[Rule, ...]) -> Iterator[Doubt]:
    for number, rule in enumerate(rules):
        before = next((r for r in rules[:number] if covers(r.when, rule.when)), None)
        if before is not None:
            text = f"never decides: whatever it holds for, {before.name} before it holds for too"
            yield Doubt(rule=rule.name, text=text)
        if not rule.action.stops and _is_open(rule.when):
            yield Doubt(
                rule=rule.name,
                text=f"lets everything pass ({rule.action}), whatever is found, to anywhere",
            )
        elif not rule.action.stops and _is_blind(rule.when) and not rule.when.destination:
            yield Doubt(rule=rule.name, text="lets pass what can't be read, to anywhere")
        elif rule.action is Action.ALLOW and not _is_bounded(rule.when):
            yield Doubt(
                rule=rule.name,
                text="lets any amount of anything pass and leaves no incident; `action: log` "
                "leaves one, and `only`, `patients: {most: 0}` or `size` bound it",
            )
        where = rule.when.destination
        if where is not None and any("." not in suffix for suffix in where.suffix):
            yield Doubt(rule=rule.name, text="names a whole top-level domain as a suffix")


def _is_blind(when: Condition) -> bool:
    """Tell whether a rule asks for what was not even searched."""
    return any(reason in _UNREAD for reason in when.uninspectable)


def _of_the_whole(policy: Policy) -> Iterator[Doubt]:
    if not policy.decide(_LEAK, _ANYONE).action.stops:
        yield Doubt(text="a thousand patients' announced identifiers to an unknown server pass")
    for reason in _UNREAD:
        verdict = policy.decide(Evidence(uninspectable=reason, bytes=1 << 20), _ANYONE)
        if verdict.rule == NO_RULE:
            yield Doubt(text=f"no rule decides on what can't be read ({reason}): it passes unread")
    for number, one in enumerate(policy.hold):
        if any(_to(before.destination, one.destination) for before in policy.hold[:number]):
            text = f"hold: {one.destination} is never looked at: one before it holds for it too"
            yield Doubt(text=text)


def _is_open(when: Condition) -> bool:
    return not (_asks_content(when) or when.destination or when.client or when.user)


def _asks_content(when: Condition) -> bool:
    counted = any(getattr(when, name) for name in (*COUNTS, "size"))
    asks = counted or when.only or when.found or when.uninspectable or when.kind
    return bool(asks or when.health is not None)


def _is_bounded(when: Condition) -> bool:
    """Tell whether conditions bound from above what may be in a message."""
    bounds = [getattr(when, name) for name in (*COUNTS, "size")]
    return bool(
        when.only
        or when.health is False
        or any(one is not None and one.most is not None for one in bounds)
    )


def covers(wide: Condition, narrow: Condition) -> bool:
    """Tell whether `wide` certainly holds for all that `narrow` holds for."""
    return (
        all(_within(getattr(wide, n), getattr(narrow, n)) for n in (*COUNTS, "size"))
        and (wide.found is None or wide.found == narrow.found)
        and (not wide.only or (bool(narrow.only) and narrow.only_names() <= wide.only_names()))
        and (wide.health is None or wide.health is narrow.health)
        and all(
            _one_of(getattr(wide, name), getattr(narrow, name))
            for name in ("uninspectable", "kind", "user", "channel", "method")
        )
        and _in_networks(wide.client, narrow.client)
        and _to(wide.destination, narrow.destination)
        and all(_matching(getattr(wide, n), getattr(narrow, n)) for n in ("path", "content_type"))
        and _when(wide.time, narrow.time)
    )


def _within(wide: Bounds | None, narrow: Bounds | None) -> bool:
    if wide is None or (not wide.least and wide.most is None):
        return True
    if narrow is None or (narrow.least or 0) < (wide.least or 0):
        return False
    return wide.most is None or (narrow.most is not None and narrow.most <= wide.most)


def _one_of(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    return not wide or (bool(narrow) and set(narrow) <= set(wide))


def _in_networks(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    return not wide or (bool(narrow) and all(_inside(cidr, wide) for cidr in narrow))


def _inside(cidr: str, networks: tuple[str, ...]) -> bool:
    inner = network(cidr)
    for one in networks:
        outer = network(one)
        if inner.version != outer.version:
            continue
        first, last = int(inner.network_address), int(inner.broadcast_address)
        if int(outer.network_address) <= first and last <= int(outer.broadcast_address):
            return True
    return False


def _to(wide: Destination | None, narrow: Destination | None) -> bool:
    if wide is None:
        return True
    if narrow is None:
        return False
    if wide.port and not (
        narrow.port
        and all(any(a <= low and high <= b for a, b in wide.port) for low, high in narrow.port)
    ):
        return False
    if not wide.names_hosts:
        return True
    return (
        narrow.names_hosts
        and all(host in wide.host or _below(host, wide.suffix) for host in narrow.host)
        and all(_below(suffix, wide.suffix) for suffix in narrow.suffix)
        and all(_inside(cidr, wide.cidr) for cidr in narrow.cidr)
    )


def _below(host: str, suffixes: tuple[str, ...]) -> bool:
    return any(host == suffix or host.endswith(f".{suffix}") for suffix in suffixes)


def _matching(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    if not wide:
        return True
    return bool(narrow) and all(
        pattern in wide
        or any(one.find("*") == len(one) - 1 and pattern.startswith(one[:-1]) for one in wide)
        for pattern in narrow
    )


def _when(wide: Window | None, narrow: Window | None) -> bool:
    if wide is None:
        return True
    if narrow is None:
        return False
    return all(
        any(a <= first and last <= b for a, b in wide.spans()) for first, last in narrow.spans()
    )

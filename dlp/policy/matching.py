"""All rules matched at once: a thousand of them cost no more than a few.

Rules are the bits of an integer, the first rule the lowest. For each thing that rules may ask of,
an index gives the rules that a message's value leaves in play; what all of them leave in play
holds, and its lowest bit decides. `Condition.tests` says the same of one rule in plain words;
tests hold the two together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING

import re2

from dlp.policy.conditions import COUNTS, has_health
from dlp.policy.facts import facts, network
from dlp.policy.fields import glob
from dlp.policy.lookup import Steps, Words
from dlp.types import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dlp.policy.conditions import Condition
    from dlp.policy.facts import IP, Facts
    from dlp.policy.fields import Bounds
    from dlp.types import FlowInfo

__all__ = ["Matcher", "Networks"]

INFINITY = 1 << 62
_counts_of = attrgetter(*COUNTS)


class _Globs:
    """Rules by a text: those of whose patterns one matches it, and those that ask for none.

    Patterns with one `*` are looked up by what stands before and after it; few have more.
    """

    def __init__(self, patterns: Iterable[tuple[int, Sequence[str]]]) -> None:
        self._others = 0
        self._whole: defaultdict[str, int] = defaultdict(int)
        self._ends: dict[tuple[int, int], defaultdict[tuple[str, str], int]] = {}
        others: defaultdict[str, int] = defaultdict(int)
        for number, asked in patterns:
            bit = 1 << number
            if not asked:
                self._others |= bit
            for pattern in asked:
                head, star, tail = pattern.partition("*")
                if not star:
                    self._whole[pattern] |= bit
                elif "*" not in tail:
                    ends = self._ends.setdefault((len(head), len(tail)), defaultdict(int))
                    ends[head, tail] |= bit
                else:
                    others[pattern] |= bit
        self._patterns = [(re2.compile(glob(pattern)), mask) for pattern, mask in others.items()]

    def __getitem__(self, text: str) -> int:
        mask = self._others
        if not text:
            return mask
        mask |= self._whole.get(text, 0)
        length = len(text)
        for (head, tail), ends in self._ends.items():
            if head + tail <= length:
                mask |= ends.get((text[:head], text[length - tail :]), 0)
        for pattern, bits in self._patterns:
            if pattern.fullmatch(text):
                mask |= bits
        return mask


class Networks[T]:
    """Values by network: looks an address up once for each length of prefix that occurs."""

    def __init__(self) -> None:
        self._by_length: dict[tuple[int, int], dict[int, list[T]]] = {}

    def add(self, cidr: str, value: T) -> None:
        """Add a value for the addresses of a network."""
        net = network(cidr)
        by_prefix = self._by_length.setdefault((net.version, net.max_prefixlen - net.prefixlen), {})
        by_prefix.setdefault(
            int(net.network_address) >> (net.max_prefixlen - net.prefixlen), []
        ).append(value)

    def find(self, address: IP) -> list[T]:
        """Return the values of the networks that an address is in."""
        number = int(address)
        found: list[T] = []
        for (version, shift), by_prefix in self._by_length.items():
            if version == address.version:
                found += by_prefix.get(number >> shift, ())
        return found


class _Hosts:
    """Rules by destination host: named, below a suffix, or in a network."""

    def __init__(self, rules: list[Condition]) -> None:
        self._others = 0
        self._named: defaultdict[str, int] = defaultdict(int)
        self._below: defaultdict[str, int] = defaultdict(int)
        self._networks: Networks[int] = Networks()
        for number, rule in enumerate(rules):
            bit, where = 1 << number, rule.destination
            if where is None or not where.names_hosts:
                self._others |= bit
                continue
            for host in where.host:
                self._named[host] |= bit
            for suffix in where.suffix:
                self._below[suffix] |= bit
            for cidr in where.cidr:
                self._networks.add(cidr, bit)

    def __getitem__(self, facts: Facts) -> int:
        host = facts.host
        mask = self._others | self._named.get(host, 0)
        if facts.address is not None:
            for bit in self._networks.find(facts.address):
                mask |= bit
        elif self._below and host:
            mask |= self._below.get(host, 0)
            dot = host.find(".")
            while dot >= 0:
                mask |= self._below.get(host[dot + 1 :], 0)
                dot = host.find(".", dot + 1)
        return mask


class _Clients:
    """Rules by the client's network."""

    def __init__(self, rules: list[Condition]) -> None:
        self._others = 0
        self._networks: Networks[int] = Networks()
        for number, rule in enumerate(rules):
            if not rule.client:
                self._others |= 1 << number
            for cidr in rule.client:
                self._networks.add(cidr, 1 << number)

    def __getitem__(self, client: IP | None) -> int:
        mask = self._others
        if client is not None:
            for bit in self._networks.find(client):
                mask |= bit
        return mask


class Matcher:
    """The rules of a policy, compiled.

    Args:
        rules: Their conditions, in order.
    """

    def __init__(self, rules: Iterable[Condition]) -> None:
        self._rules = rules = list(rules)
        self._all = (1 << len(rules)) - 1
        self._counts = [
            (name, Steps(_bounds(rules, attrgetter(name))))
            for name in COUNTS
            if any(getattr(rule, name) for rule in rules)
        ]
        self._size = Steps(_bounds(rules, lambda rule: rule.size))
        self._kind = _words(rules, lambda rule: rule.kind)
        self._reason = _words(rules, lambda rule: rule.uninspectable)
        self._only = Words((n, r.only_names() if r.only else None) for n, r in enumerate(rules))
        self._has_only = _mask(rules, lambda rule: bool(rule.only))
        self._health = (
            self._all & ~_mask(rules, lambda rule: rule.health is True),  # without
            self._all & ~_mask(rules, lambda rule: rule.health is False),  # with health context
        )
        self._asks_found = _mask(rules, lambda rule: rule.found is not None)
        found = [(n, rule.found) for n, rule in enumerate(rules) if rule.found is not None]
        self._detector = Words((n, f.names() if f.detector else None) for n, f in found)
        self._category = Words((n, f.category or None) for n, f in found)
        self._distinct = Steps((n, _span(f.distinct)) for n, f in found)
        self._sure = sorted({f.confidence for _, f in found if f.confidence is not None})
        self._surely = [
            sum(1 << n for n, f in found if f.confidence is None or f.confidence <= least)
            for least in (0.0, *self._sure)
        ]
        self._hosts = _Hosts(rules)
        self._port = Steps(
            (n, rule.destination.port if rule.destination and rule.destination.port else None)
            for n, rule in enumerate(rules)
        )
        self._client = _Clients(rules)
        self._flow = [
            (name, _words(rules, attrgetter(name))) for name in ("user", "channel", "method")
        ]
        self._path = _Globs((n, rule.path) for n, rule in enumerate(rules))
        self._type = _Globs((n, rule.content_type) for n, rule in enumerate(rules))
        self._time = Steps(
            (n, rule.time.spans() if rule.time else None) for n, rule in enumerate(rules)
        )
        self._of_nothing = self._of_evidence(Evidence())

    def __reduce__(self) -> tuple[type[Matcher], tuple[list[Condition]]]:
        # Sets of expressions can't be handed to another process; they are made anew there.
        return Matcher, (self._rules,)

    def first(self, evidence: Evidence, flow: FlowInfo) -> int | None:
        """Return the number of the first rule that holds of a message sent so, or None."""
        # Nothing was found in most messages: no rule asks who sends them where.
        said = self._of_nothing if _says_nothing(evidence) else self._of_evidence(evidence)
        said &= self._size[evidence.bytes]
        held = said and said & self._of_flow(facts(flow))
        return (held & -held).bit_length() - 1 if held else None

    def _of_flow(self, facts: Facts) -> int:
        held = self._hosts[facts] & self._port[facts.port] & self._client[facts.client]
        for name, words in self._flow:
            held &= words[getattr(facts, name)]
        return (
            held
            & self._path[facts.path]
            & self._type[facts.content_type]
            & self._time[facts.minute]
        )

    def _of_evidence(self, evidence: Evidence) -> int:
        held = self._all
        for name, steps in self._counts:
            held &= steps[getattr(evidence, name)]
        held &= self._reason[evidence.uninspectable or ""]
        kinds = self._kind.others
        for kind in evidence.kinds:
            kinds |= self._kind[kind]
        held &= kinds
        held &= self._health[has_health(evidence)]
        if evidence.uninspectable is not None:
            held &= ~self._has_only
        any_found = 0
        for finding in evidence.findings:
            held &= self._only[finding.detector]
            any_found |= (
                self._detector[finding.detector]
                & self._category[finding.category]
                & self._distinct[finding.distinct]
                & self._surely[bisect_right(self._sure, finding.confidence)]
            )
        return held & (any_found | ~self._asks_found)


def _says_nothing(evidence: Evidence) -> bool:
    """Tell whether nothing was found in a message that a rule may ask for, but for its size."""
    return not (
        evidence.findings or evidence.uninspectable or evidence.kinds or any(_counts_of(evidence))
    )


def _mask(rules: list[Condition], asks: Callable[[Condition], bool]) -> int:
    return sum(1 << number for number, rule in enumerate(rules) if asks(rule))


def _words(rules: list[Condition], asked: Callable[[Condition], tuple[str, ...]]) -> Words:
    return Words((number, asked(rule) or None) for number, rule in enumerate(rules))


def _bounds(
    rules: list[Condition], asked: Callable[[Condition], Bounds | None]
) -> Iterable[tuple[int, list[tuple[int, int]] | None]]:
    return ((number, _span(asked(rule))) for number, rule in enumerate(rules))


def _span(bounds: Bounds | None) -> list[tuple[int, int]] | None:
    if bounds is None:
        return None
    most = INFINITY if bounds.most is None else bounds.most
    return [(bounds.least or 0, most)]

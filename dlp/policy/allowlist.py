"""The allowlist: what does not count, for whom and where, and what of it a message met.

An entry never switches inspection off. It takes one detector's findings, one value or one content
out of what rules are asked about, for the flows that it names; everything else still counts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dlp.policy.facts import network
from dlp.policy.matching import Networks
from dlp.policy.names import detectors
from dlp.types import AllowEntry, Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dlp.policy.facts import Facts
    from dlp.types import Evidence, Tally

__all__ = ["UNREAD", "Allowlist", "Narrowed", "fits", "taken_out"]

# Before a reason for which a message could not be read, where that is what an entry allows.
UNREAD = "uninspectable:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What of one message does not count.

    Attributes:
        detectors: Detectors whose findings don't.
        values: Keyed hashes of values that don't, by detector.
        unread: Reasons for being unreadable that don't.
        entries: Entries that say so.
    """

    detectors: frozenset[str] = frozenset()
    values: Mapping[str, frozenset[int]] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    entries: tuple[str, ...] = ()

    def left(self, tallies: Iterable[Tally]) -> tuple[Tally, ...]:
        """Return what of a message still counts together with others."""
        return tuple(
            replace(
                one,
                valid=one.valid - self.values.get(one.detector, frozenset()),
                believed=one.believed - self.values.get(one.detector, frozenset()),
            )
            for one in tallies
            if one.detector not in self.detectors
        )


class Allowlist:
    """Entries, indexed so that ten thousand of them cost a message no more than a few.

    Args:
        entries: All of them; which have expired is seen by the moment of each message.

    Attributes:
        values: Keyed hashes of the values that entries name.
    """

    def __init__(self, entries: Iterable[AllowEntry] = ()) -> None:
        self._host: defaultdict[str, list[AllowEntry]] = defaultdict(list)
        self._suffix: defaultdict[str, list[AllowEntry]] = defaultdict(list)
        self._cidr: Networks[AllowEntry] = Networks()
        self._client: Networks[AllowEntry] = Networks()
        self._user: defaultdict[str, list[AllowEntry]] = defaultdict(list)
        self._port: defaultdict[int, list[AllowEntry]] = defaultdict(list)
        self._value: defaultdict[int, list[AllowEntry]] = defaultdict(list)
        self._content: defaultdict[str, list[AllowEntry]] = defaultdict(list)
        self._names: dict[str, frozenset[str]] = {}
        self._size = 0
        for entry in entries:
            self._size += 1
            self._add(entry)
        self.values = frozenset(self._value)

    def __len__(self) -> int:
        return self._size

    def _add(self, entry: AllowEntry) -> None:
        if entry.detector and entry.detector not in self._names:
            self._names[entry.detector] = taken_out(entry.detector)
        if entry.content:
            self._content[entry.content].append(entry)
        elif entry.value:
            self._value[int(entry.value, 16)].append(entry)
        elif not entry.detector:
            # Nothing can make such an entry; if something did, it allows nothing.
            return
        elif entry.host:
            self._host[entry.host].append(entry)
        elif entry.suffix:
            self._suffix[entry.suffix].append(entry)
        elif entry.cidr:
            self._cidr.add(entry.cidr, entry)
        elif entry.user:
            self._user[entry.user].append(entry)
        elif entry.client:
            self._client.add(entry.client, entry)
        else:
            self._port[entry.port].append(entry)

    def content(self, digest: str, facts: Facts) -> AllowEntry | None:
        """Return an entry that lets this very content pass here, or None."""
        for entry in self._content.get(digest, ()) if digest else ():
            if fits(entry, facts):
                return entry
        return None

    def narrow(
        self,
        evidence: Evidence,
        facts: Facts,
        values: Mapping[str, frozenset[int]],
        tallies: Iterable[Tally] = (),
    ) -> Narrowed | None:
        """Return what of a message does not count, or None where all of it does.

        Args:
            evidence: All that was found.
            facts: Its flow.
            values: Of the values that entries name, those found, by detector.
            tallies: What counts together with other messages, though it may not by itself.
        """
        found = {finding.detector for finding in evidence.findings}
        there = {detector: set(known) for detector, known in values.items()}
        for tally in tallies:
            counted = tally.valid | tally.believed
            if counted:
                found.add(tally.detector)
                there.setdefault(tally.detector, set()).update(self._value.keys() & counted)
        names: set[str] = set()
        unread: set[str] = set()
        met: list[str] = []
        for entry in self._of_flow(facts):
            if not fits(entry, facts):
                continue
            takes = self._names[entry.detector]
            read = {f"{UNREAD}{evidence.uninspectable}"} if evidence.uninspectable else set()
            if takes & (found | read):
                names |= takes & found
                unread |= takes & read
                met.append(entry.id)
        taken, by = self._values_of(there, facts)
        met += by
        if not met:
            return None
        return Narrowed(
            detectors=frozenset(names),
            values=taken,
            unread=frozenset(one.removeprefix(UNREAD) for one in unread),
            entries=tuple(dict.fromkeys(met)),
        )

    def _values_of(
        self, there: Mapping[str, set[int]], facts: Facts
    ) -> tuple[dict[str, frozenset[int]], list[str]]:
        """Return which values don't count, by detector, and the entries that say so."""
        taken: dict[str, frozenset[int]] = {}
        met: list[str] = []
        for detector, known in there.items():
            for value in known:
                for entry in self._value.get(value, ()):
                    named = not entry.detector or detector in self._names[entry.detector]
                    if named and fits(entry, facts):
                        taken[detector] = taken.get(detector, frozenset()) | {value}
                        met.append(entry.id)
        return taken, met

    def _of_flow(self, facts: Facts) -> Iterator[AllowEntry]:
        """Yield the entries that could fit a flow, by the one thing each is indexed by."""
        host = facts.host
        yield from self._host.get(host, ())
        if facts.address is not None:
            yield from self._cidr.find(facts.address)
        elif self._suffix and host:
            yield from self._suffix.get(host, ())
            dot = host.find(".")
            while dot >= 0:
                yield from self._suffix.get(host[dot + 1 :], ())
                dot = host.find(".", dot + 1)
        yield from self._user.get(facts.user, ())
        if facts.client is not None:
            yield from self._client.find(facts.client)
        yield from self._port.get(facts.port, ())


def taken_out(detector: str) -> frozenset[str]:
    """Return the names that an entry's detectors stand for; none if one of them is none.

    Several stand with commas between them, as `fr_nir,person`.
    """
    found = [_taken_out(one) for one in detector.split(",")]
    return frozenset[str]().union(*found) if all(found) else frozenset()


def _taken_out(detector: str) -> frozenset[str]:
    if detector.startswith(UNREAD):
        known = detector.removeprefix(UNREAD) in set(Uninspectable)
        return frozenset({detector}) if known else frozenset()
    try:
        return detectors(detector)
    except ValueError:
        # Of a version that knew more; it stands in the list, and takes nothing out.
        return frozenset()


def fits(entry: AllowEntry, facts: Facts) -> bool:
    """Tell whether an entry is for a flow, and has not expired by then.

    A flow whose moment is not known, as that of a scanned file, is met by no entry.
    """
    return (
        0 < facts.epoch < entry.expires
        and (not entry.host or entry.host == facts.host)
        and (not entry.suffix or _below(facts, entry.suffix))
        and (not entry.cidr or (facts.address is not None and facts.address in network(entry.cidr)))
        and (not entry.port or entry.port == facts.port)
        and (
            not entry.client or (facts.client is not None and facts.client in network(entry.client))
        )
        and (not entry.user or entry.user == facts.user)
    )


def _below(facts: Facts, suffix: str) -> bool:
    return facts.address is None and (facts.host == suffix or facts.host.endswith(f".{suffix}"))

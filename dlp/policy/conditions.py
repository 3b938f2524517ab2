"""What a rule asks of a message: conditions on its evidence and on its flow.

`Condition.tests` is the plain account of what each means, one after the other, for people who ask
why; `dlp.policy.matching` gives the same answers for all rules at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import re2
from pydantic import BaseModel, Field, model_validator

from dlp.policy.facts import network

# Pydantic resolves these annotations at run time.
from dlp.policy.fields import (
    DAY,
    STRICT,
    WEEKDAYS,
    Bounds,
    Cidrs,
    Clock,
    Count,
    Detectors,
    Globs,
    Hosts,
    Kinds,
    Methods,
    Ports,
    Sizes,
    Suffixes,
    Users,
    Weekdays,
    glob,
    one_or_many,
)
from dlp.policy.names import detectors
from dlp.types import Category, Channel, Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.policy.facts import Facts
    from dlp.types import Evidence, Finding

__all__ = ["COUNTS", "Condition", "Destination", "Found", "Window", "has_health"]

COUNTS = ("subjects", "announced", "beside_health", "patients", "subjects_in_window")
_Categories = Annotated[tuple[Category, ...], one_or_many(Category)]
_Channels = Annotated[tuple[Channel, ...], one_or_many(Channel)]
_Reasons = Annotated[tuple[Uninspectable, ...], one_or_many(Uninspectable)]


class Destination(BaseModel):
    """Where to: one of the hosts, suffixes or networks, on one of the ports.

    Attributes:
        host: Host names or addresses, whole.
        suffix: Domains; `example.org` is itself and everything below it.
        cidr: Networks, for destinations named by their address; names are not resolved.
        port: Ports, as 443 or 8000-8999.
    """

    model_config = STRICT

    host: Hosts = ()
    suffix: Suffixes = ()
    cidr: Cidrs = ()
    port: Ports = ()

    @model_validator(mode="after")
    def _asks(self) -> Destination:
        if not (self.names_hosts or self.port):
            raise ValueError("expected `host`, `suffix`, `cidr` or `port`")
        return self

    @property
    def names_hosts(self) -> bool:
        """Whether it asks for hosts, and not for ports alone."""
        return bool(self.host or self.suffix or self.cidr)

    def holds(self, facts: Facts) -> bool:
        """Tell whether a flow goes there."""
        return self._host_holds(facts) and (
            not self.port or any(low <= facts.port <= high for low, high in self.port)
        )

    def _host_holds(self, facts: Facts) -> bool:
        if not self.names_hosts:
            return True
        if facts.address is not None:
            inside = any(facts.address in network(cidr) for cidr in self.cidr)
            return inside or facts.host in self.host
        return facts.host in self.host or any(
            facts.host == suffix or facts.host.endswith(f".{suffix}") for suffix in self.suffix
        )

    def __str__(self) -> str:
        hosts = [*self.host, *(f"*.{suffix}" for suffix in self.suffix), *self.cidr]
        ports = [str(low) if low == high else f"{low}-{high}" for low, high in self.port]
        return ", ".join(hosts or ["any"]) + (f" port {', '.join(ports)}" if ports else "")


class Window(BaseModel):
    """Days and hours, by the clock of the proxy's time zone; `from` after `to` runs past midnight.

    Attributes:
        days: Days of the week on which it begins.
        start: First minute of the day, written `from`.
        end: First minute after it, written `to`.
    """

    model_config = STRICT | {"validate_by_name": True, "validate_by_alias": True}

    days: Weekdays = tuple(range(7))
    start: Annotated[Clock, Field(alias="from")] = 0
    end: Annotated[Clock, Field(alias="to")] = 0

    def spans(self) -> list[tuple[int, int]]:
        """Return the first and last minutes of the week of every stretch of it."""
        spans = []
        length = (self.end - self.start) % DAY or DAY
        for day in self.days:
            first = day * DAY + self.start
            last = first + length - 1
            if last < 7 * DAY:
                spans.append((first, last))
            else:
                spans += [(first, 7 * DAY - 1), (0, last - 7 * DAY)]
        return spans

    def holds(self, facts: Facts) -> bool:
        """Tell whether a flow's moment lies within; an unknown moment does not."""
        return any(first <= facts.minute <= last for first, last in self.spans())

    def __str__(self) -> str:
        days = ", ".join(WEEKDAYS[day] for day in self.days)
        start, end = (f"{m // 60:02}:{m % 60:02}" for m in (self.start, self.end))
        return f"{'every day' if len(self.days) == 7 else days} {start} to {end}"


class Found(BaseModel):
    """What one and the same finding must be.

    Attributes:
        detector: One of these; `fr_*` stands for all that begin so.
        category: Of one of these categories.
        confidence: At least so sure, 0 to 1.
        distinct: So many different values.
    """

    model_config = STRICT

    detector: Detectors = ()
    category: _Categories = ()
    confidence: Annotated[float, Field(gt=0, le=1)] | None = None
    distinct: Count | None = None

    @model_validator(mode="after")
    def _asks(self) -> Found:
        if self == Found.model_construct():
            raise ValueError("expected `detector`, `category`, `confidence` or `distinct`")
        return self

    def names(self) -> frozenset[str]:
        """Return the detectors that are asked for."""
        return frozenset[str]().union(*(detectors(name) for name in self.detector))

    def holds(self, finding: Finding) -> bool:
        """Tell whether a finding is all that is asked."""
        return (
            (not self.detector or finding.detector in self.names())
            and (not self.category or finding.category in self.category)
            and (self.confidence is None or finding.confidence >= self.confidence)
            and (self.distinct is None or self.distinct.holds(finding.distinct))
        )

    def __str__(self) -> str:
        said = [", ".join(names) for names in (self.detector, self.category) if names]
        if self.confidence is not None:
            said.append(f"confidence >= {self.confidence}")
        if self.distinct is not None:
            said.append(f"distinct {self.distinct}")
        return " and ".join(said)


class Condition(BaseModel):
    """What must hold for a rule to decide; all that is given must hold.

    What is not known of a message (the destination of a scanned file) holds for no condition.

    Attributes:
        subjects: So many distinct persons.
        announced: So many persons whose identifier is announced as one.
        beside_health: So many persons whose record also holds health context.
        patients: So many persons told apart by their record, which also says something medical
            about them.
        subjects_in_window: So many distinct persons of whom the same client told the same
            destination something within the window, with this message.
        found: At least one finding is this.
        only: Every finding is by one of these detectors, and nothing was left unread.
        health: Whether there is health context beside what was found.
        uninspectable: (A part of) it could not be read, for one of these reasons.
        size: The body's size, as sent.
        kind: The body is found to be in one of these formats, or to hold such a file.
        destination: Where it goes.
        client: Networks of the sender.
        user: Authenticated users.
        channel: Ways out.
        method: HTTP methods and FTP commands.
        path: Paths without query; `*` is any text.
        content_type: Media types that the sender claims; `*` is any text.
        time: When.
    """

    model_config = STRICT

    subjects: Count | None = None
    announced: Count | None = None
    beside_health: Count | None = None
    patients: Count | None = None
    subjects_in_window: Count | None = None
    found: Found | None = None
    only: Detectors = ()
    health: bool | None = None
    uninspectable: _Reasons = ()
    size: Sizes | None = None
    kind: Kinds = ()
    destination: Destination | None = None
    client: Cidrs = ()
    user: Users = ()
    channel: _Channels = ()
    method: Methods = ()
    path: Globs = ()
    content_type: Globs = ()
    time: Window | None = None

    def only_names(self) -> frozenset[str]:
        """Return the detectors that may have found something, where that is asked."""
        return frozenset[str]().union(*(detectors(name) for name in self.only))

    def holds(self, evidence: Evidence, facts: Facts) -> bool:
        """Tell whether a message meets every condition given."""
        return all(held for _, _, held in self.tests(evidence, facts))

    def tests(self, evidence: Evidence, facts: Facts) -> Iterator[tuple[str, str, bool]]:
        """Yield (what is asked, what the message has, whether it is met) for every condition."""
        yield from self._of_evidence(evidence)
        yield from self._of_flow(facts)

    def _of_evidence(self, evidence: Evidence) -> Iterator[tuple[str, str, bool]]:
        for name in COUNTS:
            bounds: Bounds | None = getattr(self, name)
            if bounds is not None:
                has = getattr(evidence, name)
                yield f"{name} {bounds}", str(has), bounds.holds(has)
        names = ", ".join(finding.detector for finding in evidence.findings) or "nothing"
        if self.found is not None:
            held = any(self.found.holds(finding) for finding in evidence.findings)
            yield f"found: {self.found}", names, held
        if self.only:
            allowed = self.only_names()
            held = evidence.uninspectable is None and all(
                finding.detector in allowed for finding in evidence.findings
            )
            yield f"only: {', '.join(self.only)}", names, held
        if self.health is not None:
            has_any = has_health(evidence)
            words = "health context" if self.health else "no health context"
            yield words, "yes" if has_any else "no", has_any is self.health
        if self.uninspectable:
            reason = evidence.uninspectable
            asked = ", ".join(self.uninspectable)
            yield f"uninspectable: {asked}", reason or "no", reason in self.uninspectable
        if self.size is not None:
            yield f"size {self.size}", str(evidence.bytes), self.size.holds(evidence.bytes)
        if self.kind:
            has = ", ".join(evidence.kinds) or "text or unknown"
            yield (
                f"kind: {', '.join(self.kind)}",
                has,
                not set(self.kind).isdisjoint(evidence.kinds),
            )

    def _of_flow(self, facts: Facts) -> Iterator[tuple[str, str, bool]]:
        if self.destination is not None:
            has = f"{facts.host or 'unknown'} port {facts.port}"
            yield f"destination: {self.destination}", has, self.destination.holds(facts)
        if self.client:
            held = facts.client is not None and any(
                facts.client in network(cidr) for cidr in self.client
            )
            yield f"client: {', '.join(self.client)}", str(facts.client or "unknown"), held
        for name in ("user", "channel", "method"):
            asked: tuple[str, ...] = getattr(self, name)
            has = getattr(facts, name)
            if asked:
                yield f"{name}: {', '.join(asked)}", has or "unknown", has in asked
        for name in ("path", "content_type"):
            globs: tuple[str, ...] = getattr(self, name)
            has = getattr(facts, name)
            if globs:
                held = bool(has) and any(re2.fullmatch(glob(one), has) for one in globs)
                yield f"{name}: {', '.join(globs)}", has or "unknown", held
        if self.time is not None:
            day, minute = divmod(facts.minute, DAY)
            at = f"{WEEKDAYS[day]} {minute // 60:02}:{minute % 60:02}"
            has = "unknown" if facts.minute < 0 else at
            yield f"time: {self.time}", has, self.time.holds(facts)


def has_health(evidence: Evidence) -> bool:
    """Tell whether something in a message is medical."""
    return bool(
        evidence.beside_health
        or evidence.patients
        or any(finding.category is Category.HEALTH for finding in evidence.findings)
    )

"""What a set of incidents amounts to, as an authority asks for it."""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dlp.evidence.incident import Outcome
from dlp.report.number import Number, joined
from dlp.types import MOST_PATIENTS, PEOPLE, Category

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from dlp.evidence.incident import Incident
    from dlp.types import AllowEntry

__all__ = ["Asked", "Fate", "Found", "Way", "gather", "way"]

# How many distinct values, and their sketch.
type _Set = tuple[int, tuple[int, ...] | None]

# GDPR, article 33(1): within 72 hours of having become aware of a breach.
NOTICE = timedelta(hours=72)


class Way(enum.StrEnum):
    """What became of a message."""

    STOPPED = "stopped"
    # Its beginning, which was clean, had left.
    CUT = "cut"
    # Policy only notes what it is.
    NOTED = "noted"
    RELEASED = "passed"
    FORWARDED = "forwarded"

    @property
    def left(self) -> bool:
        """Whether what was found reached its destination."""
        return self not in (Way.STOPPED, Way.CUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a report is about.

    Attributes:
        incidents: All that were asked for.
        used_releases: Those of them whose release let the content pass.
        tests: Contents that are made up, by their keyed hash.
        allowed: Entries of the allowlist that let something pass in that time.
    """

    incidents: Sequence[Incident]
    used_releases: Collection[str] = ()
    tests: Collection[str] = ()
    allowed: Sequence[AllowEntry] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What of one kind was found.

    Attributes:
        kind: The detector, or the domain of health terms in whatever language.
        category: Identifier, health or person.
        distinct: Different values.
        left: Different values in what left.
        masked: An example or none.
    """

    kind: str
    category: Category
    distinct: Number
    left: Number
    masked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What a set of incidents amounts to.

    Attributes:
        incidents: Those that count, oldest first.
        ways: What became of each, in their order.
        false_positives: Those that were left out, since reviewers found them wrong.
        false_left: How many of those left.
        tests: How many were left out, since they are the doctor's made-up leak.
        unread: How many were left out, since nobody could read them.
        unread_left: How many of those left.
        people: Distinct persons in all that counts.
        people_left: Distinct persons in what left.
        cut_short: How many were stopped before they were read to their end.
        full: How many held as many people without identifiers as are told apart.
        before: People told of one by one in ordinary messages, which left and are no incidents
            here, before those that were stopped for it, about.
        records: Records that hold them, about; the same content counts once.
        found: What was found, by kind.
        allowed: Entries of the allowlist that let something pass.
    """

    incidents: tuple[Incident, ...]
    ways: tuple[Way, ...]
    false_positives: tuple[str, ...]
    false_left: int
    tests: int
    unread: int
    unread_left: int
    people: Number
    people_left: Number
    cut_short: int
    full: int
    before: int
    records: int
    found: tuple[Found, ...]
    allowed: tuple[AllowEntry, ...]

    @property
    def left(self) -> tuple[Incident, ...]:
        """Those that left."""
        return tuple(one for one, way in zip(self.incidents, self.ways, strict=True) if way.left)

    @property
    def stopped(self) -> tuple[Incident, ...]:
        """Those that did not."""
        return tuple(
            one for one, way in zip(self.incidents, self.ways, strict=True) if not way.left
        )

    @property
    def sent(self) -> int:
        """Bytes of stopped messages that had left before what was found."""
        return sum(one.sent for one in self.stopped)

    @property
    def first(self) -> datetime | None:
        """When the first was decided."""
        return self.incidents[0].at if self.incidents else None

    @property
    def last(self) -> datetime | None:
        """When the last was."""
        return self.incidents[-1].at if self.incidents else None

    @property
    def deadline(self) -> datetime | None:
        """When notice is due, if what left was known of when it left."""
        left = self.left
        return min(one.at for one in left) + NOTICE if left else None


def gather(asked: Asked) -> Fate:
    """Return what incidents amount to."""
    ordered = sorted(asked.incidents, key=lambda one: (one.at, one.id))
    real = [one for one in ordered if one.content_hash not in asked.tests]
    # What could not be inspected says nothing about anybody.
    unread = [one for one in real if not one.evidence.findings]
    read = [one for one in real if one.evidence.findings]
    false = [one for one in read if one.outcome is Outcome.FALSE_POSITIVE]
    counted = [one for one in read if one.outcome is not Outcome.FALSE_POSITIVE]
    ways = [way(one, asked.used_releases) for one in counted]
    gone = [one for one, became in zip(counted, ways, strict=True) if became.left]

    def left(some: Iterable[Incident]) -> int:
        return sum(way(one, asked.used_releases).left for one in some)

    return Fate(
        incidents=tuple(counted),
        ways=tuple(ways),
        false_positives=tuple(one.id for one in false),
        false_left=left(false),
        tests=len(ordered) - len(real),
        unread=len(unread),
        unread_left=left(unread),
        people=_people(counted),
        people_left=_people(gone),
        cut_short=sum(not one.content_hash for one in counted),
        full=sum(one.evidence.patients >= MOST_PATIENTS for one in counted),
        before=_before(counted, gone),
        # What was sent again and again is one content.
        records=sum(map(_records, {one.content_hash or one.id: one for one in counted}.values())),
        found=_found(counted, {one.id for one in gone}),
        allowed=tuple(asked.allowed),
    )


def way(one: Incident, used_releases: Collection[str]) -> Way:
    """Return what became of an incident's message."""
    if not one.verdict.action.stops:
        return Way.NOTED
    if one.id in used_releases:
        return Way.RELEASED
    # What was being sent when it was cut off may have arrived.
    if one.forwarded and not one.forwarded.startswith("failed"):
        return Way.FORWARDED
    return Way.CUT if one.sent else Way.STOPPED


def _people(incidents: Iterable[Incident]) -> Number:
    return joined(
        (max(one.evidence.subjects, one.evidence.patients), _sketch(one, PEOPLE))
        for one in incidents
    )


def _before(incidents: Iterable[Incident], gone: Iterable[Incident]) -> int:
    # Each message of a series that is stopped counts the same people again.
    most: dict[tuple[str, str], int] = {}
    for one in incidents:
        most[_series(one)] = max(most.get(_series(one), 0), one.evidence.told_before)
    # Those that were noted when they left are counted as what they are.
    noted = Counter(map(_series, gone))
    return sum(max(0, told - noted[series]) for series, told in most.items())


def _series(one: Incident) -> tuple[str, str]:
    return (one.flow.client, one.flow.host)


def _sketch(one: Incident, of: str) -> tuple[int, ...] | None:
    return next((sketch.least for sketch in one.evidence.sketches if sketch.of == of), None)


def _records(one: Incident) -> int:
    counts = [f.count for f in one.evidence.findings if f.category is not Category.HEALTH]
    return max(counts, default=0)


def _found(incidents: Iterable[Incident], gone: Collection[str]) -> tuple[Found, ...]:
    sets: dict[tuple[Category, str], list[_Set]] = defaultdict(list)
    left: dict[tuple[Category, str], list[_Set]] = defaultdict(list)
    masked: dict[tuple[Category, str], str] = {}
    for one in incidents:
        for finding in one.evidence.findings:
            detector, category = finding.detector, finding.category
            # A term is of one domain in whatever language it was recognised.
            health = category is Category.HEALTH
            kind = (category, detector.partition(".")[2] if health else detector)
            values = (finding.distinct, _sketch(one, detector))
            sets[kind].append(values)
            if one.id in gone:
                left[kind].append(values)
            masked.setdefault(kind, next(iter(finding.masked), ""))
    return tuple(
        Found(
            kind=kind[1],
            category=kind[0],
            distinct=joined(found),
            left=joined(left[kind]),
            masked=masked[kind],
        )
        for kind, found in sorted(sets.items())
    )

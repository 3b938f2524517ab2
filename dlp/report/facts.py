"""What a set of incidents amounts to, as an authority asks for it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dlp.evidence.incident import Outcome
from dlp.types import Category

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlp.evidence.incident import Incident
    from dlp.types import Finding

__all__ = ["Fate", "Found", "gather"]

# GDPR, article 33(1): within 72 hours of having become aware of a breach.
NOTICE = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What of one kind was found.

    Attributes:
        detector: What found it.
        category: Identifier, health or person.
        distinct: Different values, at most.
        masked: An example or none.
    """

    detector: str
    category: Category
    distinct: int
    masked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What a set of incidents amounts to.

    Attributes:
        incidents: Those that count, oldest first.
        false_positives: How many were left out, since reviewers found them wrong.
        stopped: Those that never left.
        left: Those that did: noted only, released and used, or forwarded.
        first: When the first was decided.
        last: When the last was.
        people_least: People, if contents overlap as much as they can.
        people_most: People, if they do not overlap; the same content counts once.
        records: Records that hold them, about.
        found: What was found, by kind.
    """

    incidents: tuple[Incident, ...]
    false_positives: int
    stopped: tuple[Incident, ...]
    left: tuple[Incident, ...]
    first: datetime | None
    last: datetime | None
    people_least: int
    people_most: int
    records: int
    found: tuple[Found, ...]

    @property
    def deadline(self) -> datetime | None:
        """When notice is due, if what left was known of when it left."""
        return min((one.at for one in self.left), default=None) and (
            min(one.at for one in self.left) + NOTICE
        )


def gather(incidents: Iterable[Incident], used_releases: frozenset[str]) -> Fate:
    """Return what incidents amount to.

    Args:
        incidents: All that were asked for.
        used_releases: Those of them whose release let the content pass.
    """
    asked = sorted(incidents, key=lambda one: (one.at, one.id))
    counted = [one for one in asked if one.outcome is not Outcome.FALSE_POSITIVE]
    left = [one for one in counted if _left(one, used_releases)]
    # What was sent again and again is one content.
    contents = {one.content_hash or one.id: one for one in counted}
    people = [max(one.evidence.subjects, one.evidence.patients) for one in contents.values()]
    return Fate(
        incidents=tuple(counted),
        false_positives=len(asked) - len(counted),
        stopped=tuple(one for one in counted if one not in left),
        left=tuple(left),
        first=counted[0].at if counted else None,
        last=counted[-1].at if counted else None,
        people_least=max(people, default=0),
        people_most=sum(people),
        records=sum(_records(one) for one in contents.values()),
        found=_found(contents.values()),
    )


def _left(one: Incident, used_releases: frozenset[str]) -> bool:
    if not one.verdict.action.stops or one.id in used_releases:
        return True
    # What was being sent when it was cut off may have arrived.
    return bool(one.forwarded) and not one.forwarded.startswith("failed")


def _records(one: Incident) -> int:
    counts = [f.count for f in one.evidence.findings if f.category is not Category.HEALTH]
    return max(counts, default=0)


def _found(incidents: Iterable[Incident]) -> tuple[Found, ...]:
    kinds: dict[tuple[Category, str], list[Finding]] = defaultdict(list)
    for one in incidents:
        for finding in one.evidence.findings:
            kinds[finding.category, finding.detector].append(finding)
    return tuple(
        Found(
            detector=detector,
            category=category,
            distinct=sum(finding.distinct for finding in findings),
            masked=next((mask for finding in findings for mask in finding.masked), ""),
        )
        for (category, detector), findings in sorted(kinds.items())
    )

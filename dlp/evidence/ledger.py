"""The ledger: incidents and releases, in a database that several processes share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dlp.evidence.errors import EvidenceError
from dlp.evidence.incident import Incident, Outcome
from dlp.evidence.schema import incidents, releases

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlp.evidence.database import Database

__all__ = ["Filter", "Ledger", "Tally", "find"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which incidents are asked for; what is not given asks for nothing.

    Attributes:
        since: Not older.
        until: Older.
        action: What was done.
        rule: Which rule decided.
        client: Who sent it.
        destination: `host:port`, or a host whose port does not matter.
        open: Not reviewed yet.
        ids: One of these.
    """

    since: datetime | None = None
    until: datetime | None = None
    action: str | None = None
    rule: str | None = None
    client: str | None = None
    destination: str | None = None
    open: bool = False
    ids: Sequence[str] | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return it for a query."""
        table = incidents.c
        found: list[sa.ColumnElement[bool]] = []
        if self.since is not None:
            found.append(table.at >= self.since.timestamp())
        if self.until is not None:
            found.append(table.at < self.until.timestamp())
        if self.destination is not None:
            host = self.destination
            exact = table.destination == host
            found.append(exact | table.destination.startswith(f"{host}:", autoescape=True))
        if self.open:
            found.append(table.review == "open")
        if self.ids is not None:
            found.append(table.id.in_(self.ids))
        for name in ("action", "rule", "client"):
            value = getattr(self, name)
            if value is not None:
                found.append(table[name] == value)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many incidents a rule made, and what reviewers found of them.

    Attributes:
        rule: The rule.
        incidents: All of them.
        open: Not reviewed.
        tests: Made-up leaks; no other number counts them but `incidents`.
        true: True positives.
        false: False positives.
    """

    rule: str
    incidents: int
    open: int
    tests: int
    true: int
    false: int

    @property
    def precision(self) -> float | None:
        """The share of true positives among those reviewed with an outcome, 0..1."""
        reviewed = self.true + self.false
        return self.true / reviewed if reviewed else None


class Ledger:
    """Incidents and releases; safe to use from threads and from several processes.

    Args:
        database: Holds them.

    Raises:
        EvidenceError: In every method: the database can't be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, incident: Incident) -> None:
        """Write an incident down; one that is there already stays as it is."""
        with self._database.write() as connection:
            there = sa.select(incidents.c.id).where(incidents.c.id == incident.id)
            if connection.execute(there).one_or_none() is not None:
                return
            connection.execute(
                incidents.insert().values(
                    id=incident.id,
                    at=incident.at.timestamp(),
                    action=incident.verdict.action.value,
                    review=incident.review,
                    body=incident.to_json(),
                    rule=incident.verdict.rule[:200],
                    client=incident.flow.client[:255],
                    destination=incident.flow.destination[:300],
                    policy=incident.verdict.policy[:200],
                )
            )

    def get(self, incident_id: str) -> Incident:
        """Return an incident.

        Raises:
            EvidenceError: There is none of this number.
        """
        with self._database.read() as connection:
            return find(connection, incident_id)

    def list(self, wanted: Filter = Filter(), *, limit: int | None = None) -> list[Incident]:
        """Return incidents, newest first."""
        query = (
            sa.select(incidents)
            .where(*wanted.conditions())
            .order_by(incidents.c.at.desc(), incidents.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [_incident(row) for row in connection.execute(query)]

    def tallies(self, wanted: Filter = Filter(), *, test: str = "") -> Sequence[Tally]:
        """Return how the rules did, the busiest first.

        Args:
            wanted: Of which incidents.
            test: Keyed hash of a content that is made up.
        """

        def count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
            return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

        table = incidents.c
        tests = table.body.contains(test) if test else sa.false()
        query = (
            sa.select(
                table.rule,
                sa.func.count().label("incidents"),
                count(~tests & (table.review == "open")).label("open"),
                count(tests).label("tests"),
                count(~tests & (table.outcome == Outcome.TRUE_POSITIVE.value)).label("true"),
                count(~tests & (table.outcome == Outcome.FALSE_POSITIVE.value)).label("false"),
            )
            .where(*wanted.conditions())
            .group_by(table.rule)
            .order_by(sa.func.count().desc(), table.rule)
        )
        with self._database.read() as connection:
            return [Tally(**row._asdict()) for row in connection.execute(query)]

    def used_releases(self, incident_ids: Iterable[str]) -> frozenset[str]:
        """Return those of the incidents whose content passed by a release."""
        query = sa.select(releases.c.incident).where(
            releases.c.incident.in_(list(incident_ids)), releases.c.used_at.is_not(None)
        )
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def consume_release(
        self, content_hash: str, client: str, destination: str, now: datetime
    ) -> str | None:
        """Use up a release for this content, if there is one, and return its incident.

        Of two that ask at once, one gets it.
        """
        fits = sa.and_(
            releases.c.content_hash == content_hash,
            releases.c.client == client,
            releases.c.destination == destination,
            releases.c.used_at.is_(None),
            releases.c.expires_at > now.timestamp(),
        )
        with self._database.read() as connection:
            # Nearly always there is none, and nothing needs to be locked to know that.
            waiting = connection.execute(sa.select(releases.c.incident).where(fits)).scalars().all()
        for incident in waiting:
            with self._database.write() as connection:
                used = connection.execute(
                    releases.update()
                    .where(releases.c.incident == incident, releases.c.used_at.is_(None))
                    .values(used_at=now.timestamp())
                )
                if used.rowcount == 1:
                    return str(incident)
        return None


def find(connection: sa.Connection, incident_id: str) -> Incident:
    """Return an incident, read on a connection.

    Raises:
        EvidenceError: There is none of this number.
    """
    row = connection.execute(
        sa.select(incidents).where(incidents.c.id == incident_id)
    ).one_or_none()
    if row is None:
        raise EvidenceError(f"{incident_id}: no such incident")
    return _incident(row)


def _incident(row: sa.Row[Any]) -> Incident:
    try:
        incident = Incident.from_json(row.body)
    except ValueError:
        # The library's message would quote the row.
        raise EvidenceError(f"{row.id}: the incident's row is damaged") from None
    return replace(
        incident,
        review=row.review,
        reviewed_at=_moment(row.reviewed_at),
        reviewer=row.reviewer,
        outcome=Outcome(row.outcome) if row.outcome else None,
        forwarded=row.forwarded,
        purged_at=_moment(row.purged_at),
    )


def _moment(stamp: float | None) -> datetime | None:
    return None if stamp is None else datetime.fromtimestamp(stamp, UTC)

"""What reviewers do with incidents; every act is audited together with what it changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dlp.evidence.errors import EvidenceError
from dlp.evidence.incident import Outcome
from dlp.evidence.ledger import find
from dlp.evidence.schema import incidents, releases

if TYPE_CHECKING:
    from dlp.evidence.audit import Audit
    from dlp.evidence.incident import Review

__all__ = ["RELEASE_LIFETIME", "Reviewing"]

RELEASE_LIFETIME = timedelta(hours=24)


class Reviewing:
    """The acts of one reviewer.

    Args:
        audit: Where they are written down; its database holds the incidents.
        actor: Who reviews.
    """

    def __init__(self, audit: Audit, actor: str) -> None:
        self._audit = audit
        self._actor = actor

    def release(
        self, incident_id: str, now: datetime, outcome: Outcome = Outcome.FALSE_POSITIVE
    ) -> datetime:
        """Let the content of an incident pass once more, and return until when.

        Only the same content from the same client to the same destination.

        Raises:
            EvidenceError: There is no such incident, it was decided, or has no content to know.
        """
        expires = now + RELEASE_LIFETIME
        with self._audit.act(
            "quarantine.release",
            actor=self._actor,
            subject=incident_id,
            now=now,
            outcome=outcome.value,
            until=expires.isoformat(),
        ) as act:
            incident = find(act.connection, incident_id)
            if not incident.verdict.action.stops:
                raise EvidenceError(f"{incident_id}: was not stopped")
            if not incident.content_hash:
                raise EvidenceError(
                    f"{incident_id}: could not be inspected, so it can't be released"
                )
            self._decide(act.connection, incident_id, "released", outcome, now)
            act.connection.execute(
                releases.insert().values(
                    incident=incident_id,
                    content_hash=incident.content_hash,
                    client=incident.flow.client,
                    destination=incident.flow.destination,
                    expires_at=expires.timestamp(),
                )
            )
        return expires

    def reject(
        self, incident_id: str, now: datetime, outcome: Outcome = Outcome.TRUE_POSITIVE
    ) -> None:
        """Say that an incident stays stopped.

        Raises:
            EvidenceError: There is no such incident, or it was decided.
        """
        with self._audit.act(
            "quarantine.reject",
            actor=self._actor,
            subject=incident_id,
            now=now,
            outcome=outcome.value,
        ) as act:
            find(act.connection, incident_id)
            self._decide(act.connection, incident_id, "rejected", outcome, now)

    def _decide(
        self,
        connection: sa.Connection,
        incident_id: str,
        review: Review,
        outcome: Outcome,
        now: datetime,
    ) -> None:
        changed = connection.execute(
            incidents.update()
            .where(incidents.c.id == incident_id, incidents.c.review == "open")
            .values(
                review=review,
                reviewed_at=now.timestamp(),
                reviewer=self._actor[:200],
                outcome=outcome.value,
            )
        )
        if changed.rowcount != 1:
            row = connection.execute(
                sa.select(incidents.c.review, incidents.c.reviewer, incidents.c.reviewed_at).where(
                    incidents.c.id == incident_id
                )
            ).one()
            by = f" by {row.reviewer}" if row.reviewer else ""
            at = datetime.fromtimestamp(row.reviewed_at or 0, UTC).strftime("%Y-%m-%d %H:%M")
            raise EvidenceError(f"{incident_id}: was already decided: {row.review}{by}, {at} UTC")

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
    from contextlib import AbstractContextManager

    from dlp.evidence.audit import Act, Audit
    from dlp.evidence.incident import Incident, Review
    from dlp.evidence.vault import Vault

__all__ = ["FAILED", "RELEASE_LIFETIME", "Reviewing"]

# How the result of sending something begins that did not arrive.
FAILED = "failed"
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

    def release(self, incident_id: str, now: datetime, outcome: Outcome | None = None) -> datetime:
        """Let the content of an incident pass once more, and return until when.

        Only the same content from the same client to the same destination. Without an outcome
        nothing is said of what it turned out to be.

        Raises:
            EvidenceError: There is no such incident, it was decided, or has no content to know.
        """
        expires = now + RELEASE_LIFETIME
        with self._act(
            "quarantine.release", incident_id, now, **_said(outcome), until=expires.isoformat()
        ) as act:
            incident = find(act.connection, incident_id)
            if not incident.verdict.action.stops:
                raise EvidenceError(f"{incident_id}: was not stopped")
            if not incident.content_hash:
                raise EvidenceError(f"{incident_id}: can't be released: {_unknown(incident)}")
            if incident.nowhere:
                why = "its destination is not written down, since it says what was found"
                raise EvidenceError(f"{incident_id}: can't be released: {why}; --forward sends it")
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
        with self._act("quarantine.reject", incident_id, now, outcome=outcome.value) as act:
            find(act.connection, incident_id)
            self._decide(act.connection, incident_id, "rejected", outcome, now)

    def correct(self, incident_id: str, now: datetime, outcome: Outcome, decided: Review) -> None:
        """Say otherwise what a decided incident turned out to be; the decision stays.

        Raises:
            EvidenceError: There is no such incident, or it was not decided so.
        """
        with self._act("incident.outcome", incident_id, now, **_said(outcome)) as act:
            incident = find(act.connection, incident_id)
            if incident.review != decided:
                raise EvidenceError(f"{incident_id}: is {incident.review}, not {decided}")
            act.details["before"] = incident.outcome or "none"
            _set(act.connection, incident_id, outcome=outcome.value)

    def begin_forward(
        self, incident_id: str, now: datetime, outcome: Outcome | None = None
    ) -> None:
        """Say that an incident is about to be sent after all, before it is.

        Whoever is killed while sending leaves it so: it may have arrived.

        Raises:
            EvidenceError: There is no such incident, it was decided, or was sent.
        """
        with self._act("quarantine.forward", incident_id, now, **_said(outcome)) as act:
            incident = find(act.connection, incident_id)
            if not incident.verdict.action.stops:
                raise EvidenceError(f"{incident_id}: was not stopped")
            if incident.review == "released" and incident.forwarded.startswith(FAILED):
                act.details["again"] = True
                if outcome:
                    _set(act.connection, incident_id, outcome=outcome.value)
            else:
                if incident.body_part:
                    raise EvidenceError(f"{incident_id}: can't be sent: {_unknown(incident)}")
                self._decide(act.connection, incident_id, "released", outcome, now)
            _set(act.connection, incident_id, forwarded=f"sending since {now:%Y-%m-%d %H:%M} UTC")

    def end_forward(self, incident_id: str, now: datetime, result: str) -> None:
        """Say what came of sending it; what begins with `failed` may be tried again.

        Raises:
            EvidenceError: It can't be written.
        """
        with self._act("quarantine.forwarded", incident_id, now, result=result[:200]) as act:
            _set(act.connection, incident_id, forwarded=result[:200])

    def opened(self, incident_id: str, now: datetime, what: str, *, refused: str = "") -> None:
        """Write down that what is sealed is about to be shown, or why it can't be.

        Args:
            incident_id: Whose.
            now: When.
            what: `body`, or the `request` it came in.
            refused: Why it can't be shown; empty if it can.

        Raises:
            EvidenceError: It can't be written, so it must not be shown.
        """
        act = "quarantine.open-refused" if refused else "quarantine.open"
        details = {"what": what} | ({"why": refused} if refused else {})
        self._audit.record(act, actor=self._actor, subject=incident_id, now=now, **details)

    def purge(self, vault: Vault, incident_id: str, now: datetime, why: str) -> None:
        """Delete a sealed body; the incident stays. Written down before it is done.

        Raises:
            EvidenceError: It can't be done.
        """
        with self._act("quarantine.purge", incident_id, now, why=why) as act:
            _set(act.connection, incident_id, purged_at=now.timestamp())
            vault.delete(incident_id)

    def forget(self, before: datetime, now: datetime) -> int:
        """Delete incidents of before a moment with their releases, and return how many.

        What the audit says of them stays, so that its chain does.

        Raises:
            EvidenceError: It can't be done.
        """
        old = incidents.c.at < before.timestamp()
        if not self._audit.finds(sa.select(incidents.c.id).where(old).limit(1)):
            return 0
        with self._audit.act(
            "incident.expire",
            actor=self._actor,
            subject=f"before {before:%Y-%m-%d %H:%M} UTC",
            now=now,
        ) as act:
            numbers = sa.select(incidents.c.id).where(old)
            act.connection.execute(releases.delete().where(releases.c.incident.in_(numbers)))
            count = act.connection.execute(incidents.delete().where(old)).rowcount
            act.details["count"] = count
        return count

    def _act(
        self, name: str, incident_id: str, now: datetime, **details: str
    ) -> AbstractContextManager[Act]:
        return self._audit.act(name, actor=self._actor, subject=incident_id, now=now, **details)

    def _decide(
        self,
        connection: sa.Connection,
        incident_id: str,
        review: Review,
        outcome: Outcome | None,
        now: datetime,
    ) -> None:
        changed = connection.execute(
            incidents.update()
            .where(incidents.c.id == incident_id, incidents.c.review == "open")
            .values(
                review=review,
                reviewed_at=now.timestamp(),
                reviewer=self._actor[:200],
                outcome=outcome.value if outcome else "",
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


def _said(outcome: Outcome | None) -> dict[str, str]:
    """Return an outcome for the audit."""
    return {"outcome": outcome.value} if outcome else {}


def _unknown(incident: Incident) -> str:
    """Return why nobody could tell that the same content comes again."""
    if incident.verdict.policy:
        return "it was stopped before its end, so only a part of it is known"
    return "it could not be inspected"


def _set(connection: sa.Connection, incident_id: str, **values: object) -> None:
    connection.execute(incidents.update().where(incidents.c.id == incident_id).values(**values))

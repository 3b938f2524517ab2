"""The ledger: incidents and releases, in one SQLite database that several processes share."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from dlp.evidence.errors import EvidenceError
from dlp.evidence.incident import Incident

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.evidence.incident import Review

__all__ = ["RELEASE_LIFETIME", "Ledger"]

RELEASE_LIFETIME = timedelta(hours=24)
FILE = "dlp.db"

_schema = sa.MetaData()
_incidents = sa.Table(
    "incidents",
    _schema,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("review", sa.String(16), nullable=False),
    sa.Column("reviewed_at", sa.Float),
    sa.Column("body", sa.Text, nullable=False),
)
_releases = sa.Table(
    "releases",
    _schema,
    sa.Column("incident", sa.String(32), primary_key=True),
    sa.Column("content_hash", sa.String(64), nullable=False, index=True),
    sa.Column("client", sa.String(255), nullable=False),
    sa.Column("destination", sa.String(300), nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column("used_at", sa.Float),
)


class Ledger:
    """Incidents and releases; safe to use from threads and from several processes.

    Args:
        data_dir: Folder of the database, which is made there if it is not.

    Raises:
        EvidenceError: Here and in every method: the database can't be used; names the file.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        with self._errors():
            # Made here first, so that it is never readable for others, however umask is set.
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            self._engine = sa.create_engine(
                f"sqlite:///{self._path}", connect_args={"timeout": 10}, poolclass=sa.NullPool
            )
            sa.event.listen(self._engine, "connect", _pragmas)
            _schema.create_all(self._engine)

    @staticmethod
    def exists(data_dir: Path) -> bool:
        """Tell whether there is a ledger in `data_dir`, without making one."""
        return (data_dir / FILE).is_file()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def record(self, incident: Incident) -> None:
        """Write an incident down."""
        with self._begin() as connection:
            connection.execute(
                _incidents.insert().values(
                    id=incident.id,
                    at=incident.at.timestamp(),
                    action=incident.verdict.action.value,
                    review=incident.review,
                    body=incident.to_json(),
                )
            )

    def get(self, incident_id: str) -> Incident:
        """Return an incident.

        Raises:
            EvidenceError: There is none of this number.
        """
        with self._begin() as connection:
            row = connection.execute(
                sa.select(_incidents).where(_incidents.c.id == incident_id)
            ).one_or_none()
        if row is None:
            raise EvidenceError(f"{incident_id}: no such incident")
        return _incident(row)

    def list(
        self, *, since: datetime | None = None, action: str | None = None, limit: int | None = None
    ) -> list[Incident]:
        """Return incidents, newest first."""
        query = sa.select(_incidents).order_by(_incidents.c.at.desc(), _incidents.c.id)
        if since is not None:
            query = query.where(_incidents.c.at >= since.timestamp())
        if action is not None:
            query = query.where(_incidents.c.action == action)
        if limit is not None:
            query = query.limit(limit)
        with self._begin() as connection:
            return [_incident(row) for row in connection.execute(query)]

    def release(self, incident_id: str, now: datetime) -> datetime:
        """Let the content of an incident pass once more, and return until when.

        Only the same content from the same client to the same destination.

        Raises:
            EvidenceError: There is no such incident, it was decided, or has no content to know.
        """
        incident = self.get(incident_id)
        if not incident.verdict.action.stops:
            raise EvidenceError(f"{incident_id}: was not stopped")
        if not incident.content_hash:
            raise EvidenceError(f"{incident_id}: could not be inspected, so it can't be released")
        expires = now + RELEASE_LIFETIME
        with self._begin() as connection:
            self._review(connection, incident_id, "released", now)
            connection.execute(
                _releases.insert().values(
                    incident=incident_id,
                    content_hash=incident.content_hash,
                    client=incident.flow.client,
                    destination=incident.flow.destination,
                    expires_at=expires.timestamp(),
                )
            )
        return expires

    def reject(self, incident_id: str, now: datetime) -> None:
        """Say that an incident was stopped rightly.

        Raises:
            EvidenceError: There is no such incident, or it was decided.
        """
        self.get(incident_id)
        with self._begin() as connection:
            self._review(connection, incident_id, "rejected", now)

    def consume_release(
        self, content_hash: str, client: str, destination: str, now: datetime
    ) -> str | None:
        """Use up a release for this content, if there is one, and return its incident.

        Of two that ask at once, one gets it.
        """
        fits = sa.and_(
            _releases.c.content_hash == content_hash,
            _releases.c.client == client,
            _releases.c.destination == destination,
            _releases.c.used_at.is_(None),
            _releases.c.expires_at > now.timestamp(),
        )
        first = sa.select(_releases.c.incident).where(fits).limit(1).scalar_subquery()
        with self._begin() as connection:
            return connection.execute(
                _releases.update()
                .where(_releases.c.incident == first, _releases.c.used_at.is_(None))
                .values(used_at=now.timestamp())
                .returning(_releases.c.incident)
            ).scalar_one_or_none()

    @staticmethod
    def _review(connection: sa.Connection, incident_id: str, review: Review, now: datetime) -> None:
        changed = connection.execute(
            _incidents.update()
            .where(_incidents.c.id == incident_id, _incidents.c.review == "open")
            .values(review=review, reviewed_at=now.timestamp())
        )
        if changed.rowcount != 1:
            raise EvidenceError(f"{incident_id}: was already decided")

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        with self._errors(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EvidenceError(f"{self._path}: {error.strerror}") from None
        except SQLAlchemyError as error:
            # The statement and its parameters stay out of the message.
            origin = getattr(error, "orig", None)
            reason = str(origin) if origin is not None else type(error).__name__
            raise EvidenceError(f"{self._path}: {reason}") from None


def _pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _incident(row: sa.Row[Any]) -> Incident:
    reviewed = row.reviewed_at
    incident = Incident.from_json(row.body)
    return replace(
        incident,
        review=row.review,
        reviewed_at=None
        if reviewed is None
        else datetime.fromtimestamp(reviewed, incident.at.tzinfo),
    )

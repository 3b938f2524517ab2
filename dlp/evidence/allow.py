"""The allowlist's entries, in a table of their own beside the incidents."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dlp.evidence.errors import EvidenceError
from dlp.evidence.incident import ALPHABET
from dlp.evidence.schema import allowlist
from dlp.types import AllowEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlp.evidence.audit import Audit
    from dlp.evidence.database import Database

__all__ = ["AllowStore", "Allowing", "new_entry_id"]

_FIELDS = tuple(name for name in allowlist.c.keys() if name not in ("changed", "removed"))  # noqa: SIM118 - a collection of columns iterates over columns

type State = tuple[int, int]


class AllowStore:
    """What a proxy needs of the entries; safe to use from threads and from several processes.

    Args:
        database: Holds them.

    Raises:
        EvidenceError: In every method: the database can't be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self) -> list[AllowEntry]:
        """Return all entries that were not removed, expired ones too, oldest first."""
        return self._read(allowlist.c.removed.is_(None))

    def used(self, since: float) -> list[AllowEntry]:
        """Return the entries that let something pass since a moment, removed ones too."""
        return self._read(allowlist.c.last_hit >= since, allowlist.c.hits > 0)

    def _read(self, *those: sa.ColumnElement[bool]) -> list[AllowEntry]:
        query = sa.select(allowlist).where(*those).order_by(allowlist.c.created, allowlist.c.id)
        with self._database.read() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def state(self) -> State:
        """Return what every change of an administrator changes, and hits do not."""
        last = sa.func.coalesce(sa.func.max(allowlist.c.changed), 0)
        with self._database.read() as connection:
            count, changed = connection.execute(sa.select(sa.func.count(), last)).one()
            return count, changed

    def hit(self, hits: Mapping[str, tuple[int, float]]) -> None:
        """Add to the hits of entries: (how many more, when the last was) by number."""
        last_hit = allowlist.c.last_hit
        with self._database.write() as connection:
            # In one order everywhere, so that two nodes never wait for each other.
            for entry_id, (more, last) in sorted(hits.items()):
                connection.execute(
                    allowlist.update()
                    .where(allowlist.c.id == entry_id)
                    .values(
                        hits=allowlist.c.hits + more,
                        last_hit=sa.case((last_hit < last, last), else_=last_hit),
                    )
                )


class Allowing:
    """An administrator's acts on entries; each is written to the audit, or does not happen.

    Args:
        audit: Where they are written down.
        actor: Who the administrator is.

    Raises:
        EvidenceError: In every method: the database can't be used, or there is no such entry.
    """

    def __init__(self, audit: Audit, actor: str) -> None:
        self._audit = audit
        self._actor = actor

    def add(self, entry: AllowEntry, now: datetime) -> None:
        """Put an entry in force."""
        values = {name: getattr(entry, name) for name in _FIELDS}
        unsaid = ("id", "created", "expires")
        said = {name: value for name, value in values.items() if value and name not in unsaid}
        said["expires"] = datetime.fromtimestamp(entry.expires, UTC).isoformat()
        with self._audit.act(
            "allow.add", actor=self._actor, subject=entry.id, now=now, **said
        ) as doing:
            changed = _next(doing.connection)
            doing.connection.execute(allowlist.insert().values(changed=changed, **values))

    def remove(self, entry_id: str, now: datetime) -> None:
        """Take an entry out of force."""
        with self._audit.act(
            "allow.remove", actor=self._actor, subject=entry_id[:32], now=now
        ) as doing:
            _change(doing.connection, entry_id, removed=now.timestamp())

    def renew(self, entry_id: str, expires: datetime, now: datetime) -> None:
        """Let an entry expire at another moment."""
        with self._audit.act(
            "allow.renew",
            actor=self._actor,
            subject=entry_id[:32],
            now=now,
            expires=expires.astimezone(UTC).isoformat(),
        ) as doing:
            _change(doing.connection, entry_id, expires=expires.timestamp())


def new_entry_id() -> str:
    """Return a new number, as `ALW-4Q7ZK2MD`."""
    return "ALW-" + "".join(secrets.choice(ALPHABET) for _ in range(8))


def _next(connection: sa.Connection) -> int:
    last: int = connection.execute(
        sa.select(sa.func.coalesce(sa.func.max(allowlist.c.changed), 0))
    ).scalar_one()
    return last + 1


def _change(connection: sa.Connection, entry_id: str, **values: float) -> None:
    changed = connection.execute(
        allowlist.update()
        .where(allowlist.c.id == entry_id, allowlist.c.removed.is_(None))
        .values(changed=_next(connection), **values)
    )
    if changed.rowcount != 1:
        raise EvidenceError(f"{entry_id[:32]}: no such entry in force")


def _entry(row: sa.Row[Any]) -> AllowEntry:
    return AllowEntry(**{name: getattr(row, name) for name in _FIELDS})

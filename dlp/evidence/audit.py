"""The audit: every act of an administrator, chained so that no entry is changed or lost unseen.

Each entry holds the hash of the one before it, so that a changed, removed or moved entry breaks the
chain; that anybody can recompute. Each is also sealed with a key of the installation, so that who
can write to the database but not read `keys/` can't make a chain anew. What remains is to cut off
its end: against that, the number and hash of the last entry are kept outside the database, in
`audit.head` and in the proxy's log.
"""

from __future__ import annotations

import hmac
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dlp.evidence.chain import Entry, Head, Soundness
from dlp.evidence.chain import faults as chain_faults
from dlp.evidence.database import AUDIT_LOCK
from dlp.evidence.errors import EvidenceError
from dlp.evidence.files import write_whole
from dlp.evidence.schema import audit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dlp.evidence.database import Database
    from dlp.evidence.keys import Keys

__all__ = ["Act", "Audit"]

HEAD = "audit.head"
KEYS = "keys.use"

type Detail = str | int | float | bool | None


@dataclass(slots=True)
class Act:
    """An act under way: what is done on `connection` is done together with its entry, or not."""

    connection: sa.Connection
    details: dict[str, Detail] = field(default_factory=dict)


class Audit:
    """The chain of entries in a database.

    Args:
        database: Holds it.
        keys: Seal and check.
        data_dir: Folder in which the last entry is noted.
    """

    def __init__(self, database: Database, keys: Keys, data_dir: Path) -> None:
        self._database = database
        self._keys = keys
        self._anchor = data_dir / HEAD
        self._key = keys.digest(b"dlp audit")[:16]

    @contextmanager
    def act(
        self, act: str, *, actor: str, subject: str, now: datetime, **details: Detail
    ) -> Iterator[Act]:
        """Do something and write down who did it: both, or neither.

        Use the connection of what is given; more details may be added to it until the end.

        Raises:
            EvidenceError: It can't be written.
        """
        with self._database.write() as connection:
            self._database.serialise(connection, AUDIT_LOCK)
            doing = Act(connection, dict(details))
            yield doing
            head = self._append(doing, act=act, actor=actor, subject=subject, now=now)
        self.note(head)

    def record(
        self, act: str, *, actor: str, subject: str, now: datetime, **details: Detail
    ) -> None:
        """Write down an act that changes nothing in the database.

        Raises:
            EvidenceError: It can't be written.
        """
        with self.act(act, actor=actor, subject=subject, now=now, **details):
            pass

    def finds(self, query: sa.Select[tuple[str]]) -> bool:
        """Tell whether there is something to act on.

        Raises:
            EvidenceError: The database can't be used.
        """
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def key_change(self, *, actor: str, now: datetime) -> bool:
        """Write down which keys are in use, if they are not those of the last time.

        Returns:
            Whether they are others.

        Raises:
            EvidenceError: It can't be written.
        """
        keys = {"hmac": self._key, "vault": self._keys.vault_recipient}
        query = sa.select(audit.c.details).where(audit.c.act == KEYS)
        with self._database.read() as connection:
            last = connection.execute(query.order_by(audit.c.number.desc()).limit(1)).scalar()
        if last is not None and json.loads(last) == keys:
            return False
        self.record(KEYS, actor=actor, subject=self._keys.vault_recipient, now=now, **keys)
        return True

    def head(self) -> Head:
        """Return the last entry."""
        with self._database.read() as connection:
            return _head(connection)

    def entries(self, *, after: int = 0, limit: int | None = None) -> Iterator[Entry]:
        """Yield entries in their order, those after a number."""
        query = sa.select(audit).where(audit.c.number > after).order_by(audit.c.number)
        with self._database.read() as connection:
            for row in connection.execute(query.limit(limit)):
                yield _entry(row)

    def noted(self) -> Head | None:
        """Return the last entry as noted outside the database.

        Raises:
            EvidenceError: The note can't be read.
        """
        try:
            return Head.parse(self._anchor.read_text("ascii"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise EvidenceError(f"{self._anchor}: {error.strerror}") from None
        except ValueError:
            raise EvidenceError(f"{self._anchor}: damaged, expected NUMBER:HASH") from None

    def note(self, head: Head) -> None:
        """Note the last entry outside the database; an older one never replaces a newer.

        Raises:
            EvidenceError: The note can't be written.
        """
        noted = self.noted()
        if head.number and (noted is None or noted.number < head.number):
            write_whole(self._anchor, [f"{head}\n".encode("ascii")], replace=True)

    def verify(self, *known: Head) -> Soundness:
        """Check the chain, and that it holds the entries that are known from elsewhere."""
        faults: list[str] = []
        foreign: list[int] = []
        noted = self.noted()
        wanted = {head for head in (*known, noted) if head is not None and head.number}
        last = Head()
        for entry in self.entries():
            faults += chain_faults(entry, last)
            if entry.key != self._key:
                foreign.append(entry.number)
            elif not hmac.compare_digest(entry.seal, self._seal(entry.hash)):
                faults.append(f"entry {entry.number}: its seal is not of this installation")
            last = Head(entry.number, entry.hash)
            here = {head for head in wanted if head.number == entry.number}
            if here - {last}:
                faults.append(f"entry {entry.number}: is not the one that was noted")
            wanted -= here
        faults += [
            f"entry {number}: was noted, and is missing"
            for number in sorted({head.number for head in wanted})
        ]
        return Soundness(head=last, faults=tuple(faults), foreign=tuple(foreign))

    def _append(self, doing: Act, *, act: str, actor: str, subject: str, now: datetime) -> Head:
        last = _head(doing.connection)
        entry = Entry(
            number=last.number + 1,
            at=now.astimezone(UTC),
            actor=actor[:200],
            act=act,
            subject=subject[:300],
            details=json.dumps(doing.details, ensure_ascii=False, sort_keys=True),
            previous=last.hash,
            hash="",
            key=self._key,
            seal="",
        )
        hash_ = entry.expected_hash()
        doing.connection.execute(
            audit.insert().values(
                number=entry.number,
                at=entry.at.timestamp(),
                actor=entry.actor,
                act=entry.act,
                subject=entry.subject,
                details=entry.details,
                previous=entry.previous,
                hash=hash_,
                key=entry.key,
                seal=self._seal(hash_),
            )
        )
        return Head(entry.number, hash_)

    def _seal(self, hash_: str) -> str:
        return self._keys.digest(b"dlp audit entry\0" + hash_.encode("ascii", "replace"))


def _head(connection: sa.Connection) -> Head:
    row = connection.execute(
        sa.select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
    ).one_or_none()
    return Head() if row is None else Head(row.number, row.hash)


def _entry(row: sa.Row[Any]) -> Entry:
    return Entry(
        number=row.number,
        at=datetime.fromtimestamp(row.at, UTC),
        actor=row.actor,
        act=row.act,
        subject=row.subject,
        details=row.details,
        previous=row.previous,
        hash=row.hash,
        key=row.key,
        seal=row.seal,
    )

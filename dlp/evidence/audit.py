"""The audit: every act of an administrator, chained so that no entry is changed or lost unseen.

Each entry holds the hash of the one before it, so that a changed, removed or moved entry breaks the
chain; that anybody can recompute. Each is also sealed with a key of the installation, so that who
can write to the database but not read `keys/` can't make a chain anew. What remains is to cut off
its end: against that, the number and hash of the last entry are kept outside the database, in
`audit.head` and in the proxy's log.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dlp.evidence.database import AUDIT_LOCK
from dlp.evidence.errors import EvidenceError
from dlp.evidence.files import write_whole
from dlp.evidence.schema import audit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dlp.evidence.database import Database
    from dlp.evidence.keys import Keys

__all__ = ["Act", "Audit", "Entry", "Head", "Soundness"]

HEAD = "audit.head"
NOTHING = "0" * 64

type Detail = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of the chain, by which all before it is known.

    Attributes:
        number: Its number; 0 for an empty chain.
        hash: Its hash.
    """

    number: int = 0
    hash: str = NOTHING

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read what `str` wrote.

        Raises:
            ValueError: It is something else.
        """
        number, _, hash_ = text.strip().partition(":")
        if not number.isdecimal() or len(hash_) != 64 or set(hash_) - set("0123456789abcdef"):
            raise ValueError("expected NUMBER:HASH, as `dlp audit verify` prints it")
        return cls(int(number), hash_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act.

    Attributes:
        number: 1 for the first, then one more each time.
        at: When, by the clock of the machine it was done on.
        actor: Who, as `alice (root@proxy-1)`.
        act: What, as `quarantine.release`.
        subject: On what: the number of an incident, of an allowlist entry, a key's fingerprint.
        details: What else is to be known of it; no value of a message.
        previous: Hash of the entry before it.
        hash: Of all of the above.
        key: Which key it is sealed with.
        seal: The seal.
    """

    number: int
    at: datetime
    actor: str
    act: str
    subject: str
    details: str
    previous: str
    hash: str
    key: str
    seal: str

    def expected_hash(self) -> str:
        """Return the hash that this content has."""
        content = [
            self.number,
            self.at.timestamp(),
            self.actor,
            self.act,
            self.subject,
            self.details,
            self.previous,
        ]
        return hashlib.sha256(json.dumps(content).encode("utf-8")).hexdigest()


@dataclass(slots=True)
class Act:
    """An act under way: what is done on `connection` is done together with its entry, or not."""

    connection: sa.Connection
    details: dict[str, Detail] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundness:
    """What came of checking the chain.

    Attributes:
        head: Its last entry.
        faults: What is wrong, a line each; none if it is sound.
        foreign: Numbers of entries that are sealed with another key than this one.
    """

    head: Head
    faults: tuple[str, ...]
    foreign: tuple[int, ...]


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
            faults += _faults(entry, last)
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


def _faults(entry: Entry, last: Head) -> list[str]:
    """Return what is wrong with an entry, seen after the one before it."""
    if entry.number != last.number + 1:
        return [f"entry {last.number + 1}: is missing"]
    faults = []
    if entry.previous != last.hash:
        faults.append(f"entry {entry.number}: does not follow the one before it")
    if entry.hash != entry.expected_hash():
        faults.append(f"entry {entry.number}: was changed")
    return faults


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

"""What has to be done with what is kept, again and again while a proxy runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dlp.evidence.audit import Audit
from dlp.evidence.chain import Entry, Head
from dlp.evidence.errors import EvidenceError
from dlp.evidence.review import Reviewing

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlp.evidence.ledger import Ledger
    from dlp.evidence.pending import Pending
    from dlp.evidence.vault import Vault

__all__ = ["Keeper", "Kept"]

ACTOR = "dlp serve"
# A clock that differs by more from how long the process has run was set.
JUMP = timedelta(minutes=5)
# Nothing is deleted for its age until the clock has been steady for so long: one that stands years
# ahead when a machine starts is set right by then.
STEADY = timedelta(hours=1)
# Incidents are deleted by the day: an entry of the audit for each would tell nobody more.
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What one round did.

    Attributes:
        handed_over: Incidents that the database took at last.
        shipped: Bodies moved to the bucket.
        expired: Incidents whose body was deleted for its age.
        forgotten: Incidents that were deleted for theirs.
        acts: Entries of the audit that were made since the round before, oldest first.
        head: Its last entry.
        faults: What is wrong with the audit.
        errors: What could not be done, a line each.
    """

    handed_over: int = 0
    shipped: int = 0
    expired: tuple[str, ...] = ()
    forgotten: int = 0
    acts: tuple[Entry, ...] = ()
    head: Head = field(default_factory=Head)
    faults: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class Keeper:
    """Does it, one round at a time.

    Args:
        ledger: Takes incidents that wait.
        pending: Where they wait.
        vault: Bodies.
        audit: Is watched, and takes what is deleted.
        retention: How long bodies are kept.
        incident_retention: How long incidents are.
        clock: Tells the time, in UTC.
        steady: Seconds since any fixed moment, which nobody can set.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        pending: Pending,
        vault: Vault,
        audit: Audit,
        retention: timedelta,
        incident_retention: timedelta,
        clock: Callable[[], datetime],
        steady: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._pending = pending
        self._vault = vault
        self._audit = audit
        self._reviewing = Reviewing(audit, ACTOR)
        self._retention = retention
        self._incident_retention = incident_retention
        self._forgot: float | None = None
        self._clock = clock
        self._steady = steady
        self._since = (clock(), steady())
        self._head: Head | None = None

    def round(self) -> Kept:
        """Do all of it; what fails is named, and the rest is done."""
        errors: list[str] = []

        def attempt[T](work: Callable[[], T], otherwise: T) -> T:
            try:
                return work()
            except EvidenceError as error:
                errors.append(str(error))
                return otherwise

        handed_over = attempt(lambda: self._pending.hand_over(self._ledger), 0)
        shipped = attempt(self._vault.ship, 0)
        expired: list[str] = []
        forgotten = attempt(lambda: self._forget() if self._steady_clock() else 0, 0)
        attempt(lambda: self._expire(expired) if self._steady_clock() else None, None)
        before = self._head
        unseen: tuple[tuple[Entry, ...], Head, tuple[str, ...]] = ((), before or Head(), ())
        acts, head, faults = attempt(self._watch, unseen)
        return Kept(
            handed_over=handed_over,
            shipped=shipped,
            expired=tuple(expired),
            forgotten=forgotten,
            acts=acts,
            head=head,
            faults=faults,
            errors=tuple(errors),
        )

    def _steady_clock(self) -> bool:
        """Tell whether the clock can be trusted with what is too old."""
        now, ran = self._clock(), self._steady()
        began, first = self._since
        elapsed = timedelta(seconds=ran - first)
        if abs((now - began) - elapsed) > JUMP:
            self._since = (now, ran)
            return False
        return elapsed >= STEADY

    def _forget(self) -> int:
        """Delete incidents whose days are over, once a day, and return how many."""
        ran = self._steady()
        if self._forgot is not None and ran - self._forgot < DAY.total_seconds():
            return 0
        now = self._clock()
        count = self._reviewing.forget(now - self._incident_retention, now)
        self._forgot = ran
        return count

    def _expire(self, expired: list[str]) -> None:
        now = self._clock()
        for body in self._vault.bodies().values():
            if now - body.at > self._retention:
                days = self._retention.days
                self._reviewing.purge(self._vault, body.incident, now, f"kept {days} days")
                expired.append(body.incident)

    def _watch(self) -> tuple[tuple[Entry, ...], Head, tuple[str, ...]]:
        """Return what is new in the audit, and what is wrong with it."""
        before = self._head
        if before is not None and self._audit.head() == before:
            return (), before, ()
        sound = self._audit.verify(*([before] if before else []))
        acts = tuple(self._audit.entries(after=before.number)) if before else ()
        if not sound.faults:
            self._audit.note(sound.head)
            self._head = sound.head
        return acts, sound.head, sound.faults

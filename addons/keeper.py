"""Runs what has to be done with what is kept, and tells of it."""

from __future__ import annotations

import asyncio
import fcntl
import os
from typing import TYPE_CHECKING

from dlp import logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlp.evidence.chain import Entry
    from dlp.evidence.keeping import Keeper, Kept
    from dlp.metrics import Metrics

__all__ = ["Housekeeping"]

# Seconds between two rounds.
PERIOD = 10.0


class Housekeeping:
    """Keeps house while `run` runs.

    Args:
        keeper: Does the work.
        metrics: What is counted.
        tell: Told of every act of an administrator; neither waits nor raises.
        turn: A file that one worker of several has locked, which keeps house for all until it ends.
    """

    def __init__(
        self,
        keeper: Keeper,
        metrics: Metrics,
        tell: Callable[[Entry], None] | None = None,
        turn: Path | None = None,
    ) -> None:
        self._keeper = keeper
        self._metrics = metrics
        self._tell = tell
        self._turn = turn
        self._log = logs.get()
        self._last_errors: tuple[str, ...] = ()
        self._last_faults: tuple[str, ...] = ()
        self._head = ""
        metrics.audit_sound.set(1)

    async def run(self) -> None:
        """Keep house until cancelled, from this worker's turn on."""
        turn = None if self._turn is None else os.open(self._turn, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            while turn is not None and not _locked(turn):
                await asyncio.sleep(PERIOD)
            while True:
                await asyncio.get_running_loop().run_in_executor(None, self.round)
                await asyncio.sleep(PERIOD)
        finally:
            if turn is not None:
                os.close(turn)

    def round(self) -> None:
        """Do it once; what goes wrong is said once, not every time."""
        try:
            kept = self._keeper.round()
        except Exception as error:  # noqa: BLE001 - the proxy works on without
            self._log.error("keeping.failed", exception=type(error).__name__)
            return
        self._tell_acts(kept.acts)
        # Whoever keeps this line elsewhere can tell later whether the audit's end was cut off.
        if kept.head.number and str(kept.head) != self._head:
            self._head = str(kept.head)
            self._log.info("audit.head", head=self._head)
        self._tell_deleted(kept)
        if kept.handed_over:
            self._log.info("incidents.handed_over", count=kept.handed_over)
        if kept.faults and kept.faults != self._last_faults:
            self._log.error("audit.broken", faults=list(kept.faults[:10]))
        self._metrics.audit_sound.set(0 if kept.faults else 1)
        for line in kept.errors:
            if line not in self._last_errors:
                self._log.error("keeping.failed", error=line)
        self._last_errors, self._last_faults = kept.errors, kept.faults

    def _tell_acts(self, acts: tuple[Entry, ...]) -> None:
        for entry in acts:
            self._log.info(
                "audit.act",
                number=entry.number,
                hash=entry.hash,
                actor=entry.actor,
                act=entry.act,
                subject=entry.subject,
            )
            if self._tell is not None:
                self._tell(entry)

    def _tell_deleted(self, kept: Kept) -> None:
        for incident in kept.expired:
            self._log.info("quarantine.expired", incident=incident)
        if kept.forgotten:
            self._log.info("incidents.expired", count=kept.forgotten)


def _locked(turn: int) -> bool:
    """Tell whether this process has the lock now, which ends with it."""
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

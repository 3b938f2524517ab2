"""The allowlist in force: follows the store, and tells of every message that an entry has met."""

from __future__ import annotations

import asyncio
from threading import Lock
from typing import TYPE_CHECKING

from dlp import logs
from dlp.evidence.errors import EvidenceError
from dlp.logs import unnumbered
from dlp.policy.allowlist import Allowlist
from dlp.policy.facts import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dlp.evidence.allow import AllowStore
    from dlp.metrics import Metrics
    from dlp.types import AllowEntry, FlowInfo

__all__ = ["LiveAllowlist"]

INTERVAL_SECONDS = 1.0


class LiveAllowlist:
    """Entries as the store has them, and their hits.

    Args:
        store: Where they are kept.
        metrics: What is counted.

    Raises:
        EvidenceError: They can't be read.
    """

    def __init__(self, store: AllowStore, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics
        self._log = logs.get()
        self._lock = Lock()
        self._hits: dict[str, tuple[int, float]] = {}
        self._failing = False
        self._read()

    def _read(self) -> None:
        self._state = self._store.state()
        entries = self._store.entries()
        self._entries = {entry.id: entry for entry in entries}
        self.allowlist = Allowlist(entries)
        self._metrics.allow_entries.set(len(entries))

    async def run(self, adopt: Callable[[Allowlist], None]) -> None:
        """Follow the store until cancelled; `adopt` puts a changed list in force."""
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            before = self.allowlist
            try:
                await asyncio.to_thread(self._follow)
            except Exception as error:  # noqa: BLE001 - the entries that are known stay in force
                self._fails(error)
                continue
            self._failing = False
            if self.allowlist is not before:
                adopt(self.allowlist)
                self._log.warning("allowlist.applied", entries=len(self.allowlist))

    def _follow(self) -> None:
        self.flush()
        if self._store.state() != self._state:
            self._read()

    def _fails(self, error: Exception) -> None:
        self._metrics.evidence_errors.labels("allowlist").inc()
        if not self._failing:
            detail = str(error) if isinstance(error, EvidenceError) else type(error).__name__
            self._log.error("evidence.failed", store="allowlist", incident="", error=detail)
        self._failing = True

    def content(self, digest: str, flow: FlowInfo) -> AllowEntry | None:
        """Return an entry that lets this very content pass here, or None."""
        return self.allowlist.content(digest, facts(flow))

    def met(self, ids: Iterable[str], flow: FlowInfo, *, stopped: bool) -> None:
        """Count and log that entries took something out of a message."""
        for entry_id in ids:
            entry = self._entries.get(entry_id)
            what = "content" if entry and entry.content else (entry.detector if entry else "")
            # Combinations are without end, labels must not be.
            label = "several" if "," in what else what or "value"
            self._metrics.allow_hits.labels(label).inc()
            self._log.info(
                "allowlist.hit",
                entry=entry_id,
                detector=what or "value",
                owner=entry.owner if entry else "",
                channel=flow.channel.value,
                client=flow.client,
                destination=unnumbered(flow.destination),
                stopped=stopped,
            )
            with self._lock:
                count, _ = self._hits.get(entry_id, (0, 0.0))
                self._hits[entry_id] = (count + 1, flow.at.epoch if flow.at else 0.0)

    def flush(self) -> None:
        """Write hits to the store.

        Raises:
            EvidenceError: They can't be written; they are kept for the next time.
        """
        with self._lock:
            hits, self._hits = self._hits, {}
        if not hits:
            return
        try:
            self._store.hit(hits)
        except BaseException:
            with self._lock:
                for entry_id, (count, last) in hits.items():
                    more, latest = self._hits.get(entry_id, (0, 0.0))
                    self._hits[entry_id] = (count + more, max(last, latest))
            raise

"""What is measured now and then rather than counted: disk, quarantine, the CA's end, the loop."""

from __future__ import annotations

import asyncio
import shutil
import time
from typing import TYPE_CHECKING

from cryptography.x509 import load_pem_x509_certificate

from dlp import logs
from dlp.evidence.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dlp.evidence.vault import Sealed
    from dlp.metrics import Metrics

__all__ = ["Gauges"]

# Seconds between two looks at the disk; a quarter of the usual interval of scrapes and more.
PERIOD = 15.0
# Seconds between two looks at how late the loop is.
STEP = 0.5


class Gauges:
    """Keeps the gauges of one process current while `run` runs.

    Args:
        metrics: Where they are.
        data_dir: The folder whose disk, quarantine and CA are measured.
        connections: Tells how many clients are connected.
        held: Tells how many bytes of bodies are held.
        bodies: Tells what is sealed.
    """

    def __init__(
        self,
        metrics: Metrics,
        data_dir: Path,
        connections: Callable[[], int],
        held: Callable[[], int],
        bodies: Callable[[], Mapping[str, Sealed]],
    ) -> None:
        self._metrics = metrics
        self._data_dir = data_dir
        self._connections = connections
        self._held = held
        self._bodies = bodies
        self._failing = False

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        late = 0.0
        while True:
            await loop.run_in_executor(None, self.measure)
            until = loop.time() + PERIOD
            before, late = late, 0.0
            while (asleep := loop.time()) < until:
                self._metrics.connections.set(self._connections())
                self._metrics.held_bytes.set(self._held())
                await asyncio.sleep(STEP)
                late = max(late, loop.time() - asleep - STEP)
                self._metrics.loop_lag.set(max(before, late))

    def measure(self) -> None:
        """Look at the disk once; what can't be read keeps its last value, and is logged once."""
        try:
            self._measure()
        except (OSError, ValueError, EvidenceError) as error:
            if not self._failing:
                logs.get().warning("gauges.failed", exception=type(error).__name__)
            self._failing = True
        else:
            self._failing = False

    def _measure(self) -> None:
        metrics = self._metrics
        disk = shutil.disk_usage(self._data_dir)
        metrics.disk_size.set(disk.total)
        metrics.disk_free.set(disk.free)
        bodies = list(self._bodies().values())
        metrics.quarantine_bodies.set(len(bodies))
        metrics.quarantine_size.set(sum(body.size for body in bodies))
        oldest = min((body.at.timestamp() for body in bodies), default=None)
        metrics.quarantine_age.set(max(0.0, time.time() - oldest) if oldest is not None else 0)
        certificate = load_pem_x509_certificate(
            (self._data_dir / "ca" / "mitmproxy-ca-cert.pem").read_bytes()
        )
        metrics.ca_expiry.set(certificate.not_valid_after_utc.timestamp())

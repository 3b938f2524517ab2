"""What the parent of several workers knows of them: their processes, and how often they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Metric, ProcessCollector
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["PARENT", "Processes"]

# The label of the parent, beside the numbers of workers.
PARENT = "parent"


class Processes(Collector):
    """Metrics of the parent and its workers, by the label `worker`.

    Args:
        registry: Where they are shown.
        running: Tells the number of each process that runs, by its label.
    """

    def __init__(
        self, registry: CollectorRegistry, running: Callable[[], Mapping[str, int]]
    ) -> None:
        self._running = running
        workers = Gauge("dlp_workers", "Workers that inspect flows", registry=registry)
        # Of all that run, the parent is none.
        workers.set_function(lambda: len(running()) - 1)
        self.restarts = Counter(
            "dlp_worker_restarts", "Workers that ended unasked", registry=registry
        )
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Yield CPU, memory, open files and start of each process."""
        found: dict[str, Metric] = {}
        for label, pid in self._running().items():
            for one in ProcessCollector("dlp", pid=lambda pid=pid: pid, registry=None).collect():  # type: ignore[misc]
                metric = found.setdefault(one.name, Metric(one.name, one.documentation, one.type))
                for sample in one.samples:
                    metric.add_sample(sample.name, {"worker": label}, sample.value)
        yield from found.values()

"""What is counted; names by the Prometheus conventions, labels from bounded sets only."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from dlp import __version__

__all__ = ["Metrics"]


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.flows = Counter(
            "dlp_flows",
            "Messages by channel and action",
            ["channel", "action"],
            registry=self.registry,
        )
        self.bytes = Counter(
            "dlp_inspected_bytes", "Bytes of message bodies", ["channel"], registry=self.registry
        )
        self.findings = Counter(
            "dlp_findings",
            "Distinct values found",
            ["detector", "category"],
            registry=self.registry,
        )
        self.subjects = Counter(
            "dlp_subjects",
            "Distinct persons found in messages that were stopped",
            registry=self.registry,
        )
        self.uninspectable = Counter(
            "dlp_uninspectable",
            "Messages that could not be read",
            ["reason"],
            registry=self.registry,
        )
        self.refusals = Counter(
            "dlp_fail_closed_refusals",
            "Messages refused because they could not be inspected",
            ["reason"],
            registry=self.registry,
        )
        self.evidence_errors = Counter(
            "dlp_evidence_errors",
            "Incidents or bodies that could not be stored",
            ["store"],
            registry=self.registry,
        )
        self.releases = Counter(
            "dlp_releases_used", "Messages that passed by a release", registry=self.registry
        )
        self.seconds = Histogram(
            "dlp_inspection_seconds",
            "Time from a whole message to its verdict",
            ["channel"],
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60),
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "dlp_messages_in_inspection", "Messages being inspected now", registry=self.registry
        )
        self.build = Gauge(
            "dlp_build_info", "Version of the proxy", ["version"], registry=self.registry
        )
        self.build.labels(version=__version__).set(1)

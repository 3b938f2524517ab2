"""What is counted; names by the Prometheus conventions, labels from bounded sets only."""

from __future__ import annotations

import itertools
import os
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from dlp import __version__
from dlp.parsers.kinds import MODULES
from dlp.types import Action, Channel, Uninspectable

__all__ = ["Metrics", "exemplar"]

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)


def exemplar(incident: str) -> dict[str, str]:
    """Return what ties a count to its incident, in the format that can carry it (OpenMetrics)."""
    return {"incident": incident}


# How the gauges of several workers become one.
_OfSeveral = Literal["livesum", "livemax", "livemostrecent"]


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
        self.rules = Counter(
            "dlp_rule_decisions",
            "Messages by the policy's rule that decided, those that no rule matched left out",
            ["rule", "action"],
            registry=self.registry,
        )
        self._policy = Gauge(
            "dlp_policy_info",
            "Policies in force: the live one, and the shadow beside it",
            ["role", "policy", "version"],
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        self.policy_reloads = Counter(
            "dlp_policy_reloads",
            "Times that a policy's file was read again",
            ["role", "result"],
            registry=self.registry,
        )
        self.policy_refused = Gauge(
            "dlp_policy_file_refused",
            "1 while a policy's file can't be used and the policy before it stays in force",
            ["role"],
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        self.shadow = Counter(
            "dlp_policy_shadow_differences",
            "Messages on which the shadow policy decides otherwise, by both actions",
            ["live", "shadow"],
            registry=self.registry,
        )
        self.allow_hits = Counter(
            "dlp_allowlist_hits",
            "Times that an allowlist entry took something out of a message",
            ["detector"],
            registry=self.registry,
        )
        self.allow_entries = Gauge(
            "dlp_allowlist_entries",
            "Entries of the allowlist, those that have expired too",
            registry=self.registry,
            multiprocess_mode="livemostrecent",
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
        self.documents = Counter(
            "dlp_documents",
            "Documents that a parser's process was given, by what became of them",
            ["kind", "outcome"],
            registry=self.registry,
        )
        self.refusals = Counter(
            "dlp_fail_closed_refusals",
            "Messages refused because they could not be inspected",
            ["reason"],
            registry=self.registry,
        )
        self.given_up = Counter(
            "dlp_clients_given_up",
            "Connections closed because a client did not send what was waited for",
            ["awaited"],
            registry=self.registry,
        )
        self.evidence_errors = Counter(
            "dlp_evidence_errors",
            "Incidents or bodies that could not be stored",
            ["store"],
            registry=self.registry,
        )
        self.quarantine_dropped = Counter(
            "dlp_quarantine_dropped",
            "Bodies of stopped messages that could not be kept for review",
            ["reason"],
            registry=self.registry,
        )
        self.siem_events = Counter(
            "dlp_siem_events",
            "Events for the SIEM by what became of them",
            ["receiver", "result"],
            registry=self.registry,
        )
        self.audit_sound = Gauge(
            "dlp_audit_sound",
            "Whether the audit is whole: 1, or 0 if something was changed or removed",
            registry=self.registry,
            # One worker of several looks after it; what the others say is 1.
            multiprocess_mode="livemin",
        )
        self.releases = Counter(
            "dlp_releases_used", "Messages that passed by a release", registry=self.registry
        )
        self.seconds = Histogram(
            "dlp_inspection_seconds",
            "Time from a whole message to its verdict",
            ["channel"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.scan_seconds = Histogram(
            "dlp_scan_seconds",
            "Time of work on a message, without waiting for its turn",
            ["channel"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "dlp_messages_in_inspection",
            "Messages being inspected now",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.held_bytes = Gauge(
            "dlp_held_bytes",
            "Bytes of bodies that came and have not left, in memory and on disk",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.build = Gauge(
            "dlp_build_info",
            "Version of the proxy",
            ["version"],
            registry=self.registry,
            multiprocess_mode="max",
        )
        self.build.labels(version=__version__).set(1)
        self._gauges()
        self._begin_at_zero()
        # CPU, memory, open files and start of the process.
        ProcessCollector(namespace="dlp", registry=self.registry)

    def _gauges(self) -> None:
        """Declare what `addons/gauges.py` measures now and then."""

        def gauge(name: str, about: str, of_several: _OfSeveral = "livemostrecent") -> Gauge:
            return Gauge(f"dlp_{name}", about, registry=self.registry, multiprocess_mode=of_several)

        self.connections = gauge(
            "client_connections", "Connections of clients that are open", "livesum"
        )
        self.loop_lag = gauge(
            "loop_lag_seconds",
            "Longest that the event loop was late in the last half minute",
            "livemax",
        )
        self.disk_size = gauge("data_disk_size_bytes", "Size of the disk that holds the data")
        self.disk_free = gauge("data_disk_free_bytes", "Free space of the disk that holds the data")
        self.quarantine_bodies = gauge("quarantine_bodies", "Sealed bodies in the quarantine")
        self.quarantine_size = gauge("quarantine_size_bytes", "Size of the sealed bodies")
        self.quarantine_age = gauge(
            "quarantine_oldest_age_seconds", "Age of the oldest sealed body; 0 if there is none"
        )
        self.ca_expiry = gauge(
            "ca_expiry_timestamp_seconds", "When the certificate that clients trust ends"
        )

    def _begin_at_zero(self) -> None:
        """Bring the known labels into being: a rate can't see the first of what was not there."""
        for channel in Channel:
            if channel is not Channel.SCAN:
                for metric in (self.bytes, self.seconds, self.scan_seconds):
                    metric.labels(channel.value)
                for action in (*(action.value for action in Action), "released", "refuse"):
                    self.flows.labels(channel.value, action)
        for reason in Uninspectable:
            self.uninspectable.labels(reason.value)
        outcomes = ("read", "refused", "timeout", "crashed", "unavailable")
        for kind, outcome in itertools.product(MODULES, outcomes):
            self.documents.labels(kind, outcome)
        for result in ("applied", "unchanged", "refused"):
            self.policy_reloads.labels("live", result)
        for counter, values in (
            (self.refusals, ("error", "timeout")),
            (self.given_up, ("head", "body", "request")),
            (self.evidence_errors, ("ledger", "vault", "allowlist", "window")),
        ):
            for value in values:
                counter.labels(value)

    def parsed(self, kind: str, outcome: str) -> None:
        """Count a document by its kind and what became of it."""
        self.documents.labels(kind, outcome).inc()

    def policy_is(self, role: str, name: str, version: str) -> None:
        """Say which policy is in force in a role, and that no other is."""
        for labels in [metric.labels for one in self._policy.collect() for metric in one.samples]:
            before = tuple(labels[key] for key in ("role", "policy", "version"))
            if labels["role"] == role and before != (role, name, version):
                self._policy.labels(*before).set(0)
                # Of several workers, others may still have it.
                if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
                    self._policy.remove(*before)
        self._policy.labels(role, name, version).set(1)

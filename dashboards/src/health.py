"""Health of the proxy: whether it runs, keeps its evidence, and for how long it can."""

from __future__ import annotations

from dashboards.src.panels import JOB, Panel, Row, build, by

__all__ = ["UID", "dashboard"]

UID = "dlp-health"


def dashboard() -> str:
    """Return the dashboard as JSON."""
    return build(
        UID,
        "DLP: health of the proxy",
        "Whether the proxies run, inspect, keep their evidence, and how long they can go on.",
        (
            Row("Instances", _instances()),
            Row("Policy", _policy()),
            Row("Failures", _failures()),
            Row("Parsers", _parsers()),
            Row("Resources", _resources()),
            Row("Quarantine and disk", _disk()),
        ),
    )


def _instances() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Instances",
            about="Proxies that Prometheus reads.",
            kind="stat",
            queries={"instances": f"count(dlp_build_info{{{JOB}}})"},
            width=4,
            limits={"red": None, "green": 1},
        ),
        Panel(
            title="Versions",
            about="Version of each instance.",
            kind="table",
            queries={"version": f"sum by (job, instance, version) (dlp_build_info{{{JOB}}})"},
        ),
        Panel(
            title="Running since",
            about="The last start of a process; one that nobody ordered is a crash: see the log.",
            kind="series",
            unit="s",
            queries={
                "{{instance}}": "time() - max by (instance) "
                f"(dlp_process_start_time_seconds{{{JOB}}})",
            },
        ),
        Panel(
            title="CA ends in",
            about="When the certificate that clients trust ends, they trust nothing any more.",
            kind="stat",
            unit="s",
            queries={"left": f"min(dlp_ca_expiry_timestamp_seconds{{{JOB}}}) - time()"},
            width=4,
            limits={"red": None, "yellow": 2592000, "green": 7776000},
        ),
    )


def _policy() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Policies in force",
            about="The live one and the shadow beside it; all instances should have the same.",
            kind="table",
            queries={
                "policy": "max by (instance, role, policy, version) "
                f"(dlp_policy_info{{{JOB}}} == 1)"
            },
            width=12,
        ),
        Panel(
            title="Files refused",
            about="Policies whose file can't be used: the policy before it stays in force.",
            kind="stat",
            queries={"refused": f"sum(dlp_policy_file_refused{{{JOB}}})"},
            width=4,
            limits={"green": None, "red": 1},
        ),
        Panel(
            title="Read again",
            about="Times that a policy's file was read again, by what came of it.",
            kind="series",
            queries={
                "{{role}}: {{result}}": "sum by (role, result) "
                f"(increase(dlp_policy_reloads_total{{{JOB}}}[$__rate_interval]))"
            },
        ),
    )


def _failures() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Refused unread, by reason",
            about="`error` and `timeout` are faults of ours, the others a client's doing.",
            kind="stacked",
            queries=by("reason", "dlp_fail_closed_refusals_total"),
            width=12,
        ),
        Panel(
            title="Evidence that could not be kept",
            about="Verdicts stood, but an incident or body was lost: above 0 is a fault.",
            kind="stacked",
            queries=by("store", "dlp_evidence_errors_total"),
            width=12,
        ),
    )


def _parsers() -> tuple[Panel, ...]:
    documents = f"(increase(dlp_documents_total{{{JOB}}}[$__rate_interval]))"
    failed = (
        f'increase(dlp_documents_total{{{JOB}, outcome=~"timeout|crashed|unavailable"}}'
        "[$__rate_interval])"
    )
    return (
        Panel(
            title="Documents, by kind",
            about="Each is parsed by a process of its own, which may fail without harm.",
            kind="stacked",
            queries={"{{kind}}": f"sum by (kind) {documents}"},
            width=12,
        ),
        Panel(
            title="Parsers that failed",
            about="Took too long, died, or could not be started: the document counts as unread.",
            kind="stacked",
            queries={"{{kind}}": f"sum by (kind) ({failed})"},
            width=12,
        ),
    )


def _resources() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Memory",
            about="Resident memory of all processes; bodies held for their verdict are part of it.",
            kind="series",
            unit="bytes",
            queries={
                "{{instance}}": f"sum by (instance) (dlp_process_resident_memory_bytes{{{JOB}}})"
            },
        ),
        Panel(
            title="Open files",
            about="Share of the allowed number, in the process that has most.",
            kind="series",
            unit="percentunit",
            queries={
                "{{instance}}": "max by (instance) "
                f"(dlp_process_open_fds{{{JOB}}} / dlp_process_max_fds{{{JOB}}})"
            },
        ),
        Panel(
            title="Delay of the event loop",
            about="Longest in the last half minute; every flow waits that long.",
            kind="series",
            unit="s",
            queries={"{{instance}}": f"dlp_loop_lag_seconds{{{JOB}}}"},
        ),
    )


def _disk() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Audit",
            about="Whether the chain of the audit is whole, or something of it was changed.",
            kind="stat",
            queries={"sound": f"min(dlp_audit_sound{{{JOB}}})"},
            width=4,
            limits={"red": None, "green": 1},
            words={"0": "changed", "1": "whole"},
        ),
        Panel(
            title="Size of the quarantine",
            about="What the sealed bodies take on the disk.",
            kind="series",
            unit="bytes",
            queries={"{{instance}}": f"dlp_quarantine_size_bytes{{{JOB}}}"},
            width=10,
        ),
        Panel(
            title="Free disk",
            about="Of the data directory. When it is full, bodies are not kept.",
            kind="series",
            unit="percentunit",
            queries={
                "{{instance}}": f"dlp_data_disk_free_bytes{{{JOB}}} / "
                f"dlp_data_disk_size_bytes{{{JOB}}}"
            },
            width=10,
        ),
    )

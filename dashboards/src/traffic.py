"""Egress traffic and performance: how much passes, and what inspection costs it."""

from __future__ import annotations

from dashboards.src.panels import JOB, Panel, Row, build, by

__all__ = ["UID", "dashboard"]

UID = "dlp-traffic"


def dashboard() -> str:
    """Return the dashboard as JSON."""
    return build(
        UID,
        "DLP: egress traffic and performance",
        "How much passes through the proxy, and how long people and machines wait for its verdict.",
        (
            Row("Traffic", _traffic()),
            Row("Time to the verdict", _latency()),
            Row("Load", _load()),
        ),
    )


def _traffic() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Messages, by channel",
            about="Inspected messages a second; a message is a request, an upload, a command.",
            kind="stacked",
            unit="reqps",
            queries=by("channel", "dlp_flows_total", "rate"),
        ),
        Panel(
            title="Messages, by what became of them",
            about="Almost all should be `allow`.",
            kind="stacked",
            unit="reqps",
            queries=by("action", "dlp_flows_total", "rate"),
        ),
        Panel(
            title="Bytes inspected",
            about="Bytes of bodies a second, as they came in, still compressed.",
            kind="stacked",
            unit="Bps",
            queries=by("channel", "dlp_inspected_bytes_total", "rate"),
        ),
    )


def _quantile(metric: str, quantile: float, by: str = "le") -> str:
    buckets = f"rate({metric}_bucket{{{JOB}}}[$__rate_interval])"
    return f"histogram_quantile({quantile}, sum by ({by}) ({buckets}))"


def _latency() -> tuple[Panel, ...]:
    seconds = "dlp_inspection_seconds"
    return (
        Panel(
            title="Verdict after",
            about="From a whole message to its verdict: half, 95 % and 99 % of messages.",
            kind="series",
            unit="s",
            queries={
                "p50": _quantile(seconds, 0.5),
                "p95": _quantile(seconds, 0.95),
                "p99": _quantile(seconds, 0.99),
            },
        ),
        Panel(
            title="Verdict after (p99), by channel",
            about="Uploads over FTP are large, requests of browsers small.",
            kind="series",
            unit="s",
            queries={"{{channel}}": _quantile(seconds, 0.99, "le, channel")},
        ),
        Panel(
            title="Work and waiting, per message",
            about=(
                "Mean time of work, and of waiting for a turn. Where waiting grows the proxy needs "
                "more cores or more instances."
            ),
            kind="stacked",
            unit="s",
            queries={
                "work": _mean("dlp_scan_seconds"),
                "waiting": f"clamp_min({_mean(seconds)} - {_mean('dlp_scan_seconds')}, 0)",
            },
        ),
        Panel(
            title="Verdicts by time",
            about="Number of messages in each class of time.",
            kind="heatmap",
            unit="s",
            queries={
                "{{le}}": f"sum by (le) (increase({seconds}_bucket{{{JOB}}}[$__rate_interval]))"
            },
            width=24,
        ),
    )


def _mean(metric: str) -> str:
    total = f"sum(rate({metric}_sum{{{JOB}}}[$__rate_interval]))"
    return f"{total} / sum(rate({metric}_count{{{JOB}}}[$__rate_interval]))"


def _load() -> tuple[Panel, ...]:
    return (
        _now(
            "Messages in inspection", "Under way or waiting for a turn.", "messages_in_inspection"
        ),
        _now(
            "Bytes held",
            "Of bodies that came and have not left, in memory and on disk.",
            "held_bytes",
            "bytes",
        ),
        _now("Client connections", "Open now.", "client_connections"),
        Panel(
            title="CPU",
            about="Cores in use, by instance.",
            kind="series",
            queries=by("instance", "dlp_process_cpu_seconds_total", "rate"),
            width=6,
        ),
    )


def _now(title: str, about: str, name: str, unit: str = "short") -> Panel:
    """Return a panel of a gauge, by instance."""
    queries = {"{{instance}}": f"dlp_{name}{{{JOB}}}"}
    return Panel(title=title, about=about, kind="series", unit=unit, queries=queries, width=6)

"""Security overview: what was stopped, by which rule, and how well the rules do."""

from __future__ import annotations

from dashboards.src.panels import JOB, STOPPED, Panel, Row, build

__all__ = ["UID", "dashboard"]

UID = "dlp-security"


def dashboard() -> str:
    """Return the dashboard as JSON."""
    return build(
        UID,
        "DLP: security overview",
        "What left, what was stopped and why. No metric holds a person, a host or a value.",
        (
            Row("In the time shown", _totals()),
            Row("What was stopped", _stops()),
            Row("Why", _reasons()),
            Row("How well the rules do", _precision()),
        ),
    )


def _total(title: str, about: str, expr: str, color: str = "red") -> Panel:
    return Panel(
        title=title,
        about=about,
        kind="stat",
        queries={title: expr},
        width=4,
        height=4,
        limits={"green": None, color: 1},
    )


def _totals() -> tuple[Panel, ...]:
    return (
        _total(
            "Messages stopped",
            "Blocked or quarantined: nothing of them reached a server.",
            f"sum(increase(dlp_flows_total{{{STOPPED}}}[$__range]))",
        ),
        _total(
            "Persons protected",
            "Distinct persons in the messages that were stopped, added up over messages.",
            f"sum(increase(dlp_subjects_total{{{JOB}}}[$__range]))",
        ),
        _total(
            "Noted, not stopped",
            "Messages that a rule only wrote down. All of them, under the policy `monitor`.",
            f'sum(increase(dlp_flows_total{{{JOB}, action="log"}}[$__range]))',
            "yellow",
        ),
        _total(
            "Could not be read",
            "Encrypted, damaged or too deep; the policy says what becomes of them.",
            f"sum(increase(dlp_uninspectable_total{{{JOB}}}[$__range]))",
            "orange",
        ),
        _total(
            "Refused unread",
            "Refused because inspection failed or was not possible: the proxy fails closed.",
            f"sum(increase(dlp_fail_closed_refusals_total{{{JOB}}}[$__range]))",
            "purple",
        ),
        _total(
            "Waiting in quarantine",
            "Sealed bodies kept for review.",
            f"sum(dlp_quarantine_bodies{{{JOB}}})",
            "yellow",
        ),
    )


def _stops() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Stopped, by channel",
            about="A dot on the line is an incident: its number is in the exemplar.",
            kind="stacked",
            queries={
                "{{channel}}": f"sum by (channel) (increase(dlp_flows_total{{{STOPPED}}}"
                "[$__rate_interval]))"
            },
            width=12,
        ),
        Panel(
            title="Persons in what was stopped",
            about="A few large files or many small ones: beside the number of messages it tells.",
            kind="series",
            queries={
                "persons": f"sum(increase(dlp_subjects_total{{{JOB}}}[$__rate_interval]))",
                "messages": f"sum(increase(dlp_flows_total{{{STOPPED}}}[$__rate_interval]))",
            },
            width=12,
        ),
        Panel(
            title="Who and where",
            about=(
                "Metrics hold no host, address or user. `dlp incident list` says who sent what "
                "where, `dlp incident show ID` shows the masked evidence; the number of an "
                "incident is in the exemplars of the panels above."
            ),
            kind="text",
            width=24,
            height=3,
        ),
    )


def _reasons() -> tuple[Panel, ...]:
    return (
        Panel(
            title="Top rules",
            about="Rules of the policy that decided, and on what.",
            kind="bars",
            queries={
                "{{rule}} ({{action}})": "topk(10, sum by (rule, action) "
                f"(increase(dlp_rule_decisions_total{{{JOB}}}[$__range])))"
            },
        ),
        Panel(
            title="Top detectors",
            about="Distinct values found, in stopped and passed messages alike.",
            kind="bars",
            queries={
                "{{detector}}": "topk(10, sum by (detector) "
                f"(increase(dlp_findings_total{{{JOB}}}[$__range])))"
            },
        ),
        Panel(
            title="Could not be read, by reason",
            about="`encrypted` is a person with a password, `corrupt` often a client's fault.",
            kind="bars",
            queries={
                "{{reason}}": "sum by (reason) "
                f"(increase(dlp_uninspectable_total{{{JOB}}}[$__range]))"
            },
        ),
    )


def _precision() -> tuple[Panel, ...]:
    released = f"sum(increase(dlp_releases_used_total{{{JOB}}}[$__range]))"
    stopped = f"sum(increase(dlp_flows_total{{{STOPPED}}}[$__range]))"
    return (
        Panel(
            title="Stops that held",
            about=(
                "Share of stopped messages that no reviewer released: an upper bound of precision, "
                "good as far as incidents are reviewed."
            ),
            kind="stat",
            unit="percentunit",
            queries={"held": f"1 - {released} / clamp_min({stopped}, 1)"},
            width=5,
            limits={"red": None, "yellow": 0.9, "green": 0.98},
        ),
        Panel(
            title="Released after review",
            about="Messages that passed because a reviewer released them.",
            kind="series",
            queries={
                "released": f"sum(increase(dlp_releases_used_total{{{JOB}}}[$__rate_interval]))"
            },
            width=5,
        ),
        Panel(
            title="Allowlist",
            about="Entries, those that have expired too; each should have an owner and an end.",
            kind="stat",
            queries={"entries": f"max(dlp_allowlist_entries{{{JOB}}})"},
            width=4,
        ),
        Panel(
            title="Shadow policy",
            about="Messages on which the shadow policy would decide otherwise; empty without one.",
            kind="bars",
            queries={
                "{{live}} → {{shadow}}": "sum by (live, shadow) "
                f"(increase(dlp_policy_shadow_differences_total{{{JOB}}}[$__range]))"
            },
            width=5,
        ),
        Panel(
            title="Oldest body in quarantine",
            about="What nobody reviews, nobody releases: a person may wait for it.",
            kind="stat",
            unit="s",
            queries={"age": f"max(dlp_quarantine_oldest_age_seconds{{{JOB}}})"},
            width=5,
            limits={"green": None, "yellow": 86400, "red": 604800},
        ),
    )

"""Events in the Elastic Common Schema (ECS 8): https://www.elastic.co/docs/reference/ecs."""

from __future__ import annotations

import ipaddress
import json
import socket
from typing import TYPE_CHECKING, Any

from dlp import __version__

if TYPE_CHECKING:
    from dlp.evidence.chain import Entry
    from dlp.evidence.incident import Incident

__all__ = ["act", "dumps", "incident"]

VERSION = "8.17.0"
# What severity of ours is on ECS's scale, which receivers take as 0 to 100.
SEVERITY = {"allow": 0, "log": 21, "block": 47, "quarantine": 73}


def incident(one: Incident) -> dict[str, Any]:
    """Return an incident."""
    flow, evidence, verdict = one.flow, one.evidence, one.verdict
    stopped = verdict.action.stops
    found = {
        "@timestamp": one.at.isoformat(),
        "message": (
            f"{one.id}: {verdict.action} {flow.method} to {flow.destination} "
            f"by rule {verdict.rule}, {evidence.subjects} persons"
            + (f", {evidence.told_before} told of before" if evidence.told_before else "")
        ),
        "event": {
            "id": one.id,
            "kind": "alert" if stopped else "event",
            "category": ["network", "intrusion_detection"],
            "type": ["denied"] if stopped else ["info"],
            "action": verdict.action.value,
            "dataset": "dlp.incident",
            "severity": SEVERITY[verdict.action.value],
        },
        "rule": {"name": verdict.rule, "ruleset": verdict.policy},
        "source": _endpoint(flow.client, None),
        "destination": _endpoint(flow.host, flow.port),
        "network": {"direction": "outbound", "protocol": flow.channel.value},
        "http": {"request": {"method": flow.method, "body": {"bytes": evidence.bytes}}},
        "url": {"path": flow.path},
        "dlp": {
            "incident": one.id,
            "subjects": evidence.subjects,
            "subjects_in_window": evidence.subjects_in_window,
            "announced": evidence.announced,
            "beside_health": evidence.beside_health,
            "patients": evidence.patients,
            "uninspectable": evidence.uninspectable,
            "body_kept": one.body_kept,
            "bytes_sent": one.sent,
            "findings": [
                {
                    "detector": finding.detector,
                    "category": finding.category,
                    "count": finding.count,
                    "distinct": finding.distinct,
                    "confidence": finding.confidence,
                }
                for finding in evidence.findings
            ],
        },
    }
    if flow.user:
        found["user"] = {"name": flow.user}
    return found | _common()


def act(entry: Entry) -> dict[str, Any]:
    """Return an act of an administrator."""
    return {
        "@timestamp": entry.at.isoformat(),
        "message": f"{entry.act} {entry.subject} by {entry.actor}",
        "event": {
            "id": str(entry.number),
            "kind": "event",
            "category": ["configuration"],
            "type": ["change"],
            "action": entry.act,
            "dataset": "dlp.audit",
            "hash": entry.hash,
            "severity": 21,
        },
        "user": {"name": entry.actor},
        "dlp": {
            "audit": {
                "number": entry.number,
                "hash": entry.hash,
                "subject": entry.subject,
                "details": json.loads(entry.details),
            }
        },
    } | _common()


def dumps(event: dict[str, Any]) -> str:
    """Return an event as one line of JSON."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _common() -> dict[str, Any]:
    return {
        "ecs": {"version": VERSION},
        "observer": {
            "vendor": "dlp",
            "product": "dlp",
            "version": __version__,
            "type": "proxy",
            "hostname": socket.gethostname(),
        },
    }


def _endpoint(host: str, port: int | None) -> dict[str, Any]:
    found: dict[str, Any] = {"address": host}
    try:
        found["ip"] = str(ipaddress.ip_address(host))
    except ValueError:
        if host:
            found["domain"] = host
    if port is not None:
        found["port"] = port
    return found

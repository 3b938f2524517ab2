"""Events in the Common Event Format, version 0, as ArcSight's implementation standard says."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from dlp import __version__

if TYPE_CHECKING:
    from datetime import datetime

    from dlp.evidence.chain import Entry
    from dlp.evidence.incident import Incident

__all__ = ["act", "incident"]

SEVERITY = {"allow": 0, "log": 3, "block": 7, "quarantine": 9}


def incident(one: Incident) -> str:
    """Return an incident."""
    flow, evidence, verdict = one.flow, one.evidence, one.verdict
    detectors = " ".join(f"{found.detector}:{found.distinct}" for found in evidence.findings)
    fields = {
        "rt": _milliseconds(one.at),
        "externalId": one.id,
        "act": verdict.action.value,
        **_address("src", "shost", flow.client),
        **_address("dst", "dhost", flow.host),
        "dpt": str(flow.port),
        "suser": flow.user,
        "app": flow.channel.value,
        "requestMethod": flow.method,
        "request": flow.path,
        "in": str(evidence.bytes),
        "cn1Label": "subjects",
        "cn1": str(evidence.subjects),
        "cn2Label": "subjectsInWindow",
        "cn2": str(evidence.subjects_in_window),
        "cs1Label": "detectors",
        "cs1": detectors,
        "cs2Label": "policy",
        "cs2": verdict.policy,
        "cs3Label": "uninspectable",
        "cs3": evidence.uninspectable or "",
    }
    name = "Health data stopped" if verdict.action.stops else "Health data seen"
    return _line(verdict.rule, name, SEVERITY[verdict.action.value], fields)


def act(entry: Entry) -> str:
    """Return an act of an administrator."""
    fields = {
        "rt": _milliseconds(entry.at),
        "externalId": str(entry.number),
        "suser": entry.actor,
        "act": entry.act,
        "cs1Label": "subject",
        "cs1": entry.subject,
        "cs2Label": "hash",
        "cs2": entry.hash,
    }
    return _line(entry.act, "Administration", 3, fields)


def _line(signature: str, name: str, severity: int, fields: dict[str, str]) -> str:
    head = "|".join(
        part.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("\r", " ")
        for part in ("dlp", "dlp", __version__, signature, name, str(severity))
    )
    # A label whose value is empty says nothing.
    given = {
        key: value
        for key, value in fields.items()
        if value and (not key.endswith("Label") or fields[key.removesuffix("Label")])
    }
    return f"CEF:0|{head}|" + " ".join(f"{key}={_value(value)}" for key, value in given.items())


def _value(text: str) -> str:
    return text.replace("\\", "\\\\").replace("=", "\\=").replace("\r", "\\r").replace("\n", "\\n")


def _address(number: str, name: str, host: str) -> dict[str, str]:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return {name: host}
    return {number: host}


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))

"""The `dlp allow add` lines that would let an incident pass, narrowest first."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dlp.types import Category

if TYPE_CHECKING:
    from dlp.evidence.incident import Incident
    from dlp.types import Finding

__all__ = ["PLACEHOLDER", "allow_lines", "warning"]

# Stands in the lines for what a person has to say; `allow add` refuses it.
PLACEHOLDER = "WHY"
REASON = f"--reason '{PLACEHOLDER}'"
# Characters of an entry's detectors that a table has room for.
LONGEST = 100


def allow_lines(incident: Incident) -> dict[str, list[str]]:
    """Return command lines by what they would let pass; each with where it went and from whom.

    Where there are several, all of them are needed. Of what was not inspected nothing is known that
    an entry could name.
    """
    flow, evidence, verdict = incident.flow, incident.evidence, incident.verdict
    if not (verdict.action.stops and verdict.policy and flow.host and flow.client):
        return {}
    if incident.nowhere:
        return {}
    scope = f"--to {shlex.quote(flow.destination)} --client {shlex.quote(flow.client)}"
    if flow.user:
        scope += f" --user {shlex.quote(flow.user)}"
    lines = {}
    if incident.content_hash:
        lines["this content, each time it is sent there"] = [
            f"dlp allow add --content {incident.content_hash} {scope} {REASON}"
        ]
    found = [one for one in evidence.findings if one.category is not Category.HEALTH]
    if found and all(_has_all_hashes(one) for one in found):
        lines["these very values, in whatever is sent there"] = [
            f"dlp allow add --detector {one.detector} --value-hash {value} {scope} {REASON}"
            for one in found
            for value in one.hashes
        ]
    whole = [one.detector for one in found]
    if evidence.uninspectable:
        whole.append(f"uninspectable:{evidence.uninspectable}")
    if whole:
        joined = ",".join(whole)
        lines["all of this kind, whatever is sent there"] = [
            f"dlp allow add --detector {name} {scope} {REASON}"
            for name in ([joined] if len(joined) <= LONGEST else whole)
        ]
    return lines


def warning(commands: list[str]) -> str:
    """Return what else than identifiers passes by the lines, or an empty string."""
    named = {name for line in commands for name in _detectors(line)}
    if "person" not in named:
        return ""
    return (
        "it covers `person`: medical records of any patient pass with it, uncounted, in whatever "
        "is sent there"
    )


def _detectors(line: str) -> list[str]:
    words = shlex.split(line)
    return words[words.index("--detector") + 1].split(",") if "--detector" in words else []


def _has_all_hashes(finding: Finding) -> bool:
    return bool(finding.hashes) and finding.distinct == len(finding.hashes)

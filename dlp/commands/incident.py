"""`dlp incident`: what was stopped or noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dlp.commands.output import (
    as_dict,
    data_dir_option,
    ledger,
    print_json,
    print_table,
    since,
    when,
)

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from dlp.evidence.incident import Incident

__all__ = ["incident_group", "sheet"]


@click.group("incident")
def incident_group() -> None:
    """Look at incidents."""


@incident_group.command("list")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--since", "start", callback=since, metavar="AGE|DATE", help="As 7d, or 2026-01-31.")
@click.option("--action", type=click.Choice(["log", "block", "quarantine"]))
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True)
def list_(
    data_dir: Path, start: datetime | None, action: str | None, limit: int, *, as_json: bool
) -> None:
    """List incidents, newest first."""
    with ledger(data_dir) as opened:
        found = opened.list(since=start, action=action, limit=limit) if opened else []
    if as_json:
        for incident in found:
            print_json(as_dict(incident))
    elif not found:
        click.echo("No incidents.")
    else:
        print_table(
            ["incident", "when", "action", "rule", "from", "to", "subjects", "review"],
            [
                [
                    incident.id,
                    when(incident.at),
                    incident.verdict.action.value,
                    incident.verdict.rule,
                    incident.flow.client,
                    incident.flow.destination,
                    str(incident.evidence.subjects),
                    incident.review,
                ]
                for incident in found
            ],
        )


@incident_group.command("show")
@data_dir_option
@click.argument("incident_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
def show(data_dir: Path, incident_id: str, *, as_json: bool) -> None:
    """Show one incident, masked."""
    with ledger(data_dir) as opened:
        if opened is None:
            raise click.ClickException(f"{incident_id}: no such incident in {data_dir}")
        incident = opened.get(incident_id)
    if as_json:
        print_json(as_dict(incident))
    else:
        click.echo("\n".join(sheet(incident)))


def sheet(incident: Incident) -> list[str]:
    """Return an incident as lines for a person."""
    flow, evidence = incident.flow, incident.evidence
    lines = [
        f"Incident     {incident.id}",
        f"When         {when(incident.at)}",
        f"From         {flow.client}" + (f" ({flow.user})" if flow.user else ""),
        f"To           {flow.destination}  {flow.method} {flow.path}".rstrip(),
        f"Channel      {flow.channel}",
        f"Action       {incident.verdict.action}, by rule {incident.verdict.rule}",
        (
            f"Subjects     {evidence.subjects} "
            f"(announced {evidence.announced}, beside health {evidence.beside_health})"
        ),
        f"Size         {evidence.bytes} bytes"
        + (", body sealed in quarantine" if incident.body_kept else ""),
    ]
    if evidence.uninspectable:
        lines.append(f"Unread       {evidence.uninspectable}")
    lines.append(f"Review       {incident.review}")
    for finding in evidence.findings:
        lines.append(
            f"  {finding.detector:<20} {finding.count} found, {finding.distinct} distinct, "
            f"confidence {finding.confidence:.2f}"
        )
        lines += [
            f"      {mask}   {where}"
            for mask, where in zip(finding.masked, finding.where, strict=False)
        ]
    if incident.review == "open" and incident.verdict.action.stops and incident.content_hash:
        lines += [
            "",
            "To let the same content pass once within 24 h:",
            f"  dlp quarantine release {incident.id}",
        ]
    return lines

"""`dlp incident`: what was stopped or noted."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from dlp.commands.hints import allow_lines, warning
from dlp.commands.made_up import TEST, made_up
from dlp.commands.output import (
    as_dict,
    data_dir_option,
    number,
    persons,
    print_json,
    print_table,
    since,
    stores,
    when,
)
from dlp.commands.refusals import UNREAD, why

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlp.evidence.incident import Incident
    from dlp.evidence.ledger import Filter
    from dlp.types import Evidence

__all__ = ["incident_group", "sheet"]


@click.group("incident")
def incident_group() -> None:
    """Look at incidents."""


def _filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which incidents are meant."""
    for option in (
        click.option("--open", "unreviewed", is_flag=True, help="Not reviewed yet."),
        click.option("--destination", metavar="HOST[:PORT]", help="Where it was to go."),
        click.option("--client", metavar="ADDRESS", help="Who sent it."),
        click.option("--rule", metavar="NAME", help="Which rule decided."),
        click.option(
            "--action", type=click.Choice(["log", "block", "quarantine"]), help="What was done."
        ),
        click.option(
            "--since", "start", callback=since, metavar="AGE|DATE", help="As 7d, or 2026-01-31."
        ),
    ):
        command = option(command)
    return command


@incident_group.command("list")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_filters
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    default=100,
    show_default=True,
    help="How many, at the most.",
)
def list_(data_dir: Path, limit: int, *, as_json: bool, **given: Any) -> None:
    """List incidents, newest first."""
    wanted = _filter(given)
    with stores(data_dir) as opened:
        found = opened.ledger.list(wanted, limit=limit)
        test = made_up(opened.keys)
        tallies = opened.ledger.tallies(wanted, test=test)
    if as_json:
        for incident in found:
            print_json(as_dict(incident, test=incident.content_hash == test))
        return
    if not found:
        click.echo("No incidents.")
        return
    print_table(
        ["incident", "when", "action", "rule", "from", "to", "subjects", "review", "outcome"],
        [
            [
                incident.id,
                when(incident.at),
                incident.verdict.action.value,
                incident.verdict.rule,
                incident.flow.client,
                incident.flow.destination,
                persons(incident.evidence),
                incident.review,
                ", ".join(
                    part
                    for part in (incident.outcome, TEST if incident.content_hash == test else "")
                    if part
                ),
            ]
            for incident in found
        ],
    )
    total = sum(tally.incidents for tally in tallies)
    if total > len(found):
        click.echo(f"\nThe newest {len(found)} of {total}; --limit shows more.")
    true, false = (sum(getattr(t, name) for t in tallies) for name in ("true", "false"))
    if true + false:
        click.echo(
            f"\nReviewed with an outcome: {true + false}; true positives {true}, false positives "
            f"{false}, precision {true / (true + false):.2f}."
        )


@incident_group.command("summary", short_help="Count incidents by rule, with their precision.")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_filters
def summary(data_dir: Path, *, as_json: bool, **given: Any) -> None:
    """Show by rule how many incidents there are, and how often reviewers found it right."""
    with stores(data_dir) as opened:
        tallies = opened.ledger.tallies(_filter(given), test=made_up(opened.keys))
    if as_json:
        for tally in tallies:
            print_json(asdict(tally) | {"precision": tally.precision})
    elif not tallies:
        click.echo("No incidents.")
    else:
        print_table(
            [
                "rule",
                "incidents",
                "open",
                "tests",
                "true positives",
                "false positives",
                "precision",
            ],
            [
                [
                    tally.rule,
                    str(tally.incidents),
                    str(tally.open),
                    str(tally.tests),
                    str(tally.true),
                    str(tally.false),
                    "" if tally.precision is None else f"{tally.precision:.2f}",
                ]
                for tally in tallies
            ],
        )


def _filter(given: dict[str, Any]) -> Filter:
    from dlp.evidence.ledger import Filter

    return Filter(since=given.pop("start"), open=given.pop("unreviewed"), **given)


@incident_group.command("show")
@data_dir_option
@click.argument("incident_id", metavar="ID", type=number)
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
def show(data_dir: Path, incident_id: str, *, as_json: bool) -> None:
    """Show one incident, masked."""
    with stores(data_dir) as opened:
        incident = opened.ledger.get(incident_id)
        test = incident.content_hash == made_up(opened.keys)
    if as_json:
        print_json(as_dict(incident, test=test) | {"allow": allow_lines(incident)})
    else:
        click.echo("\n".join(sheet(incident, test=test)))


def sheet(incident: Incident, *, test: bool = False) -> list[str]:
    """Return an incident as lines for a person; `test` says that its content is made up."""
    flow, evidence = incident.flow, incident.evidence
    lines = [
        f"Incident     {incident.id}",
        f"When         {when(incident.at)}",
        f"From         {flow.client}" + (f" ({flow.user})" if flow.user else ""),
        f"To           {flow.destination}  {flow.method} {flow.path}".rstrip(),
        f"Channel      {flow.channel}",
        f"Action       {incident.verdict.action}, by rule {incident.verdict.rule}"
        + (f" of policy {incident.verdict.policy}" if incident.verdict.policy else ""),
        f"Subjects     {_subjects(evidence)}",
        f"Size         {evidence.bytes} bytes{' read' if incident.body_part else ''}"
        + _body(incident),
    ]
    if test:
        lines.insert(1, "Test         the made-up leak of `dlp doctor`; nobody is in it")
    if evidence.kinds:
        lines.append(f"Kinds        {', '.join(evidence.kinds)}")
    if incident.sent:
        lines.append(
            f"Had left     {incident.sent} bytes, in which nothing was recognised; "
            "the server got no end"
        )
    refused = why(incident.verdict.rule)
    if refused:
        lines.append(f"Refused      {refused}")
    if evidence.uninspectable:
        lines.append(f"Unread       {evidence.uninspectable}: {UNREAD[evidence.uninspectable]}")
    lines.append(f"Review       {_review(incident)}")
    if incident.forwarded:
        lines.append(f"Forwarded    {incident.forwarded}")
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
            "Where to says what was found, and is not written down. To send it as it was kept:"
            if incident.nowhere
            else "To let the same content pass once within 24 h:",
            f"  dlp quarantine release {incident.id}{' --forward' if incident.nowhere else ''}",
        ]
    for what, commands in allow_lines(incident).items():
        several = f" (all {len(commands)} lines are needed)" if len(commands) > 1 else ""
        lines += ["", f"To let pass {what}{several}:", *(f"  {command}" for command in commands)]
        beware = warning(commands)
        lines += [f"  Beware: {beware}"] if beware else []
    return lines


def _subjects(evidence: Evidence) -> str:
    said = f"{evidence.subjects} (announced {evidence.announced}, beside health "
    said += f"{evidence.beside_health})"
    if evidence.told_before:
        said += f"; {evidence.told_before} told of before, one by one, in messages that left"
    return said


def _body(incident: Incident) -> str:
    if incident.purged_at:
        return f", body deleted {when(incident.purged_at)}"
    if incident.body_kept:
        if incident.body_part:
            return f", of which bytes {incident.sent} to {incident.evidence.bytes} are sealed"
        return ", body sealed in quarantine"
    return f", body not kept: {incident.body_lost}" if incident.body_lost else ""


def _review(incident: Incident) -> str:
    parts: list[str] = [incident.review]
    if incident.outcome:
        parts.append(incident.outcome)
    if incident.reviewed_at:
        parts.append(when(incident.reviewed_at))
    if incident.reviewer:
        parts.append(f"by {incident.reviewer}")
    return ", ".join(parts)

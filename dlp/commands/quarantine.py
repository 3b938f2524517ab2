"""`dlp quarantine`: review of what was stopped."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from dlp.commands.incident import sheet
from dlp.commands.output import (
    as_dict,
    data_dir_option,
    ledger,
    print_json,
    print_table,
    stores,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dlp.commands.output import Stores
    from dlp.evidence.incident import Incident

__all__ = ["quarantine_group"]


@click.group("quarantine")
def quarantine_group() -> None:
    """Review what was stopped."""


@quarantine_group.command("list")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(data_dir: Path, *, as_json: bool) -> None:
    """List the bodies in quarantine, newest first."""
    from dlp.evidence.ledger import Filter
    from dlp.evidence.vault import sealed_bodies

    with ledger(data_dir) as opened:
        bodies = sealed_bodies(data_dir)
        kept = opened.list(Filter(ids=tuple(bodies))) if opened else []
    if as_json:
        for incident in kept:
            print_json(as_dict(incident) | {"sealed_bytes": bodies[incident.id].size})
    elif not kept:
        click.echo("The quarantine is empty.")
    else:
        print_table(
            ["incident", "when", "from", "to", "subjects", "sealed bytes", "review"],
            [
                [
                    incident.id,
                    when(incident.at),
                    incident.flow.client,
                    incident.flow.destination,
                    str(incident.evidence.subjects),
                    str(bodies[incident.id].size),
                    incident.review,
                ]
                for incident in kept
            ],
        )


@quarantine_group.command("show")
@data_dir_option
@click.argument("incident_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
def show(data_dir: Path, incident_id: str, *, as_json: bool) -> None:
    """Show what is known of a body in quarantine; never the body."""
    from dlp.evidence.vault import sealed_bodies

    with ledger(data_dir) as opened:
        if opened is None:
            raise click.ClickException(f"{incident_id}: no such incident in {data_dir}")
        incident = opened.get(incident_id)
        body = sealed_bodies(data_dir).get(incident_id)
    if as_json:
        print_json(as_dict(incident) | {"sealed_bytes": body.size if body else None})
        return
    click.echo("\n".join(sheet(incident)))
    if body is None:
        click.echo("No body is sealed for it.")
    else:
        click.echo(f"Sealed body: {body.size} bytes, since {when(body.at)}")


def _outcome(default: str) -> Callable[..., Any]:
    return click.option(
        "--outcome",
        type=click.Choice(["true-positive", "false-positive"]),
        default=default,
        show_default=True,
        help="What it turned out to be; a lawful transfer of health data is a true positive.",
    )


@quarantine_group.command("release")
@data_dir_option
@click.argument("incident_id", metavar="ID")
@_outcome("false-positive")
def release(data_dir: Path, incident_id: str, outcome: str) -> None:
    """Let the same content from the same client to the same destination pass once within 24 h."""
    from dlp.evidence.incident import Outcome

    with _opened(data_dir, incident_id) as opened:
        expires = opened.reviewing.release(incident_id, datetime.now(UTC), Outcome(outcome))
        incident = opened.ledger.get(incident_id)
    click.echo(f"{incident_id} released: {_what(incident)} may pass once until {when(expires)}.")


@quarantine_group.command("reject")
@data_dir_option
@click.argument("incident_id", metavar="ID")
@_outcome("true-positive")
def reject(data_dir: Path, incident_id: str, outcome: str) -> None:
    """Say that it stays stopped."""
    from dlp.evidence.incident import Outcome

    with _opened(data_dir, incident_id) as opened:
        opened.reviewing.reject(incident_id, datetime.now(UTC), Outcome(outcome))
    click.echo(f"{incident_id} rejected: it stays stopped.")


@contextmanager
def _opened(data_dir: Path, incident_id: str) -> Iterator[Stores]:
    with stores() as opened:
        if opened is None:
            raise click.ClickException(f"{incident_id}: no such incident in {data_dir}")
        yield opened


def _what(incident: Incident) -> str:
    return f"the same content from {incident.flow.client} to {incident.flow.destination}"

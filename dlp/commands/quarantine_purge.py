"""`dlp quarantine purge`: sealed bodies are deleted for good."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from dlp.commands.output import data_dir_option, number, plural, since, stores
from dlp.commands.quarantine import quarantine_group

if TYPE_CHECKING:
    from pathlib import Path

    from dlp.commands.output import Stores
    from dlp.evidence.stores import Sealed

__all__ = ["quarantine_group"]


@quarantine_group.command("purge")
@data_dir_option
@click.argument("incident_ids", metavar="[ID]...", nargs=-1, type=number)
@click.option("--older-than", "before", callback=since, metavar="AGE|DATE", help="As 30d.")
@click.option("--reviewed", is_flag=True, help="Of those, the ones that were decided.")
@click.option("--yes", is_flag=True, help="Also those that nobody has reviewed; don't ask.")
def purge(
    data_dir: Path,
    incident_ids: tuple[str, ...],
    before: datetime | None,
    *,
    reviewed: bool,
    yes: bool,
) -> None:
    """Delete sealed bodies for good; their incidents stay."""
    if not incident_ids and before is None and not reviewed:
        raise click.UsageError("which? ID, --older-than or --reviewed")
    with stores(data_dir) as opened:
        chosen = _chosen(opened, incident_ids, before, reviewed=reviewed)
        _confirmed(opened, chosen, yes=yes)
        for body in chosen:
            opened.reviewing.purge(
                opened.vault, body.incident, datetime.now(UTC), "by an administrator"
            )
    click.echo(f"{plural(len(chosen), 'sealed body', 'sealed bodies')} deleted.")


def _confirmed(opened: Stores, chosen: list[Sealed], *, yes: bool) -> None:
    """Ask before what nobody has reviewed is lost; without a terminal that takes `--yes`."""
    waiting = len(chosen) - len(_decided(opened, chosen))
    if yes or not waiting:
        return
    told = f"{waiting} of {plural(len(chosen), 'body', 'bodies')} not reviewed yet"
    if not sys.stdin.isatty():
        raise click.ClickException(f"{told}; --yes deletes all the same, --reviewed the others")
    click.confirm(f"{told}. Delete for good?", abort=True)


def _decided(opened: Stores, bodies: list[Sealed]) -> set[str]:
    from dlp.evidence.ledger import Filter

    found = opened.ledger.list(Filter(ids=[body.incident for body in bodies]))
    return {one.id for one in found if one.review != "open"}


def _chosen(
    opened: Stores, incident_ids: tuple[str, ...], before: datetime | None, *, reviewed: bool
) -> list[Sealed]:
    bodies = opened.vault.bodies()
    for incident_id in incident_ids:
        if incident_id not in bodies:
            raise click.ClickException(f"{incident_id}: no body is sealed for it")
    chosen = [bodies[one] for one in incident_ids] or list(bodies.values())
    if before is not None:
        chosen = [body for body in chosen if body.at < before]
    if reviewed:
        decided = _decided(opened, chosen)
        chosen = [body for body in chosen if body.incident in decided]
    return chosen

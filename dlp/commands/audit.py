"""`dlp audit`: who administered what, and whether that record is whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from dlp.commands.output import data_dir_option, plural, print_json, print_table, stores, when

if TYPE_CHECKING:
    from pathlib import Path

    from dlp.evidence.chain import Head

__all__ = ["audit_group"]


@click.group("audit")
def audit_group() -> None:
    """Look at what administrators did."""


@audit_group.command("list")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(data_dir: Path, *, as_json: bool) -> None:
    """List all acts, oldest first."""
    with stores(data_dir) as opened:
        entries = list(opened.audit.entries())
    if as_json:
        for entry in entries:
            print_json(
                {
                    "number": entry.number,
                    "at": entry.at.isoformat(),
                    "actor": entry.actor,
                    "act": entry.act,
                    "subject": entry.subject,
                    "details": json.loads(entry.details),
                    "hash": entry.hash,
                }
            )
    elif not entries:
        click.echo("No acts.")
    else:
        print_table(
            ["number", "when", "who", "act", "on", "details"],
            [
                [
                    str(entry.number),
                    when(entry.at),
                    entry.actor,
                    entry.act,
                    entry.subject,
                    ", ".join(f"{k} {v}" for k, v in json.loads(entry.details).items()),
                ]
                for entry in entries
            ],
        )


def _heads(_ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]) -> list[Head]:
    from dlp.evidence.chain import Head

    try:
        return [Head.parse(text) for text in value]
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@audit_group.command("verify", short_help="Check that no act was changed, removed or moved.")
@data_dir_option
@click.option(
    "--head",
    "heads",
    multiple=True,
    callback=_heads,
    metavar="NUMBER:HASH",
    help="An entry as the proxy's log or an earlier check named it; it must still be there.",
)
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
def verify(data_dir: Path, heads: list[Head], *, as_json: bool) -> int:
    """Check that no act was changed, removed or moved: exit status 0 sound, 1 not."""
    with stores(data_dir) as opened:
        found = opened.audit.verify(*heads)
    if as_json:
        print_json(
            {
                "sound": not found.faults,
                "head": str(found.head),
                "faults": list(found.faults),
                "sealed_with_other_keys": list(found.foreign),
            }
        )
        return 1 if found.faults else 0
    for fault in found.faults:
        click.echo(fault)
    if found.foreign:
        numbers = ", ".join(map(str, found.foreign[:10])) + (", …" if found.foreign[10:] else "")
        click.echo(f"Sealed with other keys than keys/hmac.key: entries {numbers}")
    if not found.faults:
        click.echo(f"{plural(found.head.number, 'entry', 'entries')}, sound. The last one is")
        click.echo(f"  {found.head}")
    return 1 if found.faults else 0

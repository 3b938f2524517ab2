"""`dlp trust`: destinations whose traffic passes unread, and those that may have to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from dlp.commands.output import (
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

__all__ = ["trust_group"]

PINNED = "fail-closed:pinned"
# Incidents that are looked through; far more than a destination needs to be noticed.
LOOKED_AT = 100_000


@click.group("trust")
def trust_group() -> None:
    """Destinations that pass unread, because nobody can read them."""


@trust_group.command("suggest")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--since", "start", callback=since, metavar="AGE|DATE", help="As 7d, or 2026-01-31.")
def suggest(data_dir: Path, start: datetime | None, *, as_json: bool) -> None:
    """List destinations whose clients turned the proxy's certificate down.

    Whether one may pass unread is for a person to say, with a `trust` entry in the policy.
    """
    from dlp.evidence.ledger import Filter

    with ledger(data_dir) as opened:
        wanted = Filter(since=start, rule=PINNED)
        pinned = opened.list(wanted, limit=LOOKED_AT) if opened else []
    times = Counter(incident.flow.destination for incident in pinned)
    rows = []
    for destination, count in times.most_common():
        of = [incident for incident in pinned if incident.flow.destination == destination]
        rows.append((destination, count, len({one.flow.client for one in of}), of[0]))
    if as_json:
        for destination, count, clients, last in rows:
            print_json(
                {
                    "destination": destination,
                    "refused": count,
                    "clients": clients,
                    "last": last.at.isoformat(),
                    "incident": last.id,
                }
            )
        return
    if not rows:
        click.echo("No client has turned the proxy's certificate down.")
        return
    print_table(
        ["destination", "refused", "clients", "last", "incident"],
        [[d, str(n), str(clients), when(last.at), last.id] for d, n, clients, last in rows],
    )
    flow = rows[0][3].flow
    click.echo(
        "\nAn application that pins certificates may be let pass unread, in the policy file:\n"
        f"trust:\n  - destination: {{host: {flow.host}, port: {flow.port}}}\n"
        "    reason: …\n    owner: …\n    expires: …"
    )

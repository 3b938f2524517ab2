"""`dlp trust`: destinations whose traffic passes unread, and those that may have to."""

from __future__ import annotations

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
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from dlp.evidence.incident import Incident
    from dlp.types import FlowInfo

__all__ = ["trust_group"]

PINNED = "fail-closed:pinned"
CA_MISSING = "fail-closed:ca-missing"
# Incidents that are looked through; far more than a destination needs to be noticed.
LOOKED_AT = 100_000


@click.group("trust")
def trust_group() -> None:
    """Destinations that pass unread, because nobody can read them."""


@trust_group.command("suggest", short_help="List destinations whose clients pin certificates.")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--since", "start", callback=since, metavar="AGE|DATE", help="As 7d, or 2026-01-31.")
def suggest(data_dir: Path, start: datetime | None, *, as_json: bool) -> None:
    """List destinations whose clients turned the proxy's certificate down, and nobody else's.

    Whether one may pass unread is for a person to say, with a `trust` entry in the policy. Clients
    that accept the proxy's certificate for no destination are listed apart: they do not pin, they
    lack its authority.
    """
    from dlp.evidence.ledger import Filter

    with ledger(data_dir) as opened:
        pinned, missing = (
            opened.list(Filter(since=start, rule=rule), limit=LOOKED_AT)
            for rule in (PINNED, CA_MISSING)
        )
    destinations = _grouped(pinned, _destination)
    clients = _grouped(missing, _client)
    if as_json:
        _print_lines("pinned", "destination", destinations, "clients", _client)
        _print_lines("ca-missing", "client", clients, "destinations", _destination)
        return
    if destinations:
        _print_pinned(destinations)
    else:
        click.echo("No client that trusts the proxy has turned its certificate down anywhere.")
    if clients:
        _print_missing(clients)


def _client(flow: FlowInfo) -> str:
    return flow.client


def _destination(flow: FlowInfo) -> str:
    return flow.destination


def _grouped(
    found: Sequence[Incident], by: Callable[[FlowInfo], str]
) -> list[tuple[str, list[Incident]]]:
    """Return incidents, newest first, by what they share; most of them first."""
    groups: dict[str, list[Incident]] = {}
    for incident in found:
        groups.setdefault(by(incident.flow), []).append(incident)
    return sorted(groups.items(), key=lambda item: -len(item[1]))


def _print_pinned(destinations: list[tuple[str, list[Incident]]]) -> None:
    _print_groups("destination", destinations, "clients", _client)
    flow = destinations[0][1][0].flow
    click.echo(
        "\nTheir clients accept the proxy's certificate elsewhere. An application that pins "
        "certificates may be let pass unread, in the policy file:\n"
        f"trust:\n  - destination: {{host: {flow.host}, port: {flow.port}}}\n"
        "    reason: …\n    owner: …\n    expires: …"
    )


def _print_missing(clients: list[tuple[str, list[Incident]]]) -> None:
    click.echo(
        "\nClients that accepted the proxy's certificate for no destination. They, or one of their "
        "programs, lack its authority (docs/deploy/ca.md); nothing has to pass unread for them:"
    )
    _print_groups("client", clients, "destinations", _destination)


def _print_lines(
    kind: str,
    shared: str,
    groups: list[tuple[str, list[Incident]]],
    others: str,
    other: Callable[[FlowInfo], str],
) -> None:
    for name, of in groups:
        print_json(
            {
                "kind": kind,
                shared: name,
                "refused": len(of),
                others: len({other(one.flow) for one in of}),
                "last": of[0].at.isoformat(),
                "incident": of[0].id,
            }
        )


def _print_groups(
    shared: str,
    groups: list[tuple[str, list[Incident]]],
    others: str,
    other: Callable[[FlowInfo], str],
) -> None:
    print_table(
        [shared, "refused", others, "last", "incident"],
        [
            [
                name,
                str(len(of)),
                str(len({other(one.flow) for one in of})),
                when(of[0].at),
                of[0].id,
            ]
            for name, of in groups
        ],
    )

"""`dlp quarantine`: review of what was stopped."""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlp.commands.incident import sheet
from dlp.commands.output import (
    as_dict,
    data_dir_option,
    print_json,
    print_table,
    since,
    stores,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlp.commands.output import Stores
    from dlp.evidence.incident import Incident, Outcome
    from dlp.evidence.sealing import Identity, Opened
    from dlp.evidence.stores import Sealed

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

    del data_dir
    with stores() as opened:
        bodies = opened.vault.bodies() if opened else {}
        kept = opened.ledger.list(Filter(ids=tuple(bodies))) if opened else []
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
    with _opened(data_dir, incident_id) as opened:
        incident = opened.ledger.get(incident_id)
        body = opened.vault.bodies().get(incident_id)
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


def _key(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--key",
        metavar="FILE|-",
        help="The private key, from a file or standard input.  [keys/vault.key in the data folder]",
    )(command)


@quarantine_group.command("open")
@data_dir_option
@click.argument("incident_id", metavar="ID")
@_key
@click.option("-o", "out", metavar="FILE", type=click.Path(path_type=Path), help="Where to.")
@click.option("--request", "request_", is_flag=True, help="Show where to and as what it was sent.")
def open_(
    data_dir: Path, incident_id: str, key: str | None, out: Path | None, *, request_: bool
) -> None:
    """Open a sealed body with the private key; that is written down first."""
    if out is None and not request_ and sys.stdout.isatty():
        raise click.ClickException("health data would show on the terminal; -o FILE says where to")
    with _opened(data_dir, incident_id) as opened:
        incident = opened.ledger.get(incident_id)
        with _attempt(opened, incident_id):
            identity = _identity(opened, key)
            head = _verified(opened, incident_id, identity)
            if out is not None and out.exists():
                raise click.ClickException(f"{out}: is there already")
        opened.reviewing.opened(incident_id, datetime.now(UTC))
        if request_:
            _show_request(head)
        else:
            _write_clear(opened, incident_id, identity, out)
    if out is not None and not request_:
        part = f", a part: what came after byte {incident.sent}" if incident.body_part else ""
        click.echo(f"{incident_id}: {head.length} bytes written to {out}{part}")


@contextmanager
def _attempt(opened: Stores, incident_id: str) -> Iterator[None]:
    """Write down why a body could not be opened, if so."""
    from dlp.evidence.errors import EvidenceError

    try:
        yield
    except (EvidenceError, click.ClickException) as error:
        opened.reviewing.opened(incident_id, datetime.now(UTC), refused=str(error)[:200])
        raise


def _write_clear(opened: Stores, incident_id: str, identity: Identity, out: Path | None) -> None:
    from dlp.evidence.files import whole_file
    from dlp.evidence.sealing import unseal

    with closing(opened.vault.open(incident_id)) as sealed:
        if out is None:
            unseal(sealed, identity, incident_id, sys.stdout.buffer.write)
            return
        try:
            with whole_file(out, replace=False) as file:
                unseal(sealed, identity, incident_id, file.write)
        except FileExistsError:
            raise click.ClickException(f"{out}: is there already") from None


def _show_request(head: Opened) -> None:
    if head.request is None:
        click.echo("Nothing is known of the request.")
        return
    click.echo(f"{head.request.method} {head.request.url}")
    for name, value in head.request.headers:
        click.echo(f"{name}: {value}")


def _identity(opened: Stores, key: str | None) -> Identity:
    from dlp.evidence.sealing import read_identity, read_identity_file

    if key == "-":
        return read_identity(sys.stdin.read(), "standard input")
    usual = opened.settings.data_dir / "keys" / "vault.key"
    if key is None and not usual.is_file():
        raise click.ClickException(f"{usual}: not there; --key says where the private key is")
    return read_identity_file(usual if key is None else Path(key))


def _verified(opened: Stores, incident_id: str, identity: Identity) -> Opened:
    """Read a sealed body to its end, so that nothing is done with one that is not whole."""
    from dlp.evidence.sealing import unseal

    with closing(opened.vault.open(incident_id)) as sealed:
        return unseal(sealed, identity, incident_id, lambda _piece: None)


@quarantine_group.command("release")
@data_dir_option
@click.argument("incident_id", metavar="ID")
@_outcome("false-positive")
@click.option("--forward", "forward_", is_flag=True, help="Send it now, from here.")
@_key
def release(
    data_dir: Path, incident_id: str, outcome: str, key: str | None, *, forward_: bool
) -> None:
    """Let the same content from the same client to the same destination pass once within 24 h.

    With --forward it is sent at once instead, as it was kept; that takes the private key.
    """
    from dlp.evidence.incident import Outcome

    with _opened(data_dir, incident_id) as opened:
        if forward_:
            _forward(opened, incident_id, Outcome(outcome), key)
            return
        expires = opened.reviewing.release(incident_id, datetime.now(UTC), Outcome(outcome))
        incident = opened.ledger.get(incident_id)
    click.echo(f"{incident_id} released: {_what(incident)} may pass once until {when(expires)}.")


def _forward(opened: Stores, incident_id: str, outcome: Outcome, key: str | None) -> None:
    from dlp.commands.forward import ForwardError, send

    opened.ledger.get(incident_id)
    with _attempt(opened, incident_id):
        identity = _identity(opened, key)
        head = _verified(opened, incident_id, identity)
    if head.request is None:
        raise click.ClickException(
            f"{incident_id}: can't be sent from here; without --forward it may be sent again"
        )
    opened.reviewing.begin_forward(incident_id, datetime.now(UTC), outcome)
    try:
        with closing(opened.vault.open(incident_id)) as sealed:
            result = send(head, sealed, identity, incident_id, opened.settings.upstream_ca)
    except ForwardError as error:
        opened.reviewing.end_forward(incident_id, datetime.now(UTC), f"failed: {error}")
        raise click.ClickException(f"{incident_id}: not forwarded: {error}") from None
    opened.reviewing.end_forward(incident_id, datetime.now(UTC), result)
    click.echo(f"{incident_id} released and forwarded: {result}.")


@quarantine_group.command("purge")
@data_dir_option
@click.argument("incident_ids", metavar="[ID]...", nargs=-1)
@click.option("--older-than", "before", callback=since, metavar="AGE|DATE", help="As 30d.")
@click.option("--reviewed", is_flag=True, help="Of those, the ones that were decided.")
def purge(
    data_dir: Path, incident_ids: tuple[str, ...], before: datetime | None, *, reviewed: bool
) -> None:
    """Delete sealed bodies for good; their incidents stay."""
    if not incident_ids and before is None and not reviewed:
        raise click.UsageError("which? ID, --older-than or --reviewed")
    with stores() as opened:
        if opened is None:
            raise click.ClickException(f"{data_dir}: no proxy has been started there")
        chosen = _chosen(opened, incident_ids, before, reviewed=reviewed)
        for body in chosen:
            opened.reviewing.purge(
                opened.vault, body.incident, datetime.now(UTC), "by an administrator"
            )
    click.echo(f"{len(chosen)} sealed {'body' if len(chosen) == 1 else 'bodies'} deleted.")


def _chosen(
    opened: Stores, incident_ids: tuple[str, ...], before: datetime | None, *, reviewed: bool
) -> list[Sealed]:
    from dlp.evidence.ledger import Filter

    bodies = opened.vault.bodies()
    for incident_id in incident_ids:
        if incident_id not in bodies:
            raise click.ClickException(f"{incident_id}: no body is sealed for it")
    chosen = [bodies[one] for one in incident_ids] or list(bodies.values())
    if before is not None:
        chosen = [body for body in chosen if body.at < before]
    if reviewed:
        found = opened.ledger.list(Filter(ids=[body.incident for body in chosen]))
        decided = {one.id for one in found if one.review != "open"}
        chosen = [body for body in chosen if body.incident in decided]
    return chosen


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

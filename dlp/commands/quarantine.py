"""`dlp quarantine`: review of what was stopped."""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlp.commands.incident import sheet
from dlp.commands.made_up import TEST, made_up
from dlp.commands.output import (
    as_dict,
    data_dir_option,
    number,
    persons,
    print_json,
    print_table,
    stores,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlp.commands.output import Stores
    from dlp.evidence.incident import Incident, Outcome, Review
    from dlp.evidence.sealing import Identity, Opened

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

    with stores(data_dir) as opened:
        bodies = opened.vault.bodies()
        kept = opened.ledger.list(Filter(ids=tuple(bodies)))
        test = made_up(opened.keys)
    if as_json:
        for incident in kept:
            shown = as_dict(incident, test=incident.content_hash == test)
            print_json(shown | {"sealed_bytes": bodies[incident.id].size})
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
                    persons(incident.evidence),
                    str(bodies[incident.id].size),
                    incident.review + (f", {TEST}" if incident.content_hash == test else ""),
                ]
                for incident in kept
            ],
        )


@quarantine_group.command("show")
@data_dir_option
@click.argument("incident_id", metavar="ID", type=number)
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
def show(data_dir: Path, incident_id: str, *, as_json: bool) -> None:
    """Show what is known of a body in quarantine; never the body."""
    with stores(data_dir) as opened:
        incident = opened.ledger.get(incident_id)
        body = opened.vault.bodies().get(incident_id)
        test = incident.content_hash == made_up(opened.keys)
    if as_json:
        print_json(as_dict(incident, test=test) | {"sealed_bytes": body.size if body else None})
        return
    click.echo("\n".join(sheet(incident, test=test)))
    if body is None:
        click.echo("No body is sealed for it.")
    else:
        click.echo(f"Sealed body: {body.size} bytes, since {when(body.at)}")


def _outcome(default: str | None) -> Callable[..., Any]:
    return click.option(
        "--outcome",
        type=click.Choice(["true-positive", "false-positive"]),
        default=default,
        show_default=default is not None,
        help="What it turned out to be; a lawful transfer of health data is a true positive. "
        "Given again, it corrects what was said.",
    )


def _key(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--key",
        metavar="FILE|-",
        help="The private key, from a file or standard input.  [keys/vault.key in the data folder]",
    )(command)


@quarantine_group.command("open", short_help="Open a sealed body with the private key.")
@data_dir_option
@click.argument("incident_id", metavar="ID", type=number)
@_key
@click.option(
    "-o",
    "out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where to; without it, to standard output.",
)
@click.option("--request", "request_", is_flag=True, help="Show where to and as what it was sent.")
def open_(
    data_dir: Path, incident_id: str, key: str | None, out: Path | None, *, request_: bool
) -> None:
    """Open a sealed body with the private key; that is written down first."""
    if out is None and not request_ and sys.stdout.isatty():
        raise click.ClickException("health data would show on the terminal; -o FILE says where to")
    what = "request" if request_ else "body"
    with stores(data_dir) as opened:
        incident = opened.ledger.get(incident_id)
        with _attempt(opened, incident_id, what):
            identity = _identity(opened, key)
            head = _verified(opened, incident_id, identity)
            if out is not None and out.exists():
                raise click.ClickException(f"{out}: is there already")
        opened.reviewing.opened(incident_id, datetime.now(UTC), what)
        if request_:
            _show_request(head)
        else:
            _write_clear(opened, incident_id, identity, out)
    if out is not None and not request_:
        part = f", a part: what came after byte {incident.sent}" if incident.body_part else ""
        click.echo(f"{incident_id}: {head.length} bytes written to {out}{part}")


@contextmanager
def _attempt(opened: Stores, incident_id: str, what: str) -> Iterator[None]:
    """Write down why what is sealed could not be opened, if so."""
    from dlp.evidence.errors import EvidenceError

    try:
        yield
    except (EvidenceError, click.ClickException) as error:
        opened.reviewing.opened(incident_id, datetime.now(UTC), what, refused=str(error)[:200])
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


@quarantine_group.command("release", short_help="Let it pass once, or send it now.")
@data_dir_option
@click.argument("incident_id", metavar="ID", type=number)
@_outcome(None)
@click.option("--forward", "forward_", is_flag=True, help="Send it now, from here.")
@_key
def release(
    data_dir: Path, incident_id: str, outcome: str | None, key: str | None, *, forward_: bool
) -> None:
    """Let the same content from the same client to the same destination pass once within 24 h.

    With --forward it is sent at once instead, as it was kept; that takes the private key.
    """
    from dlp.evidence.incident import Outcome

    said = Outcome(outcome) if outcome else None
    with stores(data_dir) as opened:
        if forward_:
            _forward(opened, incident_id, said, key)
        elif said is None or not _corrected(opened, incident_id, said, "released"):
            expires = opened.reviewing.release(incident_id, datetime.now(UTC), said)
            what = _what(opened.ledger.get(incident_id))
            click.echo(f"{incident_id} released: {what} may pass once until {when(expires)}.")
        if said is None:
            click.echo(
                "What it turned out to be is not said yet: `dlp quarantine release "
                f"{incident_id} --outcome true-positive|false-positive`."
            )


def _corrected(opened: Stores, incident_id: str, outcome: Outcome, decided: Review) -> bool:
    """Correct the outcome of an incident that was decided so, and tell whether it was."""
    incident = opened.ledger.get(incident_id)
    if incident.review != decided or incident.outcome is outcome:
        return False
    opened.reviewing.correct(incident_id, datetime.now(UTC), outcome, decided)
    click.echo(f"{incident_id} stays {decided}; its outcome is now {outcome}.")
    return True


def _forward(opened: Stores, incident_id: str, outcome: Outcome | None, key: str | None) -> None:
    from dlp.commands.forward import ForwardError, send

    opened.ledger.get(incident_id)
    with _attempt(opened, incident_id, "body"):
        identity = _identity(opened, key)
        head = _verified(opened, incident_id, identity)
    if head.request is None:
        raise click.ClickException(
            f"{incident_id}: can't be sent from here; without --forward it may be sent again"
        )
    opened.reviewing.begin_forward(incident_id, datetime.now(UTC), outcome)
    try:
        with closing(opened.vault.open(incident_id)) as sealed:
            result = send(head, sealed, identity, incident_id, opened.settings)
    except ForwardError as error:
        opened.reviewing.end_forward(incident_id, datetime.now(UTC), f"failed: {error}")
        raise click.ClickException(f"{incident_id}: not forwarded: {error}") from None
    opened.reviewing.end_forward(incident_id, datetime.now(UTC), result)
    click.echo(f"{incident_id} released and forwarded: {result}.")


@quarantine_group.command("reject")
@data_dir_option
@click.argument("incident_id", metavar="ID", type=number)
@_outcome("true-positive")
def reject(data_dir: Path, incident_id: str, outcome: str) -> None:
    """Say that it stays stopped."""
    from dlp.evidence.incident import Outcome

    with stores(data_dir) as opened:
        if not _corrected(opened, incident_id, Outcome(outcome), "rejected"):
            opened.reviewing.reject(incident_id, datetime.now(UTC), Outcome(outcome))
            click.echo(f"{incident_id} rejected: it stays stopped.")


def _what(incident: Incident) -> str:
    return f"the same content from {incident.flow.client} to {incident.flow.destination}"

"""`dlp allow`: what does not count, for whom and where; each with an owner, a reason and an end."""

from __future__ import annotations

import getpass
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlp.commands.hints import PLACEHOLDER
from dlp.commands.output import data_dir_option, number, print_json, print_table, stores, when

if TYPE_CHECKING:
    from dlp.types import AllowEntry

__all__ = ["allow_group", "shown_scope", "shown_what"]

DAY = 86_400
DEFAULT_DAYS = 90
MOST_DAYS = 366


@click.group("allow")
def allow_group() -> None:
    """Say what does not count, for whom and where."""


@allow_group.command("add")
@data_dir_option
@click.option(
    "--detector",
    metavar="NAME",
    default="",
    help="Whose findings, as fr_nir, fr_* or fr_nir,person.",
)
@click.option("--value", "ask", is_flag=True, help="Only one value: asked for, or standard input.")
@click.option("--value-hash", metavar="HASH", default="", help="Only one value, by its keyed hash.")
@click.option("--content", metavar="HASH", default="", help="Only this content, by its keyed hash.")
@click.option(
    "--to", metavar="HOST[:PORT]", default="", help="Or *.domain[:PORT], a network, :PORT."
)
@click.option("--client", metavar="NETWORK", default="", help="Only from there.")
@click.option("--user", metavar="NAME", default="", help="Only by this authenticated user.")
@click.option("--reason", metavar="TEXT", required=True, help="Why; for whoever reviews it.")
@click.option("--owner", metavar="NAME", default="", help="Who answers for it.  [you]")
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), default=DEFAULT_DAYS, show_default=True,
    help="How long it holds.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
def add(data_dir: Path, *, ask: bool, days: int, as_json: bool, **given: str) -> None:
    """Let something pass that is found again and again and rightly so."""
    from dlp.evidence.allow import Allowing, new_entry_id
    from dlp.policy.allow_doubts import allow_doubts, problem
    from dlp.types import AllowEntry

    now = datetime.now(UTC)
    scope = _scope(given["to"], given["client"])
    value = given["value_hash"]
    if ask:
        value = _asked(data_dir, given["detector"])
    entry = AllowEntry(
        id=new_entry_id(),
        detector=",".join(one.strip() for one in given["detector"].split(",")),
        value=_hash(value, 16, "--value-hash"),
        content=_hash(given["content"], 64, "--content"),
        user=given["user"].casefold(),
        owner=_text(given["owner"] or _whoami(), 200, "--owner"),
        reason=_reason(given["reason"]),
        created=now.timestamp(),
        expires=now.timestamp() + days * DAY,
        **scope,
    )
    wrong = problem(entry)
    if wrong:
        raise click.ClickException(wrong)
    with stores(data_dir) as opened:
        Allowing(opened.audit, opened.actor).add(entry, now)
        said = allow_doubts(opened.allow.entries(), entry.created)[entry.id]
    if as_json:
        print_json(_as_dict(entry, said))
        return
    click.echo(f"{entry.id} holds until {when(datetime.fromtimestamp(entry.expires, UTC))}.")
    for one in said:
        click.echo(f"{entry.id}: look again: {one}")


@allow_group.command("list")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(data_dir: Path, *, as_json: bool) -> None:
    """List the entries, with their hits and what to look at again."""
    from dlp.policy.allow_doubts import allow_doubts

    with stores(data_dir) as opened:
        entries = opened.allow.entries()
    said = allow_doubts(entries, datetime.now(UTC).timestamp())
    if as_json:
        for entry in entries:
            print_json(_as_dict(entry, said[entry.id]))
        return
    if not entries:
        click.echo("The allowlist is empty.")
        return
    print_table(
        ["entry", "what", "where", "owner", "until", "hits", "last hit", "look again", "reason"],
        [
            [
                entry.id,
                shown_what(entry),
                shown_scope(entry),
                entry.owner,
                _day(entry.expires),
                str(entry.hits),
                _day(entry.last_hit) if entry.last_hit else "-",
                "; ".join(said[entry.id]) or "-",
                entry.reason,
            ]
            for entry in entries
        ],
    )


@allow_group.command("remove", short_help="Take entries out of force.")
@data_dir_option
@click.argument("ids", nargs=-1, required=True, metavar="ID…", type=number)
def remove(data_dir: Path, ids: tuple[str, ...]) -> None:
    """Take entries out of force; a running proxy does within two seconds."""
    from dlp.evidence.allow import Allowing

    with stores(data_dir) as opened:
        for entry_id in ids:
            Allowing(opened.audit, opened.actor).remove(entry_id.upper(), datetime.now(UTC))
            click.echo(f"{entry_id.upper()} removed.")


@allow_group.command("renew")
@data_dir_option
@click.argument("ids", nargs=-1, required=True, metavar="ID…", type=number)
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), default=DEFAULT_DAYS, show_default=True,
    help="From now on.",
)  # fmt: skip
def renew(data_dir: Path, ids: tuple[str, ...], days: int) -> None:
    """Let entries hold for longer, from now on."""
    from dlp.evidence.allow import Allowing

    with stores(data_dir) as opened:
        now = datetime.now(UTC)
        expires = now + timedelta(days=days)
        for entry_id in ids:
            Allowing(opened.audit, opened.actor).renew(entry_id.upper(), expires, now)
            click.echo(f"{entry_id.upper()} holds until {when(expires)}.")


def _scope(to: str, client: str) -> dict[str, Any]:
    from dlp.policy.facts import network

    try:
        return _destination(to) | ({"client": str(network(client))} if client else {})
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _destination(to: str) -> dict[str, Any]:
    from dlp.policy.facts import host_name, network

    to = to.strip()
    if "://" in to:
        raise ValueError(f"--to: {to!r} is a URL; write HOST:PORT, *.DOMAIN, a network or :PORT")
    if "/" in to:
        return {"cidr": str(network(to))}
    host, colon, port = to.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, port = to, ""
    found: dict[str, Any] = {}
    if port:
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"--to: {port!r} is no port from 1 to 65535")
        found["port"] = int(port)
    if host.startswith(("*.", ".")):
        found["suffix"] = host_name(host.removeprefix("*").removeprefix("."))
    elif host:
        found["host"] = host_name(host)
    return found


def _asked(data_dir: Path, detector: str) -> str:
    """Return the keyed hash of a value that is typed in, which never stands on a command line."""
    from dlp.detect.entries import load_catalog
    from dlp.detect.groups import digest
    from dlp.evidence.errors import EvidenceError
    from dlp.evidence.files import folder
    from dlp.evidence.keys import Keys

    entry = next((one for one in load_catalog() if one.id == detector), None)
    if entry is None:
        raise click.ClickException(
            "--value: needs --detector, the identifier that it is, as fr_nir"
        )
    if sys.stdin.isatty():
        typed = click.prompt(f"Value of {detector}", hide_input=True)
    else:
        typed = sys.stdin.readline()
    kept = "".join(c for c in typed if c.isalnum()).upper()
    canonical = entry.canonical(kept) or entry.canonical(typed.strip())
    if canonical is None:
        raise click.ClickException(f"--value: is no valid {detector}")
    try:
        keys = Keys.load_or_create(folder(data_dir))
    except EvidenceError as error:
        raise click.ClickException(str(error)) from None
    return digest(keys.hmac_key, canonical)


def _hash(value: str, length: int, option: str) -> str:
    value = value.strip().lower()
    if value and (len(value) != length or set(value) - set("0123456789abcdef")):
        raise click.ClickException(
            f"{option}: expected {length} hexadecimal digits, as an incident shows"
        )
    return value


def _text(value: str, most: int, option: str) -> str:
    value = " ".join(value.split())
    if not value or len(value) > most or not value.isprintable():
        raise click.ClickException(f"{option}: expected a text of 1 to {most} characters")
    return value


def _reason(value: str) -> str:
    if value.strip() == PLACEHOLDER:
        raise click.ClickException(f"--reason: say why, in place of {PLACEHOLDER}")
    return _text(value, 500, "--reason")


def _whoami() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def shown_what(entry: AllowEntry) -> str:
    """Return what an entry takes out, for a person."""
    if entry.content:
        return f"content {entry.content[:12]}…"
    if entry.value:
        return f"{entry.detector or 'value'} {entry.value}"
    return entry.detector


def shown_scope(entry: AllowEntry) -> str:
    """Return where an entry holds, for a person."""
    where = entry.host or (f"*.{entry.suffix}" if entry.suffix else entry.cidr) or "anywhere"
    if entry.port:
        where += f":{entry.port}"
    if entry.client:
        where += f" from {entry.client}"
    return where + (f" by {entry.user}" if entry.user else "")


def _day(moment: float) -> str:
    return when(datetime.fromtimestamp(moment, UTC)).partition(" ")[0]


def _as_dict(entry: AllowEntry, said: list[str]) -> dict[str, Any]:
    moments = ("created", "expires", "last_hit")
    read = {
        name: datetime.fromtimestamp(getattr(entry, name), UTC).isoformat()
        if getattr(entry, name)
        else None
        for name in moments
    }
    return asdict(entry) | read | {"doubts": said}

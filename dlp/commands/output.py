"""What commands share: where the data is, tables, times, one-line errors."""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import sys
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlp.evidence.allow import AllowStore
    from dlp.evidence.audit import Audit
    from dlp.evidence.database import Database
    from dlp.evidence.incident import Incident
    from dlp.evidence.keys import Keys
    from dlp.evidence.ledger import Ledger
    from dlp.evidence.review import Reviewing
    from dlp.evidence.vault import Vault
    from dlp.settings import Settings
    from dlp.types import Evidence

__all__ = [
    "Stores",
    "actor",
    "as_dict",
    "data_dir_option",
    "ledger",
    "number",
    "persons",
    "plural",
    "print_json",
    "print_table",
    "since",
    "stores",
    "when",
]

_CONFIG = "dlp.config"
_SETTINGS = "dlp.settings"

_AGE = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def data_dir_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--data-dir` and `--config`, which say where the proxy keeps what to a command."""
    command = click.option(
        "--data-dir",
        type=click.Path(path_type=Path),
        callback=_settled,
        help="Folder of the proxy's data.  [./data]",
    )(command)
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        envvar="DLP_CONFIG",
        is_eager=True,
        expose_value=False,
        callback=_config,
        help="YAML file of settings, as of `dlp serve`.",
    )(command)


def _config(ctx: click.Context, _param: click.Parameter, value: Path | None) -> None:
    ctx.meta[_CONFIG] = value


def _settled(ctx: click.Context, _param: click.Parameter, value: Path | None) -> Path:
    """Read the settings, and return the data folder that they amount to."""
    from dlp.settings import SettingsError, load_settings

    flags = {} if value is None else {"data_dir": value}
    try:
        settings = load_settings(flags, ctx.meta.get(_CONFIG))
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    ctx.meta[_SETTINGS] = settings
    return settings.data_dir


@dataclass(frozen=True, slots=True)
class Stores:
    """What a proxy keeps, opened for an administrator.

    Attributes:
        settings: Of the proxy.
        database: Where tables are.
        ledger: Incidents and releases.
        vault: Sealed bodies.
        allow: Entries of the allowlist.
        keys: Key the hashes.
        audit: Where the administrator's acts are written down.
        reviewing: The administrator's acts on incidents.
        actor: Who the administrator is.
    """

    settings: Settings
    database: Database
    ledger: Ledger
    vault: Vault
    allow: AllowStore
    keys: Keys
    audit: Audit
    reviewing: Reviewing
    actor: str


@contextmanager
def stores(data_dir: Path) -> Iterator[Stores]:
    """Give what the command's settings point to; a proxy must have been started there once.

    A folder that was mistyped must not pass for one where nothing happened. For commands with
    `data_dir_option`. Errors become one line on standard error and exit status 2.
    """
    from dlp.evidence.allow import AllowStore
    from dlp.evidence.audit import Audit
    from dlp.evidence.database import Database
    from dlp.evidence.errors import EvidenceError
    from dlp.evidence.keys import Keys
    from dlp.evidence.ledger import Ledger
    from dlp.evidence.review import Reviewing
    from dlp.evidence.vault import Vault

    settings: Settings = click.get_current_context().meta[_SETTINGS]
    try:
        if not Database.exists(data_dir, settings.database):
            raise click.ClickException(f"{data_dir}: no proxy has been started there")
        with closing(Database(data_dir, settings.database)) as database:
            keys = Keys.load_or_create(data_dir)
            audit = Audit(database, keys, data_dir)
            who = actor()
            yield Stores(
                settings=settings,
                database=database,
                ledger=Ledger(database),
                vault=Vault(data_dir, bucket=settings.vault, endpoint=settings.vault_endpoint),
                allow=AllowStore(database),
                keys=keys,
                audit=audit,
                reviewing=Reviewing(audit, who),
                actor=who,
            )
    except EvidenceError as error:
        raise click.ClickException(str(error)) from None


def actor() -> str:
    """Return who runs this command: as they say (`DLP_REVIEWER`), and as the system knows them."""
    host = socket.gethostname()
    try:
        account = getpass.getuser()
    except (OSError, KeyError):
        account = str(os.getuid())
    person = os.environ.get("DLP_REVIEWER") or os.environ.get("SUDO_USER") or account
    name = "".join(char for char in person if char.isprintable()).strip()[:80]
    return f"{name or account} ({account}@{host})"


@contextmanager
def ledger(data_dir: Path) -> Iterator[Ledger]:
    """Give the ledger alone."""
    with stores(data_dir) as opened:
        yield opened.ledger


def since(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """Read `7d`, `24h` or an ISO date as a moment in the past."""
    if value is None:
        return None
    match = _AGE.fullmatch(value)
    try:
        if match:
            return datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        raise click.BadParameter("expected an age as 7d or 24h, or a date as 2026-01-31") from None
    return moment if moment.tzinfo else moment.astimezone()


def when(moment: datetime) -> str:
    """Return a moment as people here read it, in local time, with its zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def plural(count: int, noun: str, several: str = "") -> str:
    """Return a number of something, in words."""
    return f"{count} {noun if count == 1 else several or noun + 's'}"


def number(text: str) -> str:
    """Return the number of an incident or an entry from what was typed as it was read aloud."""
    head, dash, digits = text.strip().upper().rpartition("-")
    # What Crockford's base 32 has no letters for, and is taken for.
    return head + dash + digits.translate(str.maketrans("OIL", "011"))


def persons(evidence: Evidence) -> str:
    """Return how many persons a message tells of, for a table, and how many were told of before."""
    before = evidence.told_before
    # What counts only together with others is nobody by itself.
    return f"{max(evidence.subjects, 1)} + {before} before" if before else str(evidence.subjects)


def as_dict(incident: Incident, *, test: bool) -> dict[str, Any]:
    """Return an incident as `--json` shows it; `test` says that its content is made up."""
    evidence = incident.evidence
    return {
        "id": incident.id,
        "at": incident.at.isoformat(),
        "action": incident.verdict.action,
        "rule": incident.verdict.rule,
        "channel": incident.flow.channel,
        "client": incident.flow.client,
        "user": incident.flow.user,
        "destination": incident.flow.destination,
        "method": incident.flow.method,
        "path": incident.flow.path,
        "subjects": evidence.subjects,
        "subjects_in_window": evidence.subjects_in_window,
        "findings": [asdict(finding) for finding in evidence.findings],
        "uninspectable": evidence.uninspectable,
        "bytes": evidence.bytes,
        "kinds": list(evidence.kinds),
        "content_hash": incident.content_hash,
        "sent": incident.sent,
        "body_kept": incident.body_kept,
        "body_part": incident.body_part,
        "body_lost": incident.body_lost,
        "policy": incident.verdict.policy,
        "review": incident.review,
        "reviewed_at": _iso(incident.reviewed_at),
        "reviewer": incident.reviewer,
        "outcome": incident.outcome,
        "forwarded": incident.forwarded,
        "purged_at": _iso(incident.purged_at),
        "test": test,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object as a line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_table(columns: list[str], rows: list[list[str]]) -> None:
    """Print a table: ruled on a terminal, plain aligned columns elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            # Text, so that nothing that a client typed is read as markup.
            table.add_row(*[Text(cell, overflow="fold") for cell in row])
        Console().print(table)
        return
    widths = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]
    for row in [columns, *rows]:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())

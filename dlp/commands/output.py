"""What commands share: where the data is, tables, times, one-line errors."""

from __future__ import annotations

import json
import re
import sys
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlp.evidence.incident import Incident
    from dlp.evidence.ledger import Ledger

__all__ = ["as_dict", "data_dir_option", "ledger", "print_json", "print_table", "since", "when"]

_AGE = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def data_dir_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--data-dir` to a command."""
    return click.option(
        "--data-dir",
        type=click.Path(path_type=Path),
        envvar="DLP_DATA_DIR",
        default=Path("data"),
        help="Folder of the proxy's data.  [./data]",
    )(command)


@contextmanager
def ledger(data_dir: Path) -> Iterator[Ledger | None]:
    """Give the ledger of a data directory, or None where no proxy has been started yet.

    Errors become one line on standard error and exit status 2.
    """
    from dlp.evidence.errors import EvidenceError
    from dlp.evidence.ledger import Ledger

    try:
        if not Ledger.exists(data_dir):
            yield None
            return
        opened = Ledger(data_dir)
        try:
            yield opened
        finally:
            opened.close()
    except EvidenceError as error:
        raise click.ClickException(str(error)) from None


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
    """Return a moment as people here read it, in local time."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def as_dict(incident: Incident) -> dict[str, Any]:
    """Return an incident as `--json` shows it."""
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
        "findings": [asdict(finding) for finding in evidence.findings],
        "uninspectable": evidence.uninspectable,
        "bytes": evidence.bytes,
        "content_hash": incident.content_hash,
        "body_kept": incident.body_kept,
        "review": incident.review,
        "reviewed_at": incident.reviewed_at.isoformat() if incident.reviewed_at else None,
    }


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

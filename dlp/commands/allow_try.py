"""`dlp allow test`: which entries are for a flow, and what they do to a file sent so."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlp.commands.allow import allow_group, shown_scope, shown_what
from dlp.commands.flow import flow_of, flow_options
from dlp.commands.output import data_dir_option, print_json, print_table, stores

if TYPE_CHECKING:
    from dlp.commands.output import Stores
    from dlp.types import AllowEntry, FlowInfo

__all__ = ["allow_group"]


@allow_group.command("test", short_help="Say which entries are for a flow, and what they change.")
@data_dir_option
@click.argument("file", metavar="[FILE]", required=False)
@flow_options
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
def test(data_dir: Path, file: str | None, *, as_json: bool, **given: Any) -> None:
    """Say which entries are for a flow, and what becomes of a FILE sent so, with and without them.

    By the content of a message no entry is found here, since that is of the whole request.
    """
    from dlp.policy.allowlist import fits
    from dlp.policy.facts import facts

    flow = flow_of(given)
    with stores(data_dir) as opened:
        entries = opened.allow.entries()
        met = _met(opened, entries, flow, Path(file)) if file is not None else None
    seen = facts(flow)
    fitting = [entry for entry in entries if fits(entry, seen)]
    if as_json:
        print_json({"entries": [entry.id for entry in fitting], "file": met})
        return
    if not fitting:
        click.echo("No entry is for this flow.")
    else:
        print_table(
            ["entry", "what", "where"],
            [[entry.id, shown_what(entry), shown_scope(entry)] for entry in fitting],
        )
    if met is not None:
        click.echo(f"Without the allowlist: {met['without']}. With it: {met['with']}.")
        click.echo(f"Entries that took something out: {', '.join(met['allowed']) or 'none'}.")


def _met(opened: Stores, entries: list[AllowEntry], flow: FlowInfo, path: Path) -> dict[str, Any]:
    from dlp.evidence.keys import Keys
    from dlp.inspection import Core, Inspection
    from dlp.parsers.pool import ParserPool
    from dlp.policy.allowlist import Allowlist
    from dlp.settings import SettingsError

    try:
        keys = Keys.load_or_create(opened.settings.data_dir)
        with closing(ParserPool()) as parsers:
            policy = opened.settings.load_policy()
            core = Core.build(policy=policy, key=keys.hmac_key, parsers=parsers)
            both = []
            for allowlist in (Allowlist(), Allowlist(entries)):
                inspection = Inspection(replace(core, allowlist=allowlist), flow=flow)
                with path.open("rb") as file:
                    while chunk := file.read(1 << 18):
                        inspection.feed(chunk)
                both.append(inspection.finish())
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
    without, allowing = both
    return {
        "without": without.verdict.action,
        "with": allowing.verdict.action,
        "rule": allowing.verdict.rule,
        "allowed": list(allowing.evidence.allowed),
    }

"""`dlp doctor`: whether an installation is in order, and what to do if not."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlp.commands.output import print_json

if TYPE_CHECKING:
    from dlp.doctor.check import Check

__all__ = ["doctor"]

_MARKS = {"ok": ("✓", "green"), "note": ("!", "yellow"), "bad": ("✗", "red")}


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Address of the proxy.  [127.0.0.1:8080]")
@click.option("--metrics", metavar="HOST:PORT", help="Address of metrics.  [127.0.0.1:9464]")
@click.option("--data-dir", metavar="DIR", help="Folder of its data.  [./data]")
@click.option("--policy", metavar="FILE", help="The policy it runs with.  [balanced]")
@click.option("--config", type=click.Path(path_type=Path), help="YAML file of settings.")
@click.option("--offline", is_flag=True, help="Look at the files alone, not at a running proxy.")
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
def doctor(config: Path | None, *, offline: bool, as_json: bool, **flags: Any) -> None:
    """Check the installation with the settings of `dlp serve`; exit status 1 if all is not well.

    The running proxy is sent a made-up leak and an ordinary file, both to a server of this
    command's on 127.0.0.1; the leak leaves an incident.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    checks = _checks(given, config, offline=offline)
    well = all(check.state != "bad" for check in checks)
    if as_json:
        print_json({"ok": well, "checks": [asdict(check) for check in checks]})
    else:
        _show(checks, well=well)
    sys.exit(0 if well else 1)


def _checks(given: dict[str, Any], config: Path | None, *, offline: bool) -> list[Check]:
    from dlp.doctor.check import bad, ok
    from dlp.doctor.documents import documents
    from dlp.doctor.installation import installation, policy_check
    from dlp.doctor.traffic import traffic
    from dlp.settings import SettingsError, load_settings

    try:
        settings = load_settings(given, config)
    except SettingsError as error:
        return [bad("settings", str(error), "correct it; docs/settings.md lists them")]
    about_policy, policy = policy_check(settings)
    checks = [ok("settings", "can be used"), about_policy, *installation(settings), *documents()]
    if not offline:
        checks += traffic(settings, policy)
    return checks


def _show(checks: list[Check], *, well: bool) -> None:
    width = max(len(check.name) for check in checks)
    for check in checks:
        mark, color = _MARKS[check.state]
        click.echo(f"{click.style(mark, fg=color)} {check.name:{width}}  {check.found}")
        if check.advice:
            click.echo(f"  {'':{width}}  → {check.advice}")
    click.echo("All is well." if well else "Not all is well: see ✗ above.")

"""`dlp serve`: the proxy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

__all__ = ["serve"]


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Address of the proxy.  [127.0.0.1:8080]")
@click.option(
    "--metrics", metavar="HOST:PORT", help="Address of metrics and health.  [127.0.0.1:9464]"
)
@click.option("--data-dir", metavar="DIR", help="Folder of CA, keys and incidents.  [./data]")
@click.option("--policy", metavar="FILE", help="A file, balanced, monitor or strict.  [balanced]")
@click.option("--shadow-policy", metavar="FILE", help="Another, only to see what it would do.")
@click.option("--workers", metavar="N", help="Worker processes.  [1]")
@click.option("--upstream-ca", metavar="FILE", help="PEM of extra authorities for servers.")
@click.option("--hold-limit", metavar="BYTES", help="Largest body held for its verdict.")
@click.option("--contact", metavar="TEXT", help="Whom a person who was stopped can ask.")
@click.option("--config", type=click.Path(path_type=Path), help="YAML file of settings.")
def serve(config: Path | None, **flags: Any) -> None:
    """Run the proxy: flags win over DLP_… variables, those over the file, that over defaults."""
    from dlp import logs
    from dlp.settings import SettingsError, load_settings

    given = {name: value for name, value in flags.items() if value is not None}
    try:
        settings = load_settings(given, config)
        settings.load_policy()
        logs.configure()
        from addons import proxy

        proxy.serve(settings)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None

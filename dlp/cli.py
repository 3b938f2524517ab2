"""The `dlp` command: finds the command that was asked for, imports only that."""

from __future__ import annotations

import importlib
import sys

import click
from click.exceptions import NoSuchCommand

from dlp import __version__

__all__ = ["cli", "main"]

# Name of each command, the module that holds it, and what it is for; modules are only imported
# when their command runs, since some of them take as long as a whole scan.
COMMANDS = {
    "serve": ("dlp.commands.serve", "serve", "Run the proxy."),
    "scan": ("dlp.commands.scan", "scan", "Inspect files without a proxy."),
    "explain": ("dlp.commands.explain", "explain", "Show why a file would pass or be stopped."),
    "incident": ("dlp.commands.incident", "incident_group", "Look at incidents."),
    "allow": (
        "dlp.commands.allow_try",
        "allow_group",
        "Say what does not count, for whom and where.",
    ),
    "policy": ("dlp.commands.policy_try", "policy_group", "Check, explain and try out policies."),
    "doctor": ("dlp.commands.doctor", "doctor", "Check an installation, and say what to do."),
    "audit": ("dlp.commands.audit", "audit_group", "Look at what administrators did."),
    "trust": ("dlp.commands.trust", "trust_group", "Destinations that pass unread."),
    "report": ("dlp.commands.report", "report_group", "Write reports from incidents."),
    "quarantine": ("dlp.commands.quarantine_purge", "quarantine_group", "Review what was stopped."),
}


class _Lazy(click.Group):
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            # click looks for what was meant among those that are imported.
            raise NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, _, about) in COMMANDS.items()])


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dlp")
def cli() -> None:
    """Streaming data-loss prevention for health data."""


def main() -> None:
    """Run the command; bad usage is one line on standard error and exit status 2."""
    try:
        status = cli.main(prog_name="dlp", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        status = 2
    except click.ClickException as error:
        click.echo(f"dlp: {error.format_message()}", err=True)
        status = 2
    except click.Abort:
        status = 130
    sys.exit(status if isinstance(status, int) else 0)

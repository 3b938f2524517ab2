"""The command line tells by itself what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.testing import CliRunner

from dlp.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterator


def commands(group: click.Group, names: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    with click.Context(group) as ctx:
        for name in group.list_commands(ctx):
            yield (*names, name)
            command = group.get_command(ctx, name)
            if isinstance(command, click.Group):
                yield from commands(command, (*names, name))


def test_every_command_and_option_says_what_it_is_for() -> None:
    for names in (*commands(cli), ()):
        done = CliRunner().invoke(cli, [*names, "--help"])
        assert done.exit_code == 0
        # A command's line that is cut, and an option without a text.
        listed = done.output.partition("Commands:")[2].splitlines()
        assert [line for line in listed if line.endswith("...")] == [], names
        command: click.Command = cli
        for name in names:
            assert isinstance(command, click.Group)
            found = command.get_command(click.Context(command), name)
            assert found is not None
            command = found
        options = [one for one in command.params if isinstance(one, click.Option)]
        assert [one.name for one in options if not one.help] == [], names


def test_whoever_mistypes_a_command_is_told_which_there_is() -> None:
    for args, meant in ((["incdent"], "'incident'"), (["incident", "lst"], "'list'")):
        done = CliRunner().invoke(cli, args)
        assert done.exit_code == 2
        assert f"Did you mean {meant}" in done.output

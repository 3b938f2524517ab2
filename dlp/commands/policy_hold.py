"""What `dlp policy explain` and `diff` say of how much of a body is held for its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dlp.commands.output import print_json, print_table

if TYPE_CHECKING:
    from dlp.policy.model import Policy

__all__ = ["say_held", "say_held_differently"]

_SETTING = "as hold_limit says"


def say_held(limit: int | None) -> None:
    """Say up to what size a body is held, if the policy says so."""
    if limit is not None:
        click.echo(f"Of a body up to {_size(limit)}, nothing leaves before its verdict.")


def say_held_differently(before: Policy, after: Policy, *, as_json: bool) -> None:
    """Say to which destinations two policies hold more or less of a body."""
    old, new = ({str(one.destination): one.limit for one in p.hold} for p in (before, after))
    differing = [to for to in {**old, **new} if old.get(to) != new.get(to)]
    if as_json:
        for to in differing:
            print_json({"hold": to, "before": old.get(to), "after": new.get(to)})
    elif differing:
        click.echo("Bodies are held for their verdict up to:")
        print_table(
            ["to", "before", "after"],
            [[to, *(_size(side.get(to)) for side in (old, new))] for to in differing],
        )


def _size(limit: int | None) -> str:
    if limit is None:
        return _SETTING
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if limit % unit == 0:
            return f"{limit // unit} {name}"
    return f"{limit} bytes"

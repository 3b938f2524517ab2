"""`dlp policy`: checks, explains, compares policies and tries them out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from dlp.commands.output import print_json

if TYPE_CHECKING:
    from dlp.policy.load import PolicyError

__all__ = ["policy_group"]


@click.group("policy")
def policy_group() -> None:
    """Check, explain, compare and try out policies."""


@policy_group.command("schema")
def schema() -> None:
    """Print the JSON Schema of policy files, for editors."""
    from dlp.policy.schema import policy_schema

    click.echo(json.dumps(policy_schema(), indent=2, ensure_ascii=False))


@policy_group.command("show")
@click.argument("name", metavar="NAME")
def show(name: str) -> None:
    """Print a built-in policy, to begin one of your own with."""
    from dlp.policy.load import PRESETS, preset_text

    if name not in PRESETS:
        raise click.ClickException(f"{name}: none of those built in: {', '.join(PRESETS)}")
    click.echo(preset_text(name), nl=False)


@policy_group.command("check", short_help="Say what is wrong with policies, and what is doubtful.")
@click.argument("names", nargs=-1, required=True, metavar="FILE…")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], *, as_json: bool) -> None:
    """Say whether policies can be used, all that is wrong with them, and what is doubtful.

    Exit status: 0 all can be used, 2 one can't.
    """
    from dlp.policy.load import PolicyError

    failed = False
    for name in names:
        try:
            checked = _checked(name)
        except PolicyError as error:
            checked = _refused(name, error)
            failed = True
        if as_json:
            print_json(checked)
        else:
            _print_checked(checked)
    ctx.exit(2 if failed else 0)


def _checked(name: str) -> dict[str, Any]:
    from dlp.policy.doubts import doubts
    from dlp.policy.load import open_policy

    policy = open_policy(name)
    found = [{"rule": one.rule, "text": one.text} for one in doubts(policy)]
    return {
        "file": name,
        "usable": True,
        "name": policy.name,
        "version": policy.version,
        "rules": len(policy.rules),
        "problems": [],
        "doubts": found,
    }


def _refused(name: str, error: PolicyError) -> dict[str, Any]:
    problems = [
        {"line": one.line, "column": one.column, "field": one.field, "reason": one.reason}
        for one in error.problems
    ]
    return {"file": name, "usable": False, "problems": problems, "doubts": []}


def _print_checked(checked: dict[str, Any]) -> None:
    name = checked["file"]
    # In the form in which editors take the places of compilers' errors.
    for one in checked["problems"]:
        place = f":{one['line']}:{one['column']}" if one["line"] else ""
        field = f"{one['field']}: " if one["field"] else ""
        click.echo(f"{name}{place}: {field}{one['reason']}", err=True)
    if checked["usable"]:
        rules = "1 rule" if checked["rules"] == 1 else f"{checked['rules']} rules"
        click.echo(f"{name}: can be used: {checked['name']} {checked['version']}, {rules}")
    for one in checked["doubts"]:
        rule = f"rule {one['rule']}: " if one["rule"] else ""
        click.echo(f"{name}: look again: {rule}{one['text']}")

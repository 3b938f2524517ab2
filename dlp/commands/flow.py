"""Options that describe a message: where it goes, and what was found in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlp.types import Evidence, FlowInfo

__all__ = ["evidence_of", "evidence_options", "flow_of", "flow_options"]

_FLOW = (
    click.option("--to", metavar="HOST[:PORT]", default="", help="Where it goes.  [port 443]"),
    click.option("--client", metavar="ADDRESS", default="", help="Who sends it."),
    click.option("--user", metavar="NAME", default="", help="As which authenticated user."),
    click.option("--method", metavar="NAME", default="POST", help="HTTP method or FTP command."),
    click.option("--path", metavar="PATH", default="/", help="To which path."),
    click.option("--content-type", metavar="TYPE", default="", help="Declared as what."),
    click.option(
        "--channel",
        type=click.Choice(["http", "ftp", "ftp-tunnel"]),
        default="http",
        help="By which way.",
    ),
    click.option("--at", metavar="'mon 10:00'", default="", help="When, by the proxy's clock."),
)


def _count(name: str, about: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(name, type=click.IntRange(0), default=0, metavar="N", help=about)


_EVIDENCE = (
    _count("--subjects", "Persons."),
    _count("--announced", "Of them, whose identifier is announced."),
    _count("--beside-health", "Of them, beside something medical."),
    _count("--patients", "Persons without an identifier, with something medical."),
    _count("--subjects-in-window", "Persons told of one by one, with this message."),
    click.option("--found", multiple=True, metavar="DETECTOR", help="What found something."),
    click.option("--uninspectable", metavar="REASON", help="Why it could not be read."),
    click.option("--kind", multiple=True, metavar="FORMAT", help="A file it is or holds, as zip."),
    click.option("--size", metavar="BYTES", default="0", help="How large, as 10 MB."),
)


def flow_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add options that say who sends it where."""
    for option in reversed(_FLOW):
        command = option(command)
    return command


def evidence_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add options that say what was found."""
    for option in reversed(_EVIDENCE):
        command = option(command)
    return command


def flow_of(given: dict[str, Any]) -> FlowInfo:
    """Return the flow that options describe; takes them out of `given`."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from dlp.policy.cases import GivenFlow, moment
    from dlp.types import Moment

    to, at = given.pop("to"), given.pop("at")
    host, colon, port = to.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, port = to, "443" if to else "0"
    if not port.isdecimal() or int(port) > 65535:
        raise click.ClickException(f"--to: {port!r} is no port")
    names = ("client", "user", "method", "path", "content_type", "channel")
    flow = GivenFlow(host=host, port=int(port), **{name: given.pop(name) for name in names}).flow()
    now = datetime.now(UTC)
    local = now.astimezone()
    when = Moment(
        epoch=now.timestamp(), weekday=local.weekday(), minute=local.hour * 60 + local.minute
    )
    if at:
        try:
            when = replace(moment(at), epoch=now.timestamp())
        except ValueError as error:
            raise click.ClickException(f"--at: {error}") from None
    return replace(flow, at=when)


def evidence_of(given: dict[str, Any]) -> Evidence:
    """Return the evidence that options describe."""
    from pydantic import ValidationError

    from dlp.policy.cases import GivenEvidence

    try:
        # An option that is not given is no empty list, which a policy's file may not hold.
        said = {name: value for name, value in given.items() if value != ()}
        return GivenEvidence.model_validate(said).evidence()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        option = str(first["loc"][0]).replace("_", "-")
        message = first["msg"].removeprefix("Value error, ")
        raise click.ClickException(f"--{option}: {message}") from None

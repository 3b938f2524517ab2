"""`dlp policy explain|diff|test|replay`: what policies decide, before they decide on anything."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from dlp.commands.flow import evidence_of, evidence_options, flow_of, flow_options
from dlp.commands.made_up import TEST, made_up
from dlp.commands.output import (
    data_dir_option,
    ledger,
    number,
    plural,
    print_json,
    print_table,
    since,
    stores,
)
from dlp.commands.policy import policy_group
from dlp.commands.policy_hold import say_held, say_held_differently
from dlp.commands.refusals import FAIL_CLOSED

if TYPE_CHECKING:
    from datetime import datetime

    from dlp.evidence.incident import Incident
    from dlp.policy.cases import Case
    from dlp.policy.model import Policy
    from dlp.types import Evidence, FlowInfo, Verdict

__all__ = ["policy_group"]

SHOWN, TESTS = 50, ".tests.yaml"


class _Past(NamedTuple):
    """Past incidents: those that a policy decided on, oldest first; how many others; tests."""

    decided: list[Incident]
    undecided: int
    tests: frozenset[str]


def _open(name: str) -> Policy:
    from dlp.policy.load import PolicyError, open_policy

    try:
        return open_policy(name)
    except PolicyError as error:
        raise click.ClickException(str(error)) from None


@policy_group.command("explain")
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--policy", metavar="FILE", default="balanced", help="Which policy.  [balanced]")
@click.option("--incident", metavar="ID", type=number, help="One that was stopped or noted.")
@flow_options
@evidence_options
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def explain(
    file: str | None,
    policy: str,
    incident: str | None,
    data_dir: Path,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Say which rule decides on a message, and why the others don't.

    The message is a FILE, an incident, or what the options say of it.
    """
    from dlp.policy.load import PRESETS

    if file in PRESETS and not Path(file).exists():
        # As `policy check` is told which.
        policy, file = file, None
    rules = _open(policy)
    flow = flow_of(given)
    if incident is not None:
        with ledger(data_dir) as opened:
            kept = opened.get(incident)
        evidence, flow = kept.evidence, kept.flow
    elif file is not None:
        evidence = _inspected(Path(file), rules, flow)
    else:
        evidence = evidence_of(given)
    verdict = rules.decide(evidence, flow)
    traced: list[dict[str, Any]] = [
        {
            "rule": one.rule.name,
            "action": one.rule.action.value,
            "holds": one.holds,
            "conditions": [{"asked": a, "found": f, "met": m} for a, f, m in one.tests],
        }
        for one in rules.trace(evidence, flow)
    ]
    if as_json:
        held = {"hold_limit": rules.hold_limit(flow)}
        print_json(_decided(verdict) | held | {"rules": traced})
        return
    click.echo(f"{verdict.action}, by rule {verdict.rule} of {verdict.policy}")
    rows = []
    for one in traced:
        conditions = one["conditions"]
        unmet = [f"{c['asked']} (has {c['found']})" for c in conditions if not c["met"]]
        decides = "decides" if one["rule"] == verdict.rule else "holds" if one["holds"] else "no"
        rows.append([decides, one["rule"], one["action"], "; ".join(unmet) or "-"])
    print_table(["", "rule", "action", "what it asks and the message has not"], rows)
    say_held(rules.hold_limit(flow))


def _inspected(path: Path, policy: Policy, flow: FlowInfo) -> Evidence:
    from dlp.inspection import Core, Inspection
    from dlp.parsers.pool import ParserPool

    try:
        with closing(ParserPool()) as parsers, path.open("rb") as file:
            core = Core.build(policy=policy, key=os.urandom(32), parsers=parsers)
            inspection = Inspection(core, flow=flow)
            while chunk := file.read(1 << 18):
                inspection.feed(chunk)
            return inspection.finish().evidence
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None


def _decided(verdict: Verdict) -> dict[str, Any]:
    return {"action": verdict.action, "rule": verdict.rule, "policy": verdict.policy}


@policy_group.command("diff", short_help="Show what two policies decide differently.")
@click.argument("before")
@click.argument("after")
@click.option("--since", "start", callback=since, metavar="AGE|DATE", help="On past incidents.")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def diff(before: str, after: str, start: datetime | None, data_dir: Path, *, as_json: bool) -> None:
    """Show what two policies decide differently: on typical messages, or on past incidents."""
    from dlp.policy.cases import samples

    old, new = _open(before), _open(after)
    past = None if start is None else _past(data_dir, start)
    messages = (
        samples([old, new])
        if past is None
        else ((one.id, one.evidence, one.flow.destination, one.flow) for one in past.decided)
    )
    differing: list[dict[str, Any]] = []
    count = 0
    for what, evidence, where, flow in messages:
        count += 1
        first, second = old.decide(evidence, flow), new.decide(evidence, flow)
        if first.action is not second.action:
            differing.append(
                {
                    "message": what,
                    "flow": where,
                    "before": {"action": first.action, "rule": first.rule},
                    "after": {"action": second.action, "rule": second.rule},
                }
            )
    if as_json:
        for one in differing:
            print_json(one)
    else:
        kind = "typical messages" if past is None else "past incidents"
        click.echo(f"{len(differing)} of {count} {kind} are decided differently.")
        _print_differing(differing)
    say_held_differently(old, new, as_json=as_json)
    if past is not None:
        _say_undecided(past, err=as_json)


def _print_differing(differing: list[dict[str, Any]]) -> None:
    if not differing:
        return
    print_table(
        ["message", "flow", "before", "after"],
        [
            [one["message"] + (f" ({TEST})" if one.get("test") else ""), one["flow"],
             *(f"{one[side]['action']} ({one[side]['rule']})"
                                            for side in ("before", "after"))]
            for one in differing[:SHOWN]
        ],
    )  # fmt: skip
    if len(differing) > SHOWN:
        click.echo(f"… and {len(differing) - SHOWN} more; --json shows all.")


def _past(data_dir: Path, start: datetime | None) -> _Past:
    from dlp.evidence.ledger import Filter

    with stores(data_dir) as opened:
        found = opened.ledger.list(Filter(since=start))
        test = made_up(opened.keys)
    decided = [one for one in reversed(found) if not one.verdict.rule.startswith(FAIL_CLOSED)]
    return _Past(
        decided=decided,
        undecided=len(found) - len(decided),
        tests=frozenset(one.id for one in decided if one.content_hash == test),
    )


def _say_undecided(past: _Past, *, err: bool = False) -> None:
    if past.undecided:
        click.echo(
            f"{plural(past.undecided, 'incident')} more can't be decided again: no policy decided "
            "on them, since they could not be inspected (rules fail-closed:…).",
            err=err,
        )


@policy_group.command("replay")
@click.argument("new", metavar="NEW.yaml")
@click.option(
    "--since", "start", callback=since, metavar="AGE|DATE", default="7d", help="From when.  [7d]"
)
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def replay(new: str, start: datetime | None, data_dir: Path, *, as_json: bool) -> None:
    """Say what a policy would have done with past incidents.

    What was allowed without a trace is not in the ledger: of that, a shadow policy tells.
    """
    policy = _open(new)
    replayed: list[dict[str, Any]] = []
    past = _past(data_dir, start)
    for incident in past.decided:
        verdict = policy.decide(incident.evidence, incident.flow)
        replayed.append(
            {
                "message": incident.id,
                "flow": f"{incident.flow.client} to {incident.flow.destination}",
                "before": {"action": incident.verdict.action, "rule": incident.verdict.rule},
                "after": {"action": verdict.action, "rule": verdict.rule},
                "test": incident.id in past.tests,
                "differs": verdict.action is not incident.verdict.action,
            }
        )
    if as_json:
        _say_undecided(past, err=True)
        for one in replayed:
            print_json(one)
        return
    counts = Counter((one["before"]["action"], one["after"]["action"]) for one in replayed)
    click.echo(
        f"{plural(len(replayed), 'incident')}, decided again by {policy.name} {policy.version}."
    )
    if past.tests:
        click.echo(f"{len(past.tests)} of them: {TEST}.")
    _say_undecided(past)
    if counts:
        print_table(
            ["was", "would be", "incidents"],
            [[was, now, str(many)] for (was, now), many in sorted(counts.items())],
        )
    _print_differing([one for one in replayed if one["differs"]])


@policy_group.command("test")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def test(ctx: click.Context, files: tuple[str, ...], *, as_json: bool) -> None:
    """Run the tests beside policies: NAME.tests.yaml beside NAME.yaml.

    Exit status: 0 all pass, 1 one does not, 2 a file can't be used.
    """
    failed = 0
    count = 0
    for name in files:
        path, policy, cases = _cases(Path(name))
        for case in cases:
            count += 1
            verdict = _verdict(case, policy, path.parent)
            wanted = case.expect
            passes = verdict.action is wanted.action and wanted.rule in ("", verdict.rule)
            failed += not passes
            if as_json:
                print_json(
                    {"file": str(path), "test": case.name, "passes": passes} | _decided(verdict)
                )
            elif not passes:
                rule = f" ({wanted.rule})" if wanted.rule else ""
                click.echo(
                    f"{path}: {case.name}: expected {wanted.action}{rule}, "
                    f"got {verdict.action} ({verdict.rule})"
                )
    if not as_json:
        click.echo(f"{count - failed} of {count} tests pass.")
    ctx.exit(1 if failed else 0)


def _cases(path: Path) -> tuple[Path, Policy, tuple[Case, ...]]:
    from dlp.policy.cases import Cases
    from dlp.policy.load import PolicyError, parse, read_text

    if not path.name.endswith(TESTS):
        path = path.with_name(path.name.removesuffix(".yaml") + TESTS)
    try:
        read = parse(Cases, read_text(path, "tests"), f"tests {path}")
    except PolicyError as error:
        raise click.ClickException(str(error)) from None
    beside = read.policy or path.name.removesuffix(TESTS) + ".yaml"
    return path, _open(str(path.parent / beside)), read.tests


def _verdict(case: Case, policy: Policy, folder: Path) -> Verdict:
    flow = case.flow.flow()
    if case.evidence is not None:
        return policy.decide(case.evidence.evidence(), flow)
    return policy.decide(_inspected(folder / case.file, policy, flow), flow)

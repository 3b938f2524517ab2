"""`dlp explain`: why a file would pass or be stopped, masked like everything else."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from dlp.commands.output import print_json, print_table

if TYPE_CHECKING:
    from dlp.detect.sighting import Weighed
    from dlp.inspection import Inspection
    from dlp.policy.model import Policy
    from dlp.types import Result

__all__ = ["explain"]

CHUNK = 256 * 1024
# Places shown to people; `--json` has them all.
SHOWN = 40


@click.command()
@click.argument("file", metavar="FILE|-")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--policy", metavar="FILE", help="A file, balanced, monitor or strict.  [balanced]")
def explain(file: str, policy: str | None, *, as_json: bool) -> None:
    """Show why FILE would pass or be stopped: candidates, records, score and rules.

    Exit status: 0 explained, whatever the verdict; 2 an error.
    """
    from dlp.inspection import Core, Inspection
    from dlp.parsers.pool import ParserPool
    from dlp.settings import SettingsError, load_settings

    try:
        settings = load_settings({} if policy is None else {"policy": policy})
        rules = settings.load_policy()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    parsers = ParserPool(seconds=settings.document_timeout, memory=settings.document_memory)
    key, limits = os.urandom(32), settings.limits()
    inspection = Inspection(Core.build(policy=rules, key=key, parsers=parsers, limits=limits))
    try:
        if file == "-":
            _feed(inspection, sys.stdin.buffer)
        else:
            with Path(file).open("rb") as opened:
                _feed(inspection, opened)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise click.ClickException(f"{file}: {reason}") from None
    result = inspection.finish()
    explained = _explained(file, inspection, result, rules)
    if as_json:
        print_json(explained)
    else:
        _print(explained)


def _feed(inspection: Inspection, file: BinaryIO) -> None:
    while chunk := file.read(CHUNK):
        inspection.feed(chunk)


def _explained(
    source: str, inspection: Inspection, result: Result, policy: Policy
) -> dict[str, Any]:
    evidence = result.evidence
    persons, sure = inspection.persons()
    return {
        "source": source,
        "action": result.verdict.action,
        "rule": result.verdict.rule,
        "bytes": evidence.bytes,
        "uninspectable": evidence.uninspectable,
        "candidates": [_candidates(one) for one in inspection.weighed()],
        "records": {"persons": persons, "confidence": round(sure, 4)},
        "findings": [
            {
                "detector": found.detector,
                "category": found.category,
                "count": found.count,
                "distinct": found.distinct,
                "confidence": found.confidence,
                "masked": found.masked,
                "where": found.where,
            }
            for found in evidence.findings
        ],
        "evidence": {
            "subjects": evidence.subjects,
            "announced": evidence.announced,
            "beside_health": evidence.beside_health,
            "patients": evidence.patients,
        },
        "rules": [
            {
                "rule": traced.rule.name,
                "action": traced.rule.action,
                "holds": traced.holds,
                "conditions": [
                    {"asked": asked, "found": found, "met": met}
                    for asked, found, met in traced.tests
                ],
            }
            for traced in policy.trace(evidence, inspection.flow)
        ],
    }


def _candidates(one: Weighed) -> dict[str, Any]:
    # A key of JSON may be anything, a name too; that there is one is what scoring knows.
    kind, _, number = one.place.group.partition(" ")
    return {
        "detector": one.entry.id,
        "place": f"column {int(number) + 1}" if kind == "column" else kind,
        "announced": one.place.announced,
        "against": one.place.against,
        "example": one.place.example,
        "valid": one.valid,
        "failed": one.failed,
        "mistyped": one.believed,
        "confidence": round(one.confidence, 4),
        "counts": one.counts,
    }


def _print(explained: dict[str, Any]) -> None:
    rule = explained["rule"]
    decided = "no rule holds" if rule == "none" else f"rule {rule}"
    click.echo(f"{explained['source']}: {explained['action']} ({decided})")
    if explained["uninspectable"]:
        click.echo(f"A part of it could not be read: {explained['uninspectable']}.")
    _print_candidates(explained["candidates"])
    records = explained["records"]
    if records["persons"]:
        click.echo(
            f"\nRecords: {records['persons']} persons told apart beside something medical, "
            f"confidence {records['confidence']:.4f}"
        )
    findings = explained["findings"]
    if findings:
        click.echo("\nFindings")
        print_table(
            ["detector", "count", "distinct", "confidence", "examples", "first seen"],
            [
                [
                    found["detector"],
                    str(found["count"]),
                    str(found["distinct"]),
                    f"{found['confidence']:.4f}",
                    ", ".join(found["masked"]),
                    next(iter(found["where"]), ""),
                ]
                for found in findings
            ],
        )
    click.echo(f"\nRules, the first that holds decides ({explained['bytes']} bytes read)")
    print_table(
        ["", "rule", "action", "asked", "found"],
        [
            [
                "yes" if rule["holds"] else "no",
                rule["rule"],
                rule["action"],
                "; ".join(one["asked"] for one in rule["conditions"]),
                "; ".join(one["found"] for one in rule["conditions"]),
            ]
            for rule in explained["rules"]
        ],
    )


def _print_candidates(candidates: list[dict[str, Any]]) -> None:
    if not candidates:
        click.echo("\nNo candidate of an identifier.")
        return
    click.echo("\nCandidates, by detector and place")
    print_table(
        ["detector", "place", "words", "valid", "failed", "mistyped", "confidence", "counts"],
        [
            [
                one["detector"],
                one["place"],
                _words(one),
                str(one["valid"]),
                str(one["failed"]),
                str(one["mistyped"]),
                f"{one['confidence']:.4f}",
                "yes" if one["counts"] else "no",
            ]
            for one in candidates[:SHOWN]
        ],
    )
    if len(candidates) > SHOWN:
        click.echo(f"… and {len(candidates) - SHOWN} more; --json shows all.")


def _words(one: dict[str, Any]) -> str:
    said = [word for word in ("announced", "against", "example") if one[word]]
    return ", ".join(said) or "-"

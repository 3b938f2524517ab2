"""The facts that GDPR Art. 33(3) and the CNIL's form ask for, from incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.report.document import Block, Document, Heading, Paragraph, Table
from dlp.report.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from dlp.evidence.incident import Incident
    from dlp.report.facts import Fate

__all__ = ["breach"]

# Names of a list that are written out; more of them are counted.
NAMED = 12


def breach(
    fate: Fate, *, language: str, now: datetime, acts: int, names: Mapping[str, str]
) -> Document:
    """Return the report.

    Args:
        fate: What incidents amount to.
        language: `fr` or `en`.
        now: When it is made.
        acts: How many acts the audit holds.
        names: What detectors find, by their name.
    """
    said = TEXTS[language]

    def date(moment: datetime | None) -> str:
        return moment.strftime(said["date"]) if moment else said["none"]

    blocks: list[Block] = [
        Table(
            (),
            (
                (said["made"], date(now)),
                (said["scope"], str(len(fate.incidents))),
                (said["left_out"], str(fate.false_positives)),
            ),
        )
    ]
    if not fate.incidents:
        blocks.append(Paragraph(said["no_incidents"]))
        return Document(
            title=said["title"], language=language, footer=said["footer"], blocks=tuple(blocks)
        )
    outcome = (
        said["some_left"].format(deadline=date(fate.deadline)) if fate.left else said["all_stopped"]
    )
    people = (
        str(fate.people_most)
        if fate.people_least == fate.people_most
        else said["between"].format(least=fate.people_least, most=fate.people_most)
    )
    blocks += [
        Heading(said["summary"]),
        Table(
            (),
            (
                (said["first"], date(fate.first)),
                (said["last"], date(fate.last)),
                (said["stopped"], str(len(fate.stopped))),
                (said["left"], str(len(fate.left))),
                (said["channels"], _list(one.flow.channel for one in fate.incidents)),
                (said["sources"], _list(map(_source, fate.incidents))),
                (said["destinations"], _list(one.flow.destination for one in fate.incidents)),
            ),
        ),
        Paragraph(outcome),
        Heading(said["nature"]),
        Table((), ((said["kind"], said["confidentiality" if fate.left else "attempt"]),)),
        Paragraph(said["to_fill"] + said["origin"], fill=True),
        Heading(said["people_section"]),
        Table(
            (),
            (
                (said["people_kind"], said["patients"]),
                (said["people"], people),
                (said["records"], str(fate.records)),
            ),
        ),
        Paragraph(said["people_why"]),
        Heading(said["data"]),
        Table(
            (said["category"], said["detail"], said["distinct"], said["example"]),
            tuple(
                (
                    said[found.category.value],
                    names.get(found.detector, found.detector),
                    str(found.distinct),
                    found.masked,
                )
                for found in fate.found
            ),
        ),
        Heading(said["consequences"]),
        Paragraph(said["consequences_text"]),
        Paragraph(said["to_fill"] + said["severity"], fill=True),
        Heading(said["measures"]),
        *(Paragraph(text) for text in _measures(fate, said, acts)),
        Paragraph(said["to_fill"] + said["measures_more"], fill=True),
        Heading(said["contacts"]),
        Paragraph(said["to_fill"] + said["contacts_fill"], fill=True),
        Heading(said["annex"]),
        Table(
            tuple(said["columns"].split("|")),
            tuple(
                (
                    one.id,
                    date(one.at),
                    _source(one),
                    one.flow.destination,
                    str(max(one.evidence.subjects, one.evidence.patients)),
                    said["fate_left" if one in fate.left else "fate_stopped"],
                    said[one.review],
                )
                for one in fate.incidents
            ),
        ),
    ]
    return Document(
        title=said["title"], language=language, footer=said["footer"], blocks=tuple(blocks)
    )


def _measures(fate: Fate, said: Mapping[str, str], acts: int) -> list[str]:
    waiting = sum(one.review == "open" for one in fate.incidents)
    policies = _list(one.verdict.policy for one in fate.incidents if one.verdict.policy)
    found = [
        said["measure_stop"].format(count=len(fate.stopped)),
        said["measure_seal"].format(count=sum(one.body_kept for one in fate.incidents)),
        said["measure_review"].format(reviewed=len(fate.incidents) - waiting, open=waiting),
        said["measure_audit"].format(head=acts),
    ]
    return [*found, said["measure_policy"].format(policies=policies)] if policies else found


def _source(one: Incident) -> str:
    return f"{one.flow.user} ({one.flow.client})" if one.flow.user else one.flow.client


def _list(names: Iterable[str]) -> str:
    distinct = sorted({str(name) for name in names})
    more = len(distinct) - NAMED
    return ", ".join(distinct[:NAMED]) + (f", … (+{more})" if more > 0 else "")

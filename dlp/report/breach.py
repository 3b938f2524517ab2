"""The facts that GDPR Art. 33(3) and the CNIL's form ask for, from incidents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dlp.report.document import Block, Document, Heading, Paragraph, Table
from dlp.report.domains import DOMAINS
from dlp.report.facts import Way
from dlp.report.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dlp.evidence.incident import Incident
    from dlp.report.facts import Fate
    from dlp.report.number import Number

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
                (said["left_out"], _of(said, len(fate.false_positives), fate.false_left)),
                (said["unread"], _of(said, fate.unread, fate.unread_left)),
                (said["tests"], str(fate.tests)),
            ),
        )
    ]
    if not fate.incidents:
        none = "none_count" if fate.false_positives or fate.unread or fate.tests else "no_incidents"
        blocks += [Paragraph(said[none]), *_allowed(fate, said, date)]
        return Document(
            title=said["title"], language=language, footer=said["footer"], blocks=tuple(blocks)
        )
    if fate.left:
        outcome, kind = said["some_left"].format(deadline=date(fate.deadline)), "confidentiality"
    elif fate.before:
        outcome, kind = said["some_before"].format(before=fate.before), "confidentiality"
    elif fate.allowed:
        outcome, kind = said["stopped_but_allowed"], "attempt_but_allowed"
    else:
        outcome, kind = said["all_stopped"], "attempt"
    blocks += [
        Heading(said["summary"]),
        Table(
            (),
            (
                (said["first"], date(fate.first)),
                (said["last"], date(fate.last)),
                (said["stopped"], str(len(fate.stopped))),
                (
                    said["cut_off"],
                    said["cut_of"].format(count=fate.ways.count(Way.CUT), sent=fate.sent),
                ),
                (said["left"], str(len(fate.left))),
                (said["channels"], _list(one.flow.channel for one in fate.incidents)),
                (said["sources"], _list(map(_source, fate.incidents))),
                (said["destinations"], _list(one.flow.destination for one in fate.incidents)),
            ),
        ),
        Paragraph(outcome.format(**_passed(fate))),
        *_allowed(fate, said, date),
        Heading(said["nature"]),
        Table((), ((said["kind"], said[kind].format(**_passed(fate))),)),
        Paragraph(said["to_fill"] + said["origin"], fill=True),
        Heading(said["people_section"]),
        Table(
            (),
            (
                (said["people_kind"], said["patients"]),
                (said["people"], _number(fate.people, said)),
                (said["people_left"], _number(fate.people_left, said)),
                (said["records"], str(fate.records)),
            ),
        ),
        Paragraph(said["people_why"]),
        *([Paragraph(said["people_part"].format(count=fate.cut_short))] if fate.cut_short else []),
        *([Paragraph(said["people_full"].format(count=fate.full))] if fate.full else []),
        *([Paragraph(said["people_before"].format(count=fate.before))] if fate.before else []),
        Heading(said["data"]),
        Table(
            (
                said["category"],
                said["detail"],
                said["distinct"],
                said["distinct_left"],
                said["example"],
            ),
            tuple(
                (
                    said[found.category.value],
                    names.get(found.kind) or DOMAINS[language].get(found.kind, found.kind),
                    _number(found.distinct, said),
                    _number(found.left, said),
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
                    said["stopped_way" if way is Way.STOPPED else way.value].format(sent=one.sent),
                    said[one.review],
                )
                for one, way in zip(fate.incidents, fate.ways, strict=True)
            ),
        ),
        *(
            [Paragraph(said["false_list"].format(ids=_list(fate.false_positives)))]
            if fate.false_positives
            else []
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
        said["measure_seal"].format(
            count=sum(one.body_kept for one in fate.incidents),
            part=sum(one.body_part for one in fate.incidents),
        ),
        said["measure_review"].format(reviewed=len(fate.incidents) - waiting, open=waiting),
        said["measure_audit"].format(head=acts),
    ]
    return [*found, said["measure_policy"].format(policies=policies)] if policies else found


def _allowed(
    fate: Fate, said: Mapping[str, str], date: Callable[[datetime | None], str]
) -> list[Block]:
    if not fate.allowed:
        return []
    rows = tuple(
        (
            one.id,
            f"{one.host or one.suffix or one.cidr or '*'}" + (f":{one.port}" if one.port else ""),
            str(one.hits),
            date(datetime.fromtimestamp(one.last_hit, UTC)),
            one.owner,
            one.reason,
        )
        for one in fate.allowed
    )
    return [Paragraph(said["allowed"]), Table(tuple(said["allowed_columns"].split("|")), rows)]


def _passed(fate: Fate) -> dict[str, str]:
    """Return what texts say of entries of the allowlist that let something pass."""
    return {
        "messages": str(sum(one.hits for one in fate.allowed)),
        "entries": _list(one.id for one in fate.allowed),
    }


def _of(said: Mapping[str, str], count: int, left: int) -> str:
    return said["left_out_of"].format(count=count, left=left) if count else "0"


def _number(number: Number, said: Mapping[str, str]) -> str:
    if number.known:
        return str(number.least)
    form = said["between" if number.about is None else "about"]
    return form.format(least=number.least, most=number.most, about=number.about)


def _source(one: Incident) -> str:
    return f"{one.flow.user} ({one.flow.client})" if one.flow.user else one.flow.client


def _list(names: Iterable[str]) -> str:
    distinct = sorted({str(name) for name in names})
    more = len(distinct) - NAMED
    return ", ".join(distinct[:NAMED]) + (f", … (+{more})" if more > 0 else "")

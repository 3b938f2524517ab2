"""Messages described by hand: for tests beside a policy, and to compare what policies decide."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from dlp.detect.entries import load_catalog
from dlp.policy.conditions import COUNTS
from dlp.policy.facts import network
from dlp.policy.fields import DAY, STRICT, WEEKDAYS, Kinds, Size
from dlp.policy.names import PERSON, detectors
from dlp.types import (
    Action,
    Category,
    Channel,
    Evidence,
    Finding,
    FlowInfo,
    Moment,
    Uninspectable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.policy.conditions import Condition
    from dlp.policy.model import Policy

__all__ = ["Case", "Cases", "Expected", "GivenEvidence", "GivenFlow", "moment", "samples"]

_Count = Annotated[int, Field(ge=0)]


def moment(text: str) -> Moment:
    """Return the moment that `mon 10:00` writes.

    Raises:
        ValueError: It writes none.
    """
    day, _, clock = text.strip().lower().partition(" ")
    hour, _, minute = clock.partition(":")
    numbers = hour.isdecimal() and minute.isdecimal()
    if day not in WEEKDAYS or not numbers or int(hour) > 23 or int(minute) > 59:
        raise ValueError("expected a day and a time, as mon 10:00")
    return Moment(epoch=0.0, weekday=WEEKDAYS.index(day), minute=int(hour) * 60 + int(minute))


class GivenFlow(BaseModel):
    """Who sends it where; what is left out is not known."""

    model_config = STRICT

    channel: Channel = Channel.HTTP
    host: str = ""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    client: str = ""
    user: str = ""
    method: str = ""
    path: str = ""
    content_type: str = ""
    at: Annotated[Moment | None, BeforeValidator(lambda v: moment(str(v)))] = None

    def flow(self) -> FlowInfo:
        """Return it as rules are asked about it."""
        return FlowInfo(**{name: getattr(self, name) for name in type(self).model_fields})


class GivenFinding(BaseModel):
    """One finding."""

    model_config = STRICT

    detector: str
    distinct: _Count = 1
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0

    @model_validator(mode="after")
    def _known(self) -> GivenFinding:
        detectors(self.detector)
        return self

    def finding(self) -> Finding:
        """Return it as rules are asked about it."""
        return Finding(
            detector=self.detector,
            category=_category(self.detector),
            count=self.distinct,
            distinct=self.distinct,
            confidence=self.confidence,
        )


def _finding(value: object) -> object:
    return {"detector": value} if isinstance(value, str) else value


class GivenEvidence(BaseModel):
    """What was found."""

    model_config = STRICT

    subjects: _Count = 0
    announced: _Count = 0
    beside_health: _Count = 0
    patients: _Count = 0
    subjects_in_window: _Count = 0
    found: tuple[Annotated[GivenFinding, BeforeValidator(_finding)], ...] = ()
    uninspectable: Uninspectable | None = None
    size: Size = 0
    kind: Kinds = ()

    def evidence(self) -> Evidence:
        """Return it as rules are asked about it."""
        return Evidence(
            findings=tuple(one.finding() for one in self.found),
            uninspectable=self.uninspectable,
            bytes=self.size,
            kinds=tuple(sorted(set(self.kind))),
            **{name: getattr(self, name) for name in COUNTS},
        )


class Expected(BaseModel):
    """What is to be decided, and by which rule if that matters."""

    model_config = STRICT

    action: Action
    rule: str = ""


def _expected(value: object) -> object:
    return {"action": value} if isinstance(value, str) else value


class Case(BaseModel):
    """One test: a message, given by its evidence or as a file, and what is to be done with it."""

    model_config = STRICT

    name: Annotated[str, Field(min_length=1, max_length=200)]
    flow: GivenFlow = GivenFlow()
    evidence: GivenEvidence | None = None
    file: str = ""
    expect: Annotated[Expected, BeforeValidator(_expected)]

    @model_validator(mode="after")
    def _one_message(self) -> Case:
        if (self.evidence is None) == (not self.file):
            raise ValueError("expected `evidence` or `file`, and not both")
        return self


class Cases(BaseModel):
    """Tests of a policy.

    Attributes:
        policy: Its file, from where the tests' file lies; left out, the file beside it.
        tests: The tests.
    """

    model_config = STRICT

    policy: str = ""
    tests: tuple[Case, ...]


def _category(detector: str) -> Category:
    if detector == PERSON:
        return Category.PERSON
    known = any(entry.id == detector for entry in load_catalog())
    return Category.IDENTIFIER if known else Category.HEALTH


def samples(policies: list[Policy]) -> Iterator[tuple[str, Evidence, str, FlowInfo]]:
    """Yield typical messages to all destinations and senders that some policies speak of.

    Each with words for what it holds and for where it goes.
    """
    rules = [rule.when for policy in policies for rule in policy.rules]
    flows = {"anywhere": FlowInfo(channel=Channel.HTTP, host="unknown.example", port=443)}
    for when in rules:
        flow = _flow(when)
        flows.setdefault(_words(flow), flow)
    for (found, evidence), (where, flow) in product(_evidences(rules), flows.items()):
        yield found, evidence, where, flow


def _evidences(rules: list[Condition]) -> Iterator[tuple[str, Evidence]]:
    nir = GivenFinding(detector="fr_nir").finding()
    yield "nothing", Evidence(bytes=1000)
    yield "a lone identifier", Evidence(findings=(nir,), subjects=1, bytes=1000)
    yield "an announced identifier", Evidence(findings=(nir,), subjects=1, announced=1, bytes=1000)
    yield (
        "an identifier beside health",
        Evidence(findings=(nir,), subjects=1, beside_health=1, bytes=1000),
    )
    bounds = {getattr(when, name) for when in rules for name in COUNTS} - {None}
    edges = {edge for one in bounds for edge in (one.least, one.most) if edge is not None}
    for many in sorted(
        {2, 100, *(n for edge in edges for n in (edge - 1, edge, edge + 1) if n > 1)}
    ):
        yield f"{many} identifiers", Evidence(findings=(nir,), subjects=many, bytes=1000)
        yield (
            f"{many} patients",
            Evidence(
                findings=(GivenFinding(detector=PERSON).finding(),),
                subjects=many,
                patients=many,
                bytes=1000,
            ),
        )
    for kind in sorted({one for when in rules for one in when.kind}):
        yield f"a {kind} file", Evidence(kinds=(kind,), bytes=1000)
        yield (
            f"100 identifiers in a {kind} file",
            Evidence(findings=(nir,), subjects=100, kinds=(kind,), bytes=1000),
        )
    for reason in Uninspectable:
        yield f"unread: {reason}", Evidence(uninspectable=reason, bytes=1000)


def _flow(when: Condition) -> FlowInfo:
    """Return a flow that the conditions on flows of a rule hold for."""
    where = when.destination
    host = "unknown.example"
    if where is not None and where.names_hosts:
        host = (where.host or where.suffix or (_address(where.cidr),))[0]
    minute = when.time.spans()[0][0] if when.time else -1
    return FlowInfo(
        channel=(when.channel or (Channel.HTTP,))[0],
        host=host,
        port=where.port[0][0] if where is not None and where.port else 443,
        client=_address(when.client) if when.client else "",
        user=(when.user or ("",))[0],
        method=(when.method or ("POST",))[0],
        path=(when.path or ("/",))[0].replace("*", ""),
        content_type=(when.content_type or ("",))[0].replace("*", "x"),
        at=Moment(epoch=0.0, weekday=minute // DAY, minute=minute % DAY) if minute >= 0 else None,
    )


def _address(cidrs: tuple[str, ...]) -> str:
    return str(network(cidrs[0]).network_address)


def _words(flow: FlowInfo) -> str:
    said = [flow.method, flow.destination + flow.path]
    said += [f"from {flow.client}"] if flow.client else []
    said += [f"by {flow.user}"] if flow.user else []
    said += [flow.content_type] if flow.content_type else []
    if flow.channel is not Channel.HTTP:
        said.append(f"over {flow.channel}")
    if flow.at is not None:
        said.append(
            f"{WEEKDAYS[flow.at.weekday]} {flow.at.minute // 60:02}:{flow.at.minute % 60:02}"
        )
    return " ".join(said)

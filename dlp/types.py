"""The few types every room shares: what was found, about whom, and what is done about it.

They carry masks and keyed hashes, never a value of health data: whatever is written to a log,
a metric, a page or a disk is made from these alone.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = [
    "PEOPLE",
    "SKETCHED",
    "Action",
    "AllowEntry",
    "Category",
    "Channel",
    "Evidence",
    "Finding",
    "FlowInfo",
    "Moment",
    "Result",
    "Sketch",
    "Tally",
    "Uninspectable",
    "Verdict",
]


class Action(enum.StrEnum):
    """What is done with a message, from harmless to severe."""

    ALLOW = "allow"
    LOG = "log"
    BLOCK = "block"
    QUARANTINE = "quarantine"

    @property
    def stops(self) -> bool:
        """Whether the message is kept from leaving."""
        return self in (Action.BLOCK, Action.QUARANTINE)


class Category(enum.StrEnum):
    """What kind of thing a detector finds."""

    IDENTIFIER = "identifier"
    HEALTH = "health"
    PERSON = "person"


class Channel(enum.StrEnum):
    """By which way a message tries to leave."""

    HTTP = "http"
    WEBSOCKET = "websocket"
    FTP = "ftp"
    FTP_TUNNEL = "ftp-tunnel"
    TUNNEL = "tunnel"
    SCAN = "scan"


class Uninspectable(enum.StrEnum):
    """Why a part of a message could not be read; an answer like any other, for policy to weigh."""

    UNKNOWN_ENCODING = "unknown-encoding"
    CORRUPT = "corrupt"
    BUDGET = "budget"
    ENCRYPTED = "encrypted"
    # Read, but there was nothing to be read: it looks encrypted, or packed in an unknown way.
    OPAQUE = "opaque"
    # One part of an upload whose other parts were not seen here, which can't be read without them.
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a message is decided on, told by the shell: the core has no clock.

    Attributes:
        epoch: Seconds since 1970, UTC.
        weekday: Day of the week where the proxy stands, 0 for Monday.
        minute: Minute of that day, 0 to 1439.
    """

    epoch: float
    weekday: int
    minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowInfo:
    """Who sends what where: the facts about a message other than its content.

    Attributes:
        channel: The way it leaves by.
        client: The client's address without its port; empty for a scan.
        host: The destination's host name or address; empty for a scan.
        port: The destination's port; 0 for a scan.
        method: HTTP method or FTP command.
        path: Path of the destination, without the query.
        user: Authenticated user, or empty.
        content_type: Media type that the sender claims, lower case without parameters, or empty.
        at: When it is decided on; None where that is not known.
    """

    channel: Channel
    client: str = ""
    host: str = ""
    port: int = 0
    method: str = ""
    path: str = ""
    user: str = ""
    content_type: str = ""
    at: Moment | None = None

    @property
    def destination(self) -> str:
        """`host:port`, IPv6 hosts in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one detector found in one message.

    Attributes:
        detector: Name of the catalog entry or lexicon domain, as `fr_nir` or `fr.oncology`.
        category: Identifier or health context.
        count: Occurrences.
        distinct: Different values among them (normalised).
        confidence: Probability in 0..1 that this is what the detector says.
        masked: A few examples, masked: enough to recognise, not to know.
        where: Places, as `body line 12 column nir`; a few of them.
        hashes: Keyed hashes of a few values, by which the allowlist can name them.
    """

    detector: str
    category: Category
    count: int
    distinct: int
    confidence: float
    masked: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()


# Hashes in a sketch: up to so many values it is exact; of more, an estimate is off by about
# 1/sqrt(512), 4 %.
SKETCHED = 512
# Persons that their records tell apart in one message; of more, identifiers alone are counted.
MOST_PATIENTS = 5_000
# What the sketch of the persons of a message is called, beside those of detectors.
PEOPLE = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """The smallest keyed hashes of a set of values, by which sets of several messages are joined.

    Attributes:
        of: The detector or health domain whose values they are, or `people`.
        least: The smallest 64-bit hashes, ascending.
    """

    of: str
    least: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The account of one message: all that policy, incidents and metrics may know of it.

    Attributes:
        findings: One per detector, most confident first.
        subjects: Number of distinct persons (keyed hashes, counted).
        announced: Distinct persons whose identifier was announced by a word or a column header.
        beside_health: Distinct persons whose record also holds health context.
        patients: Distinct persons told apart by their record (a name with a birth date or a
            contact, the number of a file) that also says something medical about them.
        subjects_in_window: Distinct persons of whom the same client told the same destination
            something of late, with this message; 0 if this message alone is asked about, or nobody
            in it counts.
        uninspectable: Why (a part of) the message could not be read, if so.
        bytes: Length of the message as sent.
        allowed: Numbers of the allowlist entries that took something out of this account.
        kinds: Formats that its body was found to be in, or to hold, whatever its sender says.
        sketches: By which its distinct values and persons are counted with those of others.
    """

    findings: tuple[Finding, ...] = ()
    subjects: int = 0
    announced: int = 0
    beside_health: int = 0
    patients: int = 0
    subjects_in_window: int = 0
    uninspectable: Uninspectable | None = None
    bytes: int = 0
    allowed: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sketches: tuple[Sketch, ...] = ()

    @property
    def told_before(self) -> int:
        """Persons of whom the client told the destination in messages before this, which left."""
        return max(0, self.subjects_in_window - max(self.subjects, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowEntry:
    """What does not count, for whom and where; all that is given must fit.

    Attributes:
        id: Its number, as `ALW-4Q7ZK2MD`.
        detector: Whose findings don't count, as `fr_nir` or `uninspectable:encrypted`.
        value: Keyed hash of the only value that doesn't, or empty for all.
        content: Keyed hash of the only content that doesn't, or empty.
        host: Destination's host, whole.
        suffix: Domain that the destination is, or is below.
        cidr: Network that the destination's address is in.
        port: Destination's port; 0 for any.
        client: Network that the sender is in.
        user: Authenticated user.
        owner: Who answers for it.
        reason: Why it is there.
        created: When, in seconds since 1970.
        expires: From when on it allows nothing any more.
        hits: Messages that it has taken something out of.
        last_hit: When it last did; 0 for never.
    """

    id: str
    detector: str = ""
    value: str = ""
    content: str = ""
    host: str = ""
    suffix: str = ""
    cidr: str = ""
    port: int = 0
    client: str = ""
    user: str = ""
    owner: str
    reason: str
    created: float
    expires: float
    hits: int = 0
    last_hit: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What policy decided.

    Attributes:
        action: What is to be done.
        rule: Name of the rule that decided.
        reasons: General words for a person, without any value.
        policy: Name and version of the policy that decided, as `balanced 1f0c9a27e3b4`; empty
            where none did, as for what could not be inspected.
    """

    action: Action
    rule: str
    reasons: tuple[str, ...] = field(default=())
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The candidates of one detector in one message, as far as other messages are weighed with it.

    Attributes:
        detector: Name of the catalog entry.
        announced: Words announce the identifier where they stand.
        against: Words speak against it there.
        example: They stand as examples in documentation do.
        valid: Keyed hashes of those that passed their check.
        believed: Of those that did not, but are announced and may be mistyped.
        failed: Of all other candidates.
        weights: Of persons told apart by their records, what each record says, as log odds; these
            persons are `valid`, and nothing else is set.
    """

    detector: str
    announced: bool = False
    against: bool = False
    example: bool = False
    valid: frozenset[int] = frozenset()
    believed: frozenset[int] = frozenset()
    failed: frozenset[int] = frozenset()
    weights: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A message's verdict with the evidence it rests on.

    Attributes:
        verdict: What was decided.
        evidence: On what.
        tallies: What counts together with other messages.
    """

    verdict: Verdict
    evidence: Evidence
    tallies: tuple[Tally, ...] = ()

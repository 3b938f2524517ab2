"""An incident: what was stopped or noted, as it is written down; masks and hashes only."""

from __future__ import annotations

import enum
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic import TypeAdapter

from dlp.types import Evidence, FlowInfo, Verdict

__all__ = ["MASKED", "Incident", "Outcome", "Review", "new_incident_id"]

Review = Literal["open", "released", "rejected"]


class Outcome(enum.StrEnum):
    """What a reviewer found: health data about people, or an ordinary message.

    Lawful transfers of real health data are true positives too.
    """

    TRUE_POSITIVE = "true-positive"
    FALSE_POSITIVE = "false-positive"


# Stands for a part of a message's head that holds something that was found.
MASKED = "(masked)"
# Crockford's base 32: no letter that is taken for a digit when read out on the telephone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One message that was more than ordinary.

    Attributes:
        id: Its number, as `DLP-261123-4Q7ZK2MD`.
        at: When it was decided, UTC.
        flow: Who sent it where; the path is already masked.
        verdict: What was decided.
        evidence: What it rests on.
        content_hash: Keyed hash of the content, by which it is known when it comes again.
        body_kept: Whether the body was sealed in the vault.
        body_part: Whether that is a part of it, from where it had left up to where it was stopped.
        body_lost: Why a body that was to be sealed was not, in a word; empty otherwise.
        sent: Bytes of the body that had left before it was stopped, proved clean.
        review: What a reviewer said.
        reviewed_at: When, UTC.
        reviewer: Who said it.
        outcome: What it turned out to be.
        forwarded: What came of sending it after all; empty if that was not tried.
        purged_at: When its sealed body was deleted, UTC.
    """

    id: str
    at: datetime
    flow: FlowInfo
    verdict: Verdict
    evidence: Evidence
    content_hash: str
    body_kept: bool
    body_part: bool = False
    body_lost: str = ""
    sent: int = 0
    review: Review = "open"
    reviewed_at: datetime | None = None
    reviewer: str = ""
    outcome: Outcome | None = None
    forwarded: str = ""
    purged_at: datetime | None = None

    @property
    def nowhere(self) -> bool:
        """Whether its destination is not written down, so that nothing may be let pass to it."""
        return self.flow.host == MASKED

    def to_json(self) -> str:
        """Return the incident as JSON."""
        return _ADAPTER.dump_json(self).decode("utf-8")

    @staticmethod
    def from_json(text: str) -> Incident:
        """Return the incident that `to_json` wrote."""
        return _ADAPTER.validate_json(text)


_ADAPTER = TypeAdapter(Incident)


def new_incident_id(now: datetime | None = None) -> str:
    """Return a new number: the day, then 40 random bits that read well aloud."""
    day = (now or datetime.now(UTC)).strftime("%y%m%d")
    return f"DLP-{day}-" + "".join(secrets.choice(ALPHABET) for _ in range(8))

"""Destinations whose traffic may pass unread, because nobody can read it.

Pinned TLS, VPNs, remote maintenance: what can't be opened is refused, unless the policy names the
destination, says why and who answers for it, and until when.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, Field, field_validator

# Pydantic resolves these annotations at run time.
from dlp.policy.conditions import Destination
from dlp.policy.fields import STRICT

if TYPE_CHECKING:
    from dlp.policy.facts import Facts

__all__ = ["Trust"]

_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_Said = Annotated[str, Field(min_length=3, max_length=200)]


class Trust(BaseModel):
    """One exception from inspection.

    Attributes:
        destination: Where to; hosts, not ports alone.
        reason: Why it can't be inspected, and need not.
        owner: Who answers for it.
        expires: Last day on which it holds, as 2027-01-31.
    """

    model_config = STRICT

    destination: Destination
    reason: _Said
    owner: _Said
    # YAML reads a bare date as one.
    expires: Annotated[str, BeforeValidator(str)]

    @field_validator("destination")
    @classmethod
    def _names_hosts(cls, value: Destination) -> Destination:
        if not value.names_hosts:
            raise ValueError("expected `host`, `suffix` or `cidr`: no port is trusted everywhere")
        return value

    @field_validator("expires")
    @classmethod
    def _day(cls, value: str) -> str:
        if not _DAY.fullmatch(value):
            raise ValueError("expected a day as 2027-01-31")
        return value

    def holds(self, facts: Facts, today: str) -> bool:
        """Tell whether a flow may pass unread on a day, given as 2027-01-31."""
        return today <= self.expires and self.destination.holds(facts)

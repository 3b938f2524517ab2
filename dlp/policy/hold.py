"""How much of a body is held for its verdict, where that depends on where it goes.

What is held whole can be stopped whole: of an upload to a partner nothing may leave before it is
known, however long its client has to wait; a backup may leave as it comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, field_validator

# Pydantic resolves these annotations at run time.
from dlp.policy.conditions import Destination
from dlp.policy.fields import STRICT, Size

if TYPE_CHECKING:
    from dlp.policy.facts import Facts

__all__ = ["LEAST", "Hold"]

# Bodies up to here are held whatever is said.
LEAST = 64 * 1024


class Hold(BaseModel):
    """How much is held of bodies to one destination; the first that names it counts.

    Attributes:
        destination: Where to.
        limit: Bytes of a body up to which nothing leaves before its verdict, instead of the
            setting `hold_limit`; a larger one is streamed as far as it is clean.
    """

    model_config = STRICT

    destination: Destination
    limit: Size

    @field_validator("limit")
    @classmethod
    def _is_not_held_anyway(cls, value: int) -> int:
        if value < LEAST:
            raise ValueError("expected at least 64 KiB: bodies up to that are always held")
        return value

    def holds(self, facts: Facts) -> bool:
        """Tell whether it is for a flow."""
        return self.destination.holds(facts)

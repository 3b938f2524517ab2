"""What a check amounts to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Check", "State", "bad", "note", "ok"]

State = Literal["ok", "note", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What, in a word or two.
        state: `ok`; `note`, which may be as it should be; `bad`, which is not.
        found: What was found.
        advice: What to do about it; empty if nothing.
    """

    name: str
    state: State
    found: str
    advice: str = ""


def ok(name: str, found: str) -> Check:
    """Return a check that found nothing wrong."""
    return Check(name=name, state="ok", found=found)


def note(name: str, found: str, advice: str) -> Check:
    """Return a check whose finding may be as it should be."""
    return Check(name=name, state="note", found=found, advice=advice)


def bad(name: str, found: str, advice: str) -> Check:
    """Return a check that found a fault."""
    return Check(name=name, state="bad", found=found, advice=advice)

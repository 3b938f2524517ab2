"""A field of a message that its place or its number names."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Placed"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A field known by its place or its number: its kind, where it begins, its value.

    `begins`: A new person's record begins with it.
    `ordinary`: its message is one of anybody's, not of health.
    `enrols`: It is the name of a patient.
    """

    kind: str
    start: int
    text: str
    begins: bool = False
    ordinary: bool = False
    enrols: bool = False

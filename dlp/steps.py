"""Work that can be put down in the middle, so that other work has its turn."""

from __future__ import annotations

from collections.abc import Generator

__all__ = ["Steps", "at_once"]

type Steps[T] = Generator[None, None, T]


def at_once[T](steps: Steps[T]) -> T:
    """Do all steps, and return what they come to."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result

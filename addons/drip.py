"""Counts the people of whom a client tells a destination, message by message."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from dlp.between.window import SubjectWindow
from dlp.detect.entries import load_catalog

if TYPE_CHECKING:
    from dlp.policy.model import Policy
    from dlp.types import FlowInfo, Result

__all__ = ["Drip"]


class Drip:
    """Weighs each message with those that left before it.

    Args:
        seconds: How long a person counts.
    """

    def __init__(self, seconds: float) -> None:
        self._window = SubjectWindow(load_catalog(), seconds)

    def weigh(self, policy: Policy, flow: FlowInfo, result: Result) -> Result:
        """Return the verdict on a message that has one by itself, and remember it if it leaves."""
        if not result.tallies or result.verdict.action.stops:
            return result
        now = time.monotonic()
        place = (flow.client, flow.host.lower())
        count = self._window.count(*place, result.tallies, now)
        if count > result.evidence.subjects:
            evidence = replace(result.evidence, subjects_in_window=count)
            verdict = policy.decide(evidence, flow)
            result = replace(result, verdict=verdict, evidence=evidence)
        if not result.verdict.action.stops:
            self._window.add(*place, result.tallies, now)
        return result

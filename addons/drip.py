"""Counts the people of whom a client tells a destination, message by message."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from addons.destination import registrable
from dlp import logs
from dlp.between.window import SubjectWindow
from dlp.detect.entries import load_catalog
from dlp.types import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable

    from addons.bulletin import Bulletin
    from dlp.metrics import Metrics
    from dlp.policy.model import Policy
    from dlp.types import FlowInfo, Result

__all__ = ["Drip"]


class Drip:
    """Weighs each message with those that left before it.

    Args:
        seconds: How long a person counts.
        metrics: What is counted.
        bulletin: Where other workers tell what left through them; None if there are none.
    """

    def __init__(self, seconds: float, metrics: Metrics, bulletin: Bulletin | None = None) -> None:
        self._window = SubjectWindow(load_catalog(), seconds)
        self._metrics = metrics
        self._bulletin = bulletin
        self._failing = False

    def weigh(self, policy: Policy, flow: FlowInfo, result: Result) -> Result:
        """Return the verdict on a message that has one by itself, and remember it if it leaves."""
        if not result.tallies or result.verdict.action.stops:
            return result
        now = time.monotonic()
        place = (flow.client, registrable(flow.host))
        self._listen(now)
        count = self._window.count(*place, result.tallies, now)
        if count > result.evidence.subjects:
            evidence = replace(result.evidence, subjects_in_window=count)
            verdict = policy.decide(evidence, flow)
            result = replace(result, verdict=verdict, evidence=evidence)
        if not result.verdict.action.stops:
            news = self._window.add(*place, result.tallies, now)
            if news and self._bulletin is not None:
                self._tell(self._bulletin, place, news, now)
        return result

    def _listen(self, now: float) -> None:
        """Take in what other workers have let pass."""
        if self._bulletin is None:
            return
        try:
            for line in self._bulletin.news(now):
                client, destination, when, told = json.loads(line)
                self._window.add(client, destination, map(_tally, told), when)
        except OSError as error:
            self._fails(error)

    def _tell(
        self, bulletin: Bulletin, place: tuple[str, str], news: Iterable[Tally], now: float
    ) -> None:
        try:
            bulletin.post(json.dumps([*place, now, [_written(one) for one in news]]).encode(), now)
        except OSError as error:
            self._fails(error)
        else:
            self._failing = False

    def _fails(self, error: OSError) -> None:
        """Say that each worker counts for itself; what it knows still counts."""
        self._metrics.evidence_errors.labels("window").inc()
        if not self._failing:
            detail = error.strerror or ""
            logs.get().error("evidence.failed", store="window", incident="", error=detail)
        self._failing = True


def _written(tally: Tally) -> list[object]:
    return [
        tally.detector,
        [tally.announced, tally.against, tally.example],
        [list(values) for values in (tally.valid, tally.believed, tally.failed)],
        list(tally.weights.items()),
    ]


def _tally(written: tuple[str, list[bool], list[list[int]], list[tuple[int, float]]]) -> Tally:
    detector, (announced, against, example), values, weights = written
    valid, believed, failed = map(frozenset, values)
    return Tally(
        detector=detector,
        announced=announced,
        against=against,
        example=example,
        valid=valid,
        believed=believed,
        failed=failed,
        weights=dict(weights),
    )

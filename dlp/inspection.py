"""The heart: extract, detect and policy tied together for ONE message.

Bytes go in through `feed()`, a `Result` comes out of `finish()`; nothing here does I/O, knows a
clock or a proxy. A `Core` holds what all messages share.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dlp.detect.account import Account
from dlp.detect.detectors import Detectors, load_detectors
from dlp.detect.scanner import TextScanner
from dlp.extract.base64 import may_hold
from dlp.extract.body import BodyReader, Segment
from dlp.extract.budget import OUTPUT_BYTES, Budget, UninspectableError
from dlp.extract.form import FormDecoder
from dlp.types import Channel, FlowInfo, Result

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from dlp.detect.sighting import Weighed
    from dlp.policy.model import Policy
    from dlp.types import Uninspectable

__all__ = ["SCAN", "Core", "Inspection"]

# What is fed at once goes through in pieces of this size: what waits for the rest of a block is
# copied with each of them.
PIECE = 64 * 1024

# The flow of what is read where it lies.
SCAN = FlowInfo(channel=Channel.SCAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What all inspections share.

    Attributes:
        policy: Decides.
        key: Keys the hashes by which values are told apart, at least 16 random bytes.
        detectors: What is looked for.
        output_budget: Bytes that unpacking one message may produce.
        tests: Matches, by detector, values that policy declares to be nobody's.
    """

    policy: Policy
    key: bytes
    detectors: Detectors
    output_budget: int = OUTPUT_BYTES
    tests: Mapping[str, re.Pattern[str]] = field(default_factory=dict)

    @classmethod
    def build(cls, *, policy: Policy, key: bytes) -> Core:
        """Load the built-in catalog and lexicons around a policy."""
        return cls(policy=policy, key=key, detectors=load_detectors(), tests=policy.tests())


class Inspection:
    """Inspects one message: texts around it, then its body chunk by chunk.

    Args:
        core: What all inspections share.
        flow: Who sends it where, for the rules of policy that ask.
        content_type: Value of the body's Content-Type, or empty.
        content_encoding: Value of the body's Content-Encoding, or empty.

    Attributes:
        flow: As given.
    """

    def __init__(
        self,
        core: Core,
        *,
        flow: FlowInfo = SCAN,
        content_type: str = "",
        content_encoding: str = "",
    ) -> None:
        self._core = core
        self.flow = flow
        self._account = Account(core.key, core.tests)
        self._uninspectable: Uninspectable | None = None
        self._bytes = 0
        self._scanners: dict[str, TextScanner] = {}
        self._reader: BodyReader | None = None
        self._budget = Budget(output=core.output_budget)
        try:
            self._reader = BodyReader(
                content_type=content_type,
                content_encoding=content_encoding,
                budget=self._budget,
            )
        except UninspectableError as error:
            self._uninspectable = error.reason

    def text(self, where: str, value: str) -> None:
        """Inspect a small text that stands around the body: URL, header, file name."""
        form = FormDecoder()
        raw = value.encode("utf-8", "replace")
        decoded = form.feed(raw) + form.finish()
        # A plus sign is only a space in a form, so the text is also read as it stands.
        for data in (raw,) if decoded == raw else (raw, decoded):
            if not may_hold(data):
                self._scan(Segment(path=where, data=data, final=True))
                continue
            try:
                reader = BodyReader(budget=self._budget, path=where)
                for segment in (*reader.feed(data), *reader.finish()):
                    self._scan(segment)
            except UninspectableError as error:
                self._uninspectable = error.reason

    def feed(self, data: bytes) -> None:
        """Inspect the next bytes of the body."""
        self._bytes += len(data)
        if self._reader is None:
            return
        try:
            for start in range(0, len(data), PIECE):
                for segment in self._reader.feed(data[start : start + PIECE]):
                    self._scan(segment)
        except UninspectableError as error:
            self._give_up(error)

    def finish(self) -> Result:
        """Say that the body ends here, and return the verdict with its evidence."""
        if self._reader is not None:
            try:
                for segment in self._reader.finish():
                    self._scan(segment)
            except UninspectableError as error:
                self._give_up(error)
        for scanner in self._scanners.values():
            scanner.finish()
        evidence = replace(
            self._account.evidence(), uninspectable=self._uninspectable, bytes=self._bytes
        )
        return Result(verdict=self._core.policy.decide(evidence, self.flow), evidence=evidence)

    def weighed(self) -> tuple[Weighed, ...]:
        """Return every place where candidates were counted, for people who ask why."""
        return self._account.weighed()

    def persons(self) -> tuple[int, float]:
        """Return how many persons their records tell apart, and how sure it is that they leak."""
        return self._account.persons()

    def _scan(self, segment: Segment) -> None:
        scanner = self._scanner(segment.path)
        scanner.feed(segment.data)
        if segment.final:
            scanner.finish()
            del self._scanners[segment.path]

    def _scanner(self, path: str) -> TextScanner:
        if path not in self._scanners:
            self._scanners[path] = TextScanner(path, self._core.detectors, self._account)
        return self._scanners[path]

    def _give_up(self, error: UninspectableError) -> None:
        # What was read until here still counts.
        self._uninspectable = error.reason
        self._reader = None

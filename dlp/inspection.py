"""The heart: extract, detect and policy tied together for ONE message.

Bytes go in through `feed()`, a `Result` comes out of `finish()`; nothing here does I/O, knows a
clock or a proxy. A `Core` holds what all messages share.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from dlp.clean import PIECE, Clean
from dlp.detect.account import CERTAIN, CREDIBLE, Account
from dlp.detect.detectors import Detectors, load_detectors
from dlp.detect.scanner import TextScanner
from dlp.extract import names
from dlp.extract.body import BodyReader, Segment
from dlp.extract.budget import Budget, Limits, UninspectableError
from dlp.extract.form import FormDecoder
from dlp.extract.runs import may_hold
from dlp.policy.allowlist import Allowlist, Narrowed
from dlp.policy.facts import facts
from dlp.steps import Steps, at_once
from dlp.types import Channel, Evidence, FlowInfo, Result, Uninspectable

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping

    from dlp.detect.sighting import Weighed
    from dlp.extract.parts import Parsers
    from dlp.policy.model import Policy
    from dlp.types import Sketch, Tally

__all__ = ["SCAN", "Core", "Inspection"]

# Evidence is weighed anew once so much more was seen, in proportion.
ANEW = 1.25

_LIMITS = Limits()
# The flow of what is read where it lies.
SCAN = FlowInfo(channel=Channel.SCAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What all inspections share.

    Attributes:
        policy: Decides.
        key: Keys the hashes by which values are told apart, at least 16 random bytes.
        detectors: What is looked for.
        limits: What unpacking one message may cost.
        tests: Matches, by detector, values that policy declares to be nobody's.
        parsers: Parse documents that can only be read whole; without them, those can't be read.
        allowlist: What does not count, for whom and where.
    """

    policy: Policy
    key: bytes
    detectors: Detectors = field(repr=False)
    limits: Limits = _LIMITS
    tests: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    parsers: Parsers | None = None
    allowlist: Allowlist = field(default_factory=Allowlist)

    @classmethod
    def build(
        cls,
        *,
        policy: Policy,
        key: bytes,
        parsers: Parsers | None = None,
        limits: Limits = _LIMITS,
    ) -> Core:
        """Load the built-in catalog and lexicons around a policy."""
        return cls(
            policy=policy,
            key=key,
            detectors=load_detectors(),
            tests=policy.tests(),
            parsers=parsers,
            limits=limits,
        )

    def under(self, policy: Policy) -> Core:
        """Return the same core with another policy."""
        return replace(self, policy=policy, tests=policy.tests())


class Inspection:
    """Inspects one message: texts around it, then its body chunk by chunk.

    What may take long can be done in steps, between which others may have their turn.

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
        self._budget = Budget.of(core.limits)
        self._clean = Clean()
        self._weigh_at = 1
        # Set once the body is not read any more and policy lets such a message pass.
        self._waved = False
        self._ended = False
        # What is asked of DNS, which is small.
        kind = content_type.partition(";")[0].strip().lower()
        self._asked = b"" if kind == names.DNS else None
        try:
            self._reader = BodyReader(
                content_type=content_type,
                content_encoding=content_encoding,
                budget=self._budget,
                parsers=core.parsers,
            )
        except UninspectableError as error:
            self._uninspectable = error.reason

    def text(self, where: str, value: str) -> None:
        """Inspect a small text that stands around the body: URL, header, file name."""
        at_once(self.text_steps(where, value))

    def text_steps(self, where: str, value: str) -> Steps[None]:
        """Do as `text` does, in steps."""
        form = FormDecoder()
        raw = value.encode("utf-8", "replace")
        decoded = form.feed(raw) + form.finish()
        # A plus sign is only a space in a form, so the text is also read as it stands.
        texts = [raw] if decoded == raw else [raw, decoded]
        if where == "url":
            # A slash is of base64's alphabet, and here ends what it may stand in.
            texts += [raw.replace(b"/", b" ")] if may_hold(raw) else []
            yield from self._spelled(where, names.asked_in(value))
        elif where in ("host", "authority"):
            yield from self._spelled(where, [names.readings(value)])
        yield from self._read(where, texts)

    def _spelled(self, where: str, texts: Iterable[str]) -> Steps[None]:
        """Inspect what names of hosts spell."""
        yield from self._read(where, [text.encode("utf-8", "replace") for text in texts if text])

    def _read(self, where: str, texts: Iterable[bytes]) -> Steps[None]:
        for data in texts:
            if not may_hold(data):
                self._scan(Segment(path=where, data=data, final=True))
                continue
            try:
                reader = BodyReader(budget=self._budget, path=where, parsers=self._core.parsers)
                for segment in chain(reader.feed(data), reader.finish()):
                    self._scan(segment)
                    yield
            except UninspectableError as error:
                self._uninspectable = error.reason

    def feed(self, data: bytes) -> None:
        """Inspect the next bytes of the body."""
        at_once(self.feed_steps(data))

    def feed_steps(self, data: bytes) -> Steps[None]:
        """Do as `feed` does, in steps."""
        if self._reader is None:
            self._bytes += len(data)
            return
        done = self._bytes
        self._bytes += len(data)
        if self._asked is not None:
            self._asked = (self._asked + data)[: names.LARGEST]
        try:
            # What waits for the rest of a block is copied with each piece that is fed.
            for start in range(0, len(data), PIECE):
                piece = data[start : start + PIECE]
                for segment in self._reader.feed(piece):
                    self._scan(segment)
                    yield
                done += len(piece)
                if done >= PIECE and self._reader.text_path is not None:
                    unread = self._uninspectable is not None and not self._waved
                    self._clean.mark(done, suspicious=self._account.suspicious or unread)
        except UninspectableError as error:
            self._give_up(error)

    @property
    def clean(self) -> int:
        """How many bytes from the body's beginning on may leave before its end is known.

        All they amount to has been scanned, with what follows, and holds nothing that could come
        to count: the first byte of anything suspicious stands behind them, until it has turned
        out to be none.
        """
        return self._bytes if self._reader is None and self._waved else self._clean.size

    @property
    def unpacked(self) -> int:
        """How many bytes unpacking has produced."""
        return self._budget.produced

    def verdict(self) -> Result | None:
        """Return the verdict if the message is stopped whatever else may follow, else None.

        Costs next to nothing where nothing more was seen since it was last asked.
        """
        if self._uninspectable is not None and not self._waved:
            # Nothing that could follow would make it readable.
            result = self._result(CREDIBLE)
            self._waved = not result.verdict.action.stops
            return None if self._waved else result
        if self._account.sightings < self._weigh_at:
            return None
        self._weigh_at = max(self._account.sightings + 1, int(self._account.sightings * ANEW))
        result = self._result(CERTAIN)
        return result if result.verdict.action.stops else None

    def finish(self) -> Result:
        """Say that the body ends here, and return the verdict with its evidence."""
        return at_once(self.finish_steps())

    def finish_steps(self) -> Steps[Result]:
        """Do as `finish` does, in steps."""
        self._ended = True
        if self._reader is not None:
            try:
                for segment in self._reader.finish():
                    self._scan(segment)
                    yield
            except UninspectableError as error:
                self._give_up(error)
        if self._asked is not None:
            yield from self._spelled("body dns", names.asked(self._asked))
        if self._uninspectable is None and self._budget.opaque:
            self._uninspectable = Uninspectable.OPAQUE
        for scanner in self._scanners.values():
            scanner.finish()
        return self._result(CREDIBLE, self._account.tallies())

    def weighed(self) -> tuple[Weighed, ...]:
        """Return every place where candidates were counted, for people who ask why."""
        return self._account.weighed()

    def persons(self) -> tuple[int, float]:
        """Return how many persons their records tell apart, and how sure it is that they leak."""
        return self._account.persons()

    def _result(self, least: float, told: tuple[Tally, ...] = ()) -> Result:
        about = Evidence(
            uninspectable=self._uninspectable,
            bytes=self._bytes,
            kinds=tuple(sorted(self._budget.kinds)),
        )
        evidence = self._account.evidence(least, about=about)
        narrowed: Narrowed | None = None
        allowlist = self._core.allowlist
        if len(allowlist) and (evidence.findings or evidence.uninspectable or told):
            values = self._account.among(allowlist.values, least)
            narrowed = allowlist.narrow(evidence, facts(self.flow), values, told)
            if narrowed is not None:
                evidence, told = self._without(evidence, narrowed, least), narrowed.left(told)
        verdict = self._core.policy.decide(evidence, self.flow)
        # Of what goes on nothing is written down yet.
        if evidence.findings and (verdict.action.stops or self._ended):
            evidence = replace(evidence, sketches=self._sketches(least, narrowed))
        return Result(verdict=verdict, evidence=evidence, tallies=told)

    def _sketches(self, least: float, narrowed: Narrowed | None) -> tuple[Sketch, ...]:
        if narrowed is None:
            return self._account.sketches(least)
        return self._account.sketches(least, without=narrowed.detectors, values=narrowed.values)

    def _without(self, evidence: Evidence, narrowed: Narrowed, least: float) -> Evidence:
        """Return the evidence without what the allowlist says does not count here."""
        read = evidence.uninspectable
        about = Evidence(
            uninspectable=None if read in narrowed.unread else read,
            bytes=evidence.bytes,
            kinds=evidence.kinds,
            allowed=narrowed.entries,
        )
        return self._account.evidence(
            least, without=narrowed.detectors, values=narrowed.values, about=about
        )

    def _scan(self, segment: Segment) -> None:
        if not self._ended and self._reader and segment.path == self._reader.text_path:
            self._clean.scanned(len(segment.data))
        scanner = self._scanner(segment.path)
        scanner.feed(segment.data, quiet=segment.quiet)
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

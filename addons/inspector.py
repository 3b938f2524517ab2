"""The service that traffic modules ask: inspects a message, writes down what has to be, decides.

It never raises and fails closed: whatever goes wrong before a verdict is known is a refusal with
its reason; whatever goes wrong after it does not change the verdict.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakSet

from addons.messages import UNTRACED, Decision, Message, begun, log_failure
from addons.quick import LIGHT, QUICK, UNPACKED, WouldWaitError, bounded, is_bounded, is_light
from addons.spool import Spool
from addons.threads import Threads
from addons.transfer import Transfer
from dlp.between.uploads import Ends
from dlp.evidence.incident import new_incident_id
from dlp.inspection import Inspection
from dlp.metrics import exemplar
from dlp.steps import at_once
from dlp.types import Action, Evidence, Moment, Result, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from addons.drip import Drip
    from addons.live_allowlist import LiveAllowlist
    from addons.live_policy import Shadow
    from addons.messages import Tracing
    from addons.recorder import Recorder
    from dlp.inspection import Core
    from dlp.metrics import Metrics
    from dlp.policy.allowlist import Allowlist
    from dlp.policy.model import Policy
    from dlp.steps import Steps
    from dlp.types import FlowInfo

__all__ = ["MessageInspector"]

# Bytes that are inspected in one go; some milliseconds of work.
STEP = 256 * 1024


class MessageInspector:
    """Decides on messages with a core, and keeps the evidence.

    Args:
        core: Detection and policy.
        recorder: Writes down what became of messages.
        metrics: What is counted.
        clock: Tells the time, in UTC.
        timeout: Seconds an inspection, or a step of one, may take.
        hold_limit: Bytes of a body up to which nothing leaves before its verdict, where the policy
            does not say.
        make_spool: Makes the place where a body waits of which so many bytes are held.
        shadow: Compares another policy's verdicts.
        drip: Weighs messages with those that left before.
        allow: Tells of messages that allowlist entries have met.
        tracing: Tells of every message how long it took.

    Attributes:
        core: As above.
        metrics: As above.
        timeout: As above.
        tracing: As above.
        threads: Those that inspect.
    """

    def __init__(
        self,
        *,
        core: Core,
        recorder: Recorder,
        metrics: Metrics,
        clock: Callable[[], datetime],
        timeout: float,
        hold_limit: int,
        make_spool: Callable[[int], Spool],
        drip: Drip,
        shadow: Shadow | None = None,
        allow: LiveAllowlist | None = None,
        tracing: Tracing = UNTRACED,
    ) -> None:
        self.threads = Threads()
        parsers = None if core.parsers is None else self.threads.beside(core.parsers)
        self._use(replace(core, parsers=parsers))
        self._recorder = recorder
        self.metrics = metrics
        self._clock = clock
        self.timeout = timeout
        self.tracing = tracing
        self._hold_limit = hold_limit
        self._make_spool = make_spool
        self._shadow = shadow
        self._drip = drip
        self._allow = allow
        # Verdicts are written down whatever becomes of inspections.
        self._keepers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="keep")
        # Those that something still holds, so that what they hold can be measured.
        self._spools: WeakSet[Spool] = WeakSet()
        for rule in core.policy.rules:
            metrics.rules.labels(rule.name, rule.action.value)

    @property
    def held(self) -> int:
        """Bytes of bodies that came and have not left."""
        return sum(spool.size for spool in self._spools)

    def adopt(self, policy: Policy) -> None:
        """Decide by this policy on every message that comes from now on."""
        self._use(self.core.under(policy))
        for rule in policy.rules:
            self.metrics.rules.labels(rule.name, rule.action.value)

    def adopt_allowlist(self, allowlist: Allowlist) -> None:
        """Let these entries, and no others, take out what does not count from now on."""
        self._use(replace(self.core, allowlist=allowlist))

    def _use(self, core: Core) -> None:
        self.core = core
        self._light, self._quick = bounded(core, LIGHT), bounded(core, UNPACKED)

    def close(self) -> None:
        """Stop the threads; inspections under way are left to end by themselves."""
        self.threads.close()
        self._keepers.shutdown(wait=False, cancel_futures=True)

    async def decide(self, message: Message) -> Decision:
        """Inspect `message` and say whether it may pass; see `Inspector`."""
        trace = self.tracing.begin(message.flow)
        scanned: list[float] = []
        decision = await self._decide(self._dated(message), scanned)
        trace.end(decision, sum(scanned))
        return decision

    async def _decide(self, message: Message, scanned: list[float]) -> Decision:
        channel = message.flow.channel.value
        started = time.perf_counter()
        self.metrics.in_flight.inc()
        try:
            result = await self._inspect(message, scanned)
        except TimeoutError:
            return await self.refuse(message, "timeout")
        except Exception as error:  # noqa: BLE001 - a failed inspection must end in a refusal
            log_failure(message.flow, error)
            return await self.refuse(message, "error")
        finally:
            self.metrics.in_flight.dec()
            self.metrics.seconds.labels(channel).observe(time.perf_counter() - started)
            self.metrics.scan_seconds.labels(channel).observe(sum(scanned))
        return await self.settle(message, result)

    def begin(
        self,
        message: Message,
        *,
        expected: int | None,
        ends: Ends | None = None,
        make: Callable[..., Transfer] = Transfer,
    ) -> Transfer:
        """Begin to inspect a message whose body is still to come.

        Args:
            message: What is known of it.
            expected: How long its body will be, if it says so.
            ends: Sees its body pass, for what it shares with others.
            make: Makes the transfer.
        """
        held = self.hold_limit(message.flow)
        return make(
            self._dated(message),
            service=self,
            spool=self.spool(held),
            hold_limit=held,
            expected=expected,
            ends=ends or Ends(),
        )

    def spool(self, held: int = 0) -> Spool:
        """Return a place where a body waits, of which so many bytes are held."""
        spool = self._make_spool(held)
        self._spools.add(spool)
        return spool

    def hold_limit(self, flow: FlowInfo) -> int:
        """Return how many bytes of a body that is sent so are held for its verdict."""
        said = self.core.policy.hold_limit(flow)
        return self._hold_limit if said is None else said

    async def settle(self, message: Message, result: Result) -> Decision:
        """Act on a verdict: count it, write down what has to be, and say what it means."""
        result = self._drip.weigh(self.core.policy, message.flow, result)
        channel = message.flow.channel.value
        self.metrics.bytes.labels(channel).inc(result.evidence.bytes)
        self._recorder.count(result.evidence)
        if self._allow is not None and result.evidence.allowed:
            stops = result.verdict.action.stops
            self._allow.met(result.evidence.allowed, message.flow, stopped=stops)
        if self._shadow is not None:
            self._shadow.compare(message.flow, result)
        if result.verdict.action is Action.ALLOW:
            self.metrics.flows.labels(channel, "allow").inc()
            return Decision(passes=True, result=result)
        try:
            return await self._keep(self._recorder.record, message, result)
        except Exception as error:  # noqa: BLE001 - the verdict stands whatever the stores do
            self._recorder.failed("ledger", "", error)
            stops = result.verdict.action.stops
            return Decision(
                passes=not stops,
                status=403 if stops else 200,
                incident=new_incident_id(self._clock()),
                result=result,
                sent=message.sent,
            )

    async def refuse(self, message: Message, reason: str) -> Decision:
        """Refuse a message that could not be inspected, and write that down."""
        verdict = Verdict(action=Action.BLOCK, rule=f"fail-closed:{reason}")
        result = Result(verdict=verdict, evidence=Evidence(bytes=message.size))
        incident = self._recorder.incident(message, result, content="", body_kept=False)
        tied = exemplar(incident.id)
        self.metrics.refusals.labels(reason).inc(exemplar=tied)
        self.metrics.flows.labels(message.flow.channel.value, "refuse").inc(exemplar=tied)
        try:
            await self._keep(self._recorder.write, incident)
        except Exception as error:  # noqa: BLE001 - the refusal stands whatever the stores do
            self._recorder.failed("ledger", incident.id, error)
        return Decision(
            passes=False, status=503, incident=incident.id, reason=reason, sent=message.sent
        )

    def _dated(self, message: Message) -> Message:
        """Return the message with what rules may ask of its flow and only the shell knows."""
        now = self._clock()
        local = now.astimezone()
        flow = replace(
            message.flow,
            content_type=message.content_type.partition(";")[0].strip().lower(),
            at=Moment(
                epoch=now.timestamp(),
                weekday=local.weekday(),
                minute=local.hour * 60 + local.minute,
            ),
        )
        return replace(message, flow=flow)

    async def _keep[**P, T](self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._keepers, lambda: function(*args, **kwargs))
        return await asyncio.wait_for(work, self.timeout)

    async def _inspect(self, message: Message, scanned: list[float]) -> Result:
        if is_light(message):
            started = time.perf_counter()
            try:
                return at_once(_scan(message, self._light))
            except WouldWaitError:
                pass
            finally:
                scanned.append(time.perf_counter() - started)
        run = partial(self.threads.run, seconds=self.timeout, took=scanned)
        if message.size <= QUICK:
            with contextlib.suppress(WouldWaitError):
                return await run(_scan(message, self._quick), quick=True)
        return await run(_scan(message, self.core))


def _scan(message: Message, core: Core) -> Steps[Result]:
    inspection = yield from begun(core, message, Inspection)
    view = memoryview(message.body)
    for start in range(0, len(view), STEP):
        yield from inspection.feed_steps(bytes(view[start : start + STEP]))
    result = yield from inspection.finish_steps()
    if is_bounded(core) and inspection.unpacked > core.limits.output:
        raise WouldWaitError
    return result

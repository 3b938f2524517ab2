"""The service that traffic modules ask: inspects a message, writes down what has to be, decides.

It never raises and fails closed: whatever goes wrong before a verdict is known is a refusal with
its reason; whatever goes wrong after it does not change the verdict.
"""

from __future__ import annotations

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from addons.messages import Decision, Message
from dlp import logs
from dlp.evidence.errors import EvidenceError
from dlp.evidence.incident import Incident, new_incident_id
from dlp.inspection import Core, Inspection
from dlp.metrics import exemplar
from dlp.types import Action, Evidence, FlowInfo, Moment, Result, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dlp.evidence.keys import Keys
    from dlp.evidence.ledger import Ledger
    from dlp.evidence.vault import Vault
    from dlp.metrics import Metrics

__all__ = ["MessageInspector"]

# Inspected where it stands; a thread's hand-over would cost more than the inspection.
SMALL = 16 * 1024
# Bytes between two looks at the clock; some milliseconds of work.
STEP = 256 * 1024
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})', re.IGNORECASE)
_DIGITS = re.compile(r"\d(?:[\s._%/+-]{0,3}\d){5,}")


class MessageInspector:
    """Decides on messages with a core, and keeps the evidence.

    Args:
        core: Detection and policy.
        keys: Keys the hash of a message's content.
        ledger: Where incidents are written and releases looked up.
        vault: Where quarantined bodies are sealed.
        metrics: What is counted.
        clock: Tells the time, in UTC.
        timeout: Seconds an inspection may take.
    """

    def __init__(
        self,
        *,
        core: Core,
        keys: Keys,
        ledger: Ledger,
        vault: Vault,
        metrics: Metrics,
        clock: Callable[[], datetime],
        timeout: float,
    ) -> None:
        self._core = core
        self._keys = keys
        self._ledger = ledger
        self._vault = vault
        self._metrics = metrics
        self._clock = clock
        self._timeout = timeout
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="inspect")
        self._log = logs.get()
        for rule in core.policy.rules:
            metrics.rules.labels(rule.name, rule.action.value)

    def close(self) -> None:
        """Stop the threads; inspections under way are left to end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def decide(self, message: Message) -> Decision:
        """Inspect `message` and say whether it may pass; see `Inspector`."""
        message = self._dated(message)
        channel = message.flow.channel.value
        started = time.perf_counter()
        self._metrics.in_flight.inc()
        try:
            result = await self._inspect(message)
        except TimeoutError:
            return await self.refuse(message, "timeout")
        except Exception as error:  # noqa: BLE001 - a failed inspection must end in a refusal
            self._log.error("inspection.failed", channel=channel, exception=type(error).__name__)
            return await self.refuse(message, "error")
        finally:
            self._metrics.in_flight.dec()
            self._metrics.seconds.labels(channel).observe(time.perf_counter() - started)
        self._metrics.bytes.labels(channel).inc(len(message.body))
        self._count(result.evidence)
        if result.verdict.action is Action.ALLOW:
            self._metrics.flows.labels(channel, "allow").inc()
            return Decision(passes=True, result=result)
        return await self._in_thread(self._record, message, result)

    async def refuse(self, message: Message, reason: str) -> Decision:
        """Refuse a message that could not be inspected, and write that down."""
        verdict = Verdict(action=Action.BLOCK, rule=f"fail-closed:{reason}")
        result = Result(verdict=verdict, evidence=Evidence(bytes=len(message.body)))
        incident = self._incident(message, result, content_hash="", body_kept=False)
        tied = exemplar(incident.id)
        self._metrics.refusals.labels(reason).inc(exemplar=tied)
        self._metrics.flows.labels(message.flow.channel.value, "refuse").inc(exemplar=tied)
        await self._in_thread(self._write, incident)
        return Decision(passes=False, status=503, incident=incident.id, reason=reason)

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

    async def _in_thread[**P, T](
        self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: function(*args, **kwargs))

    async def _inspect(self, message: Message) -> Result:
        deadline = time.monotonic() + self._timeout
        if len(message.body) <= SMALL:
            return self._run(message, deadline)
        return await asyncio.wait_for(
            self._in_thread(self._run, message, deadline), self._timeout + 1
        )

    def _run(self, message: Message, deadline: float) -> Result:
        with self._metrics.scan_seconds.labels(message.flow.channel.value).time():
            return self._scan(message, deadline)

    def _scan(self, message: Message, deadline: float) -> Result:
        inspection = Inspection(
            self._core,
            flow=message.flow,
            content_type=message.content_type,
            content_encoding=message.content_encoding,
        )
        for where, text in message.head:
            inspection.text(where, text)
        view = memoryview(message.body)
        for start in range(0, len(view), STEP):
            if time.monotonic() > deadline:
                raise TimeoutError
            inspection.feed(bytes(view[start : start + STEP]))
        return inspection.finish()

    def _record(self, message: Message, result: Result) -> Decision:
        """Write down what is more than ordinary, and decide; runs in a thread."""
        channel = message.flow.channel.value
        action = result.verdict.action
        content_hash = self._content_hash(message)
        if not action.stops:
            incident = self._incident(message, result, content_hash, body_kept=False)
            self._write(incident)
            self._decided(incident)
            return Decision(passes=True, incident=incident.id, result=result)
        released = self._released(message, content_hash)
        if released:
            self._metrics.releases.inc()
            self._metrics.flows.labels(channel, "released").inc()
            self._log.info("flow.released", incident=released, channel=channel)
            return Decision(passes=True, incident=released, result=result)
        incident_id = new_incident_id(self._clock())
        kept = action is Action.QUARANTINE and self._seal(incident_id, message)
        incident = self._incident(
            message, result, content_hash, body_kept=kept, incident_id=incident_id
        )
        self._write(incident)
        self._decided(incident)
        self._metrics.subjects.inc(result.evidence.subjects)
        return Decision(passes=False, status=403, incident=incident.id, result=result)

    def _released(self, message: Message, content_hash: str) -> str | None:
        try:
            return self._ledger.consume_release(
                content_hash, message.flow.client, message.flow.destination, self._clock()
            )
        except Exception as error:  # noqa: BLE001 - the stop stands whatever the store says
            self._evidence_error("ledger", "", error)
            return None

    def _seal(self, incident_id: str, message: Message) -> bool:
        try:
            self._vault.seal(incident_id, message.flow, message.content_type, message.body)
        except Exception as error:  # noqa: BLE001 - the stop stands whatever the store says
            self._evidence_error("vault", incident_id, error)
            return False
        return True

    def _write(self, incident: Incident) -> None:
        level = "warning" if incident.verdict.action.stops else "info"
        getattr(self._log, level)(
            "flow.stopped" if incident.verdict.action.stops else "flow.logged",
            incident=incident.id,
            channel=incident.flow.channel.value,
            client=incident.flow.client,
            destination=incident.flow.destination,
            method=incident.flow.method,
            action=incident.verdict.action.value,
            rule=incident.verdict.rule,
            subjects=incident.evidence.subjects,
            detectors=[finding.detector for finding in incident.evidence.findings],
            body_kept=incident.body_kept,
        )
        try:
            self._ledger.record(incident)
        except Exception as error:  # noqa: BLE001 - the verdict stands whatever the store says
            self._evidence_error("ledger", incident.id, error)

    def _evidence_error(self, store: str, incident: str, error: Exception) -> None:
        self._metrics.evidence_errors.labels(store).inc()
        # Messages of libraries may quote what they were given; ours do not.
        detail = str(error) if isinstance(error, EvidenceError) else type(error).__name__
        self._log.error("evidence.failed", store=store, incident=incident, error=detail)

    def _incident(
        self,
        message: Message,
        result: Result,
        content_hash: str,
        *,
        body_kept: bool,
        incident_id: str = "",
    ) -> Incident:
        now = self._clock()
        return Incident(
            id=incident_id or new_incident_id(now),
            at=now,
            flow=_masked_flow(message, result.evidence),
            verdict=result.verdict,
            evidence=result.evidence,
            content_hash=content_hash,
            body_kept=body_kept,
        )

    def _content_hash(self, message: Message) -> str:
        """Return the keyed hash by which the same content is known when it comes again.

        A form with files has a new random boundary each time it is sent, so that is left out.
        """
        body = message.body
        boundary = _BOUNDARY.search(message.content_type)
        if boundary:
            body = body.replace(boundary[1].encode("latin-1", "replace"), b"")
        parts = [message.flow.method.encode(), message.flow.path.encode("utf-8", "replace")]
        parts += [text.encode("utf-8", "replace") for where, text in message.head if where == "url"]
        return self._keys.digest(b"\0".join([*parts, body]))

    def _decided(self, incident: Incident) -> None:
        """Count what a rule of the policy decided."""
        action = incident.verdict.action.value
        tied = exemplar(incident.id)
        self._metrics.flows.labels(incident.flow.channel.value, action).inc(exemplar=tied)
        self._metrics.rules.labels(incident.verdict.rule, action).inc(exemplar=tied)

    def _count(self, evidence: Evidence) -> None:
        for finding in evidence.findings:
            self._metrics.findings.labels(finding.detector, finding.category.value).inc(
                finding.distinct
            )
        if evidence.uninspectable:
            self._metrics.uninspectable.labels(evidence.uninspectable.value).inc()


def _masked_flow(message: Message, evidence: Evidence) -> FlowInfo:
    """Return the flow as it may be written down: nothing that was found stands in its path."""
    in_head = any(
        not where.startswith("body") for finding in evidence.findings for where in finding.where
    )
    path = "(masked)" if in_head else _DIGITS.sub("…", _printable(message.flow.path))[:200]
    return replace(
        message.flow,
        path=path,
        host=_printable(message.flow.host),
        method=_printable(message.flow.method)[:32],
        content_type=""
        if in_head
        else _DIGITS.sub("…", _printable(message.flow.content_type))[:100],
    )


def _printable(text: str) -> str:
    """Return what a client typed without what would speak to a terminal or break an encoder."""
    return "".join(c if c.isprintable() else f"%{ord(c):02X}" for c in text)

"""Writes down what became of messages: incidents, sealed bodies, counts, lines of the log.

Nothing of it can change a verdict: a store that fails is counted and logged, the verdict stands.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from addons.messages import Decision, Message
from dlp import logs
from dlp.evidence.content import content_hash
from dlp.evidence.errors import EvidenceError
from dlp.evidence.incident import MASKED, Incident, new_incident_id
from dlp.evidence.vault import QuarantineFullError
from dlp.logs import printable
from dlp.metrics import exemplar
from dlp.types import Action, Evidence, FlowInfo, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from addons.live_allowlist import LiveAllowlist
    from dlp.evidence.keys import Keys
    from dlp.evidence.ledger import Ledger
    from dlp.evidence.pending import Pending
    from dlp.evidence.vault import Vault
    from dlp.metrics import Metrics

__all__ = ["Recorder"]

_WORDS = re.compile(r"([^\W\d_])[^\W\d_]{2,}")
_DIGITS = re.compile(r"\d(?:[\s._%/+-]{0,3}\d){5,}")


class Recorder:
    """Keeps the evidence.

    Args:
        keys: Keys the hash of a message's content.
        ledger: Where incidents are written and releases looked up.
        vault: Where quarantined bodies are sealed.
        pending: Where incidents wait for a ledger that does not take them.
        metrics: What is counted.
        clock: Tells the time, in UTC.
        allow: Knows the contents that may pass.
        listeners: Told of every incident; they neither wait nor raise.
    """

    def __init__(
        self,
        *,
        keys: Keys,
        ledger: Ledger,
        vault: Vault,
        pending: Pending,
        metrics: Metrics,
        clock: Callable[[], datetime],
        allow: LiveAllowlist | None = None,
        listeners: Sequence[Callable[[Incident], None]] = (),
    ) -> None:
        self._allow = allow
        self._keys = keys
        self._ledger = ledger
        self._vault = vault
        self._pending = pending
        self._listeners = listeners
        self._metrics = metrics
        self._clock = clock
        self._log = logs.get()

    def record(self, message: Message, result: Result) -> Decision:
        """Write down what is more than ordinary, and decide; runs in a thread."""
        channel = message.flow.channel.value
        action = result.verdict.action
        content = self._content_hash(message)
        if not action.stops:
            incident = self.incident(message, result, content, body_kept=False)
            self.write(incident)
            self._decided(incident)
            return Decision(passes=True, incident=incident.id, result=result)
        entry = self._allow.content(content, message.flow) if self._allow else None
        if entry is not None and self._allow is not None:
            self._allow.met([entry.id], message.flow, stopped=False)
            self._metrics.flows.labels(channel, "released").inc()
            return Decision(passes=True, result=result)
        released = message.whole and self._released(message, content)
        if released:
            self._metrics.releases.inc()
            self._metrics.flows.labels(channel, "released").inc()
            self._log.info("flow.released", incident=released, channel=channel)
            return Decision(passes=True, incident=released, result=result)
        incident_id = new_incident_id(self._clock())
        wanted = action is Action.QUARANTINE
        lost = self._seal(incident_id, message) if wanted else ""
        incident = self.incident(
            message,
            result,
            content,
            body_kept=wanted and not lost,
            body_part=wanted and not lost and not message.whole,
            body_lost=lost,
            incident_id=incident_id,
        )
        self.write(incident)
        self._decided(incident)
        self._metrics.subjects.inc(result.evidence.subjects)
        return Decision(
            passes=False, status=403, incident=incident.id, result=result, sent=message.sent
        )

    def _released(self, message: Message, content: str) -> str | None:
        try:
            return self._ledger.consume_release(
                content, message.flow.client, message.flow.destination, self._clock()
            )
        except Exception as error:  # noqa: BLE001 - the stop stands whatever the store says
            self.failed("ledger", "", error)
            return None

    def _seal(self, incident_id: str, message: Message) -> str:
        """Seal a body, or what there is of it; return in a word why it could not be."""
        try:
            self._vault.seal(
                incident_id, message.flow, message.content_type, message.pieces, message.request
            )
        except QuarantineFullError:
            self._metrics.quarantine_dropped.labels("full").inc()
            # Also here, so that it alerts as every loss of evidence does.
            self._metrics.evidence_errors.labels("vault").inc()
            self._log.error("quarantine.full", incident=incident_id)
            return "full"
        except Exception as error:  # noqa: BLE001 - the stop stands whatever the store says
            self._metrics.quarantine_dropped.labels("error").inc()
            self.failed("vault", incident_id, error)
            return "error"
        return ""

    def write(self, incident: Incident) -> None:
        """Write an incident to the log and the ledger; runs in a thread."""
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
            subjects_in_window=incident.evidence.subjects_in_window,
            detectors=[finding.detector for finding in incident.evidence.findings],
            body_kept=incident.body_kept,
            sent=incident.sent,
        )
        try:
            self._ledger.record(incident)
        except Exception as error:  # noqa: BLE001 - the verdict stands whatever the store says
            self.failed("ledger", incident.id, error)
            self._keep_pending(incident)
        for listener in self._listeners:
            listener(incident)

    def _keep_pending(self, incident: Incident) -> None:
        """Keep an incident that the ledger did not take until it does."""
        try:
            self._pending.keep(incident)
        except Exception as error:  # noqa: BLE001 - the verdict stands whatever the disk says
            self.failed("pending", incident.id, error)

    def failed(self, store: str, incident: str, error: Exception) -> None:
        """Count and log that something could not be kept."""
        self._metrics.evidence_errors.labels(store).inc()
        # Messages of libraries may quote what they were given; ours do not.
        detail = str(error) if isinstance(error, EvidenceError) else type(error).__name__
        self._log.error("evidence.failed", store=store, incident=incident, error=detail)

    def incident(
        self,
        message: Message,
        result: Result,
        content: str,
        *,
        body_kept: bool,
        body_part: bool = False,
        body_lost: str = "",
        incident_id: str = "",
    ) -> Incident:
        """Return the incident that a verdict is, or a refusal."""
        now = self._clock()
        return Incident(
            id=incident_id or new_incident_id(now),
            at=now,
            flow=_masked_flow(message, result.evidence),
            verdict=result.verdict,
            evidence=result.evidence,
            content_hash=content,
            body_kept=body_kept,
            body_part=body_part,
            body_lost=body_lost,
            sent=message.sent,
        )

    def _content_hash(self, message: Message) -> str:
        """Return the hash of a message's content; empty where only a part of it is there."""
        if not message.whole:
            return ""
        return content_hash(
            self._keys,
            method=message.flow.method,
            path=message.flow.path,
            urls=[text for where, text in message.head if where == "url"],
            content_type=message.content_type,
            pieces=message.pieces,
        )

    def _decided(self, incident: Incident) -> None:
        """Count what a rule of the policy decided."""
        action = incident.verdict.action.value
        tied = exemplar(incident.id)
        self._metrics.flows.labels(incident.flow.channel.value, action).inc(exemplar=tied)
        self._metrics.rules.labels(incident.verdict.rule, action).inc(exemplar=tied)

    def count(self, evidence: Evidence) -> None:
        """Count what was found."""
        for finding in evidence.findings:
            self._metrics.findings.labels(finding.detector, finding.category.value).inc(
                finding.distinct
            )
        if evidence.uninspectable:
            self._metrics.uninspectable.labels(evidence.uninspectable.value).inc()


def _named(path: str, evidence: Evidence) -> str:
    """Return a path, with the words in a file's name cut short that may say who it is about."""
    folder, slash, file = printable(path).rpartition("/")
    name, point, extension = file.rpartition(".")
    if evidence.findings and name:
        file = _WORDS.sub(r"\1…", unquote(name)) + point + extension
    return folder + slash + file


def _masked_flow(message: Message, evidence: Evidence) -> FlowInfo:
    """Return the flow as it may be written down: nothing that was found stands in its path."""
    heads = {where.partition(" ")[0] for finding in evidence.findings for where in finding.where}
    in_head = any(not head.startswith("body") for head in heads)
    path = MASKED if in_head else _DIGITS.sub("…", _named(message.flow.path, evidence))[:200]
    return replace(
        message.flow,
        path=path,
        host=MASKED if "host" in heads else printable(message.flow.host),
        method=MASKED if "method" in heads else printable(message.flow.method)[:32],
        content_type=""
        if in_head
        else _DIGITS.sub("…", printable(message.flow.content_type))[:100],
    )

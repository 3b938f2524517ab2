"""Traces: one OpenTelemetry span for each message, to a receiver of OTLP over HTTP.

A span says what a count says, of one message: never who sent what where, nor anything of it.
"""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING

import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

from dlp import __version__

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from addons.messages import Decision
    from dlp.types import FlowInfo

__all__ = ["SpanTracing"]

# Seconds for one attempt to send; spans that find no place in the queue meanwhile are dropped.
TIMEOUT = 5.0
# Seconds that what waits gets when the proxy ends.
LAST_SECONDS = 1.0


class SpanTracing:
    """Sends spans, in batches and from a thread of its own; holds no message back.

    Args:
        receiver: URL, as `http://127.0.0.1:4318/v1/traces`.
    """

    def __init__(self, receiver: str) -> None:
        session = requests.Session()
        # The environment's proxy may be this one.
        session.trust_env = False
        exporter = OTLPSpanExporter(endpoint=receiver, timeout=TIMEOUT, session=session)
        resource = Resource.create(
            {
                "service.name": "dlp",
                "service.version": __version__,
                "service.instance.id": f"{socket.gethostname()}-{os.getpid()}",
            }
        )
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("dlp", __version__)

    def begin(self, flow: FlowInfo) -> SpanTrace:
        """Begin the span of a message."""
        attributes = {"dlp.channel": flow.channel.value}
        return SpanTrace(self._tracer.start_span("dlp.message", attributes=attributes))

    def close(self) -> None:
        """Send what waits, if that does not take long."""
        sending = threading.Thread(target=self._provider.shutdown, daemon=True)
        sending.start()
        sending.join(LAST_SECONDS)


class SpanTrace:
    """The span of one message."""

    __slots__ = ("_span",)

    def __init__(self, span: Span) -> None:
        self._span = span

    def end(self, decision: Decision, scanned: float) -> None:
        """End it with what was decided."""
        span, result = self._span, decision.result
        span.set_attribute("dlp.passes", decision.passes)
        span.set_attribute("dlp.scan.seconds", scanned)
        if decision.incident:
            span.set_attribute("dlp.incident", decision.incident)
        if decision.sent:
            span.set_attribute("dlp.bytes.sent", decision.sent)
        if result is not None:
            evidence = result.evidence
            span.set_attribute("dlp.action", result.verdict.action.value)
            span.set_attribute("dlp.rule", result.verdict.rule)
            span.set_attribute("dlp.policy", result.verdict.policy)
            span.set_attribute("dlp.bytes", evidence.bytes)
            span.set_attribute("dlp.subjects", evidence.subjects)
            span.set_attribute("dlp.detectors", [one.detector for one in evidence.findings])
            if evidence.uninspectable:
                span.set_attribute("dlp.uninspectable", evidence.uninspectable.value)
        else:
            span.set_attribute("dlp.action", "allow" if decision.passes else "refuse")
        if decision.reason:
            span.set_attribute("dlp.refused", decision.reason)
            span.set_status(Status(StatusCode.ERROR, decision.reason))
        span.end()

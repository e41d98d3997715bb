"""Traces by OpenTelemetry, when `dure[traces]` is installed and an address is set: a span an operation and a statement.

Without an address nothing of it is imported and nothing is done.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import asyncpg

from core.errors import Misdeclared
from core.settings import Settings
from core.watch.observation import Observation, current

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

NOT_INSTALLED = "DURE_TRACES_URL is set, but OpenTelemetry is not installed: pip install 'dure[traces]'"


class Traces:
    """One application's tracer. `processor` says where spans go; by default to the address of the settings."""

    def __init__(self, settings: Settings, processor: SpanProcessor | None = None) -> None:
        try:
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.trace import SpanKind, Status, StatusCode
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ImportError as error:
            raise Misdeclared(NOT_INSTALLED) from error
        self.provider = TracerProvider(resource=Resource.create({"service.name": "dure"}))
        self.provider.add_span_processor(processor or _sending(settings.traces_url or ""))
        self.tracer = self.provider.get_tracer("dure")
        self._incoming = TraceContextTextMapPropagator()
        self._server, self._client = SpanKind.SERVER, SpanKind.CLIENT
        self._failed = Status(StatusCode.ERROR)

    def begin(self, seen: Observation, traceparent: str) -> None:
        """Open the span of a request, below that of whoever sent it."""
        above = self._incoming.extract({"traceparent": traceparent}) if traceparent else None
        seen.span = self.tracer.start_span(seen.method, context=above, kind=self._server)

    def end(self, seen: Observation) -> None:
        """Name the span by what was asked, and close it."""
        span = seen.span
        if span is None:
            return
        asks = seen.operation is not None
        span.update_name(f"{seen.kind} {seen.operation}".strip() if asks else f"{seen.method} {seen.route}")
        span.set_attribute("http.request.method", seen.method)
        span.set_attribute("http.route", seen.route)
        span.set_attribute("http.response.status_code", seen.status)
        span.set_attribute("dure.request", seen.request_id)
        if asks:
            span.set_attribute("graphql.operation.name", seen.operation)
            span.set_attribute("graphql.operation.type", seen.kind)
        if seen.codes:
            span.set_attribute("dure.codes", sorted(set(seen.codes)))
        if seen.outcome == "failed":
            span.set_status(self._failed)
        span.end()

    def statement(self, record: Any) -> None:
        """The span of one statement of a request: its text, which holds no values. What asyncpg calls after each."""
        seen = current()
        if seen is None or seen.span is None:
            return
        from opentelemetry.trace import set_span_in_context

        ended = time.time_ns()
        span = self.tracer.start_span(
            record.query.lstrip().partition(" ")[0].upper(),
            context=set_span_in_context(seen.span),
            kind=self._client,
            start_time=ended - int(record.elapsed * 1e9),
            attributes={"db.system.name": "postgresql", "db.query.text": record.query},
        )
        if record.exception is not None:
            span.set_status(self._failed)
        span.end(end_time=ended)

    def watch(self, connection: asyncpg.Connection) -> None:
        """Trace this connection's statements."""
        connection.add_query_logger(self.statement)

    def close(self) -> None:
        """Send what has not been sent."""
        self.provider.shutdown()


def _sending(address: str) -> SpanProcessor:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return BatchSpanProcessor(OTLPSpanExporter(endpoint=address))

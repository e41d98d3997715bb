"""Traces: a span an operation below the sender's, one a statement below that, and no value in any."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from core.house import House
from core.watch.traces import Traces
from schema.build import DureSchema
from schema.http.app import application

ABOVE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
QUERY = "query Who($n: String!) { organizations(where: {name: {eq: $n}}) { nodes { name } } benefits { totalCount } }"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def traced(house: House, schema: DureSchema, spans: InMemorySpanExporter) -> AsyncIterator[httpx.AsyncClient]:
    traces = Traces(house.settings, SimpleSpanProcessor(spans))
    transport = httpx.ASGITransport(app=application(house, schema, traces=traces))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        yield http
    traces.close()


async def test_an_operation_is_a_span_below_its_senders_with_its_statements_below(
    traced: httpx.AsyncClient, spans: InMemorySpanExporter
) -> None:
    body = {"query": QUERY, "variables": {"n": "s3cret-name"}}
    await traced.post("/graphql", json=body, headers={"traceparent": ABOVE, "x-request-id": "r-1"})
    await asyncio.sleep(0)  # the driver tells of a statement at the loop's next turn
    *statements, whole = sorted(spans.get_finished_spans(), key=lambda span: span.name == "query Who")
    assert whole.name == "query Who"
    assert whole.parent is not None and f"{whole.parent.trace_id:032x}" == ABOVE.split("-")[1]
    assert whole.attributes is not None
    assert whole.attributes["dure.request"] == "r-1"
    assert whole.attributes["http.response.status_code"] == 200
    assert statements
    assert all(each.parent is not None and each.parent.span_id == whole.context.span_id for each in statements)
    assert any("FROM" in str((each.attributes or {})["db.query.text"]) for each in statements)
    assert "s3cret-name" not in "".join(span.to_json() for span in spans.get_finished_spans())


async def test_a_request_that_brings_no_trace_begins_one(
    traced: httpx.AsyncClient, spans: InMemorySpanExporter
) -> None:
    await traced.get("/healthz", headers={"traceparent": "nonsense"})
    (span,) = spans.get_finished_spans()
    assert (span.name, span.parent) == ("GET /healthz", None)

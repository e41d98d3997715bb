"""The metrics: what they count, who may read them, and that nothing a client sends makes them grow without end."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from core.errors import Misdeclared
from core.house import House
from core.watch import Reading
from core.watch.metrics import MOST_NAMES
from schema.build import DureSchema
from schema.http.app import application
from schema.http.metrics import networks
from tests.support.world import give, organization

TOKEN = "a-token-of-the-metrics"


@asynccontextmanager
async def asked(
    house: House, schema: DureSchema, address: str = "127.0.0.1", **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client at this address of an application with these settings."""
    changed = replace(house, settings=house.settings.model_copy(update=settings))
    transport = httpx.ASGITransport(app=application(changed, schema), client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        yield http


async def query(http: httpx.AsyncClient, document: str) -> None:
    await http.post("/graphql", json={"query": document})


async def figures(http: httpx.AsyncClient, *names: str) -> dict[str, float]:
    """The metrics of these names, as they are written."""
    text = (await http.get("/metrics")).text
    found = dict(re.findall(r"^(dure_\S+(?:\{.*\})?) (\S+)$", text, flags=re.M))
    return {key: float(value) for key, value in found.items() if key.partition("{")[0] in names}


async def test_operations_are_counted_by_name_kind_and_outcome(house: House, schema: DureSchema) -> None:
    async with asked(house, schema, metrics_from="127.0.0.1") as http:
        await query(http, "query Who { viewer { signedIn } }")
        await query(http, "query Who { viewer { signedIn } }")
        await query(http, "{ viewer { signedIn } }")
        await query(http, 'query Bad { organization(businessNumber: "1") { id } }')
        await query(http, "mutation Out { signOut { errors { code } } }")
        assert await figures(http, "dure_operations_total", "dure_errors_total", "dure_root_fields_total") == {
            'dure_operations_total{kind="query",operation="Who",outcome="done"}': 2,
            'dure_operations_total{kind="query",operation="unnamed",outcome="done"}': 1,
            'dure_operations_total{kind="query",operation="other",outcome="refused"}': 1,
            'dure_operations_total{kind="mutation",operation="other",outcome="refused"}': 1,
            'dure_errors_total{code="IDENTITY_BUSINESS_NUMBER_FORM"}': 1,
            'dure_errors_total{code="UNAUTHENTICATED"}': 1,
            'dure_root_fields_total{field="viewer",reason="",way="planned"}': 3,
            'dure_root_fields_total{field="organization",reason="",way="planned"}': 1,
            'dure_root_fields_total{field="signOut",reason="mutation",way="ordinary"}': 1,
        }
        counted = await figures(http, "dure_operation_seconds_count")
        assert counted['dure_operation_seconds_count{kind="query",operation="Who"}'] == 2


async def test_names_that_clients_choose_are_bounded(house: House, schema: DureSchema) -> None:
    async with asked(house, schema, metrics_from="127.0.0.1") as http:
        for number in range(MOST_NAMES + 20):
            await query(http, f"query N{number} {{ viewer {{ signedIn }} }}")
        counted = await figures(http, "dure_operations_total")
    assert len(counted) == MOST_NAMES + 1
    assert counted['dure_operations_total{kind="query",operation="other",outcome="done"}'] == 20


async def test_with_trusted_documents_only_their_names_count(house: House, schema: DureSchema, tmp_path: Path) -> None:
    file = tmp_path / "trusted.json"
    file.write_bytes(orjson.dumps({"who": "query Who { viewer { signedIn } }"}))
    async with asked(house, schema, metrics_from="127.0.0.1", trusted_documents=file) as http:
        await http.post("/graphql", json={"documentId": "who"})
        await query(http, "query Mine { viewer { signedIn } }")
        assert await figures(http, "dure_operations_total") == {
            'dure_operations_total{kind="query",operation="Who",outcome="done"}': 1,
            'dure_operations_total{kind="query",operation="other",outcome="done"}': 1,
        }


async def test_postings_are_counted_once_they_are_committed(house: House, schema: DureSchema) -> None:
    company = await organization(house, 1)
    await give(house, "mileage_innovation", company, 100)
    await give(house, "mileage_innovation", company, 100)  # under the same key: nothing new
    async with asked(house, schema, metrics_from="127.0.0.1") as http:
        assert await figures(http, "dure_postings_total") == {
            'dure_postings_total{asset="innovation_mileage",kind="earn",program="mileage_innovation"}': 1
        }


async def test_what_else_is_told(house: House, schema: DureSchema) -> None:
    async def backlog(_house: House) -> list[Reading]:
        return [Reading(name="dure_backlog", says="What waits.", value=3, labels={"of": "seals"})]

    async def broken(_house: House) -> list[Reading]:
        raise RuntimeError("the address of the database is secret")

    house.watch.readings |= {"backlog": backlog, "broken": broken}
    async with asked(house, schema, metrics_from="127.0.0.1") as http:
        await query(http, "{ viewer { signedIn } }")
        text = (await http.get("/metrics")).text
    for line in (
        'dure_backlog{of="seals"} 3.0', 'dure_reading_failed{reading="broken"} 1.0', "dure_messages_waiting 0.0",
        'dure_connections{state="in_use"}', "dure_connections_most 12.0",
        "dure_connections_waiting 0.0", 'dure_jobs{state="dead"} 0.0', "dure_jobs_oldest_seconds 0.0",
        "dure_seals_waiting", "dure_plans 1.0", "dure_documents 1.0",
        "process_resident_memory_bytes", "# TYPE dure_operations_total counter",
    ):  # fmt: skip
        assert line in text, line
    assert "secret" not in text
    assert "_created" not in text


async def test_two_applications_in_one_process_count_apart(house: House, schema: DureSchema) -> None:
    async with (
        asked(house, schema, metrics_from="127.0.0.1") as one,
        asked(house, schema, metrics_from="127.0.0.1") as other,
    ):
        await query(one, "query Who { viewer { signedIn } }")
        assert len(await figures(one, "dure_operations_total")) == 1
        assert await figures(other, "dure_operations_total") == {}


@pytest.mark.parametrize(
    ("settings", "address", "token", "status"),
    [
        ({}, "127.0.0.1", None, 404),
        ({"metrics_from": "10.1.0.0/16, ::1"}, "10.1.2.3", None, 200),
        ({"metrics_from": "10.1.0.0/16, ::1"}, "::1", None, 200),
        ({"metrics_from": "10.1.0.0/16, ::1"}, "127.0.0.1", None, 403),
        ({"metrics_from": "10.1.0.0/16"}, "somewhere", None, 403),
        ({"metrics_token": TOKEN}, "127.0.0.1", TOKEN, 200),
        ({"metrics_token": TOKEN}, "127.0.0.1", TOKEN + "x", 403),
        ({"metrics_token": TOKEN}, "127.0.0.1", None, 403),
    ],
)
async def test_only_who_may_reads_them(
    house: House, schema: DureSchema, settings: dict[str, str], address: str, token: str | None, status: int
) -> None:
    given = {"metrics_from": settings.get("metrics_from")}
    allowed = type(house.settings)(**settings)  # type: ignore[arg-type]
    async with asked(house, schema, address, **given, metrics_token=allowed.metrics_token) as http:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        assert (await http.get("/metrics", headers=headers)).status_code == status


def test_an_address_that_is_none_stops_the_start() -> None:
    with pytest.raises(Misdeclared, match="DURE_METRICS_FROM"):
        networks("127.0.0.1, localhost")

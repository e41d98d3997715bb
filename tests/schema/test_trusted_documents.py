"""Trusted documents: asked for by id, and, where the settings say so, nothing else is executed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.house import House
from schema.http.app import application
from schema.http.trusted import TrustedDocumentsUnreadable

DOCUMENTS = '{"who": "query($n: Int) { viewer { signedIn } organizations(first: $n) { totalCount } }"}'
GRAPHQL = {"accept": "application/graphql-response+json"}


@asynccontextmanager
async def server(house: House, tmp_path: Path, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    path = tmp_path / "documents.json"
    path.write_text(DOCUMENTS)
    changed = house.settings.model_copy(update={"trusted_documents": path, **settings})
    transport = httpx.ASGITransport(app=application(replace(house, settings=changed)))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure", headers=GRAPHQL) as client:
        yield client


async def test_a_trusted_document_is_asked_for_by_its_id(house: House, tmp_path: Path) -> None:
    async with server(house, tmp_path) as client:
        response = await client.post("/graphql", json={"documentId": "who", "variables": {"n": 1}})
        assert response.json() == {"data": {"viewer": {"signedIn": False}, "organizations": {"totalCount": 0}}}
        by_get = await client.get("/graphql", params={"documentId": "who"})
        assert by_get.json() == response.json()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"documentId": "nobody"}, "no trusted document"),
        ({"documentId": 5}, "no trusted document"),
        ({"documentId": "who", "query": "{ viewer { signedIn } }"}, "not both"),
    ],
)
async def test_an_id_that_is_none_is_refused(house: House, tmp_path: Path, body: dict[str, Any], says: str) -> None:
    async with server(house, tmp_path) as client:
        response = await client.post("/graphql", json=body)
        assert response.status_code == 400
        assert says in response.json()["errors"][0]["message"]


async def test_where_only_trusted_documents_are_taken_a_query_is_refused(house: House, tmp_path: Path) -> None:
    async with server(house, tmp_path, trusted_only=True) as client:
        response = await client.post("/graphql", json={"query": "{ viewer { signedIn } }"})
        assert response.status_code == 400
        assert "documentId" in response.json()["errors"][0]["message"]
        assert (await client.post("/graphql", json={"documentId": "who"})).status_code == 200


async def test_a_file_that_is_no_list_of_documents_stops_the_start(house: House, tmp_path: Path) -> None:
    path = tmp_path / "documents.json"
    path.write_text('["query"]')
    settings = house.settings.model_copy(update={"trusted_documents": path})
    with pytest.raises(TrustedDocumentsUnreadable, match="object from id"):
        application(replace(house, settings=settings))

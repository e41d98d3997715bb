"""Asking a house over HTTP, without a network: its own ASGI application, and an account of one's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from core.house import House
from schema.build import DureSchema
from schema.http.app import application


class Client:
    """Somebody who asks. `token` is a bearer token; without it, the public."""

    def __init__(self, http: httpx.AsyncClient, token: str | None = None) -> None:
        self.http = http
        self.headers = {"accept-language": "en"} | ({"authorization": f"Bearer {token}"} if token else {})

    def signed_in(self, token: str) -> Client:
        return Client(self.http, token)

    async def send(self, document: str, /, **variables: Any) -> dict[str, Any]:
        """The whole answer."""
        body = {"query": document, "variables": variables}
        response = await self.http.post("/graphql", json=body, headers=self.headers)
        answer: dict[str, Any] = response.json()
        return answer

    async def ask(self, document: str, /, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = await self.send(document, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def change(self, document: str, /, **variables: Any) -> dict[str, Any]:
        """The payload of the one mutation in a document, done without objection."""
        (payload,) = (await self.ask(document, **variables)).values()
        assert payload["errors"] == []
        found: dict[str, Any] = payload
        return found

    async def objections(self, document: str, /, **variables: Any) -> list[dict[str, Any]]:
        """The errors in the payload of the one mutation in a document."""
        (payload,) = (await self.ask(document, **variables)).values()
        found: list[dict[str, Any]] = payload["errors"]
        return found

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path, headers=self.headers)


@asynccontextmanager
async def asking(house: House, schema: DureSchema | None = None) -> AsyncIterator[Client]:
    transport = httpx.ASGITransport(app=application(house, schema))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        yield Client(http)

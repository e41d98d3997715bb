"""The least a Python server can do: Starlette routes that send on what PostgreSQL answers, no GraphQL, no tokens."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.database import plain_url

STATEMENTS: dict[str, tuple[str, list[list[Any]]]] = json.loads(os.environ["BENCH_STATEMENTS"])
held: dict[str, Any] = {}


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    size = int(os.environ["BENCH_POOL"])
    url = plain_url(os.environ["BENCH_DATABASE_URL"])
    async with asyncpg.create_pool(url, min_size=1, max_size=size, reset=_left_as_it_is) as pool:
        held["pool"] = pool
        yield


async def _left_as_it_is(_connection: asyncpg.Connection) -> None:
    """No statement more for each answer, as Dure sends none."""


async def answer(request: Request) -> Response:
    """What the named statement returns for the arguments of this number."""
    sql, arguments = STATEMENTS[request.path_params["name"]]
    async with held["pool"].acquire() as connection:
        row = await connection.fetchrow(sql, *arguments[request.path_params["place"]])
    return Response(row[0].encode(), media_type="application/json")


async def readyz(_request: Request) -> Response:
    return Response("ok")


app = Starlette(routes=[Route("/readyz", readyz), Route("/{name}/{place:int}", answer)], lifespan=lifespan)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), log_level="warning", server_header=False)

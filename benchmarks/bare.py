"""The least a Python server can do: Starlette routes that send on what PostgreSQL answers, no GraphQL, no tokens."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.database import Database

STATEMENTS: dict[str, tuple[str, list[list[Any]]]] = json.loads(os.environ["BENCH_STATEMENTS"])
held: dict[str, Any] = {}


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    database = await Database.connect(os.environ["BENCH_DATABASE_URL"], size=int(os.environ["BENCH_POOL"]))
    held["pool"] = database.connections.pool
    yield
    await database.close()


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

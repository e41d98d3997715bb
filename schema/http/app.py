"""The ASGI application: one house, its schema, its routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from core.benefits import write_declared_benefits
from core.database import Database
from core.documents import try_forms
from core.house import House
from core.jobs import Worker
from core.plugins import Plugins
from core.settings import Settings
from core.upkeep import jobs_of
from schema.build import DureSchema, build_schema
from schema.http.forms import Forms
from schema.http.graphql import GraphQLEndpoint
from schema.http.pages import EXPLORER, Pages
from schema.http.seals import SealPages


class Front:
    """What the server calls: the API without detour, everything else by Starlette's routes."""

    def __init__(self, pages: Starlette, graphql: GraphQLEndpoint | None = None) -> None:
        self.pages = pages
        self.graphql = graphql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["path"] == "/graphql" and scope["method"] in ("GET", "POST")
        if asked and self.graphql is not None:
            await self.graphql(scope, receive, send)
        else:
            await self.pages(scope, receive, send)


def application(house: House, schema: DureSchema | None = None) -> Front:
    """An application on a house that is open already, and stays open when the application ends."""
    graphql = GraphQLEndpoint(house, schema or build_schema(house.plugins))
    return Front(Starlette(routes=routes(house, graphql)), graphql)


def routes(house: House, graphql: GraphQLEndpoint) -> list[Route | Mount]:
    """Every route of a house."""
    pages, seals = Pages(house), SealPages(house)
    found: list[Route | Mount] = [
        Route("/graphql", graphql, methods=["GET", "POST"]),
        Route("/", pages.explorer),
        Route("/documents/certificates/{number}.pdf", pages.certificate),
        Route("/documents/forms/{plugin}/{form}/{key}.pdf", Forms(house).form),
        Route("/verify/{number}", pages.verify),
        Route("/verify/{number}/proof.json", seals.proof),
        Route("/seals/latest", seals.latest),
        Route("/seals/{number:int}", seals.one),
        Route("/healthz", pages.healthz),
        Route("/readyz", pages.readyz),
    ]
    if (EXPLORER / "assets").is_dir():
        found.append(Mount("/assets", StaticFiles(directory=EXPLORER / "assets")))
    return found


@asynccontextmanager
async def open_house(settings: Settings, plugins: Plugins) -> AsyncIterator[House]:
    """A house on the settings' database, its catalogue written down; closed again at the end."""
    url = settings.resolve_database_url() if settings.database_url is None else settings.database_url
    database = await Database.connect(url, size=settings.pool_size)
    house = House(settings=settings.model_copy(update={"database_url": url}), database=database, plugins=plugins)
    try:
        async with house.work() as work:
            await write_declared_benefits(work)
        yield house
    finally:
        await database.close()


@asynccontextmanager
async def working(house: House) -> AsyncIterator[None]:
    """Do the house's jobs meanwhile, unless the settings leave them to workers beside the server."""
    if not house.settings.worker:
        yield
        return
    worker = Worker(house, jobs_of(house).values())
    work = asyncio.create_task(worker.run(), name="worker")
    try:
        yield
    finally:
        worker.stop()
        await work


def serving(settings: Settings, plugins: Plugins) -> Front:
    """An application that opens its house when it starts. Schema and forms come first: a broken plugin never serves."""
    schema = build_schema(plugins)
    try_forms(plugins.forms.values())

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_house(settings, plugins) as house, working(house):
            front.graphql = GraphQLEndpoint(house, schema)
            app.router.routes.extend(routes(house, front.graphql))
            yield

    open_and_close: Callable[[Starlette], AbstractAsyncContextManager[None]] = lifespan
    front = Front(Starlette(lifespan=open_and_close))
    return front

"""The ASGI application: one house, its schema, its routes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from core.benefits import write_declared_benefits
from core.concurrency import switch_often
from core.database import Database
from core.documents import try_forms
from core.house import House
from core.jobs import Worker
from core.plugins import Plugins
from core.settings import Settings
from core.watch.logs import AccessLog
from schema.build import DureSchema, build_schema
from schema.http.documents import Documents
from schema.http.exports import Exports
from schema.http.eyes import Eyes
from schema.http.filings import Filings
from schema.http.forms import Forms
from schema.http.front import Front
from schema.http.graphql import GraphQLEndpoint
from schema.http.metrics import MetricsPage
from schema.http.outages import Outages
from schema.http.pages import EXPLORER, Assets, Pages
from schema.http.seals import SealPages
from schema.http.workbooks import Workbooks
from schema.queued_exports import jobs_with_exports

if TYPE_CHECKING:
    from core.watch.traces import Traces

log = logging.getLogger(__name__)


def application(
    house: House, schema: DureSchema | None = None, *, access: AccessLog | None = None, traces: Traces | None = None
) -> Front:
    """An application on a house that is open already, and stays open when the application ends."""
    graphql = GraphQLEndpoint(house, schema or build_schema(house.plugins))
    eyes = Eyes(access, traces)
    eyes.open(house, graphql)
    pages = Starlette(routes=routes(house, graphql, eyes), middleware=[Middleware(Outages)])
    return Front(pages, house.settings, graphql, eyes)


def routes(house: House, graphql: GraphQLEndpoint, eyes: Eyes) -> list[Route | Mount]:
    """Every route of a house."""
    pages, seals, documents = Pages(house), SealPages(house), Documents(house, graphql.schema)
    exports, filings = Exports(house, graphql.schema), Filings(house)
    found: list[Route | Mount] = [
        Route("/graphql", graphql, methods=["GET", "POST"]),
        Route("/", pages.explorer),
        Route("/documents/certificates/{number}.pdf", pages.certificate),
        Route("/documents/uploads/{token}", documents.receive, methods=["PUT"]),
        Route("/documents/attachments/{key}", documents.download),
        Route("/documents/forms/{plugin}/{form}/{key}.pdf", Forms(house).form),
        Route("/documents/workbooks/{plugin}/{workbook}/{key}.xlsx", Workbooks(house).workbook),
        Route("/exports/{token}/{name}.xlsx", exports.export),
        Route("/documents/exports/{key}.xlsx", exports.queued),
        Route("/documents/filings/{key}.xlsx", filings.filing),
        Route("/documents/samples/{program}/{activity_type}.xlsx", filings.sample),
        Route("/verify/{number}", pages.verify),
        Route("/verify/{number}/proof.json", seals.proof),
        Route("/seals/latest", seals.latest),
        Route("/seals/{number:int}", seals.one),
        Route("/healthz", pages.healthz),
        Route("/readyz", pages.readyz),
        Route("/metrics", MetricsPage(house.settings, eyes).__call__),
    ]
    if (EXPLORER / "assets").is_dir():
        found.append(Mount("/assets", Assets(directory=EXPLORER / "assets")))
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
        await asyncio.to_thread(house.readers.close)
        await _closed(house)


async def _closed(house: House) -> None:
    """What is under way ends and the connections are closed; whatever takes longer than it may is broken off."""
    await house.plugins.observers.close(house.settings.shutdown_seconds)
    try:
        async with asyncio.timeout(house.settings.shutdown_seconds):
            await house.database.close()
    except TimeoutError:
        log.warning("connections were still in use after %d seconds; broken off", house.settings.shutdown_seconds)
        house.database.connections.pool.terminate()


@asynccontextmanager
async def working(house: House, schema: DureSchema) -> AsyncIterator[None]:
    """Do the house's jobs meanwhile, unless the settings leave them to workers beside the server."""
    if not house.settings.worker:
        yield
        return
    grace = timedelta(seconds=house.settings.shutdown_seconds)
    worker = Worker(house, jobs_with_exports(house, lambda: schema), grace=grace)
    work = asyncio.create_task(worker.run(), name="worker")

    async def in_the_way(_house: House) -> str | None:
        return "the worker has stopped; the log says why" if work.done() else None

    house.watch.checks["jobs"] = in_the_way
    try:
        yield
    finally:
        worker.stop()
        await work


def serving(settings: Settings, plugins: Plugins, *, access: AccessLog | None = None) -> Front:
    """An application that opens its house when it starts. Schema and forms come first: a broken plugin never serves."""
    traces = None
    if settings.traces_url:
        from core.watch.traces import Traces  # and with it OpenTelemetry, which is an extra

        traces = Traces(settings)
    schema = build_schema(plugins)
    try_forms(plugins.forms.values())

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        switch_often()
        async with open_house(settings, plugins) as house, working(house, schema):
            front.graphql = GraphQLEndpoint(house, schema)
            front.eyes.open(house, front.graphql)
            app.router.routes.extend(routes(house, front.graphql, front.eyes))
            yield
        if traces is not None:
            await asyncio.to_thread(traces.close)

    open_and_close: Callable[[Starlette], AbstractAsyncContextManager[None]] = lifespan
    pages = Starlette(lifespan=open_and_close, middleware=[Middleware(Outages)])
    front = Front(pages, settings, eyes=Eyes(access, traces))
    return front

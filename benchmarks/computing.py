"""Dure with a plugin whose fields are worked out in Python, on the types of the page that is measured."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry
import uvicorn

from core.hookspecs import hookimpl
from core.parts import GraphQLParts
from core.plugins import Plugins
from core.settings import Settings
from schema import Context, Row, computed
from schema.http.app import serving


def labels(_context: Context, rows: Sequence[Row]) -> list[str]:
    return [f"{row['name']} ({row['business_number']})" for row in rows]


def lines(_context: Context, rows: Sequence[Row]) -> list[str]:
    return [f"{row['effective_on']} {row['amount']:+,d}" for row in rows]


@strawberry.type
class OrganizationLabel:
    """A label of each organization."""

    label: str = computed("표시명 · Its name with its number.", needs=("name", "business_number"), by=labels)


@strawberry.type
class EntryLine:
    """A line of each entry."""

    line: str = computed("줄 · The day and the amount.", needs=("effective_on", "amount"), by=lines)


class Labels:
    """The plugin."""

    @hookimpl
    def register_graphql(self) -> GraphQLParts:
        return GraphQLParts(extends={"Organization": (OrganizationLabel,), "Entry": (EntryLine,)})


if __name__ == "__main__":
    settings = Settings()
    uvicorn.run(
        serving(settings, Plugins.installed({"labels": Labels()})),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )

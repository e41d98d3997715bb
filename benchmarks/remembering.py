"""Dure, but a token is looked up once and then remembered: the difference is what the lookup costs. Not for use."""

from __future__ import annotations

from typing import Any

import uvicorn

import schema.http.request as request
from core.plugins import Plugins
from core.settings import Settings
from schema.http.app import serving

known: dict[str, Any] = {}
look_up = request._actor


async def remembered(asked: Any, house: Any, *, changes: bool) -> Any:
    token = asked.headers.get("authorization", "")
    if token not in known:
        known[token] = await look_up(asked, house, changes=changes)
    return known[token]


request._actor = remembered

if __name__ == "__main__":
    settings = Settings()
    uvicorn.run(
        serving(settings, Plugins.installed()),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        server_header=False,
    )

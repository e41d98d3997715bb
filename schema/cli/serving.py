"""Serving: the database first, then the demo, then uvicorn, and the addresses on the screen."""

from __future__ import annotations

import uvicorn
from rich.console import Console

from core.house import House
from core.parts import DemoSignIn
from core.plugins import Plugins
from core.settings import Settings
from schema.cli.demo import load_demo, print_sign_ins
from schema.cli.house import with_house
from schema.http.app import serving


def run(settings: Settings, plugins: Plugins, *, demo: bool, console: Console) -> None:
    """Serve until told to stop. Raises `Misdeclared` before anything is touched when a plugin is broken."""
    app = serving(settings, plugins)

    async def prepare(house: House) -> tuple[DemoSignIn, ...]:
        return await load_demo(house) if demo else ()

    sign_ins = with_house(prepare, settings)
    base = f"http://{settings.host}:{settings.port}"
    console.print(f"[bold]두레 Dure[/bold]  {base}")
    console.print(f"  탐색기 · explorer   {base}/")
    console.print(f"  GraphQL            {base}/graphql")
    console.print(f"  확인 · verify       {base}/verify/" + "{number}")
    print_sign_ins(sign_ins, console)
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning", server_header=False)

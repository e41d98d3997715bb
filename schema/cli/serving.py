"""Serving: the database first, then the demo, then uvicorn, and the addresses on the screen."""

from __future__ import annotations

import gc
import logging
import os
import socket
from functools import partial
from types import FrameType
from typing import Any, cast

import typer
import uvicorn

from core.house import House
from core.parts import DemoSignIn
from core.plugins import Plugins
from core.settings import Settings
from core.watch.logs import Logs
from schema.cli.demo import load_demo, print_sign_ins
from schema.cli.house import with_house
from schema.cli.screen import bad, screen, strong
from schema.http.app import serving
from schema.http.front import Front
from schema.http.protocol import Protocol

OTHER_FILES = 200  # beside connections: files, listeners, pipes
log = logging.getLogger(__name__)


def require_free_port(settings: Settings) -> None:
    """End the command with 3 when nobody could listen there: before a database is started for nothing."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as listening:
            if os.name == "posix":  # elsewhere it would let two listen at once
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(1)
    except OSError as error:
        screen().line(
            bad(f"{settings.host}:{settings.port} 에서 들을 수 없습니다 · cannot listen there:"),
            f" {error.strerror or error}. --port 또는 · or DURE_PORT",
        )
        raise typer.Exit(3) from None


class Server(uvicorn.Server):
    """Told to stop, it takes nothing new and finishes what is under way; told again, it stops at once."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        log.info("told to stop by signal %d%s", sig, " again: stopping at once" if self.should_exit else "")
        self.force_exit = self.should_exit
        self.should_exit = True


def allow_connections(settings: Settings) -> None:
    """Raise the limit of open files, which connections are, as far as the system lets us; say so when it is too low."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    needed = settings.max_connections + settings.pool_size + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < needed:
        log.warning(
            "the system allows %d open files, but %d connections need %d: raise the limit (ulimit -n) or lower"
            " DURE_MAX_CONNECTIONS",
            allowed,
            settings.max_connections,
            needed,
        )


def configuration(app: Front, settings: Settings) -> uvicorn.Config:
    """How the application is served. What is logged is logged by Dure."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=cast(Any, partial(Protocol, guard=app.guard)),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),  # else whoever asks could name any address as its own
        forwarded_allow_ips=settings.trusted_proxies or "",
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


def run(settings: Settings, plugins: Plugins, *, demo: bool) -> None:
    """Serve until told to stop. Raises `Misdeclared` before anything is touched when a plugin is broken."""
    logs = Logs.of(settings)
    app = serving(settings, plugins, access=logs.access())

    async def prepare(house: House) -> tuple[DemoSignIn, ...]:
        return await load_demo(house) if demo else ()

    sign_ins = with_house(prepare, settings)
    base = f"http://{settings.host}:{settings.port}"
    screen().line(strong("두레 Dure"), f"  {base}")
    screen().line(f"  탐색기 · explorer   {base}/")
    screen().line(f"  GraphQL            {base}/graphql")
    screen().line(f"  확인 · verify       {base}/verify/" + "{number}")
    print_sign_ins(sign_ins)
    logs.take_over()
    allow_connections(settings)
    server = Server(configuration(app, settings))
    gc.collect()
    gc.freeze()  # what is there now stays as long as the process: nobody need look through it again
    log.info("serving at %s", base)
    server.run()
    if not server.started:
        raise typer.Exit(3)
    log.info("stopped")

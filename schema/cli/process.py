"""The process of a command: how it ends. What whoever runs it can mend is one line, and never a traceback."""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType
from typing import NoReturn

import asyncpg
import typer
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, DBAPIError

from core.backup import BackupFailed
from core.database.embedded.folder import FolderUnusable
from core.database.login import LoginRefused
from core.errors import DureError, Misdeclared, Refused
from core.migrations import NewerDatabase
from core.personal import KeysUnusable
from core.plugins import Plugins
from core.settings import Settings
from core.watch.memory import return_large_pieces
from core.watch.redaction import Redaction
from schema.cli.app import add_plugin_commands, app
from schema.cli.screen import bad, screen, visible
from schema.cli.settings import warn_of_unknown

REFUSED, UNUSABLE, INTERRUPTED, TERMINATED = 1, 2, 130, 143
# What PostgreSQL says to whom it does not let in, and what asyncpg says when there is no way to it.
UNREACHABLE = (
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,
    ArgumentError,
)


def main() -> None:
    """What the command runs. It ends with one of the codes that `dure --help` lists."""
    for stream in (sys.stdout, sys.stderr):  # a terminal that cannot show a letter is shown its number
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    _log_visibly()
    return_large_pieces()
    signal.signal(signal.SIGTERM, _terminated)
    try:
        warn_of_unknown()
        add_plugin_commands(app, Plugins.installed())
        code = app(standalone_mode=False, prog_name="dure")
    except typer.Exit as error:
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _end("중단 · interrupted", code=INTERRUPTED)
    except typer.TyperException as error:
        _usage(error)
    except Exception as error:
        _end_for(error)
    raise SystemExit(code if isinstance(code, int) else 0)


def _end_for(error: Exception) -> NoReturn:
    """End for what is expected to go wrong; raise what is not."""
    match error:
        case BackupFailed():
            _end("백업 · backup:", str(error))
        case Misdeclared():
            _end("Dure cannot start:", str(error))
        case NewerDatabase():
            _end("데이터베이스 · database:", error.text.both)
        case KeysUnusable():
            _end("개인정보 키 · personal keys:", str(error))
        case Refused():
            said = "; ".join(f"{each.code} {each.message.both}" for each in error.violations)
            _end("거절 · refused:", said, code=REFUSED)
        case FolderUnusable():
            _end("내장 데이터베이스 · embedded database:", str(error))
        case LoginRefused():
            _end("데이터베이스 로그인 · database login:", str(error))
        case DureError():
            _end("Dure:", str(error))
        case ValidationError() if error.title == Settings.__name__:
            said = "; ".join(f"{_variable(each['loc'])}: {each['msg']}" for each in error.errors())
            _end("설정 · settings:", said)
        case DBAPIError() if isinstance(cause := _cause(error), UNREACHABLE):  # by way of a migration
            _end("데이터베이스 · database:", _line(cause))
        case _ if isinstance(error, UNREACHABLE):
            _end("데이터베이스 · database:", _line(error))
        case OSError():
            what = "파일 · file:" if error.filename is not None else "데이터베이스 · database:"
            _end(what, _line(error))
        case _:
            raise error


def _usage(error: typer.TyperException) -> NoReturn:
    context = getattr(error, "ctx", None)
    if context is not None:
        screen(stderr=True).line(f"{context.command_path} --help")
    _end("사용법 · usage:", error.format_message(), code=error.exit_code)


def _end(what: str, says: str = "", *, code: int = UNUSABLE) -> NoReturn:
    screen(stderr=True).line(bad(what), f" {Redaction()(_flat(says))}" if says else "")
    raise SystemExit(code) from None


def _cause(error: DBAPIError) -> BaseException | None:
    return error.orig.__cause__ if error.orig is not None else None


def _variable(place: tuple[int | str, ...]) -> str:
    return f"DURE_{str(place[0]).upper()}" if place else "DURE_*"


def _line(error: BaseException) -> str:
    """What an error says, on one line."""
    return _flat(str(error)) or type(error).__name__


def _flat(text: str) -> str:
    return " ".join(text.split())


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    """Told to stop, a command undoes what it has begun, as it does after Ctrl-C."""
    raise SystemExit(TERMINATED)


class _Visible(logging.Formatter):
    """What is logged beside a command, on one line unless it is a traceback."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return visible(super().formatMessage(record))


def _log_visibly() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Visible("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])

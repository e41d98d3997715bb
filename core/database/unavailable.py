"""What is raised when the database cannot be reached, and when nobody knows whether a change was stored."""

from __future__ import annotations

import asyncpg

# states in which PostgreSQL has ended, or is about to end, a connection: class 08, and parts of class 57
ENDED = frozenset({"57P01", "57P02", "57P03", "57P05"})

CLOSED_SAID = ("is closed", "is closing")  # by the driver, of a connection; whatever else it says is our fault


class DatabaseUnavailable(asyncpg.InterfaceError):  # type: ignore[misc]
    """No connection could be had, or it was lost before the change was committed: nothing was stored."""


class OutcomeUnknown(DatabaseUnavailable):
    """The connection was lost while a change was being committed: it may have been stored, or not."""


def is_lost(error: BaseException) -> bool:
    """Whether an error says that the connection it came over is gone."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state.startswith("08") or state in ENDED
    if isinstance(error, asyncpg.InterfaceError):
        return isinstance(error, DatabaseUnavailable) or any(said in str(error) for said in CLOSED_SAID)
    return isinstance(error, (OSError, asyncpg.InternalClientError))  # the latter: PostgreSQL's farewell is unread yet

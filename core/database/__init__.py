"""The one way to PostgreSQL: a pool of asyncpg connections, statements written in SQLAlchemy Core, one dialect.

Tables are declared as SQLModel classes; statements over them are compiled once and run by asyncpg directly. What must
never happen is refused by PostgreSQL itself, so a program error cannot make it happen.
"""

from core.database.connection import Database, Prepared, Statement, Transaction, Utf8, any_of, plain_url, table_of
from core.database.embedded import embedded_url
from core.database.unavailable import DatabaseUnavailable, OutcomeUnknown

__all__ = [
    "Database",
    "DatabaseUnavailable",
    "OutcomeUnknown",
    "Prepared",
    "Statement",
    "Transaction",
    "Utf8",
    "any_of",
    "embedded_url",
    "plain_url",
    "table_of",
]

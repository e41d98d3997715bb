"""The queue's tables are as the installed pgqueuer wants them, and the application may do with them what it must."""

from __future__ import annotations

import asyncpg
import pytest
from pgqueuer.adapters.persistence.queries import Queries

from core.house import House
from tests.support.ledger import as_owner


async def test_the_migrated_tables_are_those_the_queue_declares(house: House) -> None:
    async with as_owner(house) as connection:
        plan = await Queries.from_asyncpg_connection(connection).plan_upgrade()
    assert list(plan.statements) == [], "pgqueuer has changed its tables: write a migration"


async def test_the_application_may_not_touch_what_it_does_not_use(house: House) -> None:
    async with house.database.reading() as tx:
        for statement in ("SELECT * FROM pgqueuer_schedules", "TRUNCATE pgqueuer", "DROP TABLE job"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await tx.connection.execute(statement)

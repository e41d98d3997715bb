"""The database looks as the models say."""

from core.house import House
from core.migrations.metadata import core_tables
from core.migrations.write import difference


async def test_the_migrated_database_and_the_models_agree(house: House) -> None:
    url = house.settings.database_url
    assert url is not None
    assert await difference(url, {table.name for table in core_tables()}) == []


async def test_the_application_acts_as_a_role_that_cannot_write_a_ledger(house: House) -> None:
    async with house.database.reading() as tx:
        assert await tx.connection.fetchval("SELECT current_user") == "dure_app"
        assert not await tx.connection.fetchval("SELECT has_table_privilege('entry', 'INSERT')")

"""By which login the application works, and that nothing of a session is relied on: a pooler shares sessions."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import pytest

from core.database import Database
from core.database.login import DEFAULTS, LoginRefused, application_url, login_of, require_no_more, statements_for
from core.migrations import migrate, require_declared_rights
from core.migrations.rights import declared_rights
from core.plugins import Plugins
from tests.support import databases
from tests.support.pooler import pooled

NOT_FOR_THE_APPLICATION = (
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "SET session_replication_role = replica",
    "CREATE TABLE public.mine (id int)",
    "CREATE TEMPORARY TABLE account (id int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION public.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE ROLE mine",
    "ALTER ROLE dure_app SUPERUSER",
    "GRANT postgres TO dure_app",
    "COPY account TO '/tmp/account'",
    "COPY organization FROM PROGRAM 'true'",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_read_file('/etc/passwd')",
    "DO $$ BEGIN EXECUTE 'ALTER TABLE account DISABLE TRIGGER ALL'; END $$",
    "CREATE TRIGGER mine AFTER INSERT ON organization FOR EACH ROW EXECUTE FUNCTION await_seal()",
    "CREATE RULE mine AS ON UPDATE TO organization DO ALSO NOTHING",
    "LOCK TABLE account IN ACCESS EXCLUSIVE MODE",
    "ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT ALL ON TABLES TO dure_app",
)


@pytest.fixture
async def application(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A bare session by the application's login."""
    connection = await asyncpg.connect(database_url, statement_cache_size=0)
    yield connection
    await connection.close()


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


async def another_login(owner: asyncpg.Connection, name: str, *statements: str) -> None:
    """A login of this name, made by these statements; whatever had the name before is gone."""
    await owner.execute(f"DROP ROLE IF EXISTS {name}")
    await owner.execute(f"CREATE ROLE {name} LOGIN; " + "; ".join(each.format(name) for each in statements))


def by(url: str, login: str) -> str:
    return url.replace("//dure_app@", f"//{login}@", 1)


async def test_the_login_itself_is_the_application(application: asyncpg.Connection) -> None:
    """No statement of a session makes it so, and none undoes it."""
    for statement in ("SELECT 1", "RESET ROLE", "SET ROLE NONE", "RESET ALL", "DISCARD ALL"):
        await application.execute(statement)
        row = await application.fetchrow("SELECT session_user, current_user, current_setting('timezone')")
        assert tuple(row) == ("dure_app", "dure_app", "Asia/Seoul"), statement
        assert str(await application.fetchval("SELECT '2026-01-01 23:30+00'::timestamptz::date")) == "2026-01-02"


async def test_the_login_can_neither_become_more_nor_make_anything(application: asyncpg.Connection) -> None:
    refusals = (
        asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError, asyncpg.InvalidGrantOperationError
    )  # fmt: skip
    for statement in NOT_FOR_THE_APPLICATION:
        with pytest.raises(refusals):
            async with application.transaction():
                await application.execute(statement)


async def test_each_table_may_be_used_as_declared_and_no_further(
    application: asyncpg.Connection, installed: Plugins
) -> None:
    """Tried, not looked up: every statement on every table there is."""
    declared = declared_rights(installed.tables)
    tables = await application.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    assert {row["name"] for row in tables} == declared.keys()
    for (name,) in tables:
        column = await application.fetchval(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum LIMIT 1",
            name,
        )
        tried = {
            "SELECT": f'SELECT 1 FROM "{name}" LIMIT 0',
            "INSERT": f'INSERT INTO "{name}" OVERRIDING SYSTEM VALUE SELECT * FROM "{name}" WHERE false',
            "UPDATE": f'UPDATE "{name}" SET "{column}" = DEFAULT WHERE false',
            "DELETE": f'DELETE FROM "{name}" WHERE false',
            "TRUNCATE": f'TRUNCATE "{name}" CASCADE',
            "TRIGGER": f'CREATE TRIGGER mine AFTER INSERT ON "{name}" EXECUTE FUNCTION refuse_change()',
            "REFERENCES": f'ALTER TABLE "{name}" ADD COLUMN mine int',
            "DROP": f'DROP TABLE "{name}"',
        }
        found = set()
        for verb, statement in tried.items():
            try:
                async with application.transaction():
                    await application.execute(statement)
                found.add(verb)
            except asyncpg.InsufficientPrivilegeError:
                pass
        assert found == declared[name], name


async def test_a_table_that_nobody_declares_is_not_the_applications(
    application: asyncpg.Connection, owner: asyncpg.Connection, owner_url: str, installed: Plugins
) -> None:
    await owner.execute("CREATE TABLE elsewhere (id int); GRANT ALL ON elsewhere TO dure_app")
    with pytest.raises(LoginRefused, match="on elsewhere"):
        await require_declared_rights(application, installed.tables)
    await migrate(owner_url, installed.tables)
    await require_declared_rights(application, installed.tables)


@pytest.mark.parametrize("granted", ["UPDATE ON account", "UPDATE (amount) ON entry", "TRUNCATE ON audit_event"])
async def test_a_right_more_than_declared_is_found_and_taken_back(
    application: asyncpg.Connection, owner: asyncpg.Connection, owner_url: str, installed: Plugins, granted: str
) -> None:
    await require_declared_rights(application, installed.tables)
    await owner.execute(f"GRANT {granted} TO dure_app")
    with pytest.raises(LoginRefused):
        await require_declared_rights(application, installed.tables)
    await migrate(owner_url, installed.tables)
    await require_declared_rights(application, installed.tables)


async def test_functions_are_the_applications_alone_and_those_of_triggers_nobodys(owner: asyncpg.Connection) -> None:
    wrong = await owner.fetch(
        "SELECT p.oid::regprocedure::text AS name FROM pg_proc p WHERE pronamespace = 'public'::regnamespace"
        " AND (has_function_privilege('dure_app', p.oid, 'EXECUTE') = (prorettype = 'trigger'::regtype)"
        "   OR EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0))"
    )
    assert [row["name"] for row in wrong] == []


async def test_what_runs_as_the_owner_finds_no_table_of_anybody_elses(owner: asyncpg.Connection) -> None:
    """Else a temporary table `account` would stand before the ledger's."""
    found = await owner.fetch(
        "SELECT proname, array_to_string(proconfig, ',') AS settings FROM pg_proc"
        " WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    assert len(found) > 10
    assert {row["settings"] for row in found} == {"search_path=pg_catalog, public, pg_temp"}


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        ("dure_test_stranger", []),
        ("dure_test_member", ["GRANT dure_app TO {}"]),  # has the rights, but is not the role by default
        ("dure_test_superuser", ["ALTER ROLE {} SUPERUSER"]),
    ],
)
async def test_a_login_that_is_not_the_application_opens_no_database(
    database_url: str, owner: asyncpg.Connection, name: str, statements: list[str]
) -> None:
    await another_login(owner, name, *statements)
    try:
        with pytest.raises(LoginRefused, match=f"logs in as {name} and acts as {name}"):
            await Database.connect(by(database_url, name))
    finally:
        await owner.execute(f"DROP ROLE {name}")


@pytest.mark.parametrize(
    ("more", "becomes"),
    [
        ("GRANT postgres TO {}", "postgres"),
        ("ALTER ROLE {} SUPERUSER", "dure_test_more"),
        ("ALTER ROLE {} CREATEROLE", "dure_test_more"),
        ("ALTER ROLE {} REPLICATION", "dure_test_more"),
        ("GRANT pg_write_all_data TO {}", "pg_write_all_data"),
        ("GRANT pg_execute_server_program TO {}", "pg_execute_server_program"),
    ],
)
async def test_a_login_that_can_become_more_than_the_application_is_refused(
    database_url: str, owner: asyncpg.Connection, more: str, becomes: str
) -> None:
    """Its role by default is the application's, and it could leave that any time."""
    name = "dure_test_more"
    await another_login(owner, name, "GRANT dure_app TO {}", "ALTER ROLE {} SET role = dure_app", more)
    connection = await asyncpg.connect(by(database_url, name))
    try:
        assert await connection.fetchval("SELECT current_user") == "dure_app"
        with pytest.raises(LoginRefused, match=f"The login {name} of DURE_DATABASE_URL can become {becomes}"):
            await require_no_more(connection)
    finally:
        await connection.close()
        await owner.execute(f"DROP ROLE {name}")


async def test_a_login_of_another_name_whose_role_is_the_applications_will_do(
    database_url: str, owner: asyncpg.Connection, installed: Plugins
) -> None:
    name = "dure_test_other"
    await owner.execute(f"DROP ROLE IF EXISTS {name}")
    for statement in statements_for(name, None):
        await owner.execute(statement)
    database = await Database.connect(by(database_url, name), size=1)
    try:
        async with database.reading() as tx:
            assert await tx.connection.fetchval("SELECT current_user") == "dure_app"
            await require_no_more(tx.connection)
            await require_declared_rights(tx.connection, installed.tables)
    finally:
        await database.close()
        await owner.execute(f"DROP ROLE {name}")


async def test_a_login_without_its_defaults_is_told_the_statement_that_is_missing(
    database_url: str, owner: asyncpg.Connection
) -> None:
    name = "dure_test_utc"
    await another_login(owner, name, "GRANT dure_app TO {}", "ALTER ROLE {} SET role = dure_app")
    try:
        with pytest.raises(LoginRefused, match=f"ALTER ROLE {name} SET timezone = 'Asia/Seoul'"):
            await Database.connect(by(database_url, name))
    finally:
        await owner.execute(f"DROP ROLE {name}")


async def test_whoever_migrates_makes_the_login_that_is_not_there(
    owner: asyncpg.Connection, owner_url: str, installed: Plugins
) -> None:
    name, password = "dure_test_made", "비밀 p@ss/word"
    await owner.execute(f"DROP ROLE IF EXISTS {name}")
    url = re.sub("//postgres:?@", f"//{name}:%EB%B9%84%EB%B0%80%20p%40ss%2Fword@", owner_url)
    assert login_of(url) == (name, password)
    try:
        await migrate(owner_url, installed.tables, url)
        secret = await owner.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = $1", name)
        assert secret.startswith("SCRAM-SHA-256$4096:")
        database = await Database.connect(url, size=1)
        await database.close()
        await migrate(owner_url, installed.tables, url.replace("p%40ss", "other"))
        assert await owner.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = $1", name) == secret
    finally:
        await owner.execute(f"DROP ROLE {name}")


async def test_nothing_of_a_session_is_relied_on(database_url: str) -> None:
    """Many clients on three sessions."""
    async with pooled(database_url, sessions=3) as (url, pooler):
        database = await Database.connect(url, size=8)
        try:

            async def work(number: int) -> None:
                async with database.transaction() as tx:
                    before = await tx.connection.fetchval("SELECT current_user || ' ' || current_setting('timezone')")
                    assert before == "dure_app Asia/Seoul"
                    await tx.connection.fetch("SELECT $1::jsonb, $2::date", {"a": number}, date(2026, 1, 1))
                row = await database.row("SELECT count(*) AS n, $1::text AS text FROM account", f"text {number}")
                assert row is not None and row["text"] == f"text {number}"
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await database.row("UPDATE account SET posted = posted RETURNING 1")
                async with database.transaction() as tx:
                    cursor = await tx.cursor("SELECT n FROM generate_series(1, $1::int) AS n", 25)
                    assert len(await cursor.fetch(20)) == 20 and len(await cursor.fetch(20)) == 5

            await asyncio.gather(*(work(number) for number in range(60)))
        finally:
            await database.close()
        assert pooler.served > 180 and pooler.opened == 3


async def test_behind_a_pooler_whoever_shares_the_sessions_gets_them_as_they_came(database_url: str) -> None:
    state = (
        "SELECT current_user, (SELECT array_agg(name || '=' || setting ORDER BY name) FROM pg_settings"
        " WHERE source NOT IN ('default', 'override', 'configuration file', 'command line')) AS settings,"
        " (SELECT count(*) FROM pg_prepared_statements WHERE name <> '') AS prepared,"
        " (SELECT count(*) FROM pg_listening_channels()) AS channels,"
        " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') AS locks"
    )
    async with pooled(database_url, sessions=1) as (url, _):
        other = await asyncpg.connect(url, statement_cache_size=0)
        before = tuple(await other.fetchrow(state))
        database = await Database.connect(url, size=2)
        async with database.transaction() as tx:
            await tx.connection.fetch("SELECT * FROM pgqueuer")  # a type of its own, which the driver looks up
        await database.close()
        assert tuple(await other.fetchrow(state)) == before
        await other.close()


async def test_the_owner_behind_a_pooler_is_refused(owner_url: str) -> None:
    async with pooled(owner_url, sessions=2) as (url, _):
        with pytest.raises(LoginRefused, match="logs in as postgres and acts as postgres"):
            await Database.connect(url)


def test_every_default_is_one_that_a_login_can_have() -> None:
    assert {*DEFAULTS} == {"timezone", "search_path", "jit"}
    assert (
        application_url("postgresql://postgres:x@h:5/d?host=%2Frun&user=a") == "postgresql://dure_app@h:5/d?host=/run"
    )
    assert databases.addresses("postgresql://o:p@h/d")["DURE_OWNER_URL"] == "postgresql://o:p@h/d"

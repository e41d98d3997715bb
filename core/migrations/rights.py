"""What the application may do to each table, declared once: granted by `migrate`, checked at every start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import asyncpg

from core.database import table_of
from core.database.login import APPLICATION_ROLE, LoginRefused
from core.language import Text
from core.migrations.login import make_login
from core.migrations.metadata import (
    APPEND_ONLY_TABLES,
    LEDGER_TABLES,
    QUEUE_TABLES,
    SEAL_TABLES,
    UNUSED_TABLES,
    core_tables,
)
from core.parts import Tables

READS = frozenset({"SELECT"})
APPENDS = READS | {"INSERT"}
CHANGES = APPENDS | {"UPDATE", "DELETE"}
NOTHING: frozenset[str] = frozenset()
PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")

MORE_THAN_DECLARED = Text(
    "데이터베이스 로그인이 표 {table}에 {privileges} 권한을 더 가지고 있습니다. 소유자로 dure migrate를 실행하세요.",
    "The login has more rights than it may have: {privileges} on {table}. Run dure migrate as the owner.",
)
ROUTINES = """
SELECT p.oid::regprocedure::text AS name, prorettype IN ('trigger'::regtype, 'event_trigger'::regtype) AS fires
FROM pg_proc p
WHERE pronamespace = 'public'::regnamespace AND pg_has_role(proowner, 'USAGE') AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
"""
TABLES = """
SELECT relname AS name FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_has_role(relowner, 'USAGE')
"""
SEQUENCES = """
SELECT s.relname AS name, t.relname AS of FROM pg_class s
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
    AND d.refclassid = 'pg_class'::regclass
LEFT JOIN pg_class t ON t.oid = d.refobjid
WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace AND pg_has_role(s.relowner, 'USAGE')
"""
HELD = """
SELECT c.relname AS name, p.privilege
FROM pg_class c CROSS JOIN unnest($1::text[]) AS p(privilege)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND EXISTS (
    SELECT FROM (VALUES (session_user), (current_user)) AS me(name)
    WHERE has_table_privilege(me.name, c.oid, p.privilege)
        OR p.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
            AND has_any_column_privilege(me.name, c.oid, p.privilege))
"""


def declared_rights(tables: Sequence[Tables] = ()) -> Mapping[str, frozenset[str]]:
    """Each table and what the application may do to it. A table nobody declares is not the application's at all."""
    names = {table.name for table in core_tables()} | QUEUE_TABLES
    names |= {table_of(model).name for part in tables for model in part.models}
    append_only = APPEND_ONLY_TABLES | {table_of(model).name for part in tables for model in part.append_only}
    rights = dict.fromkeys(names, CHANGES)
    rights |= dict.fromkeys(append_only, APPENDS)
    rights |= dict.fromkeys(LEDGER_TABLES | SEAL_TABLES | {"alembic_version"}, READS)
    return rights | dict.fromkeys(UNUSED_TABLES, NOTHING)


async def set_rights(
    connection: asyncpg.Connection, tables: Sequence[Tables] = (), application_url: str | None = None
) -> None:
    """As the owner, in a transaction: the application's role has what is declared, and nobody else anything."""
    await make_login(connection, application_url)
    declared = declared_rights(tables)
    database = await connection.fetchval("SELECT quote_ident(current_database())")
    grants = [
        f"REVOKE CREATE ON SCHEMA public FROM PUBLIC, {APPLICATION_ROLE}",
        f"GRANT USAGE ON SCHEMA public TO {APPLICATION_ROLE}",
        f"REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC, {APPLICATION_ROLE}",
    ]
    for row in await connection.fetch(TABLES):
        verbs = ", ".join(sorted(declared.get(row["name"], NOTHING)))
        grants.append(f'REVOKE ALL ON "{row["name"]}" FROM PUBLIC, {APPLICATION_ROLE}')
        if verbs:
            grants.append(f'GRANT {verbs} ON "{row["name"]}" TO {APPLICATION_ROLE}')
    for row in await connection.fetch(SEQUENCES):
        grants.append(f'REVOKE ALL ON SEQUENCE "{row["name"]}" FROM PUBLIC, {APPLICATION_ROLE}')
        if "INSERT" in declared.get(row["of"], NOTHING):
            grants.append(f'GRANT USAGE ON SEQUENCE "{row["name"]}" TO {APPLICATION_ROLE}')
    for row in await connection.fetch(ROUTINES):
        # A function that a trigger runs needs no right to run; with it, the function could be put on another table.
        grants.append(f"REVOKE ALL ON ROUTINE {row['name']} FROM PUBLIC, {APPLICATION_ROLE}")
        if not row["fires"]:
            grants.append(f"GRANT EXECUTE ON ROUTINE {row['name']} TO {APPLICATION_ROLE}")
    await connection.execute(";\n".join(grants))


async def require_declared_rights(connection: asyncpg.Connection, tables: Sequence[Tables] = ()) -> None:
    """As the application: raises `LoginRefused` when it may do more to a table than is declared."""
    declared = declared_rights(tables)
    more: dict[str, list[str]] = {}
    for row in await connection.fetch(HELD, PRIVILEGES):
        if row["privilege"] not in declared.get(row["name"], NOTHING):
            more.setdefault(row["name"], []).append(row["privilege"])
    for table, privileges in sorted(more.items()):
        raise LoginRefused(MORE_THAN_DECLARED, table=table, privileges=", ".join(sorted(privileges)))

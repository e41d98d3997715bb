"""Making the application's login, where whoever migrates may: its role, its password and its defaults."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import unicodedata

import asyncpg

from core.database.login import (
    APPLICATION_ROLE,
    DEFAULTS,
    LoginRefused,
    default_statement,
    login_of,
    quoted,
    statements_for,
)
from core.language import Text

ITERATIONS = 4096  # as PostgreSQL itself does
NO_ROLE = Text(
    "역할 dure_app이 없고 {user}은(는) 만들 수 없습니다. 관리자가 실행하세요: {statements} (docs/operators.md)",
    "There is no role dure_app, and {user} may not make it. Let an administrator run: {statements} (docs/operators.md)",
)
NEVER_MIND = "EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL; END $$"
MAKE_ROLE = (f"DO $$ BEGIN CREATE ROLE {APPLICATION_ROLE} NOLOGIN; {NEVER_MIND}",)
IS_THERE = "SELECT rolcanlogin FROM pg_roles WHERE rolname = $1"
IS_OURS = "SELECT pg_has_role($1, $2, 'MEMBER') AND NOT pg_has_role($1, current_user, 'MEMBER')"
DEFAULTS_OF = """
SELECT split_part(line, '=', 1) AS setting, substr(line, strpos(line, '=') + 1) AS value
FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS line
WHERE r.rolname = $1 AND s.setdatabase = 0
"""
# Somebody else did the same at the same moment, or this user may not: what is there then is looked at afterwards.
LEFT_TO_OTHERS = (
    asyncpg.DuplicateObjectError,
    asyncpg.UniqueViolationError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InternalServerError,  # "tuple concurrently updated"
)


async def make_login(connection: asyncpg.Connection, application_url: str | None) -> None:
    """As the owner, in a transaction: the application's role, and the login of `application_url` when there is none.

    A login that is there keeps its password. Raises `LoginRefused` when there is no role and this user may not make it.
    """
    login, password = login_of(application_url) if application_url else (None, None)
    secret = f" PASSWORD '{scram_secret(password)}'" if password else ""
    if await connection.fetchval(IS_THERE, APPLICATION_ROLE) is None:
        await _try(connection, f"CREATE ROLE {APPLICATION_ROLE} NOLOGIN")
    if login == APPLICATION_ROLE and await connection.fetchval(IS_THERE, login) is False:
        await _try(connection, f"ALTER ROLE {login} LOGIN{secret}")
    elif login is not None and await connection.fetchval(IS_THERE, login) is None:
        await _try(
            connection, f"CREATE ROLE {quoted(login)} LOGIN{secret}; GRANT {APPLICATION_ROLE} TO {quoted(login)}"
        )
    if await connection.fetchval(IS_THERE, APPLICATION_ROLE) is None:
        user = await connection.fetchval("SELECT current_user")
        statements = statements_for(APPLICATION_ROLE, "…")
        raise LoginRefused(NO_ROLE, user=user, statements="; ".join(statements))
    if login is not None and await connection.fetchval(IS_THERE, login):
        await _set_defaults(connection, login)


async def _set_defaults(connection: asyncpg.Connection, login: str) -> None:
    """Its defaults, where they differ: of the application's logins only, never of the owner's own."""
    if not await connection.fetchval(IS_OURS, login, APPLICATION_ROLE):
        return
    found = {row["setting"].lower(): row["value"] for row in await connection.fetch(DEFAULTS_OF, login)}
    for setting, wanted in DEFAULTS.items():
        if found.get(setting) != wanted:
            await _try(connection, default_statement(login, setting))
    if login != APPLICATION_ROLE and found.get("role") != APPLICATION_ROLE:
        await _try(connection, f"ALTER ROLE {quoted(login)} SET role = '{APPLICATION_ROLE}'")


async def _try(connection: asyncpg.Connection, statement: str) -> None:
    """Run it, in a savepoint, or leave it to who may."""
    try:
        async with connection.transaction():
            await connection.execute(statement)
    except LEFT_TO_OTHERS:
        pass


def scram_secret(password: str) -> str:
    """What PostgreSQL keeps of a password (RFC 5803), made here: the password reaches no statement and no log."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", unicodedata.normalize("NFKC", password).encode(), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    encoded = [base64.b64encode(each).decode() for each in (salt, stored, server)]
    return f"SCRAM-SHA-256${ITERATIONS}:{encoded[0]}${encoded[1]}:{encoded[2]}"


__all__ = ["MAKE_ROLE", "make_login", "scram_secret"]

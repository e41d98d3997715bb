"""The application's login: who it is, what it must not be able to become, and the defaults PostgreSQL gives it.

Nothing here depends on the state of a session. A transaction pooler hands every transaction to another session, so a
role or a time zone that was set on one is lost on the next, and leaks to whoever gets that session.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, unquote, urlencode, urlsplit, urlunsplit

import asyncpg

from core.errors import DureError
from core.language import Text

APPLICATION_ROLE = "dure_app"
TIME_ZONE = "Asia/Seoul"
# What PostgreSQL gives the login when it connects. The driver switches `jit` off by itself where it is on.
DEFAULTS: Mapping[str, str] = {"timezone": TIME_ZONE, "search_path": "public, pg_temp", "jit": "off"}

NOT_THE_ROLE = Text(
    "DURE_DATABASE_URL은 {login}(으)로 로그인해 {current}(으)로 일합니다. Dure는 dure_app으로만 일합니다.",
    "DURE_DATABASE_URL logs in as {login} and acts as {current}. Dure serves as dure_app only.",
)
TOO_MIGHTY = Text(
    "DURE_DATABASE_URL의 로그인 {login}이(가) {becomes}이(가) 될 수 있습니다. 애플리케이션의 로그인은 dure_app의 권한만"
    " 가져야 합니다.",
    "The login {login} of DURE_DATABASE_URL can become {becomes}. The application's login must have no rights but those"
    " of dure_app.",
)
DEFAULT_MISSING = Text(
    "DURE_DATABASE_URL의 로그인 {login}의 기본값 {setting}이(가) {found}입니다. {wanted}이어야 합니다: {statement}",
    "The default {setting} of the login {login} in DURE_DATABASE_URL is {found}. It must be {wanted}: {statement}",
)
NO_APPLICATION = Text(
    "DURE_OWNER_URL만 있습니다. 같은 데이터베이스를 dure_app의 로그인으로 DURE_DATABASE_URL에 지정하세요.",
    "Only DURE_OWNER_URL is set. Set DURE_DATABASE_URL to the same database by the login of dure_app.",
)
NEEDS_OWNER = Text(
    "이 명령에는 데이터베이스 소유자의 로그인이 필요합니다. DURE_OWNER_URL에 지정하세요.",
    "This command needs the login of the database's owner. Set DURE_OWNER_URL to it.",
)
HOW = Text(
    "DURE_DATABASE_URL에는 dure_app의 로그인을, DURE_OWNER_URL에는 소유자의 로그인을 지정하고 dure migrate를"
    " 실행하세요."
    " 로그인은 관리자가 만듭니다: {statements} (docs/operators.md)",
    "Set DURE_DATABASE_URL to the login of dure_app and DURE_OWNER_URL to the owner's, and run dure migrate. An"
    " administrator makes the login: {statements} (docs/operators.md)",
)

IDENTITY = (
    "SELECT session_user AS login, current_user AS current, current_setting('timezone') AS timezone,"
    " current_setting('search_path') AS search_path, current_setting('jit') AS jit, pg_backend_pid() AS pid"
)
# Every role that owns something here, or may do more than rows and functions allow, and that this login can become.
MIGHT = """
SELECT me.rolname AS login, other.rolname AS becomes
FROM pg_roles me CROSS JOIN pg_roles other
WHERE me.rolname IN (session_user, current_user) AND pg_has_role(me.oid, other.oid, 'MEMBER') AND (
    other.rolsuper OR other.rolcreaterole OR other.rolcreatedb OR other.rolreplication OR other.rolbypassrls
    OR other.rolname IN ('pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files',
        'pg_execute_server_program', 'pg_maintain', 'pg_create_subscription')
    OR other.oid IN (
        SELECT datdba FROM pg_database WHERE datname = current_database()
        UNION ALL SELECT nspowner FROM pg_namespace WHERE nspname = 'public'
        UNION ALL SELECT relowner FROM pg_class WHERE relnamespace = to_regnamespace('public')
        UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = to_regnamespace('public')))
ORDER BY me.rolname <> session_user, other.rolname = 'pg_database_owner', other.rolname <> me.rolname, other.rolname
LIMIT 1
"""


class LoginRefused(DureError):
    """The login the application was given is not the application's: it is some other role, or can become one."""

    def __init__(self, text: Text, **values: object) -> None:
        self.text = text.format(values)
        super().__init__(self.text.both)


def refused(text: Text, **values: object) -> LoginRefused:
    """The refusal, and what to do about it."""
    how = HOW.format({"statements": "; ".join(statements_for(APPLICATION_ROLE, "…"))})
    filled = text.format(values)
    return LoginRefused(Text(f"{filled.ko} {how.ko}", f"{filled.en} {how.en}"))


def default_statement(login: str, setting: str) -> str:
    """The statement that gives a login one of its defaults."""
    parts = [part.strip() for part in DEFAULTS[setting].split(",")]
    return f"ALTER ROLE {quoted(login)} SET {setting} = " + ", ".join(f"'{part}'" for part in parts)


def statements_for(login: str, password: str | None) -> list[str]:
    """What an administrator runs to make this login."""
    secret = "" if password is None else f" PASSWORD '{password}'"
    made = [f"CREATE ROLE {quoted(login)} LOGIN{secret}"]
    if login != APPLICATION_ROLE:
        made += [
            f"GRANT {APPLICATION_ROLE} TO {quoted(login)}",
            f"ALTER ROLE {quoted(login)} SET role = '{APPLICATION_ROLE}'",
        ]
    return [*made, *(default_statement(login, setting) for setting in DEFAULTS)]


def quoted(name: str) -> str:
    """A name as SQL reads it."""
    return name if name.isascii() and name.isidentifier() and name.islower() else '"' + name.replace('"', '""') + '"'


def require_application(found: asyncpg.Record) -> None:
    """Raises `LoginRefused` unless a new connection acts as the application, with its defaults. `found`: `IDENTITY`."""
    if found["current"] != APPLICATION_ROLE:
        raise refused(NOT_THE_ROLE, login=found["login"], current=found["current"])
    for setting, wanted in DEFAULTS.items():
        if found[setting] != wanted and setting != "jit":
            raise LoginRefused(
                DEFAULT_MISSING, login=found["login"], setting=setting, found=found[setting] or "''", wanted=wanted,
                statement=default_statement(found["login"], setting),
            )  # fmt: skip


async def require_no_more(connection: asyncpg.Connection) -> None:
    """Raises `LoginRefused` when the login can become an owner, a superuser or a role that may do as much."""
    found = await connection.fetchrow(MIGHT)
    if found is not None:
        raise refused(TOO_MIGHTY, login=found["login"], becomes=found["becomes"])


async def set_own_defaults(connection: asyncpg.Connection) -> None:
    """Give the login the defaults that nobody gave it: every role may set its own. New sessions have them."""
    found = await connection.fetchrow(IDENTITY)
    missing = [setting for setting, wanted in DEFAULTS.items() if found[setting] != wanted]
    if missing:
        login = found["login"]
        statements = ["SET LOCAL ROLE NONE", *(default_statement(login, setting) for setting in missing)]
        async with connection.transaction():
            await connection.execute("; ".join(statements))


def login_of(url: str) -> tuple[str | None, str | None]:
    """The user and the password an address names."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    user, password = (unquote(each) if each else None for each in (parts.username, parts.password))
    return user or asked.get("user", [None])[0], password or asked.get("password", [None])[0]


def application_url(owner_url: str) -> str:
    """The same database by the application's own login, for a server that asks for no password."""
    parts = urlsplit(owner_url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items() if name not in ("user", "password")}
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{APPLICATION_ROLE}@{place}", query=urlencode(query, safe="/")))

"""The data to work on: a PostgreSQL of its own, and organizations with points made by a seeded generator."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from core.actor import Role
from core.database import Database
from core.database.embedded import embedded_url
from core.database.login import application_url
from core.house import House
from core.identity import OrganizationKind, PersonDetails, register_organization
from core.identity.accounts import add_member
from core.identity.business_numbers import check_digit
from core.identity.tokens import mint_token
from core.ledgers import Credit, Earning, earn
from core.migrations import migrate
from core.plugins import Plugins
from core.settings import Settings

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".data" / "bench"
SEED = 20_260_301
PROGRAM, ASSET = "mileage_innovation", "innovation_mileage"
CREDITS = 9  # lines of a transaction, and one of the issuing account: ten entries
SLICE = 1_000  # transactions posted in one statement


@dataclass(frozen=True, slots=True)
class Dataset:
    """A database and what is in it: organizations with ids `first` and following, each with about 18 entries."""

    url: str  # by the application's login
    owner: str  # by the owner's
    name: str
    first: int
    organizations: int
    entries: int
    auditor: str
    operator: str

    def number(self, place: int) -> str:
        return business_number(place % self.organizations + 1)


def business_number(serial: int) -> str:
    head = f"000{serial:06d}"
    return head + str(check_digit(head))


def server_url() -> str:
    """The benchmarks' own PostgreSQL, with the settings it comes with but room for more connections."""
    return embedded_url(FOLDER / "postgres", "postgres", ["max_connections=300"])


def database_url(server: str, name: str) -> str:
    head, _, query = server.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}?{query}"


def new_house(database: Database, url: str, plugins: Plugins) -> House:
    """A house by the application's login."""
    return House(settings=Settings(database_url=url, data_dir=FOLDER), database=database, plugins=plugins)


async def dataset(server: str, plugins: Plugins, organizations: int, entries: int) -> Dataset:
    """Organizations with entries, made once and kept; the tokens are new each time."""
    name = f"bench_{organizations}_{_digest()}"
    url = database_url(server, name)
    admin = await asyncpg.connect(server)
    try:
        if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            for stale in await admin.fetch(
                "SELECT datname FROM pg_database WHERE datname LIKE $1", f"bench\\_{organizations}\\_%"
            ):
                await admin.execute(f'DROP DATABASE "{stale["datname"]}" WITH (FORCE)')
            making = f"making_{organizations}"
            await admin.execute(f'DROP DATABASE IF EXISTS "{making}" WITH (FORCE)')
            await admin.execute(f'CREATE DATABASE "{making}"')
            await _fill(database_url(server, making), plugins, organizations, entries)
            await admin.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
    finally:
        await admin.close()
    return await _described(url, name, plugins)


def _digest() -> str:
    """Of everything the data depends on: this file and the shape of the database."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted((ROOT / "core" / "migrations").rglob("*")):
        if path.suffix in (".py", ".sql"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


async def copy(server: str, source: Dataset, name: str, plugins: Plugins) -> Dataset:
    """The same data in another database, to post to."""
    admin = await asyncpg.connect(server)
    try:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source.name}" STRATEGY FILE_COPY')
    finally:
        await admin.close()
    url = database_url(server, name)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return await _described(url, name, plugins)


async def drop(server: str, name: str) -> None:
    admin = await asyncpg.connect(server)
    try:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await admin.close()


async def _fill(url: str, plugins: Plugins, organizations: int, entries: int) -> None:
    served = application_url(url)
    await migrate(url, plugins.tables, served)
    database = await Database.connect(served, size=2)
    house = new_house(database, served, plugins)
    chance = random.Random(SEED)
    try:
        async with house.work() as work:
            made = await work.tx.connection.fetch(
                "INSERT INTO organization (business_number, name, kind)"
                " SELECT number, name, 'company' FROM unnest($1::text[], $2::text[]) AS g(number, name) RETURNING id",
                [business_number(place + 1) for place in range(organizations)],
                [f"기업 {place}" for place in range(organizations)],
            )
        ids = [row["id"] for row in made]
        assert ids == list(range(ids[0], ids[0] + organizations)), "ids are expected one after another"
        places = turn = 0
        for start in range(0, entries // (CREDITS + 1), SLICE):
            earnings = []
            for number in range(start, min(start + SLICE, entries // (CREDITS + 1))):
                earned = date(2022, 6, 1) + timedelta(days=turn)
                turn = number * 1_300 // (entries // (CREDITS + 1))
                credits = []
                for _ in range(CREDITS):
                    credits.append(
                        Credit(
                            organization_id=ids[places % organizations],
                            amount=chance.randint(100, 2_000),
                            earned_on=earned,
                            expires_on=earned + timedelta(days=3_652),
                        )
                    )
                    places += 1
                earnings.append(Earning(key=f"bench:{number}", reference=f"bench:{number}", credits=tuple(credits)))
            async with house.work() as work:
                await earn(work, program=PROGRAM, asset=ASSET, earnings=earnings, reason="교육 수료")
    finally:
        await database.close()
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _described(owner: str, name: str, plugins: Plugins) -> Dataset:
    url = application_url(owner)
    database = await Database.connect(url, size=2)
    house = new_house(database, url, plugins)
    try:
        auditor = await _token(house, Role.AUDITOR)
        operator = await _token(house, Role.OPERATOR)
        async with database.reading() as tx:
            row: Any = await tx.connection.fetchrow(
                "SELECT (SELECT count(*) FROM organization WHERE kind = 'company') AS organizations,"
                " (SELECT min(id) FROM organization WHERE kind = 'company') AS first,"
                " (SELECT count(*) FROM entry) AS entries"
            )
    finally:
        await database.close()
    return Dataset(url, owner, name, row["first"], row["organizations"], row["entries"], auditor, operator)


async def _token(house: House, role: Role) -> str:
    """A member of this role and a token that lasts a day."""
    number = business_number(990_000 + (role is Role.OPERATOR))
    async with house.work() as work:
        agency = await work.tx.connection.fetchval("SELECT id FROM organization WHERE business_number = $1", number)
        if agency is None:
            made = await register_organization(
                work, business_number=number, name="전담기관", kind=OrganizationKind.AGENCY
            )
            agency = made.id
        login = f"bench_{role.value}"
        member = await work.tx.connection.fetchval("SELECT id FROM member WHERE login_id = $1", login)
        if member is None:
            person = PersonDetails(name="이담당", email="lee@hanbit.example.kr", phone="02-1234-5678", department="")
            added = await add_member(
                work,
                agency,
                login_id=login,
                path="loginId",
                person=person,
                role=role,
                main=False,
                permissions=(),
                programs=(),
                must_change_password=False,
            )
            member = added.id
        token = await mint_token(work, member, timedelta(days=1), cookie=False)
    return token.token

"""A database with a bit of everything: three companies, every state there is, odd texts, odd numbers, nulls.

What belongs to a company carries words that nothing else has: `mark("filing", company)`. The services make the scene;
the database's owner then writes over it what no service would.
"""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Any

import asyncpg
import strawberry

from core import ActivityType, Award, Choice, Edition, GraphQLParts, Past, PersonalKind, Text, fact, hookimpl
from core.actor import Actor
from core.benefits import write_declared_benefits
from core.calendar import SEOUL
from core.database import Transaction
from core.house import House
from core.personal import keep_facts
from core.plugins import Plugins
from schema.build import DureSchema, build_schema
from schema.computed import Row, computed
from schema.context import Context
from schema.execution import Executor
from schema.limits import Limits
from tests.support.api import sub_user
from tests.support.clock import SetClock
from tests.support.operations import Pool, every_cursor, pool_of
from tests.support.plugins import IN_FORCE, SOURCE, declaring, deed_type, program
from tests.support.two_companies import ELSEWHERE, HERE, THANKS, TwoCompanies, two_companies

ODD = (
    'quoted "twice" and \'once\'', "back\\slash \\n \\u0041", "line\nbreak\r\ttab\b\f", "\u0001\u001f\u007f\u0080",
    "이모지 🙂 👩‍👩‍👧 𝒳", "</script><script>alert(1)</script>", "\u2028\u2029\ufeff", "100% _ {curly} [x] $1 :name",
    "e\u0301 é", " ", "null", "{}", "a" * 3_000, "'; DROP TABLE lot; --", "||", "%s %(x)s",
)  # fmt: skip
NUMBERS = ("0", "0.10", "1E-7", "100", "0.000", "123456789012345678901234567890.123456789", "1E+3", "2.50", "1E-30")
MOMENTS = (
    datetime(2026, 3, 2, 9, 0, tzinfo=SEOUL),
    datetime(1987, 7, 1, 12, 30, 15, 1, tzinfo=SEOUL),  # summer time
    datetime(1955, 1, 1, 0, 0, tzinfo=SEOUL),  # half an hour off
    datetime(2999, 12, 31, 23, 59, 59, 999_999, tzinfo=SEOUL),
    datetime(2026, 1, 1, 0, 0, 0, 120_000, tzinfo=SEOUL),
)
DAYS = (date(2026, 2, 1), date(1, 1, 1), date(9999, 12, 31), date(2024, 2, 29), date(2026, 3, 3))
DOCUMENTS: tuple[Any, ...] = (
    None,
    {},
    {"b": 1, "a": [True, None, "x\u0001\"\\"], "🙂": {"": -5}},
    {"nested": {"deep": [[], {}, [[1]]]}, "text": "</script>\u2028", "big": 2**63 - 1},
)  # fmt: skip
# what a changed declaration leaves behind; by place among the activities of the deeds, each fourth of which is skipped
BROKEN: dict[int, dict[str, Any]] = {
    0: {"place": "nothing"},
    1: {"leaf": "gone", "depth": "-0"},
    4: {"trees": "7", "area_in_hectares": "-0.00"},
    5: {"native": None, "rows": 2.0},
}
NO_LIMITS = Limits(tokens=100_000, depth=100, aliases=10_000, cost=10**12)
CHECKS = """SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS sql
    FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 AND connamespace = 'public'::regnamespace"""


class Leaf(Choice):
    """잎 · The shape of a leaf."""

    NEEDLE = "needle", "침엽", "needle"
    BROAD = "broad", "활엽", "broad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planting:
    """식재: one of every kind of fact."""

    planted_on: date = fact("식재일", "day")
    area_in_hectares: Decimal = fact("면적", "area")
    trees: int = fact("그루", "trees")
    native: bool = fact("자생종", "native")
    leaf: Leaf = fact("잎", "leaf")
    place: str = fact("장소", "place")
    note: str | None = fact("비고", "note", default=None)
    checked_on: date | None = fact("확인일", "checked", default=None)
    depth: Decimal | None = fact("깊이", "depth", default=None)
    survivors: int | None = fact("생존", "survivors", default=None)
    other_leaf: Leaf | None = fact("다른 잎", "other leaf", default=None)
    insured: bool | None = fact("보험", "insured", default=None)
    rows: int = fact("줄", "rows", default=3)
    by: str = fact("방법", 'by "hand"', default='by "hand" \\ 🙂')
    spacing: Decimal = fact("간격", "spacing", default=Decimal("1.50"))
    shade: Leaf = fact("그늘", "shade", default=Leaf.BROAD)
    watered: bool = fact("관수", "watered", default=True)
    since: date = fact("부터", "since", default=date(2020, 1, 1))
    planter: str = fact("식재자", "planter", personal=PersonalKind.NAME)
    planters_phone: str | None = fact("연락처", "phone", default=None, personal=PersonalKind.PHONE)


def award_planting(facts: Planting, _past: Past[Planting]) -> Award:
    return Award.to_subject(facts.trees)


PLANTING: ActivityType[Planting] = ActivityType(
    code="planting",
    names=Text("식재", "planting"),
    asset=THANKS,
    facts=Planting,
    base_date=lambda facts: facts.planted_on,
    editions=(Edition(effective=IN_FORCE, award=award_planting, source=SOURCE),),
)
REPLANTING: ActivityType[Planting] = ActivityType(
    code="re_planting",
    names=Text("보식", "replanting"),
    asset=THANKS,
    facts=Planting,
    base_date=lambda facts: facts.planted_on,
    editions=(Edition(effective=IN_FORCE, award=award_planting, source=SOURCE),),
)


class Labelled:
    """A plugin whose fields are worked out in Python: of every kind of column, at once or later, well or not."""

    @hookimpl
    def register_graphql(self) -> GraphQLParts:
        added = {"Organization": (OrganizationLabels,), "Entry": (EntryLabels,), "Activity": (ActivityLabels,)}
        return GraphQLParts(extends=added)


def told(_context: Context, rows: Sequence[Row]) -> list[str]:
    return [" · ".join(f"{name}={value!r}" for name, value in row.items()) for row in rows]


async def told_later(context: Context, rows: Sequence[Row]) -> list[str]:
    return told(context, rows)


def doubled(_context: Context, rows: Sequence[Row]) -> list[Decimal]:
    return [Decimal(row["amount"]) * 2 / 7 for row in rows]


def mostly(_context: Context, rows: Sequence[Row]) -> list[int | None]:
    return [None if row["amount"] % 5 == 0 else row["amount"] for row in rows]


@strawberry.enum(description="빛깔 · A colour.")
class Colour(Enum):
    """빛깔 · A colour."""

    GREEN = strawberry.enum_value("g", description="초록 · Green.")
    BROWN = strawberry.enum_value("b", description="갈색 · Brown.")


def colours(_context: Context, rows: Sequence[Row]) -> list[list[Colour]]:
    return [[Colour.GREEN, Colour.BROWN][: row["line"] % 3] for row in rows]


def too_large(_context: Context, rows: Sequence[Row]) -> list[int]:
    return [row["amount"] * 10**6 for row in rows]


@strawberry.type
class OrganizationLabels:
    label: str = computed(
        "표지 · Everything.", needs=("id", "name", "address", "kind", "claimed_at", "created_at"), by=told
    )


@strawberry.type
class EntryLabels:
    label: str = computed("표지 · Later.", needs=("amount", "effective_on", "recorded_at"), by=told_later)
    doubled: Decimal = computed("갑절 · A decimal.", needs=("amount",), by=doubled)
    mostly: int | None = computed("대개 · Null for some.", needs=("amount",), by=mostly)
    too_large: int = computed("너무 큼 · An error for some.", needs=("amount",), by=too_large)


@strawberry.type
class ActivityLabels:
    colours: list[Colour] = computed("빛깔들 · A list of an enum.", needs=("line", "filer_name"), by=colours)


def varied_plugins() -> Plugins:
    deeds = declaring(program(activity_types=(deed_type(), PLANTING, REPLANTING)))
    return Plugins.installed({"deeds": deeds, "labelled": Labelled()})


def mark(table: str, company: str) -> str:
    """A word that only rows of this table and company carry."""
    return f"Q{table}Q{company}Q"


@dataclass(frozen=True, slots=True)
class Scene:
    """The house, its schema, who may ask, and what there is to ask for."""

    house: House
    schema: DureSchema
    town: TwoCompanies
    actors: dict[str, Actor]
    pool: Pool

    def context(self, role: str) -> Context:
        return Context(house=self.house, request_id="request-1", actor=self.actors[role])

    async def readings(self) -> list[dict[str, Any]]:
        """What was written of personal facts that were read, since this was asked; forgotten now."""
        connection = await asyncpg.connect(self.house.settings.owner_url)
        try:
            await connection.execute("SET session_replication_role = replica")
            rows = await connection.fetch(
                "DELETE FROM audit_event WHERE action = 'personal_data.read'"
                " RETURNING actor_id, organization_id, subject_id, after::text"
            )
            return [dict(row) for row in rows]
        finally:
            await connection.close()

    def executor(self, *, debug: bool = False) -> Executor:
        return Executor(self.schema, limits=NO_LIMITS, debug=debug)


@contextmanager
def instead(database: Any, **methods: Any) -> Iterator[None]:
    """Other methods of this one database while the block runs."""
    for name, method in methods.items():
        setattr(database, name, method)
    try:
        yield
    finally:
        for name in methods:
            delattr(database, name)


@contextmanager
def statements_of(scene: Scene) -> Iterator[list[str]]:
    """The statements that are read with while the block runs, without what the driver asks about types."""
    seen: list[str] = []
    database = scene.house.database
    row, reading = database.row, database.reading

    def note(record: Any) -> None:
        if "pg_catalog" not in record.query and "'jit'" not in record.query:
            seen.append(record.query)

    async def watched_row(sql: str, *arguments: Any) -> Any:
        seen.append(sql)
        return await row(sql, *arguments)

    @asynccontextmanager
    async def watched_reading() -> AsyncIterator[Transaction]:
        async with reading() as tx:
            with tx.connection.query_logger(note):
                yield tx

    with instead(database, row=watched_row, reading=watched_reading):
        yield seen


async def varied_scene(house: House, clock: SetClock, url: str) -> Scene:
    served = House(settings=house.settings, database=house.database, plugins=varied_plugins(), clock=clock)
    async with served.work() as work:
        await write_declared_benefits(work)
    town = await two_companies(served)
    stranger_sub = await sub_user(served, town.c, "sub")
    await _write_over(url, town)
    await _name_planters(served)
    schema = build_schema(served.plugins)
    actors = {
        "public": Actor(),
        "forced": town.a_forced.actor,
        "main": town.a.actor,
        "other_main": town.b.actor,
        "stranger": town.c.actor,
        "stranger_sub": stranger_sub.actor,
        "sub": town.a_sub.actor,
        "clerk": town.a_clerk.actor,
        "reviewer": town.reviewer.actor,
        "reviewer_elsewhere": town.reviewer_elsewhere.actor,
        "operator_here": town.operator_here.actor,
        "operator": town.operator.actor,
        "auditor": town.auditor.actor,
    }
    scene = Scene(served, schema, town, actors, await pool_of(served, schema))
    executor = scene.executor()
    for query in every_cursor(schema):
        scene.pool.note((await executor.execute(query, None, None, scene.context("auditor"), plan=False)).body)
    return scene


async def _name_planters(house: House) -> None:
    """Of five plantings each: both personal facts, a name, one erased, one filed before it was personal, none."""
    async with house.work() as work:
        rows = await work.tx.connection.fetch(
            "SELECT id, facts, organization_id FROM activity WHERE activity_type LIKE '%planting' ORDER BY id"
        )
        for place, row in enumerate(rows):
            planter, phone = f"홍 {ODD[place % len(ODD)]} {row['id']}", None if place % 5 else "010-1234-5678"
            if place % 5 < 3:
                await keep_facts(work, PLANTING, [(row["id"], SimpleNamespace(planter=planter, planters_phone=phone))])
            if place % 5 == 2:
                await work.tx.connection.execute(
                    "UPDATE personal_fact SET sealed = NULL, lookup = NULL, key_id = NULL, erased_at = now()"
                    " WHERE activity_id = $1",
                    row["id"],
                )
            if place % 5 == 3:
                facts = row["facts"] | {"planter": planter}
                await work.tx.connection.execute("UPDATE activity SET facts = $2 WHERE id = $1", row["id"], facts)


async def _write_over(url: str, town: TwoCompanies) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.set_type_codec("date", schema="pg_catalog", encoder=date.isoformat, decoder=date.fromisoformat)
        await connection.execute("SET session_replication_role = replica")  # no trigger objects
        for row in await connection.fetch(CHECKS):
            await connection.execute(row["sql"])
        await connection.execute("DROP INDEX activity_once, filing_same_content, certificate_one_open")
        await _Overwriter(connection, town, random.Random(5)).run()
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


class _Overwriter:
    def __init__(self, connection: Any, town: TwoCompanies, rng: random.Random) -> None:
        self.connection = connection
        self.rng = rng
        self.companies = {
            town.a.organization_id: "a", town.b.organization_id: "b", town.c.organization_id: "c",
        }  # fmt: skip
        self.organizations = list(self.companies)
        self.serial = 0

    async def run(self) -> None:
        await self._more_rows()
        await self._overwrite("organization", "id", name=self.text, address=self.maybe, claimed_at=self.maybe_moment,
                              created_at=self.moment, corporate_number=self.digits)  # fmt: skip
        await self._overwrite("standing", "organization_id", evidence=self.maybe, valid_from=self.day)
        await self._overwrite("member", "organization_id", created_at=self.moment, deactivated_at=self.maybe_moment)
        await self._people()
        await self._overwrite("filing", "organization_id", title=self.text, supplement_reason=self.maybe,
                              created_at=self.moment, submitted_on=self.maybe_day,
                              decided_at=self.maybe_moment)  # fmt: skip
        await self._overwrite("activity", "organization_id", stated_name=self.maybe, decision_reason=self.maybe,
                              base_date=self.day, edition=self.maybe_day, points_filer=self.amount,
                              points_subject=self.amount, line=self.amount)  # fmt: skip
        await self._overwrite("account", "organization_id", label=self.text, held=self.amount, posted=self.amount)
        await self._overwrite("entry", "organization_id", amount=self.amount, effective_on=self.day,
                              balance_after=self.maybe_amount, recorded_at=self.moment)  # fmt: skip
        await self._overwrite("lot", "organization_id", amount=self.amount, remaining=self.amount, held=self.amount,
                              earned_on=self.day, expires_on=self.maybe_day)  # fmt: skip
        await self._overwrite("lot_move", "organization_id", amount=self.amount, held=self.amount)
        await self._overwrite("hold", "organization_id", amount=self.amount)
        await self._overwrite("certificate", "organization_id", round=self.text, settled_reason=self.maybe,
                              effect_amount=self.number, existing_points=self.maybe_amount,
                              valid_until=self.day)  # fmt: skip
        await self._overwrite("audit_event", "organization_id", request_id=self.text, before=self.document,
                              after=self.document, subject_type=self.text)  # fmt: skip
        for table, column in (("ledger_transaction", "reason"), ("ledger_transaction", "reference")):
            await self._odd(table, column)
        for column in ("name_ko", "name_en", "category_ko", "description_ko"):
            await self._odd("benefit", column)
        for column in ("words_ko", "words_en", "source_clause"):
            await self._odd("benefit_terms", column)
        await self._each("benefit_terms", "per_unit", self.number)
        await self._each("mi_innovation_kind", "name_ko", lambda _mark: self.rng.choice(ODD))
        await self._facts()
        await self._states()

    # ------------------------------------------------------------------------------------------------ values

    def text(self, marked: str) -> str:
        self.serial += 1
        return f"{marked} {self.rng.choice(ODD)} {self.serial}"

    def maybe(self, marked: str) -> str | None:
        return None if self.rng.random() < 0.4 else self.text(marked)

    def moment(self, _marked: str) -> datetime:
        return self.rng.choice(MOMENTS)

    def maybe_moment(self, marked: str) -> datetime | None:
        return None if self.rng.random() < 0.4 else self.moment(marked)

    def day(self, _marked: str) -> date:
        return self.rng.choice(DAYS)

    def maybe_day(self, marked: str) -> date | None:
        return None if self.rng.random() < 0.4 else self.day(marked)

    def amount(self, marked: str) -> int:
        """A number whose digits say whose it is."""
        self.serial += 1
        return {"a": 71_000_000, "b": 72_000_000, "c": 73_000_000}.get(marked[-2:-1], 0) + self.serial

    def maybe_amount(self, marked: str) -> int | None:
        return None if self.rng.random() < 0.4 else self.amount(marked)

    def number(self, _marked: str) -> Decimal:
        return Decimal(self.rng.choice(NUMBERS))

    def digits(self, _marked: str) -> str | None:
        return None if self.rng.random() < 0.4 else "".join(self.rng.choices("0123456789", k=13))

    def document(self, marked: str) -> str | None:
        chosen = self.rng.choice(DOCUMENTS)
        return None if chosen is None else json.dumps(chosen | {"of": marked}, ensure_ascii=False)

    # ----------------------------------------------------------------------------------------------- writing

    async def _overwrite(self, table: str, owner: str, **columns: Any) -> None:
        rows = await self.connection.fetch(f"SELECT id, {owner} AS owner FROM {table} ORDER BY id")
        names = list(columns)
        assigned = ", ".join(f"{name} = ${place}" for place, name in enumerate(names, 2))
        values = []
        for row in rows:
            marked = mark(table, self.companies.get(row["owner"], "x"))
            values.append((row["id"], *(columns[name](marked) for name in names)))
        await self.connection.executemany(f"UPDATE {table} SET {assigned} WHERE id = $1", values)

    async def _each(self, table: str, column: str, value: Any) -> None:
        rows = await self.connection.fetch(f"SELECT id FROM {table} ORDER BY id")
        await self.connection.executemany(
            f"UPDATE {table} SET {column} = $2 WHERE id = $1", [(row["id"], value("")) for row in rows]
        )

    async def _odd(self, table: str, column: str) -> None:
        await self._each(table, column, lambda _mark: f"{self.rng.choice(ODD)} {self.rng.randrange(999)}")

    async def _people(self) -> None:
        rows = await self.connection.fetch(
            "SELECT p.id, m.organization_id AS owner FROM person p LEFT JOIN member m ON m.person_id = p.id"
        )
        await self.connection.executemany(
            "UPDATE person SET name = $2, email = $3, phone = $4, department = $5, erased_at = $6 WHERE id = $1",
            [
                (row["id"], *(self.maybe(mark("person", self.companies.get(row["owner"], "x"))) for _ in range(4)),
                 self.maybe_moment(""))
                for row in rows
            ],
        )  # fmt: skip

    async def _more_rows(self) -> None:
        """Copies, so that pages have neighbours; the copies of activities stand in every state."""
        run = self.connection.execute
        for again in range(3):
            await run(
                "INSERT INTO activity (filing_id, line, program, activity_type, filer_id, organization_id, base_date,"
                " facts, identity_key, status) SELECT filing_id, line + 10, program, activity_type, filer_id,"
                " organization_id, base_date, facts, identity_key || $1::text || id, status FROM activity"
                " WHERE identity_key NOT LIKE '%copy%'",
                f"copy{again}",
            )
        for company in self.organizations:
            await run(
                "INSERT INTO standing (organization_id, kind, holds, valid_from)"
                " SELECT $1, 'kind' || n, n % 2 = 0, date '2020-01-01' + n FROM generate_series(1, 6) n",
                company,
            )
        await run(
            "INSERT INTO lot (account_id, organization_id, program, asset, transaction_id, parent_id, earned_on,"
            " amount, remaining, held) SELECT account_id, organization_id, program, asset, transaction_id, id,"
            " earned_on, amount, remaining, held FROM lot"
        )

    async def _facts(self) -> None:
        """Every activity of the deeds becomes a planting, or stays a deed, or is of a type that is gone."""
        rows = await self.connection.fetch(
            "SELECT id, organization_id AS owner FROM activity WHERE program = $1 ORDER BY id", ELSEWHERE
        )
        for place, row in enumerate(rows):
            kind = ("planting", "re_planting", "deed", "gone")[place % 4]
            if kind == "deed":
                continue
            marked = mark("activity", self.companies.get(row["owner"], "x"))
            facts = self._planting(marked) | BROKEN.get(place, {})
            known = {name: value for name, value in facts.items() if value != "nothing"}
            await self.connection.execute(
                "UPDATE activity SET activity_type = $2, facts = $3 WHERE id = $1",
                row["id"],
                kind,
                json.dumps(known, ensure_ascii=False),
            )

    def _planting(self, marked: str) -> dict[str, Any]:
        rng = self.rng
        facts: dict[str, Any] = {
            "planted_on": self.day("").isoformat(),
            "area_in_hectares": rng.choice(NUMBERS),
            "trees": rng.choice((0, -5, 2**62, self.amount(marked))),
            "native": rng.random() < 0.5,
            "leaf": rng.choice(("needle", "broad")),
            "place": self.text(marked),
        }
        optional: Sequence[tuple[str, Any]] = (
            ("note", self.maybe(marked)),
            ("checked_on", self.day("").isoformat()),
            ("depth", rng.choice(NUMBERS)),
            ("survivors", 12),
            ("other_leaf", "needle"),
            ("insured", False),
        )
        for name, value in optional:
            chance = rng.random()
            if chance < 0.7:
                facts[name] = value if chance < 0.5 else None
        for name, value in (("rows", 9), ("by", "x\u0001\""), ("spacing", "0.10"), ("shade", "needle"),
                            ("watered", False), ("since", "1999-09-09")):  # fmt: skip
            if rng.random() < 0.5:
                facts[name] = value
        return facts

    async def _states(self) -> None:
        run = self.connection.execute
        activities = ["draft", "submitted", "approved", "rejected", "cancelled", "revoked"]
        await run("UPDATE activity SET status = ($1::text[])[1 + id % 6]", activities)
        filings = ["draft", "submitted", "supplement_requested", "approved", "partially_approved", "rejected",
                   "cancelled"]  # fmt: skip
        await run(
            "UPDATE filing SET status = ($1::text[])[1 + id % 7], number = CASE WHEN id % 7 IN (0, 6) THEN NULL ELSE"
            " '26-x' || id END",
            filings,
        )
        certificates = ["issued", "used", "returned", "lapsed"]
        await run("UPDATE certificate SET status = ($1::text[])[1 + id % 4], valid_until = valid_until", certificates)
        await run("UPDATE certificate SET settled_at = CASE WHEN status = 'issued' THEN NULL ELSE now() END")
        await run(
            "UPDATE account SET kind = ($1::text[])[1 + id % 7]",
            ["holder", "issuance", "redeemed", "expired", "fund", "line", "spent"],
        )
        effects = ["bonus_points", "loan_limit", "fee_discount", "entitlement"]
        await run(
            "UPDATE benefit_terms SET per_unit = CASE WHEN id % 4 = 0 THEN 1.50 ELSE per_unit END,"
            " effect = ($1::text[])[1 + id % 4], loan_from_won = CASE WHEN id % 4 = 1 THEN"
            " 9000000000000000000 END, loan_to_won = CASE WHEN id % 4 = 1 THEN 1 END, row_max_points = CASE WHEN"
            " id % 4 = 0 THEN 3 END, program_bonus_cap = NULL, over_cap_points = NULL",
            effects,
        )
        await run("UPDATE member SET permissions = $1, programs = $2 WHERE id % 5 = 0", list(ODD), [HERE, "", "\\"])
        await run("UPDATE filing SET decided_by = created_by WHERE id % 2 = 0")
        await run("UPDATE hold SET status = 'open', closed_by = NULL WHERE id % 3 = 0")

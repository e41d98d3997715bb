"""Organizations, people and points to test with, put there the short way; and what to look at afterwards."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from core.actor import Actor, Role
from core.errors import Refused, Violation
from core.house import House
from core.identity import OrganizationKind, record_standing, register_organization
from core.ledgers import Balance, Credit, Earning, balance, earn, verify_ledger
from core.verification import verify_records
from tests.support.numbers import business_number

TABLES = (
    "organization",
    "standing",
    "filing",
    "filing_counter",
    "activity",
    "account",
    "ledger_transaction",
    "entry",
    "lot",
    "lot_move",
    "hold",
    "hold_lot",
    "benefit",
    "benefit_terms",
    "certificate",
    "audit_event",
)


@dataclass
class Refusal:
    """What was objected to, once the block is over."""

    violations: tuple[Violation, ...] = field(default=())

    @property
    def paths(self) -> list[tuple[str | int, ...]]:
        return [violation.path for violation in self.violations]

    @property
    def english(self) -> str:
        return " ".join(violation.message.en for violation in self.violations)

    @property
    def clauses(self) -> list[str | None]:
        return [violation.source and violation.source.clause for violation in self.violations]


@contextmanager
def refused(*codes: str) -> Iterator[Refusal]:
    """The block is refused, with exactly these problems."""
    refusal = Refusal()
    with pytest.raises(Refused) as caught:
        yield refusal
    refusal.violations = caught.value.violations
    assert [violation.code for violation in refusal.violations] == list(codes)


async def organization(
    house: House, serial: int, *, kind: OrganizationKind = OrganizationKind.COMPANY, sme: bool | None = None
) -> int:
    """A new organization; `sme` records since 2018 that it is one, or that it is not."""
    async with house.work() as work:
        made = await register_organization(
            work, business_number=business_number(serial), name=f"기관 {serial}", kind=kind
        )
        if sme is not None:
            await record_standing(work, made.id, kind="sme", valid_from=date(2018, 1, 1), holds=sme)
    return made.id


async def member(
    house: House,
    organization_id: int,
    login_id: str,
    *,
    role: Role = Role.MEMBER,
    main: bool = False,
    permissions: Sequence[str] = (),
    programs: Sequence[str] = (),
) -> Actor:
    """Somebody of an organization, as if signed in."""
    async with house.work() as work:
        person = await work.tx.connection.fetchval("INSERT INTO person (name) VALUES ($1) RETURNING id", login_id)
        made = await work.tx.connection.fetchval(
            "INSERT INTO member (organization_id, person_id, login_id, role, main, permissions, programs)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            organization_id,
            person,
            login_id,
            role.value,
            main,
            list(permissions),
            list(programs),
        )
    return Actor(
        member_id=made,
        organization_id=organization_id,
        role=role,
        main=main,
        permissions=frozenset(permissions),
        programs=frozenset(programs),
    )


async def staff(house: House, login_id: str, role: Role = Role.REVIEWER, programs: Sequence[str] = ()) -> Actor:
    """Somebody of an agency of its own."""
    agency = await organization(house, 900_000 + sum(login_id.encode()), kind=OrganizationKind.AGENCY)
    return await member(house, agency, login_id, role=role, programs=programs)


async def give(house: House, program: str, organization_id: int, amount: int, on: date = date(2026, 1, 5)) -> None:
    """Points earned on a day, with the program's own term."""
    async with house.work() as work:
        asset = work.plugins.programs[program].assets[0]
        until = asset.term and asset.term.first_day_after(on)
        credit = Credit(organization_id=organization_id, amount=amount, earned_on=on, expires_on=until)
        key = f"given:{organization_id}:{on}:{amount}"
        earning = Earning(key=key, reference="given", credits=(credit,))
        await earn(work, program=program, asset=asset.code, earnings=[earning], reason="given")


async def has(house: House, program: str, organization_id: int, on: date | None = None) -> Balance:
    async with house.work() as work:
        asset = work.plugins.programs[program].assets[0].code
        return await balance(
            work.tx, program=program, asset=asset, organization_id=organization_id, on=on or work.today
        )


async def rows(house: House, sql: str, *arguments: Any) -> list[dict[str, Any]]:
    async with house.database.reading() as tx:
        return [dict(row) for row in await tx.connection.fetch(sql, *arguments)]


async def lots(house: House, organization_id: int) -> list[tuple[date, int, int, int]]:
    """Every lot the organization ever had: the day it was earned, its amount, what remains, what is held."""
    found = await rows(
        house,
        "SELECT earned_on, amount, remaining, held FROM lot WHERE organization_id = $1 ORDER BY id",
        organization_id,
    )
    return [(row["earned_on"], row["amount"], row["remaining"], row["held"]) for row in found]


async def history(house: House, organization_id: int) -> list[tuple[str, int]]:
    """What was entered in the organization's accounts, in order."""
    found = await rows(
        house,
        "SELECT t.kind, e.amount FROM entry e JOIN ledger_transaction t ON t.id = e.transaction_id"
        " WHERE e.organization_id = $1 ORDER BY e.id",
        organization_id,
    )
    return [(row["kind"], row["amount"]) for row in found]


async def counts(house: House) -> dict[str, int]:
    """How many rows each table has."""
    return {table: (await rows(house, f"SELECT count(*) AS n FROM {table}"))[0]["n"] for table in TABLES}


async def true_ledger(house: House) -> None:
    """Recompute the ledger and what stands on it; it must tell no lie."""
    async with house.database.reading() as tx:
        compared = [*await verify_ledger(tx), *await verify_records(tx, house.plugins.checks)]
        assert [lie for comparison in compared for lie in comparison.lies] == []


async def connected(house: House, connections: int = 12) -> None:
    """Open the pool's connections, so that calls made at once do run at once."""
    held = [await house.database.connections.take() for _ in range(connections)]
    for connection in held:
        house.database.connections.give(connection)


async def at_once(calls: Iterable[Awaitable[Any]]) -> tuple[list[Any], Counter[str]]:
    """All calls made at once: what the granted answered, and how often each refusal came. Other errors are raised."""
    answers, refusals = [], Counter[str]()
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(outcome, Refused):
            refusals[outcome.violations[0].code] += 1
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            answers.append(outcome)
    return answers, refusals

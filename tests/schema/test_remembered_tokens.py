"""A server remembers tokens, and each statement proves them: what ended or changed elsewhere counts at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from core.actor import Role
from core.house import House
from schema.http.app import application
from tests.support.api import Account, asks, company, staff, statements_of, top_codes
from tests.support.clock import SetClock
from tests.support.ledger import Points

ORGANIZATIONS = "{ organizations { totalCount nodes { name } } }"
VIEWER = "{ viewer { signedIn mustChangePassword member { loginId role } } }"
ORDINARY = "{ programs { code } viewer { signedIn } }"
TRANSFER = """mutation { transferPoints(input: {
  program: "mileage_innovation", asset: "innovation_mileage", amount: 3, reason: "이전", idempotencyKey: "%s",
  fromOrganizationId: "T3JnYW5pemF0aW9uOjE", toOrganizationId: "T3JnYW5pemF0aW9uOjI"
}) { transaction { id } errors { code } } }"""
BOTH_WAYS = pytest.mark.parametrize("document", [ORGANIZATIONS, VIEWER, ORDINARY, TRANSFER, "{ nothing }", "{"])


@pytest.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        yield http


@pytest.fixture
async def who(house: House) -> Account:
    return await company(house, "hanbit")


async def change(house: House, sql: str, *values: object) -> None:
    """Something that another server does."""
    async with house.database.transaction() as tx:
        await tx.connection.execute(sql, *values)


async def revoked(house: House, who: Account) -> None:
    await change(house, "UPDATE access_token SET revoked_at = now() WHERE member_id = $1", who.member_id)


async def deactivated(house: House, who: Account) -> None:
    await change(house, "UPDATE member SET deactivated_at = now() WHERE id = $1", who.member_id)


async def deleted(house: House, who: Account) -> None:
    await change(house, "DELETE FROM access_token WHERE member_id = $1", who.member_id)


@BOTH_WAYS
@pytest.mark.parametrize("ended", [revoked, deactivated, deleted])
async def test_a_token_that_ended_elsewhere_is_refused_by_the_next_request(
    house: House,
    http: httpx.AsyncClient,
    who: Account,
    document: str,
    ended: Callable[[House, Account], Awaitable[None]],
) -> None:
    for _ in range(2):
        await asks(http, who).ask(ORGANIZATIONS)
    await ended(house, who)
    response = await http.post("/graphql", json={"query": document}, headers=asks(http, who).headers)
    assert response.status_code == 401 and top_codes(response.json()) == ["UNAUTHENTICATED"]


@BOTH_WAYS
async def test_a_token_past_its_time_is_refused(
    house: House, http: httpx.AsyncClient, who: Account, clock: SetClock, document: str
) -> None:
    await asks(http, who).ask(ORGANIZATIONS)
    clock.forward(days=3_650)
    assert top_codes(await asks(http, who).send(document)) == ["UNAUTHENTICATED"]


async def test_a_role_that_was_taken_away_shows_no_more(house: House, http: httpx.AsyncClient, who: Account) -> None:
    auditor = await staff(house, Role.AUDITOR, "auditor_one")
    everything = (await asks(http, auditor).ask(ORGANIZATIONS))["organizations"]["totalCount"]
    await change(house, "UPDATE member SET role = 'member' WHERE id = $1", auditor.member_id)
    assert (await asks(http, auditor).ask(ORGANIZATIONS))["organizations"]["totalCount"] == 1 < everything
    assert (await asks(http, auditor).ask(VIEWER))["viewer"]["member"]["role"] == "MEMBER"


async def test_who_must_change_the_password_sees_nothing_else_from_then_on(
    house: House, http: httpx.AsyncClient, who: Account
) -> None:
    assert (await asks(http, who).ask(VIEWER))["viewer"]["mustChangePassword"] is False
    await change(house, "UPDATE member SET must_change_password = true WHERE id = $1", who.member_id)
    assert (await asks(http, who).ask(VIEWER))["viewer"]["mustChangePassword"] is True
    assert (await asks(http, who).ask(ORGANIZATIONS))["organizations"]["nodes"] == []


async def test_nothing_is_told_that_was_read_for_who_it_no_longer_is(house: House, http: httpx.AsyncClient) -> None:
    """Roles change to and fro while many ask: every answer is that of one role or of the other."""
    auditor = await staff(house, Role.AUDITOR, "auditor_one")
    for serial in range(5):
        await company(house, f"company_{serial}")
    document = "{ viewer { member { role } } organizations { totalCount } }"
    seen = set()

    async def ask() -> None:
        for _ in range(60):
            answer = await asks(http, auditor).ask(document)
            seen.add((answer["viewer"]["member"]["role"], answer["organizations"]["totalCount"]))

    async def turn() -> None:
        for place in range(60):
            role = ("member", "auditor")[place % 2]
            await change(house, "UPDATE member SET role = $1 WHERE id = $2", role, auditor.member_id)

    await asyncio.gather(*[ask() for _ in range(6)], turn())
    assert seen <= {("AUDITOR", 6), ("MEMBER", 1)} and ("AUDITOR", 6) in seen


async def test_a_known_token_costs_no_statement_of_its_own(house: House, http: httpx.AsyncClient, who: Account) -> None:
    await asks(http, who).ask(ORGANIZATIONS)
    with statements_of(house) as sent:
        await asks(http, who).ask(ORGANIZATIONS)
    assert len(sent) == 1 and "access_token" in sent[0]


async def posted(house: House) -> int:
    async with house.database.reading() as tx:
        return int(await tx.connection.fetchval("SELECT count(*) FROM ledger_transaction WHERE kind = 'transfer'"))


async def test_a_posting_proves_its_token_in_the_statement_that_posts(
    house: House, http: httpx.AsyncClient, who: Account
) -> None:
    other = await company(house, "daesung")
    assert (who.organization, other.organization) == ("T3JnYW5pemF0aW9uOjE", "T3JnYW5pemF0aW9uOjI")
    await Points(house, program="mileage_innovation", asset="innovation_mileage").earn(who.organization_id, 100)
    operator, second = [await staff(house, Role.OPERATOR, name) for name in ("operator_one", "operator_two")]
    for each in (operator, second):
        await asks(http, each).ask(VIEWER)
    with statements_of(house) as sent:
        (done,) = (await asks(http, operator).ask(TRANSFER % "a")).values()
    assert done["errors"] == [] and len(sent) == 1 and "access_token" in sent[0]
    await change(house, "UPDATE member SET role = 'reviewer' WHERE id = $1", operator.member_id)
    await revoked(house, second)
    answers = await asyncio.gather(
        *[asks(http, each).send(TRANSFER % f"b{place}") for place in range(4) for each in (operator, second)]
    )
    assert [top_codes(each) for each in answers] == [["FORBIDDEN"], ["UNAUTHENTICATED"]] * 4
    assert await posted(house) == 1
    await change(house, "UPDATE member SET role = 'operator' WHERE id = $1", operator.member_id)
    assert (await asks(http, operator).ask(TRANSFER % "c"))["transferPoints"]["errors"] == []
    assert await posted(house) == 2


async def test_points_move_only_while_the_role_lasts(house: House, http: httpx.AsyncClient, who: Account) -> None:
    """A role comes and goes while many post: each is posted or forbidden, and nothing is posted twice."""
    await company(house, "daesung")
    await Points(house, program="mileage_innovation", asset="innovation_mileage").earn(who.organization_id, 10_000)
    operator = await staff(house, Role.OPERATOR, "operator_one")
    outcomes = []

    async def post(name: int) -> None:
        for place in range(30):
            outcomes.append(top_codes(await asks(http, operator).send(TRANSFER % f"{name}:{place}")))

    async def turn() -> None:
        for place in range(40):
            role = ("reviewer", "operator")[place % 2]
            await change(house, "UPDATE member SET role = $1 WHERE id = $2", role, operator.member_id)

    await asyncio.gather(*[post(name) for name in range(6)], turn())
    assert all(each in ([], ["FORBIDDEN"]) for each in outcomes)
    assert await posted(house) == outcomes.count([]) > 0

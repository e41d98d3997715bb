"""Postings gathered into one call: each has its own outcome, and none waits for another's account."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from core.actor import SYSTEM
from core.audit import Event
from core.database import Database, OutcomeUnknown
from core.errors import Refused
from core.house import House
from core.ledgers import Alone, Receipt, post_alone
from tests.support.ledger import ASSET, PROGRAM, Points, as_owner, lies_of, organizations, rows_of

EVENT = Event(action="points.moved", subject_type="ledger_transaction")


def alone(verb: Any, of: int, amount: int, key: str, **more: Any) -> Alone:
    return Alone(
        verb=verb, program=PROGRAM, asset=ASSET, organization_id=of, amount=amount, key=key, reason="test",
        events=(EVENT,), **more,
    )  # fmt: skip


async def post(house: House, given: Alone) -> Receipt:
    return await post_alone(house, SYSTEM, "request", given)


async def outcomes(calls: Iterable[Awaitable[Receipt]]) -> tuple[list[Receipt], Counter[str]]:
    receipts, refusals = [], Counter[str]()
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(outcome, Refused):
            refusals[outcome.violations[0].code] += 1
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            receipts.append(outcome)
    return receipts, refusals


async def events_of(house: House) -> list[dict[str, Any]]:
    return await rows_of(house, "SELECT subject_id, request_id FROM audit_event WHERE action = 'points.moved'")


async def test_each_of_many_has_its_own_outcome(house: House, points: Points, company: int, university: int) -> None:
    await points.earn(company, 100)
    calls = [post(house, alone("spend", company, 30, f"s{n}")) for n in range(5)]
    calls += [post(house, alone("transfer", company, 5, "t1", to_id=university)) for _ in range(3)]
    calls += [post(house, alone("transfer", company, 6, "t1", to_id=university))]
    calls += [post(house, alone("hold", company, 1, "h1")), post(house, alone("hold", company, 0, "h2"))]
    receipts, refusals = await outcomes(calls)
    assert refusals == Counter(LEDGER_INSUFFICIENT=2, LEDGER_KEY_REUSED=1, LEDGER_NOT_A_POSTING=1)
    assert [receipt.replayed for receipt in receipts] == [False] * 4 + [True] * 2 + [False]
    assert receipts[-1].hold_id is not None
    made = {str(receipt.transaction_id) for receipt in receipts if not receipt.replayed}
    assert [event["request_id"] for event in await events_of(house)] == ["request"] * 5
    assert {event["subject_id"] for event in await events_of(house)} == made
    assert (await points.balance(company)).posted == 5 and (await points.balance(university)).posted == 5
    assert await lies_of(house) == []


async def test_many_that_come_at_once_share_their_calls(house: House, points: Points, company: int) -> None:
    await points.earn(company, 1_000)
    receipts, _ = await outcomes(post(house, alone("spend", company, 1, f"s{n}")) for n in range(200))
    assert len({receipt.transaction_id for receipt in receipts}) == 200
    assert house.gathering.calls <= 5  # one company, one lane: the first alone, then 64 at a time
    assert (await points.balance(company)).posted == 800 and await lies_of(house) == []


async def test_who_posts_again_and_again_is_waited_for_by_the_others_but_nobody_is_when_alone(
    house: House, points: Points, company: int
) -> None:
    await points.earn(company, 1_000)

    async def client(name: int) -> None:
        for place in range(10):
            await post(house, alone("spend", company, 1, f"{name}:{place}"))

    await asyncio.gather(*[client(name) for name in range(8)])
    assert 10 <= house.gathering.calls <= 15  # without waiting one goes alone, then seven, and so on: 20
    before = house.gathering.calls
    await client(9)
    assert house.gathering.calls == before + 10
    assert (await points.balance(company)).posted == 910 and await lies_of(house) == []


async def test_what_cannot_be_sent_fails_alone(house: House, points: Points, company: int) -> None:
    await points.earn(company, 100)
    wrong = replace(alone("spend", company, 1, "wrong"), reason="a\0b")
    first = post(house, alone("spend", company, 1, "first"))  # under way while the others collect
    outcomes = await asyncio.gather(
        first, post(house, alone("spend", company, 1, "a")), post(house, wrong),
        post(house, alone("spend", company, 1, "b")), return_exceptions=True,
    )  # fmt: skip
    assert [type(each) for each in outcomes] == [Receipt, Receipt, asyncpg.CharacterNotInRepertoireError, Receipt]
    assert (await points.balance(company)).posted == 97 and len(await events_of(house)) == 3


AT_COMMIT = """
CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON audit_event DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION wait_at_commit();
SELECT pg_advisory_lock(4711);
"""
AT_LOCK = "FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"


@pytest.mark.parametrize("ends", [1, 2])
async def test_a_posting_whose_connection_is_lost_is_sent_again_and_then_told_as_unknown(
    house: House, points: Points, company: int, ends: int
) -> None:
    """Its key makes that safe: nothing is posted twice, and what nobody knows is not told as a failure."""
    await points.earn(company, 100)
    async with as_owner(house) as owner:
        await owner.execute(AT_COMMIT)
        waits = [asyncio.create_task(post(house, alone("spend", company, 7, "a")))]
        for _ in range(ends):
            async with asyncio.timeout(30):
                while not (pids := [row["pid"] for row in await owner.fetch(f"SELECT pid {AT_LOCK}")]):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            await owner.fetch("SELECT pg_terminate_backend(pid, 30000) FROM unnest($1::int[]) AS pid", pids)
        if ends == 1:
            await owner.execute("SELECT pg_advisory_unlock(4711)")
        (outcome,) = await asyncio.gather(*waits, return_exceptions=True)
        await owner.execute("SELECT pg_advisory_unlock_all()")
    if ends == 2:
        assert isinstance(outcome, OutcomeUnknown)
        outcome = await post(house, alone("spend", company, 7, "a"))
    assert isinstance(outcome, Receipt)
    assert (await points.balance(company)).posted == 93 and len(await events_of(house)) == 1
    assert (await post(house, alone("spend", company, 7, "a"))).replayed


async def test_either_way_knows_the_same_request_again(
    house: House, points: Points, company: int, university: int
) -> None:
    await points.earn(company, 100)
    for verb, first in (("spend", points.spend(company, 3, key="a")), ("hold", points.hold(company, 3, key="b"))):
        kept = await first
        again = await post(house, alone(verb, company, 3, "a" if verb == "spend" else "b"))
        assert again.replayed and again.transaction_id == kept.transaction_id and again.hold_id == kept.hold_id
    moved = await post(house, alone("transfer", company, 7, "c", to_id=university))
    assert (await points.transfer(company, university, 7, key="c")).transaction_id == moved.transaction_id
    assert len(await events_of(house)) == 1


async def test_nobody_waits_for_an_account_that_somebody_else_holds(
    house: House, points: Points, company: int, university: int
) -> None:
    await points.earn(company, 100)
    await points.earn(university, 100)
    async with as_owner(house) as holder:
        held = holder.transaction()
        await held.start()
        await holder.execute("SELECT 1 FROM account WHERE organization_id = $1 FOR UPDATE", company)
        waits = [asyncio.create_task(post(house, alone("spend", company, 1, f"w{n}"))) for n in range(5)]
        goes = [post(house, alone("spend", university, 1, f"g{n}")) for n in range(20)]
        receipts, _ = await outcomes(goes)
        assert len(receipts) == 20 and not any(task.done() for task in waits)
        await held.rollback()
    receipts, _ = await outcomes(waits)
    assert len({receipt.transaction_id for receipt in receipts}) == 5
    assert len(await events_of(house)) == 25 and await lies_of(house) == []


async def test_two_servers_that_cross_transfers_lose_and_repeat_nothing(house: House, points: Points) -> None:
    parties = await organizations(house, 4, first=10)
    for party in parties:
        await points.earn(party, 10_000)
    other = await Database.connect(house.settings.database_url or "", size=12)
    houses = (house, replace(house, database=other))
    assert houses[0].gathering is not houses[1].gathering
    chance = random.Random(7)
    calls = []
    for n in range(300):
        giver, taker = chance.sample(parties, 2)
        calls.append(post(houses[n % 2], alone("transfer", giver, 1 + n % 9, f"x{n // 2}", to_id=taker)))
    receipts, refusals = await outcomes(calls)
    await other.close()
    assert len(receipts) + refusals.total() == 300 and set(refusals) <= {"LEDGER_KEY_REUSED"}
    assert len({receipt.transaction_id for receipt in receipts}) == 150
    assert sum([(await points.balance(party)).posted for party in parties]) == 40_000
    assert await lies_of(house) == []


async def test_a_call_cut_off_is_made_again_for_each_and_a_posting_cut_off_is_told(
    house: House, points: Points, company: int
) -> None:
    await points.earn(company, 100)
    async with as_owner(house) as owner:
        await owner.execute(
            "CREATE TABLE dawdling AS SELECT 1 AS one;"
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
            " $$ BEGIN WHILE EXISTS (SELECT FROM dawdling) LOOP PERFORM pg_sleep(0.02); END LOOP; RETURN NEW; END $$;"
            "CREATE TRIGGER dawdle BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION dawdle()"
        )

        async def cut_off() -> None:
            while not await owner.fetchval(
                "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 30000)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE '%ledger_gathered%' AND wait_event = 'PgSleep'"
            ):
                pass

        by_itself = asyncio.create_task(post(house, alone("spend", company, 1, "f0")))
        await cut_off()
        await cut_off()  # it is sent once more
        (told,) = await asyncio.gather(by_itself, return_exceptions=True)
        assert isinstance(told, OutcomeUnknown)
        together = [asyncio.create_task(post(house, alone("spend", company, 1, f"f{n}"))) for n in range(3)]
        await cut_off()
        await owner.execute("DELETE FROM dawdling")
        receipts, _ = await outcomes(together)
    assert len({receipt.transaction_id for receipt in receipts}) == 3
    assert (await points.balance(company)).posted == 97 and len(await events_of(house)) == 3


@pytest.mark.parametrize("verb", ["spend", "hold"])
async def test_an_organization_that_is_not_there_has_no_account(house: House, verb: str) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await post(house, alone(verb, 999, 1, "none"))
    assert await rows_of(house, "SELECT * FROM account WHERE organization_id IS NOT NULL") == []

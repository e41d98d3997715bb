"""Revoking what false filings earned: every side pays, spent or not, and is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.activities import Filing, Revocation, revoke_activity, revoke_filing
from core.actor import Actor, Role
from core.errors import NotAllowed, Refused
from core.ledgers import spend
from core.messages import TEMPLATES
from tests.core.activities.conftest import Scene, about, deposit, visit
from tests.core.activities.workshop import CODE, POINTS
from tests.support.world import at_once, connected, counts, has, history, member, refused, rows, staff, true_ledger

REASON = "허위 실적"


async def revoke(scene: Scene, activity: int, reason: str = REASON, actor: Actor | None = None) -> Revocation:
    async with scene.house.work(actor or scene.operator) as work:
        return await revoke_activity(work, activity, reason)


async def revoke_all(scene: Scene, filing: Filing, reason: str = REASON, actor: Actor | None = None) -> Revocation:
    async with scene.house.work(actor or scene.operator) as work:
        return await revoke_filing(work, filing.id, reason)


async def spent(scene: Scene, of: int, amount: int, key: str = "spent") -> None:
    async with scene.house.work() as work:
        await spend(work, program=CODE, asset=POINTS.code, organization_id=of, amount=amount, key=key, reason="test")


async def stands(scene: Scene, of: int) -> tuple[int, int]:
    """What can be spent, and what is owed."""
    found = await has(scene.house, CODE, of)
    return found.available, found.owed


async def approved(scene: Scene, *amounts: int) -> Filing:
    filing = await scene.filed(*[about(deposit(amount)) for amount in amounts], kind="deposit")
    return await scene.decide(filing)


@pytest.fixture
def filer(scene: Scene) -> int:
    assert scene.filer.organization_id is not None
    return scene.filer.organization_id


async def test_what_was_earned_wrongly_is_taken_back_on_both_sides(scene: Scene, filer: int) -> None:
    filing = await approved(scene, 10_000)
    (row,) = await scene.rows(filing)
    with refused("ACTIVITY_REVOCATION_REASON_NEEDED"):
        await revoke(scene, row["id"], " ")
    done = await revoke(scene, row["id"])
    assert (done.taken, done.owed) == (200, 0)
    assert await scene.statuses(filing) == ("revoked", ["revoked"])
    assert (await scene.rows(filing))[0]["decision_reason"] == REASON
    for party in (filer, scene.partner):
        assert await history(scene.house, party) == [("earn", 100), ("claw_back", -100)]
        assert await stands(scene, party) == (0, 0)
    with refused("ACTIVITY_WRONG_STATUS"):
        await revoke(scene, row["id"])
    await true_ledger(scene.house)


async def test_what_is_spent_is_owed_and_paid_by_what_is_earned_next(scene: Scene, filer: int) -> None:
    filing = await approved(scene, 10_000)
    await spent(scene, scene.partner, 70)
    done = await revoke(scene, (await scene.rows(filing))[0]["id"])
    assert {of: (each.taken, each.owed) for of, each in done.sums.items()} == {
        filer: (100, 0),
        scene.partner: (30, 70),
    }
    with refused("LEDGER_IN_DEBT"):
        await spent(scene, scene.partner, 1, "again")
    await approved(scene, 2_500)
    assert (await stands(scene, filer), await stands(scene, scene.partner)) == ((50, 0), (0, 20))
    await approved(scene, 7_500)
    assert (await stands(scene, filer), await stands(scene, scene.partner)) == ((100, 0), (30, 0))
    await true_ledger(scene.house)


async def test_one_row_of_several_leaves_the_filing_as_it_was_decided(scene: Scene) -> None:
    filing = await approved(scene, 2_500, 7_500)
    (first, second) = await scene.rows(filing)
    await revoke(scene, first["id"])
    assert await scene.statuses(filing) == ("approved", ["revoked", "approved"])
    await revoke(scene, second["id"])
    assert await scene.statuses(filing) == ("revoked", ["revoked", "revoked"])


async def test_a_whole_filing_is_taken_back_in_one_transaction(scene: Scene, filer: int) -> None:
    filing = await scene.filed(*[about(deposit(2_500, f"{n}"), serial=2 + n % 2) for n in range(6)], kind="deposit")
    middle = (await scene.rows(filing))[2]
    await scene.decide(filing, except_rows={middle["id"]: "미입금"})
    await spent(scene, filer, 240)
    done = await revoke_all(scene, filing)
    assert len(done.rows) == 5
    assert sorted((each.taken, each.owed) for each in done.sums.values()) == [(10, 240), (100, 0), (150, 0)]
    assert await scene.statuses(filing) == ("revoked", ["revoked"] * 2 + ["rejected"] + ["revoked"] * 3)
    assert await stands(scene, filer) == (0, 240)
    with refused("ACTIVITY_WRONG_STATUS"):
        await revoke_all(scene, filing)
    await true_ledger(scene.house)


async def test_what_is_not_approved_is_not_taken_back(scene: Scene) -> None:
    filing = await scene.filed(visit())
    for step in (revoke_all(scene, filing), revoke(scene, (await scene.rows(filing))[0]["id"])):
        with refused("ACTIVITY_WRONG_STATUS"):
            await step
    with refused("ACTIVITY_NOT_FOUND"):
        await revoke(scene, 999)
    with refused("ACTIVITY_REVOCATION_REASON_NEEDED"):
        await revoke_all(scene, filing, "  ")


async def test_only_operators_of_the_program_take_back(scene: Scene) -> None:
    filing = await approved(scene, 10_000)
    (row,) = await scene.rows(filing)
    elsewhere = await staff(scene.house, "elsewhere", Role.OPERATOR, programs=["orchard"])
    auditor = await member(scene.house, scene.reviewer.organization_id or 0, "auditor", role=Role.AUDITOR)
    before = await counts(scene.house)
    for actor in (scene.reviewer, scene.filer, elsewhere, auditor):
        for step in (revoke(scene, row["id"], actor=actor), revoke_all(scene, filing, actor=actor)):
            with pytest.raises(NotAllowed):
                await step
    assert await counts(scene.house) == before


async def test_a_row_that_earned_nothing_can_be_taken_back_too(scene: Scene) -> None:
    filing = await scene.filed(visit(people=0))
    await scene.decide(filing)
    done = await revoke(scene, (await scene.rows(filing))[0]["id"])
    assert (done.sums, done.filing.status) == ({}, "revoked")


async def test_the_same_content_can_be_filed_again_once_it_was_taken_back(scene: Scene) -> None:
    filing = await scene.submit(await scene.draft(visit(), content_hash="h"))
    await scene.decide(filing)
    with refused("ACTIVITY_SAME_CONTENT"):
        await scene.draft(visit(), content_hash="h")
    await revoke_all(scene, filing)
    again = await scene.submit(await scene.draft(visit(), content_hash="h"))
    await scene.decide(again)
    assert await scene.statuses(again) == ("approved", ["approved"])


async def test_both_sides_are_told_what_was_taken_and_what_they_owe(scene: Scene, filer: int) -> None:
    partner = await member(scene.house, scene.partner, "partner_main", main=True)
    filing = await approved(scene, 10_000)
    await spent(scene, scene.partner, 70)
    await revoke(scene, (await scene.rows(filing))[0]["id"], "입금 확인 안 됨")
    letters = await rows(
        scene.house,
        'SELECT m.id AS member, x."values" FROM message x JOIN member m USING (person_id)'
        " WHERE x.template = 'points_taken_back' ORDER BY m.id",
    )
    assert [letter["member"] for letter in letters] == sorted([scene.filer.member_id or 0, partner.member_id or 0])
    told = {letter["member"]: TEMPLATES["points_taken_back"].render(letter["values"]) for letter in letters}
    assert (
        "100점이 환수되었습니다" in told[partner.member_id].body
        and "사유: 입금 확인 안 됨" in told[partner.member_id].body
    )
    assert "30점이 차감되었고, 미납액은 70점" in told[partner.member_id].body
    assert "Taken from your balance: 100; owed: 0." in told[scene.filer.member_id].body
    assert str(filing.number) in told[partner.member_id].subject


async def test_taking_back_is_in_the_audit_of_each_side_apart(scene: Scene, filer: int) -> None:
    filing = await approved(scene, 10_000)
    await spent(scene, scene.partner, 70)
    await revoke_all(scene, filing)
    events = await rows(
        scene.house,
        "SELECT action, organization_id, actor_id, after FROM audit_event WHERE action IN"
        " ('points.taken_back', 'filing.revoked') ORDER BY action DESC, organization_id",
    )
    assert {event["actor_id"] for event in events} == {scene.operator.member_id}
    assert [(event["action"], event["organization_id"], event["after"]) for event in events] == [
        ("points.taken_back", of, {"taken": taken, "owed": owed, "expired": 0, "reason": REASON})
        for of, taken, owed in sorted([(filer, 100, 0), (scene.partner, 30, 70)])
    ] + [("filing.revoked", filer, {"status": "revoked", "rows": 1, "reason": REASON})]


async def test_a_filing_taken_back_by_eight_at_once_is_taken_back_once(scene: Scene, filer: int) -> None:
    await connected(scene.house)
    filing = await approved(scene, 2_500, 7_500)
    ids = [row["id"] for row in await scene.rows(filing)]
    calls: list[Any] = [revoke_all(scene, filing) for _ in range(4)]
    answers, refusals = await at_once([*calls, *[revoke(scene, one) for one in ids * 2]])
    assert sum(answer.taken for answer in answers) == 200
    assert set(refusals) == {"ACTIVITY_WRONG_STATUS"}
    assert await scene.statuses(filing) == ("revoked", ["revoked", "revoked"])
    assert (await stands(scene, filer), await stands(scene, scene.partner)) == ((0, 0), (0, 0))
    await true_ledger(scene.house)


async def test_taken_back_while_the_company_spends_and_earns(scene: Scene, filer: int) -> None:
    await connected(scene.house)
    false = [await approved(scene, 10_000 + n) for n in range(3)]
    waiting = [await scene.filed(about(deposit(2_500, f"new {n}")), kind="deposit") for n in range(4)]

    async def spending(n: int) -> int:
        try:
            await spent(scene, scene.partner, 20, f"spent {n}")
        except Refused:
            return 0
        return 20

    results = await asyncio.gather(
        *[spending(n) for n in range(8)],
        *[revoke_all(scene, filing) for filing in false],
        *[scene.decide(filing) for filing in waiting],
        *[spending(n) for n in range(8, 16)],
    )
    gone = sum(each for each in results if isinstance(each, int))
    available, owed = await stands(scene, scene.partner)
    assert available - owed == 4 * 50 - gone
    assert await stands(scene, filer) == (200, 0)
    await true_ledger(scene.house)

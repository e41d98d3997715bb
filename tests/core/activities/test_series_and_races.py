"""Activities that add up, and filings submitted and decided at the same moment."""

from __future__ import annotations

import asyncio
from datetime import date
from math import isqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.activities import Filing, revoke_activity, submit_filing
from core.errors import Refused
from core.program import Past
from tests.core.activities.conftest import Scene, about, amend, cancel, deposit, supplement, visit
from tests.core.activities.workshop import CODE, award_deposit
from tests.support.world import (
    at_once,
    connected,
    has,
    history,
    member,
    organization,
    refused,
    rows,
    true_ledger,
)


@pytest.fixture(autouse=True)
async def many_connections(scene: Scene) -> None:
    await connected(scene.house)


async def earned(scene: Scene) -> int:
    return (await has(scene.house, CODE, scene.partner)).available


# --------------------------------------------------------------------------------------------------------------- series


@given(st.lists(st.integers(min_value=0, max_value=10**12), min_size=1, max_size=20))
def test_splitting_a_deposit_earns_what_the_whole_earns(parts: list[int]) -> None:
    past: Past[Any] = Past()
    for amount in parts:
        award = max(award_deposit(deposit(amount), past).points.values())
        past = Past(facts=(*past.facts, deposit(amount)), granted=past.granted + award)
    assert past.granted == isqrt(sum(parts))


async def test_deposits_of_one_agreement_add_up_over_rows_and_filings(scene: Scene) -> None:
    first = await scene.filed(
        *[about(deposit(amount)) for amount in (2_500, 2_501, 4_999)], about(deposit(10_000, "B")), kind="deposit"
    )
    await scene.decide(first)
    second = await scene.filed(about(deposit(30_000)), kind="deposit")
    await scene.decide(second)
    given = [row["points_subject"] for filing in (first, second) for row in await scene.rows(filing)]
    assert given == [50, 20, 30, 100, 100]  # √2,500, √5,001, √10,000; of B √10,000; √40,000 less 100
    assert await earned(scene) == 300
    assert await history(scene.house, scene.filer.organization_id or 0) == await history(scene.house, scene.partner)


async def test_the_same_agreement_of_another_company_is_another_series(scene: Scene) -> None:
    filing = await scene.filed(about(deposit(2_500)), about(deposit(2_500), serial=3), kind="deposit")
    await scene.decide(filing)
    assert [row["points_subject"] for row in await scene.rows(filing)] == [50, 50]


@pytest.mark.parametrize(("kind", "apart"), [("deposit", False), ("contract", True)])
async def test_filers_are_counted_together_or_apart_as_the_type_says(scene: Scene, kind: str, apart: bool) -> None:
    """`per_filer`, for the series and for what is the same activity."""
    rival = await member(scene.house, await organization(scene.house, 4), "rival", main=True)
    theirs = {"kind": kind, "actor": rival, "organization_id": rival.organization_id}
    await scene.decide(await scene.filed(about(deposit(2_500)), kind=kind))
    other = await scene.filed(about(deposit(7_500)), **theirs)
    await scene.decide(other)
    assert [row["points_subject"] for row in await scene.rows(other)] == [86 if apart else 50]  # √7,500 or √10,000 - 50
    same = await scene.draft(about(deposit(2_500)), **theirs)
    if apart:
        assert (await scene.submit(same, rival)).status == "submitted"
    else:
        with refused("ACTIVITY_ALREADY_FILED"):
            await scene.submit(same, rival)


async def test_a_rejected_deposit_does_not_count_towards_the_next(scene: Scene) -> None:
    filing = await scene.filed(about(deposit(2_500)), about(deposit(90_000)), about(deposit(7_500)), kind="deposit")
    middle = (await scene.rows(filing))[1]
    await scene.decide(filing, except_rows={middle["id"]: "미입금"})
    assert [row["points_subject"] for row in await scene.rows(filing)] == [50, 0, 50]


async def test_a_deposit_taken_back_does_not_count_towards_the_next(scene: Scene) -> None:
    filing = await scene.filed(about(deposit(2_500)), about(deposit(7_500)), kind="deposit")
    await scene.decide(filing)
    async with scene.house.work(scene.operator) as work:
        await revoke_activity(work, (await scene.rows(filing))[0]["id"], "미입금")
    again = await scene.filed(about(deposit(2_501)), kind="deposit")
    await scene.decide(again)
    assert [row["points_subject"] for row in await scene.rows(again)] == [isqrt(10_001) - 50]
    assert await earned(scene) == 100


async def test_two_reviewers_of_one_agreement_at_once_grant_no_more_than_the_whole(scene: Scene) -> None:
    filings = [await scene.filed(about(deposit(10_000 + place)), kind="deposit") for place in range(8)]
    reviewers = [scene.reviewer, scene.other_reviewer]
    answers, refusals = await at_once(
        scene.decide(filing, actor=reviewers[place % 2]) for place, filing in enumerate(filings)
    )
    assert not refusals
    assert {answer.status for answer in answers} == {"approved"}
    assert await earned(scene) == isqrt(sum(10_000 + place for place in range(8)))
    await true_ledger(scene.house)


async def test_reviewers_of_crossed_agreements_at_once_do_not_wait_for_each_other_for_ever(scene: Scene) -> None:
    names = ["A", "B", "C", "D"]
    filings = [
        await scene.filed(
            *[about(deposit(100 + place, name)) for name in (names if place % 2 else names[::-1])], kind="deposit"
        )
        for place in range(6)
    ]
    _, refusals = await at_once(scene.decide(filing) for filing in filings)
    assert not refusals
    assert await earned(scene) == 4 * isqrt(sum(100 + place for place in range(6)))
    await true_ledger(scene.house)


# ---------------------------------------------------------------------------------------------------------------- races


async def test_one_filing_decided_by_two_reviewers_at_once_earns_once(scene: Scene) -> None:
    filing = await scene.filed(visit())
    answers, refusals = await at_once(
        [scene.decide(filing), scene.decide(filing, actor=scene.other_reviewer), scene.decide(filing)]
    )
    assert (len(answers), refusals) == (1, {"ACTIVITY_WRONG_STATUS": 2})
    assert (await has(scene.house, CODE, scene.filer.organization_id or 0)).available == 50


async def test_one_filing_cancelled_and_decided_at_once_is_one_of_the_two(scene: Scene) -> None:
    filing = await scene.filed(visit())
    answers, refusals = await at_once([scene.decide(filing), cancel(scene, filing)])
    assert (len(answers), refusals) == (1, {"ACTIVITY_WRONG_STATUS": 1})
    status, (row,) = await scene.statuses(filing)
    left = (await has(scene.house, CODE, scene.filer.organization_id or 0)).available
    assert (status, row, left) in {("approved", "approved", 50), ("cancelled", "cancelled", 0)}


async def test_numbers_are_without_gaps_though_some_of_twenty_at_once_are_refused(scene: Scene) -> None:
    bad = {3, 4, 11, 17}
    filings = [await scene.draft(visit(str(place), people=-1 if place in bad else 1)) for place in range(20)]
    answers, refusals = await at_once(scene.submit(filing) for filing in filings)
    assert refusals == {"WORKSHOP_NOBODY": 4}
    assert sorted(int(answer.number.removeprefix("26-")) for answer in answers) == list(range(1, 17))
    assert await rows(scene.house, "SELECT year, last FROM filing_counter") == [{"year": 2026, "last": 16}]


async def test_a_filing_undone_after_its_number_was_taken_leaves_no_gap(scene: Scene) -> None:
    filing = await scene.draft(visit("a"))
    try:
        async with scene.house.work(scene.filer) as work:
            assert (await submit_filing(work, filing.id)).number == "26-1"
            raise Refused
    except Refused:
        pass
    assert (await scene.filed(visit("b"))).number == "26-1"


async def test_a_filing_submitted_again_takes_no_other_number(scene: Scene) -> None:
    filing = await scene.filed(visit("a"))
    await supplement(scene, filing)
    assert (await scene.submit(filing)).number == "26-1"
    assert (await scene.filed(visit("b"))).number == "26-2"


async def test_each_year_counts_from_one(scene: Scene) -> None:
    assert (await scene.filed(visit("a"))).number == "26-1"
    scene.house.clock.set(date(2027, 1, 1))  # type: ignore[attr-defined]
    assert (await scene.filed(visit("b"))).number == "27-1"


async def test_the_same_activity_in_two_filings_at_once_is_filed_once_and_the_other_told_where(scene: Scene) -> None:
    drafts = [await scene.draft(visit("용접"), visit(f"{place}")) for place in range(6)]
    outcomes = await asyncio.gather(*(scene.submit(draft) for draft in drafts), return_exceptions=True)
    won = [each for each in outcomes if not isinstance(each, BaseException)]
    lost = [each for each in outcomes if isinstance(each, BaseException)]
    assert [filing.number for filing in won] == ["26-1"]
    for each in lost:
        assert isinstance(each, Refused)
        (violation,) = each.violations
        assert (violation.code, violation.path) == ("ACTIVITY_ALREADY_FILED", ("rows", 0))
        assert "26-1" in violation.message.en
    assert len(lost) == 5


async def test_who_waits_while_the_same_activity_is_submitted_is_told_of_that_filing(scene: Scene) -> None:
    first, second = await scene.draft(visit("용접")), await scene.draft(visit("목공"), visit("용접"))
    await told_of_the_first(scene, first, second)
    assert (await scene.filed(visit("도예"))).number == "26-2"


async def test_who_waits_is_told_also_when_both_filings_have_their_numbers(scene: Scene) -> None:
    first, second = await scene.filed(visit("a")), await scene.filed(visit("b"))
    for filing in (first, second):
        await supplement(scene, filing)
    await amend(scene, first, visit("용접"))
    await amend(scene, second, visit("목공"), visit("용접"))
    await told_of_the_first(scene, first, second)


async def told_of_the_first(scene: Scene, first: Filing, second: Filing) -> None:
    """The second is submitted while the first is, and not yet committed."""
    async with scene.house.work(scene.filer) as work:
        await submit_filing(work, first.id)
        waiting = asyncio.create_task(scene.submit(second))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    with refused("ACTIVITY_ALREADY_FILED") as refusal:
        await waiting
    assert refusal.paths == [("rows", 1)]
    assert "26-1" in refusal.english


async def test_filings_with_the_same_activities_in_crossed_order_meet_no_deadlock(scene: Scene) -> None:
    """Also when they have their numbers already, and so take no new one."""
    names = [str(place) for place in range(40)]
    filings = [await scene.filed(visit(f"first {place}")) for place in range(4)]
    for place, filing in enumerate(filings):
        await supplement(scene, filing)
        await amend(scene, filing, *[visit(name) for name in (names if place % 2 else reversed(names))])
    answers, refusals = await at_once(scene.submit(filing) for filing in filings)
    assert (len(answers), refusals) == (1, {"ACTIVITY_ALREADY_FILED": 3})


async def test_one_draft_submitted_many_times_at_once_has_one_number(scene: Scene) -> None:
    filing = await scene.draft(visit())
    answers, refusals = await at_once(scene.submit(filing) for _ in range(8))
    assert (len(answers), refusals) == (1, {"ACTIVITY_WRONG_STATUS": 7})
    assert await rows(scene.house, "SELECT last FROM filing_counter") == [{"last": 1}]

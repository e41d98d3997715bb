"""The ranking explains itself: what PostgreSQL computes of a whole round at once, Python computes again one by one."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.house import House
from plugins.industry_academia.certification.models import MeanRule
from plugins.industry_academia.certification.rules import qualitative, quantitative, rounded
from plugins.industry_academia.program import CODE
from tests.plugins.industry_academia.certification.stage import EARNED, OPEN, Stage
from tests.support.clock import SetClock
from tests.support.world import give, rows


@given(some.integers(0, 10**12), some.integers(1, 10**12))
def test_a_quotient_has_two_decimals_and_halves_go_up(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    found = rounded(numerator, denominator)
    assert abs(Fraction(found) - exact) <= Fraction(1, 200)
    if exact.denominator in (1, 2, 4, 5, 10, 20, 25, 50, 100, 200):
        plain = Decimal(exact.numerator) / Decimal(exact.denominator)
        assert found == plain.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("points", "most", "weight", "expected"),
    [(1_000, 1_000, 50, "50.00"), (1, 3, 50, "16.67"), (1, 8, 1, "0.13"), (0, 9, 50, "0.00"), (5, 5, 0, "0.00")],
)
def test_a_quantitative_score_is_the_weight_by_the_share_of_the_most(
    points: int, most: int, weight: int, expected: str
) -> None:
    assert str(quantitative(points, most, weight)) == expected


def test_the_highest_and_the_lowest_are_left_out_from_five_members_on() -> None:
    assert qualitative([0, 10, 20, 30], MeanRule.TRIMMED) == (Decimal("15.00"), [0, 10, 20, 30])
    assert qualitative([0, 10, 20, 30, 50], MeanRule.TRIMMED) == (Decimal("20.00"), [10, 20, 30])
    assert qualitative([50, 50, 50, 50, 0], MeanRule.TRIMMED) == (Decimal("50.00"), [50, 50, 50])
    assert qualitative([0, 10, 20, 30, 50], MeanRule.PLAIN)[0] == Decimal("22.00")


@pytest.mark.parametrize(("mean", "members"), [("plain", 3), ("trimmed", 4), ("trimmed", 5), ("trimmed", 7)])
async def test_a_round_is_ranked_as_python_ranks_it(house: House, clock: SetClock, mean: str, members: int) -> None:
    chance = random.Random(f"{mean}{members}")
    stage = await Stage.of(house, clock)
    await stage.called(mean=MeanRule(mean), quantitative_max=chance.choice([0, 37, 50]))
    applicants: dict[int, tuple[int, Any]] = {}
    for place in range(7):
        points = chance.choice([100, 100, 333, 1_000, 7])
        who = await stage.company(20 + place, points)
        stage.clock.moment = OPEN + timedelta(minutes=chance.choice([0, 5, 5, 9]))
        applied_at = stage.clock.moment
        applicants[await stage.applied(who)] = (points, applied_at)
    for number in range(members):
        await stage.assessor(f"wiwon_{number}")
    await stage.evaluating()
    totals: dict[int, list[int]] = {}
    for who in stage.committee:
        for key in applicants:
            plan, effect = chance.choice([0, 10, 15, 30]), chance.choice([0, 10, 20])
            await stage.scored(who, key, plan, effect)
            totals.setdefault(key, []).append(plan + effect)
    await stage.evaluated()
    weight = (await rows(house, "SELECT quantitative_max AS w FROM ia_certification_round"))[0]["w"]
    most = max(points for points, _ in applicants.values())
    expected = []
    for key, (points, applied_at) in applicants.items():
        score, kept = qualitative(totals[key], MeanRule(mean))
        part = quantitative(points, most, weight)
        expected.append(
            {
                "id": key, "points_earned": points, "most_earned": most, "eligible": True, "quantitative": part,
                "scored_by": len(kept), "left_out": members - len(kept), "score_sum": sum(kept), "qualitative": score,
                "total": part + score, "at": applied_at,
            }
        )  # fmt: skip
    expected.sort(key=lambda each: (-each["total"], -each["quantitative"], each["at"], each["id"]))
    found = await rows(house, "SELECT * FROM ia_certification_result ORDER BY rank")
    assert [each["rank"] for each in found] == list(range(1, 8))
    names = [name for name in expected[0] if name != "at"]
    assert [{name: each[name] for name in names} for each in found] == [
        {name: each[name] for name in names} for each in expected
    ]
    for above, each in pairwise(found):
        if above["total"] != each["total"]:
            assert each["ranked_by"] == "total"
        elif above["quantitative"] != each["quantitative"]:
            assert each["ranked_by"] == "quantitative"
        else:
            assert each["ranked_by"] == "applied"


async def test_equal_totals_are_parted_by_the_quantitative_score_then_by_who_came_first(
    house: House, clock: SetClock
) -> None:
    stage = await Stage.of(house, clock)
    await stage.called()
    made = []
    for place, points in enumerate((1_000, 500, 1_000)):
        who = await stage.company(20 + place, points)
        stage.clock.moment = OPEN + timedelta(minutes=10 - place)
        made.append(await stage.applied(who))
    who = await stage.assessor("wiwon")
    await stage.evaluating()
    for each, plan in zip(made, (0, 25, 0), strict=True):
        await stage.scored(who, each, plan, 0)
    await stage.evaluated()
    found = await rows(house, "SELECT id, total, ranked_by FROM ia_certification_result ORDER BY rank")
    assert [(each["id"], str(each["total"]), each["ranked_by"]) for each in found] == [
        (made[2], "50.00", "total"), (made[0], "50.00", "applied"), (made[1], "50.00", "quantitative"),
    ]  # fmt: skip


async def test_what_was_taken_back_or_came_by_transfer_is_not_earned(house: House, clock: SetClock) -> None:
    """Mileage that another organization gave on was earned by that one."""
    from core.ledgers import reverse, transfer

    stage = await Stage.of(house, clock)
    await stage.called()
    rich, poor, giver = [await stage.company(20 + place, 100) for place in range(3)]
    await give(house, CODE, rich.organization_id or 0, 900, EARNED + timedelta(days=1))
    applied = [await stage.applied(each) for each in (rich, poor)]
    async with house.work() as work:
        await transfer(
            work, program=CODE, asset="cooperation_mileage", from_id=giver.organization_id or 0,
            to_id=poor.organization_id or 0, amount=100, key="given on", reason="이전",
        )  # fmt: skip
        taken = await work.tx.connection.fetchval(
            "SELECT t.id FROM ledger_transaction t JOIN lot l ON l.transaction_id = t.id WHERE l.amount = 100"
            " AND l.organization_id = $1 AND t.kind = 'earn'",
            rich.organization_id,
        )
        await reverse(
            work, program=CODE, transaction_id=taken, key="taken back", reason="허위 실적", reference="activity:1"
        )
    who = await stage.assessor("wiwon")
    await stage.evaluating()
    for each in applied:
        await stage.scored(who, each, 10, 10)
    await stage.evaluated()
    found = await rows(house, "SELECT id, points_earned FROM ia_certification_result ORDER BY id")
    assert [(each["id"], each["points_earned"]) for each in found] == [(applied[0], 900), (applied[1], 100)]


async def test_who_has_nothing_left_is_ranked_last_and_never_selected(house: House, clock: SetClock) -> None:
    from core.ledgers import reverse

    stage = await Stage.of(house, clock)
    await stage.called(places=5)
    false_one, true_one = await stage.company(20, 1_000), await stage.company(21, 10)
    made = [await stage.applied(each) for each in (false_one, true_one)]
    async with house.work() as work:
        taken = await work.tx.connection.fetchval(
            "SELECT transaction_id FROM lot WHERE organization_id = $1", false_one.organization_id
        )
        await reverse(work, program=CODE, transaction_id=taken, key="back", reason="허위 실적", reference="activity:1")
    who = await stage.assessor("wiwon")
    await stage.evaluating()
    await stage.scored(who, made[0], 30, 20)
    await stage.scored(who, made[1], 0, 0)
    await stage.evaluated()
    for each in made:
        await stage.decided(each)
    await stage.deliberated()
    assert await stage.approved() == 1
    found = await rows(house, "SELECT id, eligible, ranked_by FROM ia_certification_result ORDER BY rank")
    assert [(each["id"], each["eligible"], each["ranked_by"]) for each in found] == [
        (made[1], True, "total"), (made[0], False, "eligibility"),
    ]  # fmt: skip
    assert [each["application_id"] for each in await rows(house, "TABLE ia_certification_certificate")] == [made[1]]

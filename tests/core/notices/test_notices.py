"""Organizations are told in time what they are about to lose: summed, and once a threshold."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from core.benefits import write_declared_benefits
from core.house import House
from core.identity import record_standing
from core.notices import TELL, tell_of_expiring_points, tell_of_lapsing_certificates
from tests.support.clock import SetClock
from tests.support.jobs import jobs_on_record, run_due
from tests.support.ledger import Points
from tests.support.world import at_once, member, organization, rows

TODAY = date(2026, 3, 2)


@pytest.fixture
def points(house: House) -> Points:
    return Points(house, "mileage_innovation", "innovation_mileage")


async def company(house: House, serial: int, login_id: str | None) -> int:
    made = await organization(house, serial)
    if login_id is not None:
        await member(house, made, login_id, main=True)
    return made


async def told(house: House) -> list[dict[str, Any]]:
    found = await rows(
        house,
        'SELECT m.organization_id, x.template, x."values" FROM message x JOIN member m USING (person_id) ORDER BY x.id',
    )
    return [each for each in found if each["template"] in ("points_expiring", "certificates_lapsing")]


async def tell(house: House) -> int:
    async with house.work() as work:
        return await tell_of_expiring_points(work)


def days_from_now(days: int) -> date:
    return TODAY + timedelta(days=days)


async def test_lots_that_expire_on_one_day_are_summed_and_named_by_their_last_day(house: House, points: Points) -> None:
    hanbit = await company(house, 1, "hanbit")
    for amount in (1_000, 500):
        await points.earn(hanbit, amount, on=date(2021, 4, 1), until=days_from_now(30))
    await points.earn(hanbit, 70, on=date(2021, 5, 1), until=days_from_now(60))
    await points.earn(hanbit, 9, on=date(2021, 5, 1), until=days_from_now(91))
    assert await tell(house) == 1
    (message,) = await told(house)
    assert message["organization_id"] == hanbit
    assert message["values"]["lines"] == {
        "ko": "· 경영혁신 마일리지 1,500: 2026-03-31까지 사용 가능\n· 경영혁신 마일리지 70: 2026-04-30까지 사용 가능",
        "en": "· business-innovation mileage 1,500: to be used by 2026-03-31\n"
        "· business-innovation mileage 70: to be used by 2026-04-30",
    }


async def test_each_threshold_is_told_once(house: House, points: Points, clock: SetClock) -> None:
    hanbit = await company(house, 1, "hanbit")
    await points.earn(hanbit, 1_000, on=date(2021, 6, 1), until=days_from_now(91))
    told_on = []
    for day in range(92):
        if await tell(house):
            told_on.append(91 - day)
        assert await tell(house) == 0
        clock.forward(days=1)
    assert told_on == [90, 30, 7]


async def test_a_night_without_a_run_delays_a_notice_and_a_late_start_tells_once(
    house: House, points: Points, clock: SetClock
) -> None:
    hanbit = await company(house, 1, "hanbit")
    await points.earn(hanbit, 1_000, on=date(2021, 3, 9), until=days_from_now(5))
    assert [await tell(house), await tell(house)] == [1, 0]
    clock.forward(days=1)
    assert await tell(house) == 0


async def test_only_what_could_still_be_used_is_told_of(house: House, points: Points) -> None:
    hanbit = await company(house, 1, "hanbit")
    await points.earn(hanbit, 300, on=date(2021, 3, 9), until=days_from_now(5))
    await points.hold(hanbit, 100)
    await points.spend(hanbit, 50)
    await tell(house)
    (message,) = await told(house)
    assert "150:" in message["values"]["lines"]["ko"]


async def test_who_has_nobody_to_be_told_is_told_when_somebody_is_there(house: House, points: Points) -> None:
    nobody = await company(house, 1, None)
    await points.earn(nobody, 300, on=date(2021, 3, 9), until=days_from_now(5))
    assert await tell(house) == 0
    await member(house, nobody, "hanbit", main=True)
    assert await tell(house) == 1


async def test_servers_that_tell_at_once_tell_once(house: House, points: Points) -> None:
    for serial in range(1, 6):
        made = await company(house, serial, f"company{serial}")
        await points.earn(made, 300, on=date(2021, 3, 9), until=days_from_now(5))
    counts, refusals = await at_once(tell(house) for _ in range(6))
    assert (sum(counts), refusals.total()) == (5, 0)
    assert len(await told(house)) == 5


async def test_a_certificate_about_to_lapse_is_told_of_a_month_and_a_week_before(
    house: House, points: Points, clock: SetClock
) -> None:
    from core.benefits import issue_certificate

    hanbit = await company(house, 1, "hanbit")
    await points.earn(hanbit, 3_000, on=date(2026, 2, 1), until=date(2031, 2, 1))
    async with house.work() as work:
        await write_declared_benefits(work)
        await record_standing(work, hanbit, kind="sme", valid_from=date(2018, 1, 1))
        benefit = await work.tx.connection.fetchval("SELECT id FROM benefit WHERE code = 'rnd_technology_development'")
        issued = await issue_certificate(
            work, benefit_id=benefit, organization_id=hanbit, round="1", points=500, existing_points=0, key="one"
        )
    told_on = []
    clock.set(issued.valid_until - timedelta(days=40))
    while clock().date() <= issued.valid_until:
        async with house.work() as work:
            if await tell_of_lapsing_certificates(work):
                told_on.append((issued.valid_until - clock().date()).days)
        clock.forward(days=1)
    assert told_on == [29, 6], "thirty and seven days are left, the last counted in"
    first, second = await told(house)
    assert first["values"] == second["values"]
    assert issued.number in first["values"]["lines"]["ko"] and str(issued.valid_until) in first["values"]["lines"]["ko"]


async def test_the_job_tells_of_both_and_says_how_many(house: House, points: Points) -> None:
    hanbit = await company(house, 1, "hanbit")
    await points.earn(hanbit, 300, on=date(2021, 3, 9), until=days_from_now(5))
    await run_due(house, TELL)
    assert [row["result"] for row in await jobs_on_record(house) if row["name"] == TELL.name] == [
        {"pointsExpiring": 1, "certificatesLapsing": 0}
    ]

"""What the demo has of the exchange: an instrument with free hours, a hall with free days, and points to pay with."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from core.calendar import SEOUL
from core.house import House
from core.ledgers import Credit, Earning, earn
from plugins.industry_academia.exchange.listings import ListingDetails, draft_listing, publish_listing
from plugins.industry_academia.exchange.models import ListingKind, UseUnit
from plugins.industry_academia.exchange.slots import Times, add_slots
from plugins.industry_academia.program import CODE, MILEAGE

POINTS = 500
EARNED = "demo:exchange"
OPENED = "SELECT EXISTS (SELECT FROM ledger_transaction WHERE program = $1 AND idempotency_key = $2)"
DAYS = 20
HOURS = (10, 14)  # when two hours begin

MICROSCOPE = ListingDetails(
    title="보기 투과전자현미경",
    kind=ListingKind.EQUIPMENT,
    price_won=60_000,
    unit=UseUnit.HOUR,
    description="200 kV, 시료 준비와 담당자의 조작을 포함합니다.",
    place="보기대학교 공동기기원 101호",
)
HALL = ListingDetails(
    title="보기 산학협력 대강당",
    kind=ListingKind.FACILITY,
    price_won=500_000,
    unit=UseUnit.DAY,
    place="보기대학교 본관 1층",
    capacity=300,
)


async def open_exchange(house: House, university_id: int, company_id: int) -> None:
    """All of it, from tomorrow on, once; both sides have earned alike."""
    async with house.work() as work:
        if await work.tx.connection.fetchval(OPENED, CODE, EARNED):
            return
        tomorrow = work.today + timedelta(days=1)
        days = [tomorrow + timedelta(days=n) for n in range(DAYS)]
        hours = [datetime.combine(day, time(hour), SEOUL) for day in days for hour in HOURS]
        for details, times in (
            (MICROSCOPE, [Times(starts_at=start, ends_at=start + timedelta(hours=2)) for start in hours]),
            (HALL, [Times(first_day=day, last_day=day) for day in days]),
        ):
            listed = await draft_listing(work, university_id, details)
            await add_slots(work, listed.id, times)
            await publish_listing(work, listed.id)
        credits = tuple(
            Credit(organization_id=each, amount=POINTS, earned_on=work.today, expires_on=None)
            for each in (university_id, company_id)
        )
        earning = Earning(key=EARNED, reference="demo", credits=credits)
        await earn(work, program=CODE, asset=MILEAGE.code, earnings=[earning], reason="체험용 적립")

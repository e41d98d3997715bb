"""Organizations come on record, are corrected, and are known to be this or that on a day."""

import asyncio
from datetime import date

import pytest

from core.actor import PUBLIC, Role
from core.errors import NotAllowed, NotSignedIn
from core.house import House
from core.identity import (
    OrganizationKind,
    ensure_organizations,
    organization_by_number,
    organization_views,
    record_standing,
    register_organization,
    update_organization,
)
from tests.core.identity.scene import main_user, refused, staff
from tests.support.numbers import business_number


async def test_an_operator_registers_a_university(house: House) -> None:
    operator = await staff(house)
    async with house.work(operator) as work:
        made = await register_organization(
            work,
            business_number="104-82-03590",
            name=" 고려대학교 ",
            kind=OrganizationKind.UNIVERSITY,
            corporate_number="110111-0000001",
        )
    assert (made.business_number, made.name, made.kind) == ("1048203590", "고려대학교", "university")
    assert made.claimed_at is None


async def test_nobody_else_registers_organizations(house: House) -> None:
    scoped = await staff(house, login_id="scoped", programs=("mileage_innovation",))
    reviewer = await staff(house, Role.REVIEWER, "reviewer")
    company = await main_user(house)
    for actor, error in [
        (PUBLIC, NotSignedIn), (company, NotAllowed), (scoped, NotAllowed), (reviewer, NotAllowed)
    ]:  # fmt: skip
        with pytest.raises(error):
            async with house.work(actor) as work:
                await register_organization(work, business_number=business_number(7), name="누구")


async def test_a_number_is_registered_once(house: House) -> None:
    async with house.work() as work:
        await register_organization(work, business_number="1048203590", name="한빛조명")
    with refused("IDENTITY_ORGANIZATION_EXISTS") as refusal:
        async with house.work() as work:
            await register_organization(work, business_number="104-82-03590", name="다른 이름")
    assert refusal.paths == [("businessNumber",)]


async def test_thousands_of_companies_come_on_record_at_once_and_keep_their_names(house: House) -> None:
    named = [(business_number(serial), f"기업 {serial}") for serial in range(3_000)]
    async with house.work() as work:
        first = await ensure_organizations(work, named[:1_000])
    async with house.work() as work:
        ids = await ensure_organizations(work, [(number, "새 이름") for number, _ in reversed(named)])
        again = await ensure_organizations(work, [(f"{n[:3]}-{n[3:5]}-{n[5:]}", name) for n, name in named])
        known = await organization_by_number(work.tx, named[0][0])
    assert len(ids) == 3_000
    assert again == ids
    assert first.items() <= ids.items()
    assert known is not None and known.name == "기업 0" and known.claimed_at is None


async def test_imports_at_once_make_each_company_once(house: House) -> None:
    numbers = [business_number(serial) for serial in range(200)]

    async def bring(order: int) -> dict[str, int]:
        async with house.work() as work:
            return await ensure_organizations(work, [(number, "기업") for number in numbers[::order]])

    answers = await asyncio.gather(*(bring(order) for order in (1, -1, 1, -1)))
    assert all(answer == answers[0] for answer in answers)


async def test_every_wrong_line_of_an_import_is_named_and_nothing_is_written(house: House) -> None:
    with refused(
        "IDENTITY_BUSINESS_NUMBER_CHECKSUM", "IDENTITY_BUSINESS_NUMBER_FORM", "IDENTITY_NAME_MISSING"
    ) as refusal:
        async with house.work() as work:
            await ensure_organizations(
                work, [("1048203590", "한빛"), ("1048203900", "한빛"), ("104", "한빛"), ("1048203590", " ")]
            )
    assert refusal.paths == [(1, "businessNumber"), (2, "businessNumber"), (3, "name")]
    async with house.database.reading() as tx:
        assert await organization_by_number(tx, "1048203590") is None


async def test_the_main_user_corrects_the_address_and_an_operator_the_rest(house: House) -> None:
    company, operator = await main_user(house), await staff(house)
    assert company.organization_id is not None
    async with house.work(company) as work:
        moved = await update_organization(work, company.organization_id, address="서울 중구 세종대로 39")
    assert moved.address == "서울 중구 세종대로 39"
    with pytest.raises(NotAllowed):
        async with house.work(company) as work:
            await update_organization(work, company.organization_id, name="다른 이름")
    async with house.work(operator) as work:
        renamed = await update_organization(work, company.organization_id, name="한빛엘이디")
    assert (renamed.name, renamed.address) == ("한빛엘이디", "서울 중구 세종대로 39")


async def test_a_stranger_cannot_act_for_another_organization(house: House) -> None:
    ours, theirs = await main_user(house), await main_user(house, 2, "saebit")
    assert theirs.organization_id is not None
    with pytest.raises(NotAllowed):
        async with house.work(ours) as work:
            await update_organization(work, theirs.organization_id, address="어딘가")


async def test_of_the_standings_that_cover_a_day_the_one_that_began_last_counts(house: House) -> None:
    async with house.work() as work:
        ids = await ensure_organizations(work, [(business_number(1), "하나"), (business_number(2), "둘")])
        one, two = ids.values()
        standing = record_standing
        await standing(work, one, kind="sme", valid_from=date(2024, 4, 1), valid_until=date(2027, 3, 31))
        await standing(work, one, kind="sme", valid_from=date(2026, 1, 1), valid_until=date(2026, 1, 31), holds=False)
        await standing(work, one, kind="venture", valid_from=date(2026, 1, 15))
        await standing(work, two, kind="sme", valid_from=date(2025, 1, 1), valid_until=date(2025, 12, 31))

    async def standings(day: date) -> list[dict[str, bool]]:
        async with house.database.reading() as tx:
            views = await organization_views(tx, [one, two, 987_654], day)
        assert set(views) == {one, two}
        return [dict(views[one].standings), dict(views[two].standings)]

    assert await standings(date(2024, 3, 31)) == [{}, {}]
    assert await standings(date(2025, 12, 31)) == [{"sme": True}, {"sme": True}]
    assert await standings(date(2026, 1, 1)) == [{"sme": False}, {}]
    assert await standings(date(2026, 1, 31)) == [{"sme": False, "venture": True}, {}]
    assert await standings(date(2026, 2, 1)) == [{"sme": True, "venture": True}, {}]
    assert await standings(date(2027, 4, 1)) == [{"venture": True}, {}]


async def test_a_standing_is_recorded_by_an_operator_with_dates_in_order(house: House) -> None:
    company = await main_user(house)
    assert company.organization_id is not None
    with pytest.raises(NotAllowed):
        async with house.work(company) as work:
            await record_standing(work, company.organization_id, kind="sme", valid_from=date(2026, 1, 1))
    with refused("IDENTITY_STANDING_DATES"):
        async with house.work() as work:
            await record_standing(
                work,
                company.organization_id,
                kind="sme",
                valid_from=date(2026, 1, 2),
                valid_until=date(2026, 1, 1),
            )

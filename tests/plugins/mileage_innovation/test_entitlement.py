"""What nobody is entitled to: making companies up in a draft, crediting alone, earning twice by another spelling."""

from datetime import date
from decimal import Decimal

import pytest

from core.activities import Row, draft_filing, submit_filing
from core.actor import Actor, Role
from core.benefits import issue_certificate, write_declared_benefits
from core.errors import Refused
from core.house import House
from core.identity import OrganizationKind
from plugins.mileage_innovation.facts import TrainingCompletion
from plugins.mileage_innovation.program import CODE, TRAINING
from tests.support.numbers import business_number
from tests.support.rosters import CENTRE, centre, line, send
from tests.support.world import give, has, member, organization, refused, rows, staff


def completion(company: int, **changes: object) -> Row:
    facts: dict[str, object] = {
        "provider": business_number(CENTRE),
        "course": "LED 설계",
        "session": "2026-1",
        "starts_on": date(2026, 2, 2),
        "completed_on": date(2026, 2, 4),
        "hours": Decimal(24),
        "completers": 3,
    }
    stated = TrainingCompletion(**(facts | changes))  # type: ignore[arg-type]
    return Row(facts=stated, business_number=business_number(company), stated_name=f"기업 {company}")


async def file(house: House, actor: Actor, filer: int, row: Row, *, submit: bool = True) -> str:
    async with house.work(actor) as work:
        filing = await draft_filing(work, program=CODE, type_code=TRAINING.code, organization_id=filer, rows=[row])
        return (await submit_filing(work, filing.id)).status if submit else filing.status


async def test_a_draft_brings_no_company_on_record(house: House) -> None:
    stranger = await organization(house, 5)
    actor = await member(house, stranger, "stranger", main=True)
    before = await rows(house, "SELECT count(*) AS n FROM organization")
    assert await file(house, actor, stranger, completion(42), submit=False) == "draft"
    with pytest.raises(Refused):
        await file(house, actor, stranger, completion(43))
    assert await rows(house, "SELECT count(*) AS n FROM organization") == before


async def test_a_submitted_roster_brings_its_companies_on_record(house: House) -> None:
    sender = await member(house, await centre(house), "sender", main=True)
    assert sender.organization_id is not None
    assert await file(house, sender, sender.organization_id, completion(42)) == "approved"
    found = await rows(house, "SELECT id, name FROM organization WHERE business_number = $1", business_number(42))
    assert [row["name"] for row in found] == ["기업 42"]
    assert (await has(house, CODE, found[0]["id"])).available == 360


async def test_what_staff_file_waits_for_somebody_else_of_them(house: House) -> None:
    school = await centre(house)
    alone = await staff(house, "alone", Role.REVIEWER)
    assert await file(house, alone, school, completion(42)) == "submitted"
    assert (await rows(house, "SELECT count(*) AS n FROM ledger_transaction"))[0]["n"] == 0


async def test_more_people_than_a_company_has_do_not_complete(house: House) -> None:
    school = await centre(house)
    sender = await member(house, school, "sender", main=True)
    with refused("MILEAGE_INNOVATION_NOBODY_COMPLETED"):
        await file(house, sender, school, completion(42, completers=2**62))


@pytest.mark.parametrize("course", ["LED\u200d설계", "ＬＥＤ 설계", "led설계", "LED 설계"])
async def test_a_completion_earns_once_however_its_course_is_spelled(house: House, course: str) -> None:
    school = await centre(house)
    await send(house, line(42))
    sender = await member(house, school, "sender", main=True)
    with refused("ACTIVITY_ALREADY_FILED"):
        await file(house, sender, school, completion(42, course=course, session="2026-01회"))


@pytest.mark.parametrize("course", ["", "   ", "가" * 1_001])
async def test_a_text_says_something_in_so_many_letters(house: House, course: str) -> None:
    school = await centre(house)
    sender = await member(house, school, "sender", main=True)
    with refused("ACTIVITY_FACT_TEXT") as refusal:
        await file(house, sender, school, completion(42, course=course))
    assert refusal.paths == [("rows", 0, "facts", "course")]


async def test_a_company_sends_no_roster_for_others_to_be_read(house: House) -> None:
    await centre(house)
    actor = await member(house, await organization(house, 5, kind=OrganizationKind.COMPANY), "stranger", main=True)
    with pytest.raises(Exception, match="own organization"):
        await send(house, actor=actor, data=b"not even a workbook")


@pytest.mark.parametrize("spelling", ["2026-01", "2026\u20111", "２０２６-1회", " 2026-1 "])
async def test_a_round_has_one_certificate_however_it_is_spelled(house: House, spelling: str) -> None:
    company = await organization(house, 42, sme=True)
    async with house.work() as work:
        await write_declared_benefits(work)
    await give(house, CODE, company, 2_000)
    found = await rows(house, "SELECT id FROM benefit WHERE code = 'marketing_capability'")

    async def issue(round: str, key: str) -> None:
        async with house.work() as work:
            await issue_certificate(
                work, benefit_id=found[0]["id"], organization_id=company, round=round, points=500, key=key
            )

    await issue("2026-1", "first")
    with refused("CERTIFICATE_ALREADY_OPEN"):
        await issue(spelling, "second")

"""A training centre's roster, from the file to the mileage: all of it, or none of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.activities import revoke_activity
from core.actor import PUBLIC, Actor, Role
from core.database import Database
from core.errors import NotAllowed, NotSignedIn, Refused
from core.house import House
from core.identity import PersonDetails, issue_claim_code, organization_by_number, record_standing, sign_up
from plugins.mileage_innovation.completions import Imported, RosterRefused, import_completions
from plugins.mileage_innovation.program import CODE, TRAINING
from plugins.mileage_innovation.sample import SAMPLE
from plugins.mileage_innovation.service import add_course, register_provider
from tests.support.numbers import business_number
from tests.support.rosters import CENTRE, centre, line, send, workbook
from tests.support.world import (
    at_once,
    connected,
    counts,
    has,
    history,
    lots,
    member,
    organization,
    refused,
    rows,
    staff,
    true_ledger,
)

FILE = f"{CODE}.{TRAINING.code}.file"


async def id_of(house: House, serial: int) -> int:
    async with house.database.reading() as tx:
        found = await organization_by_number(tx, business_number(serial))
    assert found is not None
    return found.id


async def refused_cells(house: House, *lines: dict[str, Any]) -> list[tuple[int | None, str | None, str]]:
    """Row, column's name and code of every complaint; nothing is stored."""
    before = await counts(house)
    with pytest.raises(RosterRefused) as caught:
        await send(house, *lines)
    assert await counts(house) == before
    for cell in caught.value.cells:
        assert cell.reason.ko
        assert cell.reason.en
    return [(cell.row, cell.header, cell.code) for cell in caught.value.cells]


# ---------------------------------------------------------------------------------------------------------- credited


async def test_the_sample_that_is_shipped_is_credited_as_it_stands(house: House) -> None:
    await centre(house)
    told: list[tuple[str, int, int]] = []
    imported = await import_completions(
        house,
        Actor(system=True),
        SAMPLE.read_bytes(),
        provider_number=business_number(CENTRE),
        progress=lambda *step: told.append(step),
    )
    assert (imported.number, imported.rows, imported.companies, imported.already) == ("26-1", 12, 5, False)
    assert [step[0] for step in told if step[1] == step[2]][-3:] == ["read", "file", "credit"]
    earned = await rows(
        house,
        "SELECT o.business_number, sum(l.amount)::bigint AS earned FROM lot l"
        " JOIN organization o ON o.id = l.organization_id GROUP BY 1 ORDER BY 1",
    )
    # 40h×6 + 20h×5 + 1.5h×2 · 40h×3 + 1.5h×11 · 40h×2 + 20h×1 + 1.5h×1 · 40h×3 + 1.5h×1 · 20h×10 + 1.5h×4
    assert [row["earned"] for row in earned] == [1715, 682, 507, 607, 1030]
    assert imported.points == sum(row["earned"] for row in earned)
    await true_ledger(house)


async def test_a_company_nobody_signed_up_for_earns_and_finds_it_there_when_it_joins(house: House) -> None:
    """교육수료 후 회원가입 시에도 이전 마일리지 자동 부여 (MI-10)."""
    await centre(house)
    assert (await send(house, line(1))).points == 360
    company = await id_of(house, 1)
    async with house.work() as work:
        code = await issue_claim_code(work, company)
    joined = await sign_up(
        house,
        business_number=business_number(1),
        login_id="hanbit",
        password="Sunrise-2026",
        person=PersonDetails(name="이담당", email="lee@hanbit.example.kr", phone="02-1234-5678"),
        claim_code=code.code,
    )
    assert joined.organization_id == company
    assert (await has(house, CODE, joined.organization_id)).available == 360
    (lot,) = await rows(house, "SELECT earned_on, expires_on FROM lot WHERE organization_id = $1", company)
    assert lot == {"earned_on": date(2026, 2, 4), "expires_on": date(2031, 2, 4)}


async def test_a_completion_of_more_than_five_years_ago_is_visible_and_not_usable(house: House) -> None:
    """MI-16: the term is counted from the day of completion."""
    await centre(house)
    old = {"starts_on": "2021-02-22", "completed_on": "2021-03-02"}
    assert (await send(house, line(1, **old), line(2, **old | {"completed_on": "2021-03-03"}))).points == 720
    gone, alive = await id_of(house, 1), await id_of(house, 2)
    assert await lots(house, gone) == [(date(2021, 3, 2), 360, 0, 0)]
    assert await history(house, gone) == [("earn", 360), ("expire", -360)]
    assert (await has(house, CODE, gone)).available == 0
    assert (await has(house, CODE, alive)).available == 360
    assert (await has(house, CODE, alive, on=date(2026, 3, 3))).available == 0
    await true_ledger(house)


async def test_only_those_who_completed_count_and_only_the_product_is_floored(house: House) -> None:
    await centre(house)
    imported = await send(house, line(1, hours=1.5, completers=3), line(2, hours=0.5, completers=1))
    assert imported.points == 22 + 2


async def test_ten_thousand_rows_are_credited_in_one_go(house: House) -> None:
    await centre(house)
    imported = await send(house, *[line(place % 500, session=f"{place // 500}회") for place in range(10_000)])
    assert (imported.rows, imported.companies, imported.points) == (10_000, 500, 3_600_000)
    stored = await counts(house)
    assert (stored["filing"], stored["activity"], stored["lot"], stored["account"]) == (1, 10_000, 10_000, 501)
    assert (await has(house, CODE, await id_of(house, 7))).available == 20 * 360
    await true_ledger(house)


# ------------------------------------------------------------------------------------------------------------- refused


async def test_one_bad_row_among_ten_thousand_refuses_all_and_stores_nothing(house: House) -> None:
    await centre(house)
    lines = [line(place) for place in range(10_000)]
    lines[6_789] = line(6_789, completed_on="2017-12-31", starts_on="2017-12-28")
    assert await refused_cells(house, *lines) == [
        (6_791, "수료일", "ACTIVITY_NO_EDITION"),
        (6_791, "수료일", "MILEAGE_INNOVATION_BEFORE_EFFECTIVE"),
    ]


async def test_a_completion_before_the_provider_counts_is_refused_at_its_cell(house: House) -> None:
    """2018.1.1 적용 (MI-3): the day itself counts."""
    provider = await centre(house)
    before = line(1, starts_on="2017-12-30", completed_on="2017-12-31")
    refusals = ["ACTIVITY_NO_EDITION", "MILEAGE_INNOVATION_BEFORE_EFFECTIVE"]
    assert await refused_cells(house, line(2), before) == [(3, "수료일", code) for code in refusals]
    assert (await send(house, line(1, starts_on="2017-12-30", completed_on="2018-01-01"))).points == 360
    async with house.work() as work:
        await register_provider(work, provider, since=date(2026, 2, 5))
    assert await refused_cells(house, line(1)) == [(2, "수료일", "MILEAGE_INNOVATION_BEFORE_EFFECTIVE")]


async def test_a_completion_on_or_after_the_day_a_provider_ceased_is_refused(house: House) -> None:
    provider = await centre(house)
    async with house.work() as work:
        await register_provider(work, provider, since=date(2018, 1, 1), until=date(2026, 2, 4))
    assert await refused_cells(house, line(1)) == [(2, "수료일", "MILEAGE_INNOVATION_AFTER_END")]
    assert (await send(house, line(1, completed_on="2026-02-03"))).points == 360


async def test_of_a_provider_with_listed_courses_only_those_count(house: House) -> None:
    provider = await centre(house, courses=["LED 설계"])
    bad = (3, "과정명", "MILEAGE_INNOVATION_COURSE_NOT_ELIGIBLE")
    assert await refused_cells(house, line(1), line(1, course="조명 마케팅")) == [bad]
    async with house.work() as work:
        await add_course(
            work,
            (await rows(house, "SELECT id FROM mi_training_provider"))[0]["id"],
            "조명 마케팅",
            since=date(2026, 1, 1),
            until=date(2026, 2, 5),
        )
    late = line(2, course="조명 마케팅", completed_on="2026-02-05")
    assert await refused_cells(house, line(1), late) == [bad]
    assert (await send(house, line(1), line(2, course="조명 마케팅"))).points == 720
    async with house.work() as work:
        await register_provider(work, provider, since=date(2018, 1, 1), courses=["조명 마케팅 "])
    assert await refused_cells(house, line(3), line(4)) == [(2, *bad[1:]), (3, *bad[1:])]
    async with house.work() as work:
        await register_provider(work, provider, since=date(2018, 1, 1), courses=[])
    assert await refused_cells(house, line(3, course="조명 마케팅")) == [(2, *bad[1:])]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"hours": 0}, "CELL_TOO_SMALL"),
        ({"hours": -1}, "CELL_TOO_SMALL"),
        ({"hours": 25, "starts_on": "2026-02-04"}, "MILEAGE_INNOVATION_HOURS_IMPOSSIBLE"),
        ({"hours": 1.3}, "CELL_NOT_A_STEP"),
    ],
)
async def test_impossible_hours_are_refused_at_their_cell(house: House, changes: dict[str, Any], code: str) -> None:
    await centre(house)
    assert await refused_cells(house, line(1), line(2, **changes)) == [(3, "교육시간", code)]


async def test_an_empty_roster_is_refused(house: House) -> None:
    await centre(house)
    with pytest.raises(RosterRefused):
        await send(house)


async def test_a_company_known_not_to_be_an_sme_earns_nothing(house: House) -> None:
    await centre(house)
    await organization(house, 1, sme=False)
    await organization(house, 2, sme=True)
    assert await refused_cells(house, line(2), line(1)) == [(3, "기업명", "MILEAGE_INNOVATION_NOT_SME")]


async def test_an_unknown_provider_is_refused_once_and_not_in_every_row(house: House) -> None:
    with refused("MILEAGE_INNOVATION_PROVIDER_UNKNOWN") as refusal:
        await send(house, line(1), line(2))
    assert refusal.paths == [("providerBusinessNumber",)]
    await organization(house, CENTRE)
    before = await counts(house)
    with refused("MILEAGE_INNOVATION_PROVIDER_UNKNOWN") as refusal:
        await send(house, line(1), line(2))
    assert refusal.paths == [("providerBusinessNumber",)]
    assert refusal.clauses == ["경영혁신 마일리지 제도 · 적용대상 교육과정(2018.1.1 적용)"]
    assert await counts(house) == before


async def test_a_provider_number_with_a_wrong_check_digit_is_refused(house: House) -> None:
    with refused("IDENTITY_BUSINESS_NUMBER_CHECKSUM") as refusal:
        await import_completions(house, Actor(system=True), workbook([line(1)]), provider_number="104-82-03900")
    assert refusal.paths == [("providerBusinessNumber",)]


# --------------------------------------------------------------------------------------------------------------- twice


async def test_a_completion_of_an_earlier_roster_is_refused_with_that_filings_number(house: House) -> None:
    await centre(house)
    first = await send(house, line(1), line(2))
    before = await counts(house)
    with pytest.raises(RosterRefused) as caught:
        await send(house, line(3), line(2, course="led설계 ", hours=16), line(4))
    assert await counts(house) == before
    (cell,) = caught.value.cells
    assert (cell.row, cell.code) == (3, "ACTIVITY_ALREADY_FILED")
    assert first.number in cell.reason.ko
    assert first.number in cell.reason.en


async def test_the_same_roster_again_changes_nothing_and_says_so(house: House) -> None:
    await centre(house)
    first = await send(house, line(1), line(2))
    before = await counts(house)
    again = await send(house, line(2), line(1))
    assert again == replace(first, already=True)
    assert await counts(house) == before


async def test_the_same_roster_twice_at_once_makes_one_filing(house: House) -> None:
    await centre(house)
    await connected(house)
    lines = [line(place) for place in range(300)]
    answers, refusals = await at_once(send(house, *lines) for _ in range(2))
    assert not refusals
    assert sorted(answer.already for answer in answers) == [False, True]
    assert len({(answer.filing_id, answer.number, answer.points) for answer in answers}) == 1
    stored = await counts(house)
    assert (stored["filing"], stored["activity"], stored["lot"]) == (1, 300, 300)
    await true_ledger(house)


async def test_the_same_roster_from_more_callers_than_connections_waits_for_nobody_for_ever(house: House) -> None:
    await centre(house)
    assert house.settings.database_url is not None
    database = await Database.connect(house.settings.database_url, size=2)
    narrow = replace(house, database=database)
    answers, _ = await at_once(send(narrow, line(1), line(2)) for _ in range(6))
    await database.close()
    assert sorted(answer.already for answer in answers) == [False, True, True, True, True, True]


async def test_overlapping_rosters_at_once_credit_a_completion_once_and_name_the_row(house: House) -> None:
    await centre(house)
    await connected(house)
    first = [line(place) for place in range(200)]
    second = [line(place) for place in range(399, 198, -1)]
    outcomes = await at_once(send(house, *lines) for lines in (first, second))
    (answer,), refusals = outcomes
    assert isinstance(answer, Imported)
    assert refusals == {"ACTIVITY_ALREADY_FILED": 1}
    earned = await rows(house, "SELECT count(*) AS n, count(DISTINCT organization_id) AS companies FROM lot")
    assert earned == [{"n": answer.rows, "companies": answer.rows}]
    assert (await rows(house, "SELECT last FROM filing_counter")) == [{"last": 1}]


async def test_a_completion_taken_back_can_be_sent_again_corrected(house: House) -> None:
    await centre(house)
    await send(house, line(1, completers=30))
    (activity,) = await rows(house, "SELECT id FROM activity")
    async with house.work() as work:
        await revoke_activity(work, activity["id"], "수료인원 오기")
    await send(house, line(1))
    company = await id_of(house, 1)
    assert await history(house, company) == [("earn", 3600), ("claw_back", -3600), ("earn", 360)]
    assert (await has(house, CODE, company)).available == 360
    await true_ledger(house)


# ----------------------------------------------------------------------------------------------------------------- who


async def test_the_centres_main_user_and_a_sub_user_who_may_file_send_rosters(house: House) -> None:
    provider = await centre(house)
    main = await member(house, provider, "center", main=True)
    sub = await member(house, provider, "center_01", permissions=[FILE])
    assert (await send(house, line(1), actor=main)).points == 360
    assert (await send(house, line(2), actor=sub)).points == 360
    filed = await rows(house, "SELECT created_by FROM filing ORDER BY id")
    assert [row["created_by"] for row in filed] == [main.member_id, sub.member_id]


async def test_staff_of_the_program_send_rosters_for_a_centre(house: House) -> None:
    await centre(house)
    reviewer = await staff(house, "reviewer", programs=[CODE])
    sent = await send(house, line(1), actor=reviewer)
    assert sent.points == 0
    assert (await rows(house, "SELECT status FROM filing WHERE id = $1", sent.filing_id))[0]["status"] == "submitted"


async def test_nobody_else_sends_a_centres_roster(house: House) -> None:
    provider = await centre(house)
    company = await organization(house, 1)
    before = await counts(house)
    for actor in (
        await member(house, provider, "center_02", permissions=[f"{CODE}.redeem"]),
        await member(house, company, "hanbit", main=True),
        await staff(house, "auditor", Role.AUDITOR),
        await staff(house, "elsewhere", programs=["another"]),
        replace(await member(house, provider, "center", main=True), must_change_password=True),
    ):
        with pytest.raises(NotAllowed):
            await send(house, line(1), actor=actor)
    with pytest.raises(NotSignedIn):
        await send(house, line(1), actor=PUBLIC)
    after = await counts(house)
    assert {name: after[name] for name in ("filing", "activity", "lot")} == {
        name: before[name] for name in ("filing", "activity", "lot")
    }


async def test_a_company_does_not_become_a_provider_by_sending_a_roster_of_its_own(house: House) -> None:
    company = await organization(house, 1)
    main = await member(house, company, "hanbit", main=True)
    with refused("MILEAGE_INNOVATION_PROVIDER_UNKNOWN"):
        await send(house, line(1), actor=main, serial=1)


async def test_who_may_not_file_learns_nothing_of_what_is_on_record(house: House) -> None:
    await centre(house)
    await send(house, line(1))
    outsider = await member(house, await organization(house, 2), "hanbit", main=True)
    with pytest.raises(NotAllowed):
        await send(house, line(1), actor=outsider)


async def test_an_sme_confirmed_again_earns_again(house: House) -> None:
    await centre(house)
    company = await organization(house, 1, sme=False)
    with pytest.raises(Refused):
        await send(house, line(1))
    async with house.work() as work:
        await record_standing(work, company, kind="sme", valid_from=date(2026, 1, 1))
    assert (await send(house, line(1))).points == 360

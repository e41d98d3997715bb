"""산학협력실태조사: what falls into a window, to the millisecond; who sees what; figures counted again in Python."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from core.activities import decide_filing, revoke_activity
from core.actor import PUBLIC, Actor, Role
from core.calendar import SEOUL
from core.errors import NotSignedIn
from core.house import House
from core.identity import OrganizationKind
from plugins.industry_academia.facts import WON
from plugins.industry_academia.program import CODE, PROGRAM
from plugins.industry_academia.survey.report import Figures, Report, Window, report
from plugins.industry_academia.survey.sheets import load, path_of, window_of
from plugins.industry_academia.tables import WON_FACTS
from tests.plugins.industry_academia.acts import Campus, course, donation, hire, paid, research, training, transfer
from tests.support import api
from tests.support.client import asking
from tests.support.clock import SetClock
from tests.support.files import pdf, sent
from tests.support.numbers import business_number
from tests.support.world import member, organization, refused, rows

FIRST, LAST = date(2023, 3, 1), date(2024, 2, 29)  # 2023.3.1.~2024.2.29.
NOBODY = Figures(filings=0, activities=0, companies=0, university_points=0, company_points=0, paid_won=0)
LAST_MOMENT = time(23, 59, 59, 999_000)


@pytest.fixture
async def campus(house: House) -> Campus:
    return await Campus.of(house)


def at(day: date, hour: time = time(9)) -> datetime:
    return datetime.combine(day, hour, SEOUL)


async def surveyed(
    campus: Campus, actor: Actor | None = None, as_of: datetime | None = None, first: date = FIRST, last: date = LAST
) -> Report:
    window = Window(first=first, last=last, as_of=as_of or at(date(2024, 4, 30)))
    async with campus.house.database.reading() as tx:
        return await report(tx, campus.house.plugins, actor or campus.operator, window)


async def filed_and_approved(
    campus: Campus, clock: SetClock, filed: datetime, approved: datetime, *, agreement: str = "협약-1"
) -> int:
    """An activity of the day it is filed, approved at a moment; its id."""
    clock.moment = filed
    filing = await campus.filed("research", research(agreement=agreement, deposited_on=filed.date()))
    clock.moment = approved
    await campus.decided(filing)
    return int((await campus.activities(filing))[0]["id"])


@pytest.mark.parametrize(
    ("filed", "approved", "counts"),
    [
        (at(date(2023, 2, 28)), at(date(2023, 3, 1)), False),
        (at(date(2023, 2, 28), LAST_MOMENT), at(date(2023, 3, 1), time(0)), False),
        (at(date(2023, 3, 1), time(0)), at(date(2023, 3, 1), time(0)), True),
        (at(date(2023, 3, 1)), at(date(2023, 3, 1)), True),
        (at(date(2024, 2, 29)), at(date(2024, 2, 29)), True),
        (at(date(2024, 2, 29)), at(date(2024, 2, 29), LAST_MOMENT), True),
        (at(date(2024, 2, 29)), at(date(2024, 3, 1), time(0)), False),
        (at(date(2024, 2, 29)), at(date(2024, 3, 1)), False),
        (at(date(2024, 3, 1)), at(date(2024, 3, 2)), False),
    ],
)
async def test_both_the_filing_and_the_approval_are_within_the_window(
    campus: Campus, clock: SetClock, filed: datetime, approved: datetime, counts: bool
) -> None:
    """적립 신청, 승인 완료된 실적: both days counted in, as Seoul's clocks show them (UI-59)."""
    await filed_and_approved(campus, clock, filed, approved)
    found = await surveyed(campus)
    once = Figures(
        filings=1, activities=1, companies=1, university_points=1_000, company_points=1_000, paid_won=100_000_000
    )
    assert found.total == (once if counts else NOBODY)
    assert found.by_activity == ({"research": once} if counts else {})
    assert [each.id for each in found.universities] == ([campus.university] if counts else [])


async def test_a_moment_of_another_zone_is_the_same_moment(campus: Campus, clock: SetClock) -> None:
    """15:00 UTC of 29 February is midnight of 1 March in Seoul."""
    await filed_and_approved(campus, clock, at(LAST), at(date(2024, 3, 1), time(0)))
    (row,) = await rows(campus.house, "SELECT decided_at AT TIME ZONE 'UTC' AS utc FROM filing")
    assert row["utc"] == datetime(2024, 2, 29, 15)  # noqa: DTZ001
    assert (await surveyed(campus)).total == NOBODY


async def test_what_was_taken_back_counts_until_the_moment_it_was(campus: Campus, clock: SetClock) -> None:
    """The report states what holds as of a moment; a later revocation is told by a later report."""
    activity = await filed_and_approved(campus, clock, at(date(2023, 5, 2)), at(date(2023, 5, 3)))
    taken_back = at(date(2024, 5, 10))
    clock.moment = taken_back
    await campus.revoked(activity)
    before = await surveyed(campus, as_of=taken_back - timedelta(milliseconds=1))
    assert before.total.activities == 1
    assert (await surveyed(campus, as_of=taken_back)).total == NOBODY
    not_yet = await surveyed(campus, as_of=at(date(2023, 5, 3)) - timedelta(milliseconds=1))
    assert not_yet.total == NOBODY, "what was approved later did not hold yet"


async def test_what_is_waiting_rejected_or_withdrawn_does_not_count(campus: Campus, clock: SetClock) -> None:
    clock.moment = at(date(2023, 6, 1))
    on = {"deposited_on": date(2023, 6, 1)}
    await campus.drafted("research", research(agreement="초안", **on))
    await campus.filed("research", research(agreement="대기", **on))
    half = await campus.filed("research", research(agreement="가", **on), research(agreement="나", **on))
    waiting = await campus.activities(half)
    async with campus.house.work(campus.reviewer) as work:
        await decide_filing(work, half.id, approve=True, except_rows={waiting[0]["id"]: "증빙 부족"})
    assert (await surveyed(campus)).total.activities == 1


def test_what_companies_paid_is_every_fact_in_won() -> None:
    paid_facts = {
        name
        for kind in PROGRAM.activity_types
        for name, field in kind.facts.__dataclass_fields__.items()
        if field.metadata["unit"] == WON
    }
    assert paid_facts == set(WON_FACTS)


async def test_figures_are_those_of_python_over_random_filings(house: House, clock: SetClock) -> None:
    """Counted again, row by row, from what each filing and activity says; with parties in several, and some revoked."""
    chance = random.Random(59)
    clock.moment = at(date(2023, 1, 10))
    campus = await Campus.of(house)
    second = await organization(house, 3, kind=OrganizationKind.UNIVERSITY)
    filers = [campus.filer, await member(house, second, "dareun", main=True)]
    for serial in (11, 12, 13):
        await organization(house, serial)
    truth: list[dict[str, Any]] = []
    for number in range(40):
        filed = at(date(2023, 2, 20) + timedelta(days=chance.choice([0, 8, 9, 100, 200, 373, 374, 375])), time(10))
        approved = filed + timedelta(days=chance.choice([0, 0, 1, 2, 30]), hours=chance.choice([0, 13, 14]))
        code = chance.choice(["field_training", "course", "research", "technology_transfer", "donation"])
        company, who = business_number(chance.choice([11, 12, 13])), chance.choice(filers)
        count, on = chance.choice([1, 1, 2]), filed.date()
        facts = []
        for place in range(count):
            won = chance.randrange(10_000, 90_000_000)
            words = f"{number}-{place}"
            if code == "field_training":
                started = {"starts_on": on - timedelta(days=60), "ends_on": on}
                facts.append(training(student=f"학생{words}", support_won=won, **started))
            elif code == "course":
                facts.append(course(agreement=words, cost_won=won, starts_on=on - timedelta(days=60), ends_on=on))
            elif code == "donation":
                facts.append(donation(agreement=words, donated_won=won, deposited_on=on))
            else:
                facts.append(paid(code, won, agreement=words, deposited_on=on, vat_won=won // 10))
        clock.moment = filed
        proof = await sent(house, who, pdf())
        filing = await campus.filed(code, *facts, company=company, who=who, proof=proof)
        clock.moment = approved
        await campus.decided(filing)
        for each, row in zip(facts, await campus.activities(filing), strict=True):
            revoked = at(date(2024, 3, 20)) if chance.random() < 0.2 else None
            if revoked:
                clock.moment = max(revoked, approved)
                async with house.work(campus.operator) as work:
                    await revoke_activity(work, row["id"], "허위 실적")
            won_paid = sum(getattr(each, name, 0) for name in WON_FACTS)
            truth.append(
                {
                    "who": who.organization_id, "type": code, "filing": filing.id, "company": company,
                    "filed": filed.date(), "approved": approved.astimezone(SEOUL).date(), "revoked": revoked,
                    "points": row["points_filer"], "won": won_paid,
                }
            )  # fmt: skip
    for as_of, last in ((at(date(2024, 3, 10)), LAST), (at(date(2024, 4, 30)), LAST), (at(LAST), date(2023, 6, 10))):
        kept = [
            each
            for each in truth
            if FIRST <= each["filed"] <= last
            and FIRST <= each["approved"] <= last
            and (each["revoked"] is None or each["revoked"] > as_of)
        ]
        assert kept and len(kept) < len(truth)
        found = await surveyed(campus, as_of=as_of, last=last)
        assert found.total == figures(kept)
        assert found.by_activity == by("type", kept)
        of = {each.id: each for each in found.universities}
        assert {key: each.total for key, each in of.items()} == by("who", kept)
        for key, each in of.items():
            assert each.by_activity == by("type", [row for row in kept if row["who"] == key])


def figures(kept: list[dict[str, Any]]) -> Figures:
    return Figures(
        filings=len({each["filing"] for each in kept}),
        activities=len(kept),
        companies=len({each["company"] for each in kept}),
        university_points=sum(each["points"] for each in kept),
        company_points=sum(each["points"] for each in kept),
        paid_won=sum(each["won"] for each in kept),
    )


def by(name: str, kept: list[dict[str, Any]]) -> dict[Any, Figures]:
    groups = defaultdict(list)
    for each in kept:
        groups[each[name]].append(each)
    return {key: figures(own) for key, own in groups.items()}


# ------------------------------------------------------------------------------------------------------ who sees


async def test_a_university_sees_its_own_and_staff_and_auditors_all(campus: Campus, clock: SetClock) -> None:
    house = campus.house
    clock.moment = at(date(2023, 5, 2))
    second = await organization(house, 3, kind=OrganizationKind.UNIVERSITY)
    other = await member(house, second, "dareun", main=True)
    on = {"deposited_on": date(2023, 5, 2)}
    await campus.approved("research", research(**on))
    await campus.approved("hire", hire(hired_on=date(2023, 5, 2), completed_on=date(2023, 4, 1)))
    proof = await sent(house, other, pdf())
    await campus.approved("technology_transfer", transfer(**on), who=other, proof=proof)
    company = await member(house, campus.company, "giup", main=True)
    clerk = await member(house, campus.university, "bogi_1", permissions=[f"{CODE}.hire.file"])
    bare = await member(house, campus.university, "bogi_2")
    auditor = await member(house, campus.company, "gamsa", role=Role.AUDITOR)
    elsewhere = await member(house, campus.company, "ttande", role=Role.REVIEWER, programs=["mileage_innovation"])
    seen = {
        name: sorted(code for each in (await surveyed(campus, who)).universities for code in each.by_activity)
        for name, who in {
            "university": campus.filer, "other": other, "company": company, "clerk": clerk, "bare": bare,
            "auditor": auditor, "elsewhere": elsewhere, "operator": campus.operator, "reviewer": campus.reviewer,
            "public": PUBLIC,
        }.items()
    }  # fmt: skip
    everything = ["hire", "research", "technology_transfer"]
    assert seen == {
        "university": ["hire", "research"], "other": ["technology_transfer"], "company": [], "clerk": ["hire"],
        "bare": [], "auditor": everything, "elsewhere": [], "operator": everything, "reviewer": everything,
        "public": [],
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------------ the API

SURVEY = """query ($from: Date!, $until: Date!, $asOf: DateTime, $first: Int! = 20, $after: String) {
  cooperationSurvey(from: $from, until: $until, asOf: $asOf, first: $first, after: $after) {
    from until asOf totalCount workbookPath
    figures { filings activities companies universityPoints companyPoints paidWon }
    activityTypes { activityType nameKo figures { activities } }
    nodes { name figures { universityPoints } organization { name } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
    notes { text source { document clause } }
  }
}"""


async def test_the_list_is_paged_and_its_totals_are_of_all(house: House, clock: SetClock) -> None:
    campus = await Campus.of(house)
    clock.moment = at(date(2023, 5, 2))
    for serial in range(20, 25):
        each = await member(house, await organization(house, serial, kind=OrganizationKind.UNIVERSITY), f"u{serial}")
        who = Actor(member_id=each.member_id, organization_id=each.organization_id, role=Role.MEMBER, main=True)
        proof = await sent(house, who, pdf())
        await campus.approved("research", research(deposited_on=date(2023, 5, 2)), who=who, proof=proof)
    operator = await api.staff(house, Role.OPERATOR, "jungang")
    window = {"from": "2023-03-01", "until": "2024-02-29"}
    async with asking(house) as public:
        staff = api.asks(public.http, operator)
        names, after = [], None
        for place in range(3):
            page = (await staff.ask(SURVEY, **window, first=2, after=after))["cooperationSurvey"]
            names += [each["name"] for each in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            assert page["totalCount"] == page["figures"]["activities"] == 5
            assert page["pageInfo"]["hasNextPage"] is (place < 2)
            assert page["pageInfo"]["hasPreviousPage"] is (place > 0)
        assert names == sorted(names) == [f"기관 {serial}" for serial in range(20, 25)]
        (note,) = page["notes"]
        assert "disclosure" in note["text"] and "정보공시" in note["source"]["clause"]
        for wrong, code in (
            ({"from": "2024-03-01", "until": "2024-02-29"}, "INDUSTRY_ACADEMIA_SURVEY_WINDOW_REVERSED"),
            ({**window, "asOf": "2023-05-02T09:00:01+09:00"}, "INDUSTRY_ACADEMIA_SURVEY_AS_OF_AHEAD"),
            ({**window, "first": 101}, "PAGE_INVALID"),
            ({**window, "after": "x"}, "CURSOR_INVALID"),
        ):
            answer = await staff.send(SURVEY, **wrong)
            assert api.top_codes(answer) == [code]
        assert api.top_codes(await public.send(SURVEY, **window)) == ["UNAUTHENTICATED"]


async def test_the_workbook_has_a_sheet_for_each_table_headed_by_the_window(house: House, clock: SetClock) -> None:
    campus = await Campus.of(house)
    clock.moment = at(date(2023, 5, 2))
    await campus.approved("research", research(deposited_on=date(2023, 5, 2)))
    await campus.approved("hire", hire(hired_on=date(2023, 5, 2), completed_on=date(2023, 4, 1)))
    operator = await api.staff(house, Role.OPERATOR, "jungang")
    clock.moment = at(date(2024, 4, 30))
    async with asking(house) as public:
        staff = api.asks(public.http, operator)
        path = (await staff.ask(SURVEY, **{"from": "2023-03-01", "until": "2024-02-29"}))["cooperationSurvey"][
            "workbookPath"
        ]
        answer = await staff.get(path)
        assert answer.status_code == 200, answer.text
        assert "%EC%82%B0%ED%95%99" in answer.headers["content-disposition"]
        book = openpyxl.load_workbook(BytesIO(answer.content))
        assert book.sheetnames == ["표 1 적립분야별", "표 2 대학별", "표 3 대학별 적립분야별", "안내"]
        for place, sheet in enumerate(book.worksheets[:3], 1):
            assert sheet["A1"].value.startswith(f"표 {place}.")
            assert "2023-03-01 ~ 2024-02-29" in sheet["A2"].value
            assert "만든 시각: 2024-04-30 09:00:00+09:00" in sheet["A3"].value
        assert [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=4)] == [
            ["적립분야", "신청 건수", "활동 건수", "참여 기업 수", "대학 마일리지", "기업 마일리지", "기업 부담액(원)"],
            ["학생 채용", 1, 1, 1, 300, 300, 0],
            ["산업체 과제수행", 1, 1, 1, 1_000, 1_000, 100_000_000],
            ["합계", 2, 2, 1, 1_300, 1_300, 100_000_000],
        ]
        assert [cell.value for cell in book.worksheets[2][5]][:4] == ["기관 2", business_number(2), "학생 채용", 1]
        assert any("정보공시" in str(cell.value) for cell in book["안내"]["B"])
        assert (await public.get(path)).status_code == 401
        assert (await staff.get(path.replace("2023-03-01", "2025-03-01"))).status_code == 404
        assert (await staff.get("/documents/workbooks/industry_academia/survey/2023-03-01.xlsx")).status_code == 404
    events = await rows(house, "SELECT after FROM audit_event WHERE action = 'workbook.written'")
    assert [event["after"]["rows"] for event in events] == [3 + 2 + 3]


async def test_the_workbook_counts_for_its_reader(campus: Campus, clock: SetClock) -> None:
    clock.moment = at(date(2023, 5, 2))
    await campus.approved("research", research(deposited_on=date(2023, 5, 2)))
    company = await member(campus.house, campus.company, "giup", main=True)
    key = "2023-03-01_2024-02-29"
    for who, rows_of_universities in ((campus.filer, 1), (company, 0)):
        async with campus.house.work(who) as work:
            sheets = await load(work, key)
        assert sheets is not None and len(sheets.tables[1].rows) == rows_of_universities + 1
    with pytest.raises(NotSignedIn):
        async with campus.house.work(PUBLIC) as work:
            await load(work, key)


@pytest.mark.parametrize("key", ["", "2023-03-01", "2023-02-30_2024-02-29", "2023-03-01_2024-02-29_9", "x" * 500])
def test_an_address_that_is_none_is_refused(key: str) -> None:
    with refused("INDUSTRY_ACADEMIA_SURVEY_ADDRESS"):
        window_of(key, at(LAST))


def test_an_address_says_what_it_is_of() -> None:
    window = Window(first=FIRST, last=LAST, as_of=datetime(2024, 4, 30, 9, 0, 0, 123_456, SEOUL))
    key = path_of(window).rpartition("/")[2].removesuffix(".xlsx")
    assert window_of(key, at(date(2025, 1, 1))) == window

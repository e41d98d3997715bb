"""마일리지 조회: what an account's statement says, filtered, added up, page by page, as a sheet, and to whom."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import asyncpg
import httpx
import openpyxl
import pytest

from core.actor import Actor
from core.house import House
from core.identity.tokens import mint_token
from core.ledgers import Credit, Earning, earn, transfer
from core.parts import Example
from plugins.industry_academia.program import CODE, MILEAGE, PROGRAM
from plugins.industry_academia.using import EXAMPLES
from tests.plugins.industry_academia.acts import Campus, donation, hire, research, training
from tests.plugins.industry_academia.test_supported import ADD, ISSUE, USE, supported
from tests.support.api import Account, asks, statements_of, sub_user
from tests.support.client import Client
from tests.support.clock import SetClock
from tests.support.world import organization, rows

LINES = """query ($where: StatementLineWhere, $first: Int, $after: String) {
  statement(where: $where, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { number processedOn itemKo itemEn earned withdrawn balanceAfter filerName subjectName kind activityType
      organization { name } activity { pointsFiler } certificate { number } benefit { nameKo } } } }"""
TOTALS = """query ($where: StatementLineWhere) {
  statementTotals(where: $where) { program asset lines earned withdrawn } }"""


async def signed_in(house: House, actor: Actor) -> Account:
    async with house.work() as work:
        await work.tx.connection.execute(
            "UPDATE member SET must_change_password = false WHERE id = $1", actor.member_id
        )
        token = await mint_token(work, actor.member_id or 0, timedelta(days=30), cookie=False)
    return Account(
        organization_id=actor.organization_id or 0,
        member_id=actor.member_id or 0,
        login_id="",
        token=token.token,
        actor=actor,
    )


@dataclass
class Books:
    """A university's and a company's mileage after a few weeks: earned, used, passed on, taken back."""

    campus: Campus
    http: httpx.AsyncClient
    filer: Account
    operator: Account
    reviewer: Account

    def asks(self, who: Account | None) -> Client:
        return asks(self.http, who)

    async def lines(self, who: Account | None = None, **variables: Any) -> list[dict[str, Any]]:
        answer = await self.asks(who or self.filer).ask(LINES, first=100, **variables)
        assert answer["statement"]["totalCount"] == len(answer["statement"]["nodes"])
        found: list[dict[str, Any]] = answer["statement"]["nodes"]
        return found


@pytest.fixture
async def books(house: House, clock: SetClock, http: httpx.AsyncClient) -> Books:
    campus = await Campus.of(house)
    made = Books(
        campus,
        http,
        await signed_in(house, campus.filer),
        await signed_in(house, campus.operator),
        await signed_in(house, campus.reviewer),
    )
    await campus.approved("field_training", training(), training(student="라마바"))  # 450 each
    clock.forward(hours=1)
    await campus.approved("research", research())  # 1,000
    clock.forward(hours=1)
    hired = await campus.approved("hire", hire())  # 300, taken back below
    answer = await made.asks(made.operator).change(ADD, input=supported())
    issued = await made.asks(made.filer).change(
        ISSUE,
        input={"benefitId": answer["benefit"]["id"], "round": "1", "points": 600, "idempotencyKey": "one"},
    )
    clock.forward(hours=1)
    await made.asks(made.reviewer).change(USE, id=issued["certificate"]["id"], key="used")
    async with house.work() as work:
        await transfer(
            work, program=CODE, asset=MILEAGE.code, from_id=campus.company, to_id=campus.university, amount=70,
            key="passed", reason="공용장비 사용료 할인",
        )  # fmt: skip
    clock.forward(hours=1)
    (row,) = await campus.activities(hired)
    await campus.revoked(row["id"])
    return made


def told(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(line[name] for name in ("number", "itemKo", "earned", "withdrawn", "balanceAfter", "filerName"))


async def test_a_statement_says_what_each_line_was_for_and_what_was_left(books: Books) -> None:
    seen = await books.lines()
    assert [told(line) for line in seen] == [
        (7, "학생 채용", 0, 300, 1370, "기관 2"),
        (6, "공용장비 사용료 할인", 70, 0, 1670, None),
        (5, "지역혁신 지원사업", 0, 600, 1600, None),
        (4, "학생 채용", 300, 0, 2200, "기관 2"),
        (3, "산업체 과제수행", 1000, 0, 1900, "기관 2"),
        (2, "대학생 현장실습", 450, 0, 900, "기관 2"),
        (1, "대학생 현장실습", 450, 0, 450, "기관 2"),
    ]
    assert [line["kind"] for line in seen] == ["claw_back", "transfer", "use", "earn", "earn", "earn", "earn"]
    assert [line["processedOn"] for line in seen] == sorted((line["processedOn"] for line in seen), reverse=True)
    assert {line["subjectName"] for line in seen} == {"기관 1", None}
    assert seen[2]["certificate"]["number"] and seen[2]["benefit"] == {"nameKo": "지역혁신 지원사업"}
    assert seen[4]["activity"] == {"pointsFiler": 1000} and seen[4]["itemEn"] == "research for companies"


async def test_a_page_is_one_statement_and_pages_join_without_a_gap(books: Books) -> None:
    whole = await books.lines()
    joined: list[dict[str, Any]] = []
    after = None
    while True:
        with statements_of(books.campus.house) as seen:
            page = (await books.asks(books.filer).ask(LINES, first=3, after=after))["statement"]
        assert len(seen) == 1
        joined += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert joined == whole and page["totalCount"] == 7


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ({"activityType": {"eq": "hire"}}, [7, 4]),
        ({"filerName": {"contains": "관 2"}}, [7, 4, 3, 2, 1]),
        ({"filerName": {"contains": "없는"}}, []),
        ({"benefitNameKo": {"contains": "지역"}}, [5]),
        ({"kind": {"in": ["use", "transfer"]}}, [6, 5]),
        ({"withdrawn": {"gt": 0}}, [7, 5]),
        ({"program": {"eq": "mileage_innovation"}}, []),
    ],
)
async def test_filters_leave_what_they_say_and_totals_add_that_up(
    books: Books, where: dict[str, Any], numbers: list[int]
) -> None:
    seen = await books.lines(where=where)
    assert [line["number"] for line in seen] == numbers
    totals = (await books.asks(books.filer).ask(TOTALS, where=where))["statementTotals"]
    sums = {
        "program": CODE, "asset": MILEAGE.code, "lines": len(seen),
        "earned": sum(line["earned"] for line in seen), "withdrawn": sum(line["withdrawn"] for line in seen),
    }  # fmt: skip
    assert totals == ([sums] if numbers else [])


async def test_a_range_of_days_counts_both_ends_in_seoul(books: Books, owner_url: str) -> None:
    house = books.campus.house
    days = await rows(
        house, "SELECT DISTINCT (recorded_at AT TIME ZONE 'Asia/Seoul')::date AS day FROM entry ORDER BY 1"
    )
    first: date = days[0]["day"]
    within = {"processedOn": {"gte": str(first), "lte": str(days[-1]["day"])}}
    assert len(await books.lines(where=within)) == 7
    assert await books.lines(where={"processedOn": {"lt": str(first)}}) == []
    owner = await asyncpg.connect(owner_url)  # one that came half an hour after midnight, by UTC the day before
    await owner.execute("SET session_replication_role = replica")
    await owner.execute(
        "UPDATE entry SET recorded_at = '2020-05-01 00:30+09' WHERE id = (SELECT min(id) FROM entry"
        " WHERE organization_id = $1)",
        books.campus.university,
    )
    await owner.close()
    found = await books.lines(where={"processedOn": {"eq": "2020-05-01"}})
    assert [line["number"] for line in found] == [1]


async def test_an_account_has_its_own_statement_and_each_its_own_numbers(books: Books) -> None:
    document = """{ accounts(where: {organization: {isNull: false}}) { nodes { posted organization { name }
      statement(first: 100) { totalCount nodes { number balanceAfter } } } } }"""
    seen = (await books.asks(books.operator).ask(document))["accounts"]["nodes"]
    assert {each["organization"]["name"] for each in seen} == {"기관 1", "기관 2"}
    for each in seen:
        lines = each["statement"]["nodes"]
        assert [line["number"] for line in lines] == list(range(len(lines), 0, -1))
        assert lines[0]["balanceAfter"] == each["posted"]


async def test_the_sheet_has_the_same_lines_and_names_what_they_were_for(books: Books) -> None:
    answer = await books.asks(books.filer).ask("{ statement { export { path } } }")
    sheet = await books.asks(books.filer).get(answer["statement"]["export"]["path"])
    table = openpyxl.load_workbook(io.BytesIO(sheet.content)).worksheets[0]
    head, *written = list(table.iter_rows(values_only=True))
    assert {"처리일자", "사업명", "적립", "인출", "잔여", "적립기관"} <= set(head)
    assert "번호" not in head
    at = {name: head.index(name) for name in ("사업명", "적립", "인출", "잔여", "적립기관")}
    assert [tuple(line[place] for place in at.values()) for line in written] == [
        told(line)[1:] for line in await books.lines()
    ]


async def test_who_sees_which_lines(books: Books) -> None:
    house = books.campus.house
    permissions = {"nothing": [], "hires": [f"{CODE}.hire.file"], "certificates": [PROGRAM.redeeming_permission]}
    seen = {}
    for suffix, granted in permissions.items():
        clerk = await sub_user(house, books.filer, suffix, granted)
        lines = await books.lines(clerk)
        seen[suffix] = [(line["itemKo"], line["earned"] - line["withdrawn"]) for line in lines]
        assert all(line["number"] is None and line["balanceAfter"] is None for line in lines)
    assert seen == {
        "nothing": [],
        "hires": [("학생 채용", -300), ("학생 채용", 300)],
        "certificates": [("지역혁신 지원사업", -600)],
    }
    assert (await asks(books.http).ask(LINES))["statement"]["nodes"] == []
    assert (await asks(books.http).ask(TOTALS))["statementTotals"] == []
    assert len(await books.lines(books.operator)) == 7 + 6  # the company was transferred from, and has no certificate


async def test_what_another_organization_did_is_named_on_no_line_that_refers_to_it(books: Books) -> None:
    """A reference to an activity of others, whoever wrote it, tells nothing of it."""
    house = books.campus.house
    other = await books.campus.approved("donation", donation())
    (row,) = await books.campus.activities(other)
    stranger = await organization(house, 77)
    async with house.work() as work:
        credit = Credit(organization_id=stranger, amount=5, earned_on=work.today, expires_on=None)
        earning = Earning(key="odd", reference=f"activity:{row['id']}", credits=(credit,))
        await earn(work, program=CODE, asset=MILEAGE.code, earnings=[earning], reason="지급")
    (line,) = await books.lines(books.operator, where={"reason": {"eq": "지급"}})
    assert (line["itemKo"], line["filerName"], line["activityType"]) == ("지급", None, None)


@pytest.mark.parametrize("example", [pytest.param(each, id=each.title) for each in EXAMPLES])
async def test_every_example_of_using_the_mileage_runs(books: Books, example: Example) -> None:
    answer = await books.asks(books.filer).ask(example.document, **example.variables)
    assert any(each and each != {"totalCount": 0, "nodes": []} for each in answer.values())

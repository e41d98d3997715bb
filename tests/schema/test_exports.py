"""Lists as spreadsheets: the rows of the list, its conditions and order, typed cells, and only what one may see."""

from __future__ import annotations

import asyncio
import io
import tempfile
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from starlette.types import Message

from core.actor import Role
from core.benefits import write_declared_benefits
from core.house import House
from schema.addresses import listed_at
from schema.build import DureSchema, build_schema
from schema.exports import write_export
from schema.http.app import application
from tests.core.identity.scene import acting, enter, join, staff
from tests.core.personal.conftest import HONG, Campus
from tests.core.personal.placements import placements
from tests.support.client import Client, asking
from tests.support.clock import SetClock
from tests.support.ledger import as_owner

ORGANIZATIONS = """query ($where: OrganizationWhere, $order: [OrganizationOrder!]) {
  organizations(where: $where, orderBy: $order) { export { path expiresAt } } }"""
STANDINGS = """query ($where: StandingWhere, $order: [StandingOrder!]) { viewer { organization {
  standings(where: $where, orderBy: $order) { totalCount export { path } } } } }"""
FILL = """INSERT INTO standing (organization_id, kind, holds, valid_from, evidence)
  SELECT $1, 'sme', n % 2 = 0, DATE '2000-01-01' + n % 9000, $2 || n FROM generate_series(1, $3::int) n"""


@dataclass
class Office:
    """Two companies and an operator."""

    house: House
    schema: DureSchema
    one: Client
    two: Client
    operator: Client
    public: Client

    async def fill(self, rows: int, words: str = "확인서 ") -> None:
        async with self.house.work() as work:
            own = (await acting(self.house, "one")).organization_id
            await work.tx.connection.execute(FILL, own, words, rows)

    async def sheet(self, who: Client, query: str, **variables: Any) -> list[list[Any]]:
        """The first sheet of the one export that a query asks for."""
        answer = await self.public.get(path_in(await who.ask(query, **variables)))
        assert answer.status_code == 200, answer.text
        return CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()


def path_in(found: Any) -> str:
    while "export" not in found:
        found = next(iter(found.values()))
    return str(found["export"]["path"])


@pytest.fixture
async def office(house: House, schema: DureSchema) -> AsyncIterator[Office]:
    async with house.work() as work:
        await write_declared_benefits(work)
    await join(house, 1, "one")
    await join(house, 2, "two")
    await staff(house, Role.OPERATOR, "office")
    async with asking(house, schema) as public:
        clients = [public.signed_in((await enter(house, login)).token) for login in ("one", "two", "office")]
        yield Office(house, schema, *clients, public)


async def test_a_list_is_exported_in_korean_with_typed_cells_filtered_and_ordered(office: Office) -> None:
    rows = await office.sheet(
        office.operator,
        ORGANIZATIONS,
        where={"kind": {"eq": "COMPANY"}},
        order=[{"field": "NAME", "direction": "DESC"}],
    )
    assert rows[0] == [
        "사업자등록번호", "법인등록번호", "기관명", "기관 구분", "주소", "가입 시각", "등록 시각",
    ]  # fmt: skip
    assert [row[2] for row in rows[1:]] == ["한빛조명 2", "한빛조명 1"]
    assert all(isinstance(row[0], str) and len(row[0]) == 10 and row[3] == "기업" for row in rows[1:])
    assert rows[1][5].isoformat() == "2026-03-02T09:00:00"


async def test_everybody_gets_only_what_the_list_shows_them(office: Office) -> None:
    assert [row[2] for row in (await office.sheet(office.two, ORGANIZATIONS))[1:]] == ["한빛조명 2"]
    assert len(await office.sheet(office.operator, ORGANIZATIONS)) == 4
    assert await office.public.ask(ORGANIZATIONS) == {"organizations": {"export": None}}


async def test_a_hundred_thousand_rows_come_in_order_from_one_snapshot(office: Office) -> None:
    await office.fill(100_000)
    rows = await office.sheet(office.one, STANDINGS, order=[{"field": "ID"}])
    assert len(rows) == 100_001
    assert rows[1] == ["sme", False, date(2000, 1, 2), "", "확인서 1", *rows[1][5:]]
    assert rows[100_000][4] == "확인서 100000"
    few = await office.sheet(office.one, STANDINGS, where={"validFrom": {"lt": "2000-01-03"}, "holds": {"eq": False}})
    assert {row[2] for row in few[1:]} == {date(2000, 1, 2)}


async def test_memory_does_not_grow_with_the_rows(office: Office, tmp_path: Path) -> None:
    peaks = []
    for rows in (4_000, 40_000):
        async with office.house.work() as work:
            await work.tx.connection.execute("DELETE FROM standing")
        await office.fill(rows)
        actor = await acting(office.house, "one")
        token = path_in(await office.one.ask(STANDINGS)).split("/")[2]
        _, listed = listed_at(office.house, token)
        tracemalloc.start()
        done = await write_export(office.house, office.schema, actor, listed, tmp_path / f"{rows}.xlsx", "request")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert done.rows == rows
    assert peaks[1] < peaks[0] * 1.5, peaks


@pytest.mark.parametrize("word", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1", "{=1}"])
async def test_no_text_becomes_a_formula(office: Office, word: str) -> None:
    await office.fill(1, word)
    answer = await office.public.get(path_in(await office.one.ask(STANDINGS)))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert (sheet["E2"].data_type, sheet["E2"].value) in (("s", f"{word}1"), ("inlineStr", f"{word}1"))


async def test_the_last_sheet_says_what_it_is_and_the_audit_who_took_it(office: Office) -> None:
    await office.fill(3)
    where = {"validFrom": {"gte": "2000-01-03"}}
    answer = await office.public.get(path_in(await office.one.ask(STANDINGS, where=where)))
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    about = dict(book.get_sheet_by_name("안내").to_python())
    assert (about["조건"], about["건수"]) == ("valid_from gte 2000-01-03", "2")
    async with office.house.database.reading() as tx:
        event = await tx.connection.fetchrow("SELECT * FROM audit_event WHERE action = 'export.written'")
    assert event["subject_id"] == "Organization.standings"
    assert event["after"]["where"] == [["valid_from", "gte", "2000-01-03"]]
    assert event["after"]["rows"] == 2
    assert event["actor_id"] == (await acting(office.house, "one")).member_id


async def test_the_audit_says_by_what_a_text_was_sought_and_not_what_was_sought(office: Office) -> None:
    where = {"name": {"contains": "한빛", "in": ["한빛조명 1"]}, "kind": {"eq": "COMPANY"}}
    assert [row[2] for row in (await office.sheet(office.operator, ORGANIZATIONS, where=where))[1:]] == ["한빛조명 1"]
    async with office.house.database.reading() as tx:
        event = await tx.connection.fetchrow("SELECT * FROM audit_event WHERE action = 'export.written'")
    assert sorted(event["after"]["where"]) == [["kind", "eq", "company"], ["name", "contains"], ["name", "in_"]]
    assert "한빛" not in str(dict(event))


@pytest.fixture
def aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files lie for the time being."""
    (folder := tmp_path / "aside").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.parametrize("wanted", ["bytes=0-10", "bytes=99999999-", "bytes=5-2", "pages=1", "bytes=0-1,4-5"])
async def test_a_list_is_sent_whole_and_is_gone_whatever_part_was_wanted(
    office: Office, aside: Path, wanted: str
) -> None:
    path = path_in(await office.one.ask(STANDINGS))
    answer = await office.public.http.get(path, headers={"range": wanted})
    assert (answer.status_code, answer.headers["accept-ranges"]) == (200, "none")
    assert CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).sheet_names
    assert left_in(aside) == []


async def raw(office: Office, path: str, *, goes_before: bool = False) -> None:
    """Ask for it as a server does, for somebody who goes before it begins or while it is sent."""

    async def receive() -> Message:
        if goes_before:
            return {"type": "http.disconnect"}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body" and not goes_before:
            raise BrokenPipeError

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [],
        "asgi": {"version": "3.0", "spec_version": "2.4"}, "scheme": "http", "server": ("dure.test", 80),
        "client": ("127.0.0.1", 1), "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    await application(office.house, office.schema)(scope, receive, send)


async def written(office: Office) -> int:
    async with office.house.database.reading() as tx:
        sql = "SELECT count(*) FROM audit_event WHERE action = 'export.written'"
        return int(await tx.connection.fetchval(sql))


async def test_whoever_goes_while_it_is_sent_leaves_nothing(office: Office, aside: Path) -> None:
    with pytest.raises(BrokenPipeError):
        await raw(office, path_in(await office.one.ask(STANDINGS)))
    assert await written(office) == 1
    assert left_in(aside) == []


async def test_nothing_is_written_for_who_has_gone(office: Office, aside: Path) -> None:
    await raw(office, path_in(await office.one.ask(STANDINGS)), goes_before=True)
    assert await written(office) == 0
    assert left_in(aside) == []


async def test_a_member_has_one_list_written_at_a_time(office: Office) -> None:
    path = path_in(await office.one.ask(STANDINGS))
    others = path_in(await office.two.ask(STANDINGS))
    async with as_owner(office.house) as connection:
        async with connection.transaction():
            await connection.execute("LOCK TABLE standing IN ACCESS EXCLUSIVE MODE")
            first = asyncio.create_task(office.public.get(path))
            waits = False
            while not waits:
                await asyncio.sleep(0.02)
                waits = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            second = await asyncio.wait_for(office.public.get(path), 30)
            other = asyncio.create_task(office.public.get(others))
        assert (await first).status_code == 200
    assert second.status_code == 429
    assert "still being written" in second.text
    assert (await other).status_code == 200
    assert (await office.public.get(path)).status_code == 200


async def test_an_address_is_good_for_ten_minutes_and_cannot_be_changed(office: Office, clock: SetClock) -> None:
    path = path_in(await office.one.ask(STANDINGS))
    assert (await office.public.get(path)).status_code == 200
    token = path.split("/")[2]
    for broken in (token[:-2] + "AA", "A" + token[1:], "", "x", token + "AAAA", "%"):
        assert (await office.public.get(f"/exports/{broken}/standings.xlsx")).status_code == 404, broken
    clock.set(date(2026, 3, 3))
    assert (await office.public.get(path)).status_code == 410


async def test_rights_are_looked_up_when_it_is_fetched(office: Office) -> None:
    path = path_in(await office.operator.ask(ORGANIZATIONS))
    async with office.house.work() as work:
        await work.tx.connection.execute("UPDATE member SET role = 'member' WHERE login_id = 'office'")
    own = path_in(await office.two.ask(STANDINGS))
    async with office.house.work() as work:
        await work.tx.connection.execute("UPDATE member SET deactivated_at = now() WHERE login_id = 'two'")
    book = CalamineWorkbook.from_filelike(io.BytesIO((await office.public.get(path)).content))
    assert [row[2] for row in book.get_sheet_by_index(0).to_python()[1:]] == ["전담기관"]
    assert (await office.public.get(own)).status_code == 403


async def test_facts_have_columns_and_personal_ones_the_same_masks(house: House) -> None:
    from core.personal import Vault

    ours = replace(house, plugins=placements(), vault=Vault())
    schema = build_schema(ours.plugins)
    await join(ours, 1, "university")
    await join(ours, 2, "company")
    await staff(ours, Role.AUDITOR, "auditor")
    query = '{ activities(where: {activityType: {eq: "placement"}}) { export { path } } }'
    async with asking(ours, schema) as public:
        logins = ("university", "company", "auditor")
        clients = {login: public.signed_in((await enter(ours, login)).token) for login in logins}
        campus = Campus(ours, await acting(ours, "university"), await acting(ours, "company"), clients)
        await campus.filed(HONG, replace(HONG, student_number="20239999", phone=None))
        seen = {}
        for login in logins:
            answer = await public.get(path_in(await clients[login].ask(query)))
            heads, *rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
            names = ("학생 성명", "학번", "연락처", "시작일", "주")
            seen[login] = [[row[heads.index(f"현장실습: {name}")] for name in names] for row in rows]
    day = date(2026, 1, 5)
    assert seen["university"] == [
        ["홍길동", "20231234", "010-1234-5678", day, 8.0], ["홍길동", "20239999", "", day, 8.0],
    ]  # fmt: skip
    assert seen["company"] == seen["auditor"]
    assert seen["company"][0] == ["홍*동", "20******", "010-****-5678", day, 8.0]
    events = await campus.events("export.written")
    assert [event["after"]["personal"] for event in events] == [["phone", "student", "student_number"], [], []]

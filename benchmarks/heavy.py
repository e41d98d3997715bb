"""Who does the heavy things that stand beside small requests, and with what."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import xlsxwriter
from data import FOLDER, Dataset, business_number

from core.activities.sheets import NewFiling, sheet_fields, take_sheet
from core.actor import SYSTEM, Actor, Role
from core.benefits import issue_certificate, write_declared_benefits
from core.calendar import now_in_seoul
from core.database import Database
from core.errors import Refused
from core.house import House
from core.identity import OrganizationKind, PersonDetails, record_standing, register_organization
from core.identity.accounts import add_member
from core.identity.hashing import hash_secret
from core.identity.tokens import mint_token
from core.plugins import Plugins
from core.settings import Settings
from schema.global_ids import to_global_id

PASSWORD = "Sunrise-2026"
KIND = "field_training"
SHEET = """mutation ($id: ID!, $text: String, $file: Upload) {
  amendFilingFromSheet(input: {id: $id, text: $text, file: $file}) { rows cellCount errors { message } }
}"""
SIGN_IN = """mutation ($login: String!, $password: String!) {
  signIn(input: {loginId: $login, password: $password}) { token errors { message } }
}"""
EXPORT = "{ organizations { export { path } } }"
STATISTICS = """{ cooperationStatistics(fromYear: 2022) { asOf years { year total { activities companies paidWon }
  activityTypes { nameKo figures { activities companies paidWon } } } } }"""
SURVEY = """{ cooperationSurvey(from: "2023-03-01", until: "2027-02-28", first: 100) { totalCount
  figures { filings activities companies universityPoints companyPoints paidWon }
  nodes { name figures { activities } activityTypes { activityType figures { filings paidWon } } } } }"""


@dataclass(frozen=True)
class Scene:
    """The token of the small request, and what each kind does once, for one of its clients."""

    token: str
    kinds: dict[str, Callable[[httpx.AsyncClient, int], Awaitable[None]]]


@dataclass(frozen=True)
class Member:
    """Who asks."""

    login: str
    token: str
    actor: Actor


async def scene(data: Dataset, plugins: Plugins, folder: Path, *, rows: int, clients: int) -> Scene:
    """Universities that file, auditors that export, and a certificate; all in the database of the server."""
    if (keys := FOLDER / "personal.key").exists():
        shutil.copy(keys, folder)
    database = await Database.connect(data.url, size=2)
    settings = Settings(database_url=data.url, data_dir=folder)
    house = House(settings=settings, database=database, plugins=plugins)
    try:
        filers = [await _member(house, OrganizationKind.UNIVERSITY, place, Role.MEMBER) for place in range(clients)]
        staff = [await _member(house, OrganizationKind.AGENCY, 100 + place, Role.AUDITOR) for place in range(clients)]
        drafts = [await _draft(house, data, each) for each in filers]
        number = await _certificate(house, data)
    finally:
        await database.close()
    text = "".join(_line(data, place) for place in range(rows))
    declared: Any = plugins.activity_type("industry_academia", KIND)
    book = _workbook([each.heading for each in sheet_fields(declared)], text)

    async def asked(http: httpx.AsyncClient, query: str, token: str | None, **variables: Any) -> Any:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        answer = await http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        return _good(answer)["data"]

    async def paste(http: httpx.AsyncClient, client: int) -> None:
        found = await asked(http, SHEET, filers[client].token, id=drafts[client], text=text)
        taken = found["amendFilingFromSheet"]
        if taken["rows"] != rows:
            raise RuntimeError(f"a paste was refused: {taken}")

    async def xlsx(http: httpx.AsyncClient, client: int) -> None:
        headers = {"authorization": f"Bearer {filers[client].token}", "graphql-preflight": "1"}
        operations = json.dumps({"query": SHEET, "variables": {"id": drafts[client], "file": None}})
        form = {"operations": operations, "map": '{"file": ["variables.file"]}'}
        answer = await http.post("/graphql", data=form, files={"file": ("a.xlsx", book)}, headers=headers)
        taken = _good(answer)["data"]["amendFilingFromSheet"]
        if taken["rows"] != rows:
            raise RuntimeError(f"a sheet was refused: {taken}")

    async def pdf(http: httpx.AsyncClient, client: int) -> None:
        headers = {"authorization": f"Bearer {staff[client].token}"}
        answer = await http.get(f"/documents/certificates/{number}.pdf", headers=headers)
        answer.raise_for_status()

    async def export(http: httpx.AsyncClient, client: int) -> None:
        path = (await asked(http, EXPORT, staff[client].token))["organizations"]["export"]["path"]
        (await http.get(path)).raise_for_status()

    async def sign_in(http: httpx.AsyncClient, client: int) -> None:
        found = await asked(http, SIGN_IN, None, login=staff[client].login, password=PASSWORD)
        if found["signIn"]["token"] is None:
            raise RuntimeError(f"a sign-in was refused: {found}")

    async def statistics(http: httpx.AsyncClient, client: int) -> None:
        await asked(http, STATISTICS, staff[client].token)

    async def survey(http: httpx.AsyncClient, client: int) -> None:
        await asked(http, SURVEY, staff[client].token)

    kinds = {
        f"paste of {rows:,} rows": paste,
        f"xlsx of {rows:,} rows": xlsx,
        "PDF": pdf,
        "export": export,
        "sign-in": sign_in,
        "statistics": statistics,
        "survey": survey,
    }
    return Scene(data.auditor, kinds)


async def _member(house: House, kind: OrganizationKind, place: int, role: Role) -> Member:
    login = f"beside_{place}"
    person = PersonDetails(name="이담당", email="lee@hanbit.example.kr", phone="02-1234-5678", department="")
    async with house.work(SYSTEM) as work:
        made = await register_organization(
            work, business_number=business_number(970_000 + place), name=f"기관 {place}", kind=kind
        )
        added = await add_member(
            work, made.id, login_id=login, path="loginId", person=person, role=role, main=role is Role.MEMBER,
            password_hash=await hash_secret(PASSWORD), must_change_password=False,
        )  # fmt: skip
        token = await mint_token(work, added.id, timedelta(days=1), cookie=False)
    actor = Actor(member_id=added.id, organization_id=made.id, role=role, main=role is Role.MEMBER)
    return Member(login, token.token, actor)


async def _draft(house: House, data: Dataset, filer: Member) -> str:
    """The id of a draft whose rows a sheet replaces over and over."""
    organization = filer.actor.organization_id or 0
    into = NewFiling(program="industry_academia", activity_type=KIND, organization_id=organization)
    taken = await take_sheet(house, filer.actor, _line(data, 0), into)
    return to_global_id("Filing", taken.filing_id)


async def _certificate(house: House, data: Dataset) -> str:
    """The number of a certificate that some benefit gives for some points."""
    async with house.work(SYSTEM) as work:
        await write_declared_benefits(work)
        await record_standing(work, data.first, kind="sme", valid_from=date(2018, 1, 1))
        benefits = [row["id"] for row in await work.tx.connection.fetch("SELECT id FROM benefit ORDER BY id")]
    for benefit in benefits:
        for points in (100, 500, 1_000, 300):
            try:
                async with house.work(SYSTEM) as work:
                    found = await issue_certificate(
                        work,
                        benefit_id=benefit,
                        organization_id=data.first,
                        round="2026-1",
                        points=points,
                        key="beside",
                    )
            except Refused:
                continue
            return found.number
    raise RuntimeError("no benefit gives a certificate")


def _line(data: Dataset, serial: int) -> str:
    number = business_number(serial // 10 % data.organizations + 1)
    today = now_in_seoul().date()
    last, first = (format(today - timedelta(days=days), "%Y%m%d") for days in (1, 60))
    return f"{number}\t기업\t학생{serial}\t경영학과\t2022\t{first}\t{last}\t160\t3000000\n"


def _workbook(headings: list[str], text: str) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([headings, *(line.split("\t") for line in text.splitlines())]):
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell)
    return target.getvalue()


def _good(answer: httpx.Response) -> Any:
    answer.raise_for_status()
    found = answer.json()
    if "errors" in found:
        raise RuntimeError(f"refused: {found['errors']}")
    return found

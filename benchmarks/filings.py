"""Filing by sheet: one filing of a thousand rows, read, checked, stored and submitted, against forty of one row."""

from __future__ import annotations

import gc
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
from compare import Contender, Ratio, Series, interleaved
from data import FOLDER, Dataset, business_number, copy, drop
from report import Report

from core.activities import attach_document, decide_filing, submit_filing
from core.activities.sheets import NewFiling, take_sheet
from core.actor import SYSTEM, Actor, Role
from core.calendar import now_in_seoul
from core.database import Database
from core.files import receive_upload, request_upload
from core.house import House
from core.identity import OrganizationKind, PersonDetails, register_organization
from core.identity.accounts import add_member
from core.plugins import Plugins
from core.settings import Settings

PROGRAM = "industry_academia"
ROWS, SINGLES = 1_000, 40
KINDS = ("field_training", "research")
PAPER = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


async def filings(report: Report, server: str, source: Dataset, plugins: Plugins, *, rounds: int, history: int) -> None:
    report.say(
        "## Filing by sheet",
        "",
        f"A filing of {ROWS:,} pasted rows of the university-industry mileage against {SINGLES} filings of one row, one"
        " after another by one client: the paste read and checked cell by cell, stored as a draft, submitted with every"
        " check of the type, commits included. Field training has personal facts, which are encrypted; deposits of"
        " research are added up by agreement, ten of each. Evidence is attached between, and not counted."
        f" Before it, {history * ROWS:,} rows of each were filed and approved, and the statistics of the tables brought"
        " up to date.",
        "",
    )
    data = await copy(server, source, "bench_filings", plugins)
    database = await Database.connect(data.url, size=2)
    folder = Path(tempfile.mkdtemp(dir=FOLDER))
    cells = {}
    try:
        shutil.copy(FOLDER / "personal.key", folder)  # the data is encrypted by it
        settings = Settings(database_url=data.url, data_dir=folder)
        desk = await Desk.of(House(settings=settings, database=database, plugins=plugins), data)
        await desk.have_history(history)
        for kind in KINDS:
            cells[kind] = await interleaved(
                {"one of 1,000": desk.filing(kind, 1, ROWS), "40 of one": desk.filing(kind, SINGLES, 1)}, rounds
            )
            report.progress(f"filings of {kind}, a second", cells[kind])
    finally:
        await database.close()
        shutil.rmtree(folder)
        await drop(server, "bench_filings")
    _write(report, cells)


class Desk:
    """A university's main user, its evidence, and a reviewer."""

    def __init__(self, house: House, data: Dataset, filer: Actor, reviewer: Actor, proof: str) -> None:
        self.house, self.data, self.filer, self.reviewer, self.proof = house, data, filer, reviewer, proof
        self._serial = 0

    @classmethod
    async def of(cls, house: House, data: Dataset) -> Desk:
        university = await _organization(house, 980_001, OrganizationKind.UNIVERSITY)
        agency = await _organization(house, 980_002, OrganizationKind.AGENCY)
        filer = await _member(house, university, "bench_university", main=True)
        reviewer = await _member(house, agency, "bench_reviewer", role=Role.REVIEWER)
        async with house.work(filer) as work:
            address = await request_upload(work, file_name="a.pdf", size=len(PAPER), most_bytes=1_000_000)
        await receive_upload(house, address.token, _pieces(PAPER))
        return cls(house, data, filer, reviewer, address.token)

    async def have_history(self, filings: int) -> None:
        """Some filings of each kind, known to the planner; and this process looks after its memory as a server does."""
        for kind in KINDS:
            for _ in range(filings):
                await self.filing(kind, 1, ROWS)()
        connection = await asyncpg.connect(self.data.owner)
        try:
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()
        gc.collect()
        gc.freeze()

    def filing(self, kind: str, count: int, rows: int) -> Contender:
        """So many filings of so many rows each: how many such sets a second, and the seconds of deciding them."""

        async def once() -> tuple[float, dict[str, float]]:
            texts = [self._text(kind, rows) for _ in range(count)]
            taking = submitting = deciding = 0.0
            for text in texts:
                start = time.perf_counter()
                into = NewFiling(program=PROGRAM, activity_type=kind, organization_id=self.filer.organization_id or 0)
                taken = await take_sheet(self.house, self.filer, text, into)
                taking += time.perf_counter() - start
                await self._attach(kind, taken.filing_id)
                start = time.perf_counter()
                async with self.house.work(self.filer) as work:
                    await submit_filing(work, taken.filing_id)
                submitting += time.perf_counter() - start
                start = time.perf_counter()
                async with self.house.work(self.reviewer) as work:
                    await decide_filing(work, taken.filing_id, approve=True)
                deciding += time.perf_counter() - start
            more = {"taking": taking, "submitting": submitting, "deciding": deciding}
            return 1 / (taking + submitting), more

        return once

    async def _attach(self, kind: str, filing_id: int) -> None:
        declared: Any = self.house.plugins.activity_type(PROGRAM, kind)
        async with self.house.work(self.filer) as work:
            for each in declared.requirements:
                await attach_document(work, filing_id, self.proof, requirement=each.code)

    def _text(self, kind: str, rows: int) -> str:
        return "".join(self._line(kind) for _ in range(rows))

    def _line(self, kind: str) -> str:
        self._serial += 1
        serial = self._serial
        number = business_number(serial // 10 % self.data.organizations + 1)
        today = now_in_seoul().date()
        last, first = (format(today - timedelta(days=days), "%Y%m%d") for days in (1, 60))
        if kind == "research":
            return f"{number}\t기업\t협약-{serial // 10}\t{last}\t{1_000_000 + serial}\t0\t위탁연구\t예\n"
        return f"{number}\t기업\t학생{serial}\t경영학과\t2022\t{first}\t{last}\t160\t3000000\n"


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _organization(house: House, serial: int, kind: OrganizationKind) -> int:
    async with house.work(SYSTEM) as work:
        made = await register_organization(
            work, business_number=business_number(serial), name=f"기관 {serial}", kind=kind
        )
    return made.id


async def _member(
    house: House, organization: int, login: str, *, role: Role = Role.MEMBER, main: bool = False
) -> Actor:
    person = PersonDetails(name="이담당", email="lee@hanbit.example.kr", phone="02-1234-5678", department="")
    async with house.work(SYSTEM) as work:
        added = await add_member(
            work, organization, login_id=login, path="loginId", person=person, role=role, main=main,
            permissions=(), programs=(), must_change_password=False,
        )  # fmt: skip
    return Actor(member_id=added.id, organization_id=organization, role=role, main=main)


def _write(report: Report, cells: dict[str, dict[str, Series]]) -> None:
    ratios: list[Sequence[str]] = []
    seconds: list[Sequence[str]] = []
    for kind, found in cells.items():
        ratio = Ratio.of(found["40 of one"], found["one of 1,000"])  # rates turned round: time over time
        verdict = report.judged(
            f"time of one filing of 1,000 rows / 40 filings of one row, {kind}", ratio.middle, 1, "≤"
        )
        ratios.append((kind, str(ratio), verdict))
        for name, series in found.items():
            steps = [f"{series.also(step) or 0:.3f}" for step in ("taking", "submitting", "deciding")]
            seconds.append((kind, name, f"{1 / series.middle:.3f}", *steps))
    report.table(("times of one of 1,000 / 40 of one", "median (lowest–highest of the rounds)", "target"), ratios)
    report.table(("type", "contender", "seconds", "read and stored", "submitted", "decided (not counted)"), seconds)

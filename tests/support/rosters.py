"""Training centres and their rosters to test with."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from core.actor import SYSTEM, Actor
from core.house import House
from core.identity import OrganizationKind
from plugins.mileage_innovation.completions import Imported, import_completions
from plugins.mileage_innovation.service import register_provider
from plugins.mileage_innovation.tables import IN_FORCE
from tests.support.numbers import business_number
from tests.support.world import organization

CENTRE = 700_000
HEADER = ("과정명", "회차", "교육시작일", "수료일", "교육시간", "사업자등록번호", "기업명", "수료인원")
KEYS = ("course", "session", "starts_on", "completed_on", "hours", "business_number", "company", "completers")


def line(company: int, **changes: Any) -> dict[str, Any]:
    """One company's completion of LED 설계, 24 hours, 3 people: 360 mileage. `company` is the serial of its number."""
    made = {
        "course": "LED 설계",
        "session": "2026-1",
        "starts_on": "2026-02-02",
        "completed_on": "2026-02-04",
        "hours": 24,
        "business_number": business_number(company),
        "company": f"기업 {company}",
        "completers": 3,
    }
    return made | changes


def workbook(lines: Iterable[Mapping[str, Any]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for place, values in enumerate(lines, 1):
            sheet.write_row(place, 0, [values[key] for key in KEYS])
    return target.getvalue()


async def centre(
    house: House, *, since: date = IN_FORCE, courses: Sequence[str] | None = None, serial: int = CENTRE
) -> int:
    """A registered training centre; the id of its organization."""
    made = await organization(house, serial, kind=OrganizationKind.PROVIDER)
    async with house.work() as work:
        await register_provider(work, made, since=since, courses=courses)
    return made


async def send(
    house: House, *lines: Mapping[str, Any], actor: Actor = SYSTEM, data: bytes | None = None, serial: int = CENTRE
) -> Imported:
    """The centre's roster, taken in."""
    content = workbook(lines) if data is None else data
    return await import_completions(house, actor, content, provider_number=business_number(serial))

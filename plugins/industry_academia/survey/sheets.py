"""The report as a workbook: a sheet for each table, headed by the window and the moment it was made."""

from __future__ import annotations

import re
from datetime import date, datetime

from core.calendar import SEOUL
from core.documents.spreadsheets import CellKind, SheetColumn
from core.language import Text
from core.parts import Sheets, SheetTable, Workbook
from core.work import Work
from plugins.industry_academia.program import CODE, PROGRAM
from plugins.industry_academia.survey.problems import ADDRESS
from plugins.industry_academia.survey.report import Figures, Report, Window, report, told
from plugins.industry_academia.tables import SURVEY_NOTES

KEY = re.compile(r"(\d{4}-\d{2}-\d{2})_(\d{4}-\d{2}-\d{2})(?:_(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?))?")
COUNTED = tuple(
    SheetColumn(heading, CellKind.NUMBER)
    for heading in ("신청 건수", "활동 건수", "참여 기업 수", "대학 마일리지", "기업 마일리지", "기업 부담액(원)")
)
ACTIVITY = SheetColumn("적립분야")
WHOSE = (SheetColumn("대학"), SheetColumn("사업자등록번호"))
ALL = "합계"


async def load(work: Work, key: str) -> Sheets | None:
    """The workbook of `<first>_<last>` or `<first>_<last>_<as of>`, in Asia/Seoul; of what the actor may see."""
    work.actor.require_ready()
    window = window_of(key, work.now)
    window.check(work.now)
    return sheets_of(await report(work.tx, work.plugins, work.actor, window), work.now)


def window_of(key: str, now: datetime) -> Window:
    """What an address says. Raises `Refused` when it is none."""
    found = KEY.fullmatch(key)
    try:
        if found is None:
            raise ValueError
        as_of = now if found[3] is None else datetime.fromisoformat(found[3]).replace(tzinfo=SEOUL)
        return Window(first=date.fromisoformat(found[1]), last=date.fromisoformat(found[2]), as_of=as_of)
    except ValueError as error:
        raise ADDRESS.refuse("key", given=key[:60]) from error


def path_of(window: Window) -> str:
    """Where the workbook of a window is, below the server's address."""
    at = window.as_of.astimezone(SEOUL).replace(tzinfo=None).isoformat()
    return f"/documents/workbooks/{CODE}/{WORKBOOK.code}/{window.first}_{window.last}_{at}.xlsx"


def sheets_of(found: Report, made_at: datetime) -> Sheets:
    """표 1 by activity, 표 2 by university, 표 3 by both."""
    window = found.window
    heads = (
        f"조사 기간: {window.first} ~ {window.last} (적립 신청일과 승인일이 모두 기간 안인 실적)",
        f"기준 시각: {told(window.as_of)} · 만든 시각: {told(made_at)}",
    )
    names = {kind.code: kind.names.ko for kind in PROGRAM.activity_types}
    by_activity = [(names[code], *_cells(found.by_activity[code])) for code in names if code in found.by_activity]
    by_university = [(each.name, each.business_number, *_cells(each.total)) for each in found.universities]
    by_both = [
        (each.name, each.business_number, names[code], *_cells(each.by_activity[code]))
        for each in found.universities
        for code in names
        if code in each.by_activity
    ]
    total = _cells(found.total)
    notes = enumerate(SURVEY_NOTES, 1)
    return Sheets(
        file_name=f"산학협력실태조사 {window.first} {window.last}",
        tables=(
            SheetTable(
                name="표 1 적립분야별",
                title=("표 1. 적립분야별 실적", *heads),
                columns=(ACTIVITY, *COUNTED),
                rows=[*by_activity, (ALL, *total)],
            ),
            SheetTable(
                name="표 2 대학별",
                title=("표 2. 대학별 실적", *heads),
                columns=(*WHOSE, *COUNTED),
                rows=[*by_university, (ALL, None, *total)],
            ),
            SheetTable(
                name="표 3 대학별 적립분야별",
                title=("표 3. 대학별·적립분야별 실적", *heads),
                columns=(*WHOSE, ACTIVITY, *COUNTED),
                rows=[*by_both, (ALL, None, None, *total)],
            ),
        ),
        about={
            "조사 기간": f"{window.first} ~ {window.last}",
            "기준 시각": told(window.as_of),
            "만든 시각": told(made_at),
            "대학 수": f"{found.count:,}",
            "합계": "한 기업·신청은 여러 분야와 대학에 걸쳐도 합계에 한 번만 셉니다.",
            **{f"유의사항 {place}": f"{note.text.ko} ({note.source.clause})" for place, note in notes},
        },
    )


def _cells(figures: Figures) -> tuple[int, ...]:
    return (
        figures.filings, figures.activities, figures.companies, figures.university_points, figures.company_points,
        figures.paid_won,
    )  # fmt: skip


WORKBOOK = Workbook(
    code="survey", names=Text("산학협력실태조사", "Survey of university-industry cooperation"), load=load
)

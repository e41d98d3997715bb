"""엑셀 샘플 and 다운로드: a sample that reads back, and a filing as a spreadsheet for whoever may see it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from core.activities.sheets import sample_workbook, sheet_fields
from core.actor import Role
from core.documents.spreadsheets import CellsRefused, Kind
from core.house import House
from core.plugins import Plugins
from core.program import ActivityType
from plugins.industry_academia.program import CODE, FIELD_TRAINING, RESEARCH
from schema.http.app import application
from tests.plugins.industry_academia.acts import COMPANY, Campus, research, training
from tests.plugins.industry_academia.test_filing_summary import Office
from tests.support.spreadsheets import sheet_of
from tests.support.world import member, rows, staff

LIKE: dict[Kind, Any] = {
    Kind.TEXT: "글",
    Kind.INTEGER: 2023,
    Kind.DECIMAL: 1.5,
    Kind.DATE: "20260202",
    Kind.BUSINESS_NUMBER: COMPANY,
    Kind.FLAG: "예",
}


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    campus = await Campus.of(house)
    transport = httpx.ASGITransport(app=application(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        yield Office(campus, http)


def filled(kind: ActivityType[Any], content: bytes) -> bytes:
    """The sample with one row typed into it, by another program than the one that wrote it."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    for place, field in enumerate(sheet_fields(kind), 1):
        column = field.column
        value = column.choices[-1][1][0] if column.kind is Kind.CHOICE else LIKE[column.kind]
        sheet.cell(2, place, value)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def every_type() -> list[Any]:
    programs = Plugins.installed().programs.values()
    return [pytest.param(each, id=f"{of.code}.{each.code}") for of in programs for each in of.activity_types]


@pytest.mark.parametrize("kind", every_type())
def test_every_types_sample_reads_back_once_it_is_filled(kind: ActivityType[Any]) -> None:
    content = sample_workbook(kind)
    with pytest.raises(CellsRefused) as caught:
        sheet_of(kind, content, max_rows=10)
    assert [each.code for each in caught.value.cells] == ["SPREADSHEET_NO_ROWS"]
    sheet = sheet_of(kind, filled(kind, content), max_rows=10)
    assert len(sheet.rows) == 1 and sheet.warnings == ()
    assert sheet.rows[0].business_number == COMPANY


def test_a_sample_has_notes_drop_downs_text_cells_and_hints() -> None:
    book = openpyxl.load_workbook(io.BytesIO(sample_workbook(RESEARCH)))
    sheet, hints = book.worksheets
    headings = {cell.value: cell for cell in sheet[1]}
    number = headings["사업자등록번호"]
    assert "숫자 10자리" in number.comment.text and "공백 없이 숫자만" in number.comment.text
    assert sheet.column_dimensions[number.column_letter].width >= 16
    rules = {str(each.sqref).split(":")[0]: each.formula1 for each in sheet.data_validations.dataValidation}
    assert rules[f"{headings['과제 구분'].column_letter}2"] == '"산학공동연구,위탁연구"'
    assert rules[f"{headings['대금 지급 완료'].column_letter}2"] == '"예,아니오"'
    assert hints.title == "작성요령"
    assert [cell.value for cell in hints["A"]][1 : len(headings) + 1] == list(headings)
    texts = CalamineWorkbook.from_filelike(io.BytesIO(sample_workbook(FIELD_TRAINING)))
    assert texts.sheet_names[0] == "대학생 현장실습"


async def test_the_api_gives_the_columns_and_the_samples_address(office: Office) -> None:
    asked = """{ program(code: "industry_academia") { activityTypes { code sheet { samplePath recommendedRows columns {
      key heading kind required digitsOnly personal unit { ko } note { ko } choices { value name { ko } } aliases
    } } } } }"""
    kinds = (await (await office.asker(office.campus.filer)).ask(asked))["program"]["activityTypes"]
    sheet = next(each["sheet"] for each in kinds if each["code"] == "research")
    assert sheet["recommendedRows"] == 1_000
    by_key = {each["key"]: each for each in sheet["columns"]}
    assert [*by_key][:3] == ["businessNumber", "name", "facts.agreement"]
    assert by_key["facts.kind"]["choices"][0] == {"value": "joint", "name": {"ko": "산학공동연구"}}
    assert (by_key["facts.supplyWon"]["heading"], by_key["facts.supplyWon"]["digitsOnly"]) == ("공급가액(원)", True)
    answer = await office.http.get(sheet["samplePath"])
    assert answer.status_code == 200
    assert "%EC%82%B0%EC%97%85" in answer.headers["content-disposition"]
    assert len(sheet_of(RESEARCH, filled(RESEARCH, answer.content), max_rows=5).rows) == 1
    for path in ("/documents/samples/industry_academia/nothing.xlsx", "/documents/samples/nobody/research.xlsx"):
        assert (await office.http.get(path)).status_code == 404


def sheets_of(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


async def test_a_filing_is_had_as_a_spreadsheet_with_its_companies_and_every_fact(office: Office) -> None:
    campus = office.campus
    first = training(student="김하늘")
    second = training(student="이바다", support_won=1_000_000, starts_on=first.starts_on)
    filing = await campus.approved("field_training", first, second)
    client = await office.asker(campus.filer)
    asked = "query ($w: FilingWhere) { filings(where: $w) { nodes { downloadPath } } }"
    (node,) = (await client.ask(asked, w={"number": {"eq": filing.number or "26-1"}}))["filings"]["nodes"]
    answer = await client.get(node["downloadPath"])
    assert answer.status_code == 200
    found = sheets_of(answer.content)
    assert [*found] == ["기업별", "신청 목록", "안내"]
    companies = dict(zip(found["기업별"][0], found["기업별"][1], strict=True))
    assert (companies["사업자등록번호"], companies["기업명"], companies["신청마일리지"]) == (COMPANY, "기관 1", 550)
    head, one, two = found["신청 목록"]
    row = dict(zip(head, one, strict=True))
    assert (row["사업자번호"], row["성명"], row["실습지원비 총액"], row["처리상태"]) == (
        COMPANY,
        "김하늘",
        4_500_000,
        "승인",
    )
    assert dict(zip(head, two, strict=True))["성명"] == "이바다"
    about = {each[0]: each[1] for each in found["안내"]}
    assert (about["신청기관"], about["기업수"], about["신청마일리지"]) == ("기관 2", "1", "550")
    (audited,) = await rows(
        campus.house, "SELECT subject_id, after FROM audit_event WHERE action = 'filing.downloaded'"
    )
    assert audited["after"] == {"rows": 3, "personal": ["department", "student"]}


async def test_personal_facts_are_masked_for_whom_they_are_masked_elsewhere(office: Office) -> None:
    campus = office.campus
    filing = await campus.approved("field_training", training(student="김하늘"))
    auditor = await staff(campus.house, "auditor", Role.AUDITOR)
    answer = await (await office.asker(auditor)).get(f"/documents/filings/{filing.id}.xlsx")
    head, one = sheets_of(answer.content)["신청 목록"]
    assert "하늘" not in str(dict(zip(head, one, strict=True))["성명"])


async def test_who_may_not_see_a_filing_cannot_download_it(office: Office) -> None:
    campus = office.campus
    filing = await campus.filed("research", research())
    path = f"/documents/filings/{filing.id}.xlsx"
    company = await member(campus.house, campus.company, "hyeop", main=True)
    other = await member(campus.house, campus.university, "bogi_02", permissions=[f"{CODE}.donation.file"])
    permitted = await member(campus.house, campus.university, "bogi_01", permissions=[f"{CODE}.research.file"])
    assert (await (await office.asker(company)).get(path)).status_code == 404
    assert (await (await office.asker(other)).get(path)).status_code == 404
    assert (await (await office.asker(permitted)).get(path)).status_code == 200
    assert (await office.http.get(path)).status_code == 401
    client = await office.asker(campus.filer)
    for wrong in ("/documents/filings/999999.xlsx", "/documents/filings/x.xlsx", "/documents/filings/-1.xlsx"):
        assert (await client.get(wrong)).status_code == 404

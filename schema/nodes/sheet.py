"""The sheet of an activity type as the API shows it: its columns, and where a sample is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import strawberry

from core.activities.sheets import SheetField, sheet_fields
from core.documents.spreadsheets import Kind
from core.program import ActivityType
from schema.enums import described

if TYPE_CHECKING:
    from schema.nodes.program import Name

SAMPLES = "/documents/samples"
NameType = Annotated["Name", strawberry.lazy("schema.nodes.program")]

described(
    Kind,
    "SheetColumnKind",
    "셀 형식 · What the cells of a column hold.",
    {
        "TEXT": "글자 · Text.",
        "INTEGER": "정수 · A whole number.",
        "DECIMAL": "소수 · A decimal.",
        "DATE": "날짜 · A day, YYYYMMDD where it is typed.",
        "BUSINESS_NUMBER": "사업자등록번호 · Ten digits.",
        "FLAG": "여부 · 예 or 아니오, yes or no.",
        "CHOICE": "선택 · One of `choices`.",
    },
)


@strawberry.type(description="선택지 · A word that a cell may hold.")
class SheetChoice:
    value: str = strawberry.field(description="값 · The word that is kept for good.")
    name: NameType = strawberry.field(description="이름 · What it is called; either name may be written.")


@strawberry.type(description="열 · One column of a sheet.")
class SheetColumn:
    key: str = strawberry.field(description="키 · `businessNumber`, `name`, `remark`, or `facts.` and the fact's key.")
    heading: str = strawberry.field(description="제목 · What stands above it in the sample.")
    name: NameType = strawberry.field(description="이름 · What it is called; either name may stand above it.")
    aliases: list[str] = strawberry.field(description="다른 이름 · What else may stand above it.")
    kind: Kind = strawberry.field(description="셀 형식 · What its cells hold.")
    required: bool = strawberry.field(description="필수 여부 · Whether a row must have it.")
    digits_only: bool = strawberry.field(description="숫자만 · Whether typed text is digits and nothing else.")
    unit: NameType | None = strawberry.field(description="단위 · What a number is in.")
    note: NameType | None = strawberry.field(description="설명 · How to fill it.")
    choices: list[SheetChoice] = strawberry.field(description="선택지 · What it may be, of `CHOICE`.")
    personal: bool = strawberry.field(description="개인정보 여부 · Whether it says who somebody is.")


@strawberry.type(description="일괄등록 서식 · How rows of an activity type are written in a spreadsheet or a paste.")
class ActivitySheet:
    sample_path: str = strawberry.field(description="샘플 경로 · An empty workbook to fill in; public.")
    recommended_rows: int = strawberry.field(description="권장 행 수 · More rows are taken with a warning.")
    columns: list[SheetColumn] = strawberry.field(description="열 · In the order of a paste without headings.")


def activity_sheet(program: str, kind: ActivityType[Any]) -> ActivitySheet:
    return ActivitySheet(
        sample_path=f"{SAMPLES}/{quote(program)}/{quote(kind.code)}.xlsx",
        recommended_rows=kind.sheet.recommended_rows,
        columns=[_column(each) for each in sheet_fields(kind)],
    )


def _column(field: SheetField) -> SheetColumn:
    from schema.nodes.program import name

    column = field.column
    return SheetColumn(
        key=column.key,
        heading=field.heading,
        name=name(column.names),
        aliases=list(column.aliases),
        kind=column.kind,
        required=column.required,
        digits_only=column.digits_only,
        unit=None if field.unit is None else name(field.unit),
        note=None if field.note is None else name(field.note),
        choices=[
            SheetChoice(value=str(getattr(value, "value", value)), name=name(getattr(value, "names")))  # noqa: B009
            for value, _ in column.choices
        ],
        personal=field.personal,
    )

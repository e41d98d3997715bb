"""Programs as the API shows them: the declarations themselves, which live in code."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any, get_type_hints

import strawberry

from core.file_types import FileType
from core.language import Text
from core.program import ActivityType, Asset, Edition, Permission, Source
from core.program import Program as Declared
from core.requirement import Per, Requirement, Retention
from schema.nodes.sheet import ActivitySheet, activity_sheet
from schema.scalars import BigInt


@strawberry.type(description="이름 · A name in both languages.")
class Name:
    ko: str = strawberry.field(description="한국어 · In Korean.")
    en: str = strawberry.field(description="영어 · In English.")


def name(text: Text) -> Name:
    return Name(ko=text.ko, en=text.en)


@strawberry.type(description="근거 · Where a rule or number stands.")
class RuleSource:
    document: Name = strawberry.field(description="문서 · The regulation or notice.")
    issued: date | None = strawberry.field(description="발행일 · When it was issued.")
    clause: str = strawberry.field(description="조항 · The clause in it.")


def rule_source(source: Source) -> RuleSource:
    return RuleSource(document=name(source.document.names), issued=source.document.issued, clause=source.clause)


@strawberry.type(description="단위 · What a program's points are.")
class ProgramAsset:
    code: str = strawberry.field(description="코드 · Its code.")
    name: Name = strawberry.field(description="이름 · What it is called.")
    unit: Name = strawberry.field(description="단위 이름 · What one of it is called.")
    valid_years: int | None = strawberry.field(description="유효기간(년) · How long it lasts; null: for good.")
    source: RuleSource | None = strawberry.field(description="근거 · Where that stands.")


@strawberry.type(description="적립 기준 · A rule as it stands from a day on.")
class RuleEdition:
    effective: date = strawberry.field(description="시행일 · From which day.")
    source: RuleSource = strawberry.field(description="근거 · Where it stands.")


@strawberry.type(description="사실 항목 · One fact that an activity of this type states.")
class FactField:
    key: str = strawberry.field(description="키 · Its name in `ActivityFacts`.")
    name: Name = strawberry.field(description="이름 · What it is called.")
    unit: Name | None = strawberry.field(description="단위 · What a number is in.")
    required: bool = strawberry.field(description="필수 여부 · Whether it must be given.")
    personal: bool = strawberry.field(
        description="개인정보 여부 · Whether it says who somebody is: masked for most, null once it was erased."
    )


@strawberry.type(description="증빙서류 · A document a filing must carry.")
class RequiredDocument:
    code: str = strawberry.field(description="코드 · Its code.")
    name: Name = strawberry.field(description="이름 · What it is called.")
    required: bool = strawberry.field(description="필수 여부 · Whether it must be given.")
    types: list[FileType] = strawberry.field(description="파일 형식 · What it may be.")
    least: int = strawberry.field(description="최소 개수 · How many files at least.")
    most: int = strawberry.field(description="최대 개수 · How many files at most.")
    per_row: bool = strawberry.field(description="행별 제출 · Whether each row needs it, not the filing as a whole.")
    max_bytes: BigInt | None = strawberry.field(
        description="최대 크기 · Bytes of one file at most; null: what the server takes."
    )
    kept_years: int | None = strawberry.field(
        description="보존기간(년) · Years it is kept after the end; null: for good."
    )
    source: RuleSource | None = strawberry.field(description="근거 · The clause that asks for it.")


@strawberry.type(description="적립 활동 · Something an organization does that may earn points.")
class ProgramActivityType:
    code: str = strawberry.field(description="코드 · Its code in the program.")
    name: Name = strawberry.field(description="이름 · What it is called.")
    asset: str = strawberry.field(description="단위 · The asset it earns.")
    facts_field: str = strawberry.field(description="사실 입력 · Its field in the input `ActivityFacts`.")
    facts: list[FactField] = strawberry.field(description="사실 항목 · What a row of it states.")
    editions: list[RuleEdition] = strawberry.field(description="적립 기준 · Its rules by date.")
    requirements: list[RequiredDocument] = strawberry.field(description="증빙서류 · The documents it needs.")
    sheet: ActivitySheet = strawberry.field(
        description="일괄등록 서식 · How rows of it are written in a spreadsheet or a paste."
    )
    staff_only: bool = strawberry.field(description="담당자 등록 · Whether only staff file it.")
    automatic: bool = strawberry.field(description="자동 승인 · Whether it is approved as soon as it is submitted.")


@strawberry.type(description="권한 · Something a sub-user may be granted.")
class ProgramPermission:
    code: str = strawberry.field(description="코드 · Its code.")
    name: Name = strawberry.field(description="이름 · What it allows.")


@strawberry.type(description="사업 · A program, as it is declared.")
class Program:
    code: str = strawberry.field(description="코드 · Its code.")
    name: Name = strawberry.field(description="이름 · What it is called.")
    description: Name = strawberry.field(description="설명 · What it is for.")
    assets: list[ProgramAsset] = strawberry.field(description="단위 · Its points.")
    activity_types: list[ProgramActivityType] = strawberry.field(description="적립 활동 · What earns them.")
    permissions: list[ProgramPermission] = strawberry.field(description="권한 · What sub-users may be granted.")


def shown(program: Declared) -> Program:
    """A declaration as the API shows it."""
    return Program(
        code=program.code,
        name=name(program.names),
        description=name(program.description),
        assets=[_asset(each) for each in program.assets],
        activity_types=[_activity_type(program.code, each, program.retention) for each in program.activity_types],
        permissions=[_permission(each) for each in program.all_permissions()],
    )


def facts_field(facts: type[Any]) -> str:
    """The field of a facts type in `ActivityFacts`: its name with a small first letter."""
    return facts.__name__[0].lower() + facts.__name__[1:]


def _asset(asset: Asset) -> ProgramAsset:
    return ProgramAsset(
        code=asset.code,
        name=name(asset.names),
        unit=name(asset.unit),
        valid_years=None if asset.term is None else asset.term.years,
        source=None if asset.source is None else rule_source(asset.source),
    )


def _activity_type(program: str, kind: ActivityType[Any], retention: Retention | None) -> ProgramActivityType:
    hints = get_type_hints(kind.facts)
    return ProgramActivityType(
        code=kind.code,
        name=name(kind.names),
        asset=kind.asset,
        facts_field=facts_field(kind.facts),
        facts=[_fact(field, hints) for field in dataclasses.fields(kind.facts)],
        editions=[_edition(each) for each in kind.editions],
        requirements=[_required(each, retention) for each in kind.requirements],
        sheet=activity_sheet(program, kind),
        staff_only=kind.staff_only,
        automatic=kind.automatic,
    )


def _required(each: Requirement, of_program: Retention | None) -> RequiredDocument:
    retention = each.retention or of_program
    return RequiredDocument(
        code=each.code,
        name=name(each.names),
        required=each.least > 0,
        types=list(each.types),
        least=each.least,
        most=each.most,
        per_row=each.per is Per.ACTIVITY,
        max_bytes=None if each.max_bytes is None else BigInt(each.max_bytes),
        kept_years=None if retention is None else retention.years,
        source=None if each.source is None else rule_source(each.source),
    )


def _fact(field: Any, hints: dict[str, Any]) -> FactField:
    from strawberry.utils.str_converters import to_camel_case

    unit = field.metadata.get("unit")
    return FactField(
        key=to_camel_case(field.name),
        name=name(field.metadata["names"]),
        unit=unit and name(unit),
        personal=field.metadata.get("personal") is not None,
        required=field.default is dataclasses.MISSING and type(None) not in getattr(hints[field.name], "__args__", ()),
    )


def _edition(edition: Edition[Any]) -> RuleEdition:
    return RuleEdition(effective=edition.effective, source=rule_source(edition.source))


def _permission(permission: Permission) -> ProgramPermission:
    return ProgramPermission(code=permission.code, name=name(permission.names))

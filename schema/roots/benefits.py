"""Quotes, certificates and the catalogue: the fields core brings for what points buy."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

from core import benefits
from core.language import Text
from core.program import Benefit as Declared
from core.program import Effect, EffectKind, Figure, Source, SourceDocument, Terms
from schema.admission import hide_ids
from schema.context import Info
from schema.errors import UserError, user_errors
from schema.global_ids import key_of
from schema.mapping import to_one
from schema.mutations import Payload, mutation
from schema.nodes.benefit import Benefit, Certificate
from schema.roots.filing import own_or_given
from schema.scalars import BigInt
from schema.texts import PROSE

KEY = "중복방지 키 · Your own word for this very request; sending it again answers the first result. 1 to 100 letters."


@strawberry.input(description="자격 수치 · A number the applicant declares.")
class DeclaredFigure:
    code: str = strawberry.field(description="코드 · From the terms' `declaredLimits`.")
    amount: Decimal = strawberry.field(description="수치 · The number.")


@strawberry.input(description="견적 조건 · What a quote is asked for.")
class QuoteInput:
    benefit_id: strawberry.ID = strawberry.field(description="적용사업 · Which benefit.")
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="기업 · For whom; null: one's own organization."
    )
    existing_points: int | None = strawberry.field(
        default=None, description="기존 가점 · Bonus points there are already; needed where the total is capped."
    )
    points: BigInt | None = strawberry.field(
        default=None, description="마일리지 · How much to use; null: the most that is possible."
    )
    declared: list[DeclaredFigure] = strawberry.field(
        default_factory=list, description="자격 수치 · What the terms ask to be declared."
    )


@strawberry.type(description="견적 · What points would buy now, and everything that speaks against it.")
class Quote:
    units: BigInt = strawberry.field(description="단위 수 · How many units.")
    points: BigInt = strawberry.field(description="사용 마일리지 · What they cost.")
    effect: EffectKind = strawberry.field(description="우대 내용 · What kind of advantage.")
    effect_amount: Decimal = strawberry.field(
        description="우대 크기 · Bonus points, percentage points, or the raised limit in won."
    )
    total_points: BigInt | None = strawberry.field(description="총 가점 · With the points there were before.")
    most_points: BigInt | None = strawberry.field(
        description="최대 사용 마일리지 · The most that could be used here; null: no cap."
    )
    available: BigInt = strawberry.field(description="가용 마일리지 · What the organization can spend.")
    errors: list[UserError] = strawberry.field(description="오류 · What speaks against it; empty: it can be issued.")


@strawberry.type
class BenefitQuery:
    """Asking what points would buy."""

    @strawberry.field(description="견적 · What points would buy for an organization, without buying it.")  # type: ignore[untyped-decorator]
    async def quote(
        self, info: Info, input: Annotated[QuoteInput, strawberry.argument(description="조건 · What is asked.")]
    ) -> Quote:
        await hide_ids(info, input)
        async with info.context.house.work(info.context.actor, info.context.request_id) as work:
            offer = await benefits.offer(
                work,
                benefit_id=key_of(input.benefit_id, "Benefit", "benefitId"),
                organization_id=own_or_given(info, input.organization_id),
                existing_points=input.existing_points,
                points=input.points,
                declared={each.code: each.amount for each in input.declared},
            )
        from core.errors import Refused

        quoted = offer.quote
        return Quote(
            units=BigInt(quoted.units),
            points=BigInt(quoted.points),
            effect=offer.effect,
            effect_amount=quoted.effect_amount,
            total_points=None if quoted.total_points is None else BigInt(quoted.total_points),
            most_points=None if quoted.most_points is None else BigInt(quoted.most_points),
            available=BigInt(offer.available),
            errors=user_errors(Refused(*quoted.violations), info.context.language),
        )


@strawberry.type(description="확인서 결과 · The certificate as it stands now.")
class CertificatePayload(Payload):
    certificate_id: strawberry.Private[int | None] = None
    certificate: Certificate | None = to_one("확인서 · The certificate.", local="certificate_id")


@strawberry.type(description="적용사업 결과 · The benefit as it stands now.")
class BenefitPayload(Payload):
    benefit_id: strawberry.Private[int | None] = None
    benefit: Benefit | None = to_one("적용사업 · The benefit.", local="benefit_id")


@strawberry.input(description="확인서 신청 · What to set points aside for.")
class IssueCertificateInput:
    benefit_id: strawberry.ID = strawberry.field(description="적용사업 · Which benefit.")
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="기업 · For whom; null: one's own organization."
    )
    round: str = strawberry.field(description="회차 · The supported program's round, e.g. 2026-1.")
    points: BigInt = strawberry.field(description="마일리지 · How much to use, a multiple of the terms' unit.")
    existing_points: int | None = strawberry.field(
        default=None, description="기존 가점 · Bonus points there are already; needed where the total is capped."
    )
    declared: list[DeclaredFigure] = strawberry.field(
        default_factory=list, description="자격 수치 · What the terms ask to be declared."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="확인서 사용 · Taking a certificate.")
class UseCertificateInput:
    id: strawberry.ID = strawberry.field(description="확인서 · Which certificate.")
    reason: str = strawberry.field(default="", description="사유 · What it was used for.", metadata=PROSE)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="확인서 반환 · Giving a certificate back unused.")
class ReturnCertificateInput:
    id: strawberry.ID = strawberry.field(description="확인서 · Which certificate.")
    reason: str = strawberry.field(description="사유 · Why it was not used.", metadata=PROSE)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="적용 기준 입력 · What a benefit costs and gives from a day on.")
class TermsInput:
    effective: date = strawberry.field(description="시행일 · From which day.")
    unit: BigInt = strawberry.field(description="단위 · Points for one unit.")
    effect: EffectKind = strawberry.field(description="우대 내용 · What it gives.")
    per_unit: Decimal = strawberry.field(default=Decimal(0), description="단위당 · Bonus or percentage points a unit.")
    max_units: int | None = strawberry.field(default=None, description="최대 단위 · The most units.")
    row_max_points: int | None = strawberry.field(default=None, description="최대 가점 · The most bonus points.")
    program_bonus_cap: int | None = strawberry.field(
        default=None, description="사업별 최대 가점 · The most bonus points in all."
    )
    over_cap_points: int | None = strawberry.field(default=None, description="한도 외 추가 · How far beyond that.")
    loan_from_won: BigInt | None = strawberry.field(default=None, description="융자한도(전) · In won.")
    loan_to_won: BigInt | None = strawberry.field(default=None, description="융자한도(후) · In won.")
    words_ko: str | None = strawberry.field(default=None, description="설명 · In words, for other kinds.")
    words_en: str | None = strawberry.field(default=None, description="설명(영어) · The same in English.")
    figures: list[LimitInput] = strawberry.field(default_factory=list, description="자격 수치 · What must be declared.")
    valid_days: int = strawberry.field(default=365, description="유효일수 · How long a certificate is good for.")
    source_document: str = strawberry.field(description="근거 문서 · The notice it stands in.")
    source_clause: str = strawberry.field(description="근거 조항 · The clause in it.")


@strawberry.input(description="자격 수치 한도 · A number to be declared, and its limit.")
class LimitInput:
    code: str = strawberry.field(description="코드 · Its code.")
    name_ko: str = strawberry.field(description="이름 · Its Korean name.")
    name_en: str = strawberry.field(description="이름(영어) · Its English name.")
    below: Decimal = strawberry.field(description="미만 · It must be less than this.")


@strawberry.input(description="적용사업 추가 · A new benefit and its first terms.")
class AddBenefitInput:
    program: str = strawberry.field(description="사업 · The program's code.")
    code: str = strawberry.field(description="코드 · Small letters, digits and underscores.")
    asset: str = strawberry.field(description="단위 · The asset it costs.")
    name_ko: str = strawberry.field(description="이름 · Its Korean name.")
    name_en: str = strawberry.field(description="이름(영어) · Its English name.")
    category_ko: str = strawberry.field(description="구분 · Its group.")
    category_en: str = strawberry.field(description="구분(영어) · Its group in English.")
    description_ko: str = strawberry.field(description="지원내용 · What it is about.", metadata=PROSE)
    description_en: str = strawberry.field(description="지원내용(영어) · The same in English.", metadata=PROSE)
    opened_on: date = strawberry.field(description="시작일 · From which day it is on offer.")
    terms: TermsInput = strawberry.field(description="적용 기준 · Its first terms.")


@strawberry.input(description="적용 기준 변경 · New terms of a benefit.")
class AmendTermsInput:
    benefit_id: strawberry.ID = strawberry.field(description="적용사업 · Which benefit.")
    terms: TermsInput = strawberry.field(description="적용 기준 · The new terms.")


@strawberry.input(description="적용사업 취소 · Ending a benefit.")
class CloseBenefitInput:
    benefit_id: strawberry.ID = strawberry.field(description="적용사업 · Which benefit.")
    closed_on: date = strawberry.field(description="종료일 · From which day nothing new is issued.")


@strawberry.type
class BenefitMutation:
    """Certificates, and the catalogue they are drawn on."""

    @mutation("확인서 발급 · Set points aside and issue a certificate. One per company, benefit and round.")
    async def issue_certificate(info: Info, input: IssueCertificateInput) -> CertificatePayload:
        async with info.context.work() as work:
            issued = await benefits.issue_certificate(
                work,
                benefit_id=key_of(input.benefit_id, "Benefit", "benefitId"),
                organization_id=own_or_given(info, input.organization_id),
                round=input.round,
                points=input.points,
                key=input.idempotency_key,
                existing_points=input.existing_points,
                declared={each.code: each.amount for each in input.declared},
            )
        return CertificatePayload(certificate_id=issued.id)

    @mutation("확인서 사용 · The supported program took it: the points are gone. Staff only.")
    async def use_certificate(info: Info, input: UseCertificateInput) -> CertificatePayload:
        async with info.context.work() as work:
            used = await benefits.use_certificate(
                work, key_of(input.id, "Certificate", "id"), key=input.idempotency_key, reason=input.reason
            )
        return CertificatePayload(certificate_id=used.id)

    @mutation("확인서 반환 · Not used after all: the points go back to the very lots they came from.")
    async def return_certificate(info: Info, input: ReturnCertificateInput) -> CertificatePayload:
        async with info.context.work() as work:
            returned = await benefits.return_certificate(
                work, key_of(input.id, "Certificate", "id"), key=input.idempotency_key, reason=input.reason
            )
        return CertificatePayload(certificate_id=returned.id)

    @mutation("적용사업 추가 · Add a benefit to a program's catalogue. Operators only.")
    async def add_benefit(info: Info, input: AddBenefitInput) -> BenefitPayload:
        declared = Declared(
            code=input.code,
            names=Text(input.name_ko, input.name_en),
            asset=input.asset,
            category=Text(input.category_ko, input.category_en),
            description=Text(input.description_ko, input.description_en),
            terms=(declared_terms(input.terms),),
        )
        async with info.context.work() as work:
            row = await benefits.add_benefit(work, input.program, declared, opened_on=input.opened_on)
        return BenefitPayload(benefit_id=row.id)

    @mutation(
        "적용 기준 변경 · New terms from a day on; the old ones stay for what was decided by them. Operators only."
    )
    async def amend_benefit_terms(info: Info, input: AmendTermsInput) -> BenefitPayload:
        benefit_id = key_of(input.benefit_id, "Benefit", "benefitId")
        async with info.context.work() as work:
            await benefits.amend_terms(work, benefit_id, declared_terms(input.terms))
        return BenefitPayload(benefit_id=benefit_id)

    @mutation("적용사업 취소 · From a day on nothing new is issued. Operators only.")
    async def close_benefit(info: Info, input: CloseBenefitInput) -> BenefitPayload:
        async with info.context.work() as work:
            row = await benefits.close_benefit(work, key_of(input.benefit_id, "Benefit", "benefitId"), input.closed_on)
        return BenefitPayload(benefit_id=row.id)


def declared_terms(given: TermsInput) -> Terms:
    """An input as the value the catalogue keeps."""
    words = Text(given.words_ko, given.words_en or given.words_ko) if given.words_ko else None
    return Terms(
        effective=given.effective,
        unit=given.unit,
        effect=Effect(
            kind=given.effect,
            per_unit=given.per_unit,
            row_max_points=given.row_max_points,
            program_bonus_cap=given.program_bonus_cap,
            over_cap_points=given.over_cap_points,
            loan_from_won=given.loan_from_won,
            loan_to_won=given.loan_to_won,
            words=words,
        ),
        max_units=given.max_units,
        figures=tuple(
            Figure(code=each.code, names=Text(each.name_ko, each.name_en), below=each.below) for each in given.figures
        ),
        valid_days=given.valid_days,
        source=Source(SourceDocument("", Text(given.source_document, given.source_document)), given.source_clause),
    )

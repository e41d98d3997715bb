"""A certification round as the API shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
import strawberry

from core.database import table_of
from core.file_types import FileType
from core.files import Attachment
from plugins.industry_academia.certification import models, visible
from plugins.industry_academia.certification.models import Decision, MeanRule, RankedBy, RoundStatus
from plugins.industry_academia.certification.queries import certificate, rounds, step
from plugins.industry_academia.certification.tables import SCORINGS
from plugins.industry_academia.certification.words import EXPLAINED, Outcome, explained
from schema import (
    BigInt,
    Connection,
    Context,
    Node,
    Row,
    column,
    computed,
    everybody,
    shows,
    to_many,
    to_one,
)
from schema.nodes import Member, Organization, download_path, of_file

Table = sa.FromClause
decision = table_of(models.CouncilDecision)
UNRANKED = "null until the approval for a committee member whose own organization has applied."


def status_of(table: Table) -> sa.ColumnElement[Any]:
    """The last step of a round."""
    row = step.alias("last_step")
    last = sa.select(row.c.status).where(row.c.round_id == table.c.id).order_by(row.c.id.desc()).limit(1)
    return last.scalar_subquery()


def of_step(status: RoundStatus, name: str) -> Any:
    """A column of one of the round's steps; null before it is taken."""

    def expression(table: Table) -> sa.ColumnElement[Any]:
        row = step.alias("taken_step")
        wanted = row.c.status == sa.literal_column(f"'{status.value}'", sa.Text)
        return sa.select(row.c[name]).where(row.c.round_id == table.c.id, wanted).scalar_subquery()

    return expression


def of_round(name: str) -> Any:
    """A column of the row's round."""

    def expression(table: Table) -> sa.ColumnElement[Any]:
        row = rounds.alias("its_round")
        return sa.select(row.c[name]).where(row.c.id == table.c.round_id).scalar_subquery()

    return expression


def of_decision(name: str) -> Any:
    """A column of the council's decision on the application."""

    def expression(table: Table) -> sa.ColumnElement[Any]:
        row = decision.alias("its_decision")
        return sa.select(row.c[name]).where(row.c.id == table.c.id).scalar_subquery()

    return expression


def outcome_of(table: Table) -> sa.ColumnElement[Any]:
    """What the approval made of an applicant; null until then. All it depends on is fixed by then."""
    row = certificate.alias("its_certificate")
    word = {each: sa.literal_column(f"'{each.value}'", sa.Text) for each in Outcome}
    found = sa.case(
        (~visible.reached(table.c.round_id, RoundStatus.APPROVED), sa.null()),
        (sa.exists().where(row.c.application_id == table.c.id), word[Outcome.SELECTED]),
        (~table.c.eligible, word[Outcome.NOT_ELIGIBLE]),
        (of_decision("decision")(table) == sa.literal_column("'exclude'", sa.Text), word[Outcome.EXCLUDED]),
        else_=word[Outcome.NO_PLACE],
    )
    return sa.type_coerce(found, sa.Text())


def excluded_because(table: Table) -> sa.ColumnElement[Any]:
    """The council's reason, once the selection is approved."""
    reason = of_decision("reason")(table)
    found = sa.case((visible.reached(table.c.round_id, RoundStatus.APPROVED), reason), else_=sa.null())
    return sa.type_coerce(found, sa.Text())


def formulas(context: Context, rows: Sequence[Row]) -> list[str]:
    words = {each.code: each.words for each in SCORINGS}
    return [context.say(words[row["scoring"]]) for row in rows]


def holding(context: Context, rows: Sequence[Row]) -> list[bool]:
    today = context.house.clock().date()
    return [row["revoked_at"] is None and row["valid_from"] <= today <= row["valid_until"] for row in rows]


@shows(table_of(models.Criterion), visible=visible.visible_criterion, order=("place",))
@strawberry.type(description="평가 항목 · What the committee scores.")
class CertificationCriterion(Node):
    place: int = column("순서 · Its place in the list.", sortable=True)
    code: str = column("코드 · By which it is scored.", filterable=True)
    name_ko: str = column("이름 · Its Korean name.")
    name_en: str = column("이름(영어) · Its English name.")
    maximum: int = column("배점 · The most it may be given.")


@shows(table_of(models.Assessor), visible=visible.visible_assessor, order=("number",))
@strawberry.type(description="평가위원 · A member appointed to score in a round.")
class CertificationAssessor(Node):
    number: int = column("위원 번호 · By which applicants know the scores.", filterable=True, sortable=True)
    appointed_at: datetime = column("위촉 시각 · When it was appointed.")
    member: Member | None = to_one("사용자 · Who it is.", local="member_id")
    organization: Organization | None = to_one("소속 · Whose applications it must not score.", local="organization_id")
    round: Annotated[CertificationRound, strawberry.lazy(__name__)] | None = to_one(
        "회차 · In which round.", local="round_id"
    )


@shows(table_of(models.Score), visible=visible.visible_score, order=("id",))
@strawberry.type(description="평가 점수 · One committee member's, of one applicant by one criterion.")
class CertificationScore(Node):
    points: int = column("점수 · What was given.")
    maximum: int = column("배점 · The most there is.")
    assessor_number: int = column(
        "위원 번호 · Which committee member gave it.",
        sql=lambda t: (
            sa.select(table_of(models.Assessor).c.number)
            .where(table_of(models.Assessor).c.id == t.c.assessor_id)
            .scalar_subquery()
        ),
    )
    scored_at: datetime = column("입력 시각 · When it was last given.")
    criterion: CertificationCriterion | None = to_one("평가 항목 · By which criterion.", local="criterion_id")
    assessor: CertificationAssessor | None = to_one("평가위원 · Who gave it.", local="assessor_id")
    application: Annotated[CertificationApplication, strawberry.lazy(__name__)] | None = to_one(
        "신청 · Of which application.", local="application_id"
    )


@shows(table_of(models.Result), visible=visible.visible_result, order=("rank",))
@strawberry.type(description="평가 결과 · An applicant's rank, with everything it was computed from.")
class CertificationResult(Node):
    rank: int | None = column(
        f"순위 · Among all applicants of the round; {UNRANKED}",
        filterable=True,
        sortable=True,
        shown=visible.shown_rank,
    )
    ranked_by: RankedBy | None = column(
        f"순위 결정 기준 · What parts it from the one above it; {UNRANKED}", filterable=True, shown=visible.shown_rank
    )
    total: Decimal = column("총점 · Quantitative and qualitative score together.", sortable=True)
    quantitative: Decimal = column("정량점수 · By the round's formula.")
    quantitative_max: int = column("정량 배점 · The most it can be.", sql=of_round("quantitative_max"))
    points_earned: BigInt = column("적립 마일리지 · Earned in the window and not taken back.")
    most_earned: BigInt = column("최다 적립 · The most that any applicant earned.")
    eligible: bool = column("적립 실적 · Whether anything is left of what it earned.", filterable=True)
    qualitative: Decimal = column("정성점수 · The mean of the committee members' totals.")
    scored_by: int = column("평가한 위원 수 · Members whose totals count.")
    left_out: int = column("제외한 위원 수 · Members left out, the highest and the lowest.")
    score_sum: BigInt = column("총점 합 · Of the totals that count.")
    places: int = column("선정 규모 · How many are selected.", sql=of_round("places"))
    council_decision: Decision | None = column(
        "심의 결정 · What the council decided; null until it is on record for you.",
        sql=of_decision("decision"), shown=visible.shown_deliberation,
    )  # fmt: skip
    council_reason: str | None = column("심의 사유 · Why.", sql=of_decision("reason"), shown=visible.shown_deliberation)
    outcome: Outcome | None = column("선정 결과 · What became of it; null until it is approved.", sql=outcome_of)
    excluded_because: str | None = column(
        "제외 사유 · Why the council excluded it; null until it is approved.", sql=excluded_because
    )
    explanation: str = computed("산출 근거 · All of it in one sentence or two.", needs=EXPLAINED, by=explained)
    organization: Organization | None = to_one("기관 · Whose.", local="organization_id")
    scores: Connection[CertificationScore] = to_many("평가 점수 · What was given, by whom.", remote="application_id")


@shows(table_of(Attachment), visible=visible.visible_document)
@strawberry.type(description="인증 서류 · A document of an application, for whoever sees the application.")
class CertificationDocument(Node):
    requirement: str | None = column("서류 코드 · Which of the documents asked for.", filterable=True)
    file_name: str = column("파일 이름 · As it was sent.", filterable=True)
    file_type: FileType = column("파일 형식 · By its content.", sql=of_file("file_type"))
    size: BigInt = column("크기 · In bytes.", sql=of_file("size"))
    sha256: str = column("해시 · The SHA-256 of its content, in hexadecimal.", sql=of_file("sha256"), name="sha256")
    submitted_on: date | None = column("제출일 · When it was handed in.", filterable=True)
    download_path: str = column("내려받기 경로 · Its content, for whoever sees the application.", sql=download_path)


@shows(table_of(models.Application), visible=visible.visible_application, descending=True)
@strawberry.type(description="인증 신청 · One organization's in one round.")
class CertificationApplication(Node):
    applied_at: datetime = column("신청 시각 · When.", filterable=True, sortable=True)
    points_earned: BigInt = column("신청 시 적립 실적 · What it had earned in the window then.")
    withdrawn_at: datetime | None = column("취소 시각 · When it was withdrawn; null: it stands.", filterable=True)
    organization: Organization | None = to_one("기관 · Whose.", local="organization_id")
    round: Annotated[CertificationRound, strawberry.lazy(__name__)] | None = to_one(
        "회차 · In which round.", local="round_id"
    )
    result: CertificationResult | None = to_one("평가 결과 · Its scores and rank, once you may see them.", local="id")
    scores: Connection[CertificationScore] = to_many("평가 점수 · As far as you may see them.", remote="application_id")
    documents: Connection[CertificationDocument] = to_many(
        "서류 · What it was handed in with.",
        remote="subject_id",
    )


@shows(certificate, visible=everybody, order=("valid_from", "place"))
@strawberry.type(description="인증기관 · An institution that is certified, for everybody to see.")
class CertifiedInstitution(Node):
    number: str = column("인증번호 · By which anybody can check it.", filterable=True)
    organization_name: str = column(
        "기관명 · What it was called when it was certified.", filterable=True, sortable=True
    )
    place: int = column("선정 순서 · Among the selected of its round.", sortable=True)
    valid_from: date = column("유효기간 시작일 · The day of its selection.", filterable=True, sortable=True)
    valid_until: date = column("유효기간 종료일 · The last day it holds.", filterable=True, sortable=True)
    revoked_at: datetime | None = column("취소 시각 · When it was revoked; null: it was not.", filterable=True)
    revoked_reason: str | None = column("취소 사유 · Why.", shown=visible.shown_revocation)
    holds: bool = computed(
        "효력 · Whether it holds today.", needs=("revoked_at", "valid_from", "valid_until"), by=holding
    )
    verify_path: str = column(
        "확인 주소 · Where anybody can check it, below the server's address.",
        sql=lambda t: sa.literal_column("'/verify/'", sa.Text) + t.c.number,
    )
    pdf_path: str = column(
        "인증서 경로 · Its PDF, for its organization, staff and auditors.",
        sql=lambda t: (
            sa.literal_column("'/documents/forms/industry_academia/certification/'", sa.Text) + t.c.number + ".pdf"
        ),
    )
    organization: Organization | None = to_one("기관 · Whose.", local="organization_id")
    round: Annotated[CertificationRound, strawberry.lazy(__name__)] | None = to_one(
        "회차 · In which round.", local="round_id"
    )
    application: CertificationApplication | None = to_one("신청 · By which application.", local="application_id")


@shows(rounds, visible=visible.visible_round, descending=True)
@strawberry.type(description="인증 회차 · A round of the certification of excellent institutions.")
class CertificationRound(Node):
    title: str = column("회차명 · What it is called.", filterable=True)
    title_en: str = column("회차명(영어) · What it is called in English.")
    status: RoundStatus = column("진행단계 · How far it is.", sql=status_of)
    earned_from: date = column("적립 기간 첫날 · Mileage earned from this day counts.")
    earned_until: date = column("적립 기간 마지막 날 · Mileage earned through this day counts.")
    opens_at: datetime = column("접수 시작 · From when one applies.", sortable=True)
    closes_at: datetime = column("접수 마감 · The first moment that is too late.", filterable=True, sortable=True)
    evaluation_from: date = column("평가 시작일 · From which day the committee scores.")
    evaluation_until: date = column("평가 종료일 · Through which day no score may be missing.")
    council_on: date = column("운영협의체 개최일 · From which day the council is closed.")
    approval_on: date = column("승인 예정일 · From which day the selection is approved.")
    places: int = column("선정 규모 · How many are selected.")
    valid_years: int = column("인증 유효기간 · For how many years, from the day of selection.")
    quantitative_max: int = column("정량 배점 · The most the quantitative score can be.")
    mean: MeanRule = column("평균 방식 · How the committee's totals become one.")
    notice: str = column("공고 근거 · The notice its terms stand in.")
    formula: str = computed("정량평가 산식 · How mileage becomes a score.", needs=("scoring",), by=formulas)
    called_at: datetime | None = column("공고 시각 · When it was called.", sql=of_step(RoundStatus.CALLED, "at"))
    approved_at: datetime | None = column(
        "승인 시각 · When the selection was approved and published.", sql=of_step(RoundStatus.APPROVED, "at")
    )
    approval_reference: str | None = column(
        "결재 문서번호 · Of the approval.", sql=of_step(RoundStatus.APPROVED, "reference")
    )
    criteria: Connection[CertificationCriterion] = to_many("평가 항목 · What the committee scores.", remote="round_id")
    committee: Connection[CertificationAssessor] = to_many(
        "평가위원회 · Its members, as far as you may see them.", remote="round_id"
    )
    applications: Connection[CertificationApplication] = to_many(
        "신청 · As far as you may see them.", remote="round_id"
    )
    results: Connection[CertificationResult] = to_many("평가 결과 · In the order of ranks.", remote="round_id")
    certified: Connection[CertifiedInstitution] = to_many("인증기관 · Who was certified.", remote="round_id")

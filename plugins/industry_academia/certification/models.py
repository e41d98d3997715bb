"""A round, its steps, criteria and committee; applications, scores, results, decisions and certificates.

What must not be is refused by PostgreSQL. Rows copy what they are bound by (the closing moment, a maximum, the
organization of a committee member) with a foreign key that keeps the copy true, so that a CHECK can compare. The
migration's SQL has what no column says: a step's day, and what can no longer change after one.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class RoundStatus(StrEnum):
    """진행단계: how far a round is; each status follows the one before, and none is left out."""

    PREPARED = "prepared"  # 준비
    CALLED = "called"  # 사업공고 및 신청서 접수
    EVALUATING = "evaluating"  # 평가위원회 평가
    EVALUATED = "evaluated"  # 평가 종료
    DELIBERATED = "deliberated"  # 운영협의체 심의
    APPROVED = "approved"  # 선정결과 보고 및 승인


class MeanRule(StrEnum):
    """평균 방식: how the committee's totals become one."""

    PLAIN = "plain"  # 산술평균
    TRIMMED = "trimmed"  # 위원 5명 이상이면 최고·최저 제외


class Decision(StrEnum):
    """심의 결정: what the council says of an applicant."""

    CONFIRM = "confirm"  # 확정
    EXCLUDE = "exclude"  # 제외


class RankedBy(StrEnum):
    """순위 결정 기준: what parts an applicant from the one ranked above it."""

    ELIGIBILITY = "eligibility"  # 적립 실적 유무
    TOTAL = "total"  # 총점
    QUANTITATIVE = "quantitative"  # 정량점수
    APPLIED = "applied"  # 신청 순서


ORDER = tuple(RoundStatus)
SEOUL_DAY = "({} AT TIME ZONE 'Asia/Seoul')::date"


def _listed(kind: type[StrEnum]) -> str:
    return ",".join(f"'{each.value}'" for each in kind)


def _follows() -> str:
    """Each status with the one before it, as a CHECK says it."""
    pairs = ",".join(f"('{after}','{before}')" for before, after in pairwise(ORDER))
    return f"(previous IS NULL AND status = '{ORDER[0]}') OR (previous IS NOT NULL AND (status, previous) IN ({pairs}))"


class Round(SQLModel, table=True):
    """인증 회차: everything a call says. Moments and days are in Asia/Seoul."""

    __tablename__ = "ia_certification_round"
    __table_args__ = (
        sa.UniqueConstraint("id", "opens_at", "closes_at"),
        sa.UniqueConstraint("id", "places"),
        sa.CheckConstraint("earned_until >= earned_from", name="ia_certification_round_window"),
        sa.CheckConstraint("closes_at > opens_at", name="ia_certification_round_application"),
        sa.CheckConstraint(
            f"evaluation_from >= {SEOUL_DAY.format('closes_at')} AND evaluation_until >= evaluation_from"
            " AND council_on >= evaluation_until AND approval_on >= council_on",
            name="ia_certification_round_days_in_order",
        ),
        sa.CheckConstraint("places > 0", name="ia_certification_round_places"),
        sa.CheckConstraint("valid_years BETWEEN 1 AND 50", name="ia_certification_round_validity"),
        sa.CheckConstraint("quantitative_max BETWEEN 0 AND 1000", name="ia_certification_round_weight"),
        sa.CheckConstraint(f"mean IN ({_listed(MeanRule)})", name="ia_certification_round_mean_known"),
        sa.CheckConstraint("title <> ''", name="ia_certification_round_titled"),
    )
    id: int = columns.identity()
    title: str = columns.text()
    title_en: str = columns.text()
    earned_from: date = columns.day()
    earned_until: date = columns.day()
    opens_at: datetime = columns.moment()
    closes_at: datetime = columns.moment()  # the first moment that is too late
    evaluation_from: date = columns.day()
    evaluation_until: date = columns.day()
    council_on: date = columns.day()
    approval_on: date = columns.day()
    places: int = columns.number()
    valid_years: int = columns.number()
    quantitative_max: int = columns.number()
    scoring: str = columns.text()  # the code of a declared `Scoring`
    mean: str = columns.text(default="plain")
    notice: str = columns.text(default="")  # the notice and clause that its terms stand in


class Step(SQLModel, table=True):
    """진행 기록: a status a round has reached, after the one before it. Append-only."""

    __tablename__ = "ia_certification_step"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "status"),
        sa.ForeignKeyConstraint(
            ["round_id", "previous"], ["ia_certification_step.round_id", "ia_certification_step.status"]
        ),
        sa.CheckConstraint(_follows(), name="ia_certification_step_follows"),
    )
    id: int = columns.identity()
    round_id: int = columns.reference("ia_certification_round", index=False)
    status: str = columns.text()
    previous: str | None = columns.text(nullable=True)
    at: datetime = columns.moment()
    taken_by: int | None = columns.reference("member", nullable=True, index=False)
    reference: str = columns.text(default="")  # 결재 문서번호, of the approval


class Criterion(SQLModel, table=True):
    """평가 항목: what the committee scores, and the most it may give. Fixed once the round is called."""

    __tablename__ = "ia_certification_criterion"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "code"),
        sa.UniqueConstraint("id", "round_id", "maximum"),
        sa.CheckConstraint("maximum BETWEEN 1 AND 1000", name="ia_certification_criterion_maximum"),
    )
    id: int = columns.identity()
    round_id: int = columns.reference("ia_certification_round", index=False)
    place: int = columns.number()
    code: str = columns.text()
    name_ko: str = columns.text()
    name_en: str = columns.text()
    maximum: int = columns.number()


class Assessor(SQLModel, table=True):
    """평가위원: a member of Dure appointed for one round, and of which organization that member is."""

    __tablename__ = "ia_certification_assessor"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "member_id"),
        sa.UniqueConstraint("round_id", "number"),
        sa.UniqueConstraint("id", "round_id", "organization_id"),
    )
    id: int = columns.identity()
    round_id: int = columns.reference("ia_certification_round", index=False)
    number: int = columns.number()  # by which applicants know the scores
    member_id: int = columns.reference("member")
    organization_id: int = columns.reference("organization")
    appointed_at: datetime = columns.moment()


class Application(SQLModel, table=True):
    """인증 신청: one organization's in one round; it lies within the round's own moments."""

    __tablename__ = "ia_certification_application"
    __table_args__ = (
        sa.UniqueConstraint("id", "round_id", "organization_id"),
        sa.ForeignKeyConstraint(
            ["round_id", "opens_at", "closes_at"],
            ["ia_certification_round.id", "ia_certification_round.opens_at", "ia_certification_round.closes_at"],
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "called"], ["ia_certification_step.round_id", "ia_certification_step.status"]
        ),
        sa.CheckConstraint("called = 'called'", name="ia_certification_application_after_the_call"),
        sa.CheckConstraint(
            "applied_at >= opens_at AND applied_at < closes_at", name="ia_certification_application_in_time"
        ),
        sa.CheckConstraint(
            "withdrawn_at >= applied_at AND withdrawn_at < closes_at",
            name="ia_certification_application_withdrawn_in_time",
        ),
        sa.CheckConstraint("points_earned > 0", name="ia_certification_application_has_earned"),
        sa.Index(
            "ia_certification_application_once", "round_id", "organization_id", unique=True,
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )  # fmt: skip
    id: int = columns.identity()
    round_id: int = columns.reference("ia_certification_round", index=False)
    called: str = columns.text(default="called")
    opens_at: datetime = columns.moment()
    closes_at: datetime = columns.moment()
    organization_id: int = columns.reference("organization")
    applied_by: int | None = columns.reference("member", nullable=True, index=False)
    applied_at: datetime = columns.moment()
    points_earned: int = columns.number()  # when it applied
    withdrawn_at: datetime | None = columns.moment(nullable=True)


class Score(SQLModel, table=True):
    """평가 점수: one committee member's, of one applicant by one criterion; never of its own organization."""

    __tablename__ = "ia_certification_score"
    __table_args__ = (
        sa.UniqueConstraint("application_id", "assessor_id", "criterion_id"),
        sa.ForeignKeyConstraint(
            ["application_id", "round_id", "applicant_id"],
            [f"ia_certification_application.{each}" for each in ("id", "round_id", "organization_id")],
        ),
        sa.ForeignKeyConstraint(
            ["assessor_id", "round_id", "assessor_organization_id"],
            [f"ia_certification_assessor.{each}" for each in ("id", "round_id", "organization_id")],
        ),
        sa.ForeignKeyConstraint(
            ["criterion_id", "round_id", "maximum"],
            [f"ia_certification_criterion.{each}" for each in ("id", "round_id", "maximum")],
        ),
        sa.CheckConstraint("points BETWEEN 0 AND maximum", name="ia_certification_score_within_maximum"),
        sa.CheckConstraint("assessor_organization_id <> applicant_id", name="ia_certification_score_of_another"),
    )
    id: int = columns.identity()
    round_id: int = columns.reference("ia_certification_round")
    application_id: int = columns.reference("ia_certification_application", index=False)
    applicant_id: int = columns.reference("organization", index=False)
    assessor_id: int = columns.reference("ia_certification_assessor")
    assessor_organization_id: int = columns.reference("organization", index=False)
    criterion_id: int = columns.reference("ia_certification_criterion", index=False)
    maximum: int = columns.number()
    points: int = columns.number()
    scored_at: datetime = columns.moment()


class Result(SQLModel, table=True):
    """평가 결과: what an applicant's rank was computed from, kept with it. Its id is the application's. Append-only."""

    __tablename__ = "ia_certification_result"
    __table_args__ = (
        sa.UniqueConstraint("id", "eligible"),
        sa.UniqueConstraint("round_id", "rank"),
        sa.ForeignKeyConstraint(
            ["round_id", "evaluated"], ["ia_certification_step.round_id", "ia_certification_step.status"]
        ),
        sa.ForeignKeyConstraint(
            ["id", "round_id", "organization_id"],
            [f"ia_certification_application.{each}" for each in ("id", "round_id", "organization_id")],
        ),
        sa.CheckConstraint("evaluated = 'evaluated'", name="ia_certification_result_after_the_evaluation"),
        sa.CheckConstraint("total = quantitative + qualitative", name="ia_certification_result_adds_up"),
        sa.CheckConstraint("eligible = (points_earned > 0)", name="ia_certification_result_eligible"),
        sa.CheckConstraint("points_earned <= most_earned", name="ia_certification_result_most"),
        sa.CheckConstraint(f"ranked_by IN ({_listed(RankedBy)})", name="ia_certification_result_ranked_by_known"),
    )
    id: int = columns.reference("ia_certification_application", primary_key=True, index=False)
    round_id: int = columns.reference("ia_certification_round", index=False)
    organization_id: int = columns.reference("organization")
    evaluated: str = columns.text(default="evaluated")
    points_earned: int = columns.number()
    most_earned: int = columns.number()  # by any applicant of the round
    eligible: bool = columns.flag(True)
    quantitative: Decimal = columns.exact()
    scored_by: int = columns.number()  # committee members whose scores count
    left_out: int = columns.number()  # members whose totals were the highest and the lowest
    score_sum: int = columns.number()  # of the totals that count
    qualitative: Decimal = columns.exact()
    total: Decimal = columns.exact()
    rank: int = columns.number()
    ranked_by: str = columns.text()


class CouncilDecision(SQLModel, table=True):
    """심의 결정: the council's, of one applicant. Its id is the application's."""

    __tablename__ = "ia_certification_decision"
    __table_args__ = (
        sa.UniqueConstraint("id", "decision"),
        sa.CheckConstraint(f"decision IN ({_listed(Decision)})", name="ia_certification_decision_known"),
        sa.CheckConstraint("decision = 'confirm' OR reason <> ''", name="ia_certification_decision_has_a_reason"),
    )
    id: int = columns.reference("ia_certification_result", primary_key=True, index=False)
    round_id: int = columns.reference("ia_certification_round")
    decision: str = columns.text()
    reason: str = columns.text(default="")
    recorded_by: int | None = columns.reference("member", nullable=True, index=False)
    recorded_at: datetime = columns.moment()


class Certified(SQLModel, table=True):
    """인증서: of an applicant that was eligible, confirmed and among the places of an approved round."""

    __tablename__ = "ia_certification_certificate"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("application_id"),
        sa.UniqueConstraint("round_id", "place"),
        sa.ForeignKeyConstraint(
            ["application_id", "round_id", "organization_id"],
            [f"ia_certification_application.{each}" for each in ("id", "round_id", "organization_id")],
        ),
        sa.ForeignKeyConstraint(
            ["application_id", "decision"], ["ia_certification_decision.id", "ia_certification_decision.decision"]
        ),
        sa.ForeignKeyConstraint(
            ["application_id", "eligible"], ["ia_certification_result.id", "ia_certification_result.eligible"]
        ),
        sa.ForeignKeyConstraint(
            ["round_id", "approved"], ["ia_certification_step.round_id", "ia_certification_step.status"]
        ),
        sa.ForeignKeyConstraint(["round_id", "places"], ["ia_certification_round.id", "ia_certification_round.places"]),
        sa.CheckConstraint(
            "decision = 'confirm' AND eligible AND approved = 'approved'", name="ia_certification_certificate_earned"
        ),
        sa.CheckConstraint("place BETWEEN 1 AND places", name="ia_certification_certificate_among_the_places"),
        sa.CheckConstraint("valid_until > valid_from", name="ia_certification_certificate_days_in_order"),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_reason IS NULL) AND revoked_reason <> ''",
            name="ia_certification_certificate_revoked_with_reason",
        ),
    )
    id: int = columns.identity()
    application_id: int = columns.reference("ia_certification_application", index=False)
    round_id: int = columns.reference("ia_certification_round", index=False)
    organization_id: int = columns.reference("organization")
    organization_name: str = columns.text()  # as it was called when it was certified
    number: str = columns.text()
    place: int = columns.number()
    places: int = columns.number()
    approved: str = columns.text(default="approved")
    decision: str = columns.text(default="confirm")
    eligible: bool = columns.flag(True)
    valid_from: date = columns.day()
    valid_until: date = columns.day()  # the last day it holds
    revoked_at: datetime | None = columns.moment(nullable=True)
    revoked_reason: str | None = columns.text(nullable=True)


MODELS = (Round, Step, Criterion, Assessor, Application, Score, Result, CouncilDecision, Certified)
APPEND_ONLY = (Step, Result)

"""What the API's choices are called, and why an applicant stands where it stands, in words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from core.language import Text
from plugins.industry_academia.certification.models import Decision, MeanRule, RankedBy, RoundStatus
from schema import Context, Row, described


class Outcome(StrEnum):
    """선정 결과: what became of an applicant, and why."""

    SELECTED = "selected"  # 선정
    NO_PLACE = "no_place"  # 선정 규모 밖
    EXCLUDED = "excluded"  # 운영협의체 제외
    NOT_ELIGIBLE = "not_eligible"  # 적립 실적 없음


described(
    RoundStatus,
    "CertificationRoundStatus",
    "진행단계 · How far a certification round is.",
    {
        "PREPARED": "준비 · Seen by staff alone.",
        "CALLED": "공고·접수 · Called; applications are taken between its two moments.",
        "EVALUATING": "평가 · The committee scores.",
        "EVALUATED": "평가 종료 · Scores and ranks are fixed.",
        "DELIBERATED": "심의 종료 · The council has decided on every applicant.",
        "APPROVED": "승인 · Selected, published, certified.",
    },
)
described(
    MeanRule,
    "CertificationMean",
    "평균 방식 · How the totals of committee members become one score.",
    {
        "PLAIN": "산술평균 · The mean of all.",
        "TRIMMED": "최고·최저 제외 · From five members on, without the highest and the lowest.",
    },
)
described(
    Decision,
    "CertificationDecision",
    "심의 결정 · What the council says of an applicant.",
    {"CONFIRM": "확정 · As ranked.", "EXCLUDE": "제외 · Not to be selected, for a reason."},
)
described(
    RankedBy,
    "CertificationRankedBy",
    "순위 결정 기준 · What parts an applicant from the one above it.",
    {
        "ELIGIBILITY": "적립 실적 · It has none left in the window.",
        "TOTAL": "총점 · A lower total; or it is the first.",
        "QUANTITATIVE": "정량점수 · The same total, and a lower quantitative score.",
        "APPLIED": "신청 순서 · Both the same; it applied later.",
    },
)
described(
    Outcome,
    "CertificationOutcome",
    "선정 결과 · What became of an applicant.",
    {
        "SELECTED": "선정 · It is certified.",
        "NO_PLACE": "미선정(선정 규모) · All places went to higher ranks.",
        "EXCLUDED": "미선정(심의 제외) · The council excluded it; the reason stands beside.",
        "NOT_ELIGIBLE": "미선정(실적 없음) · It has no mileage left in the window.",
    },
)

_BY = {
    RankedBy.ELIGIBILITY: Text("적립 실적", "mileage in the window"),
    RankedBy.TOTAL: Text("총점", "the total"),
    RankedBy.QUANTITATIVE: Text("총점이 같아 정량점수", "the quantitative score, the totals being equal"),
    RankedBy.APPLIED: Text("총점과 정량점수가 같아 신청 순서", "the moment of application, both scores being equal"),
}
_WHY = {
    Outcome.SELECTED: Text("선정되었습니다.", "It is selected."),
    Outcome.NO_PLACE: Text("확정된 상위 순위로 선정 규모가 찼습니다.", "All places went to confirmed higher ranks."),
    Outcome.EXCLUDED: Text("운영협의체가 제외하였습니다: {reason}", "The council excluded it: {reason}"),
    Outcome.NOT_ELIGIBLE: Text("기간 내 적립 실적이 없습니다.", "No mileage is left in the window."),
}
_SENTENCE = Text(
    "정량 {quantitative}점 = 배점 {weight} × 적립 {points} ÷ 최다 적립 {most}."
    " 정성 {qualitative}점 = 위원 {scored_by}명의 총점 합 {score_sum} ÷ {scored_by}{left_out}."
    " 총점 {total}점{ranked}.{why}",
    "Quantitative {quantitative} = the weight {weight} × {points} earned ÷ {most}, the most earned."
    " Qualitative {qualitative} = {score_sum}, the totals of {scored_by} members, ÷ {scored_by}{left_out}."
    " Total {total}{ranked}.{why}",
)
_RANKED = Text(
    ", 순위 {rank}위(선정 규모 {places}), 순위 기준: {by}", ", rank {rank} for {places} places, parted by {by}"
)
_LEFT_OUT = Text(" (최고·최저 {left_out}명 제외)", " ({left_out} left out, the highest and the lowest)")
_NOTHING = Text("", "")

EXPLAINED = (
    "quantitative", "quantitative_max", "points_earned", "most_earned", "qualitative", "scored_by", "score_sum",
    "left_out", "total", "rank", "places", "ranked_by", "outcome", "excluded_because",
)  # fmt: skip


def explained(context: Context, rows: Sequence[Row]) -> list[str]:
    """The sum and the rank of each, as one would tell it; with why, once the selection is approved."""
    return [context.say(_explained(row)) for row in rows]


def _explained(row: Row) -> Text:
    left_out = _LEFT_OUT.format({"left_out": row["left_out"]}) if row["left_out"] else _NOTHING
    outcome = row["outcome"]
    why = _NOTHING
    if outcome is not None:
        told = _WHY[Outcome(outcome)].format({"reason": row["excluded_because"] or ""})
        why = Text(f" {told.ko}", f" {told.en}")
    ranked = _NOTHING
    if row["rank"] is not None:
        by = _BY[RankedBy(row["ranked_by"])]
        ranked = _RANKED.format({"rank": row["rank"], "places": row["places"], "by": by})
    values: dict[str, Any] = {name: _plain(row[name]) for name in EXPLAINED}
    values |= {
        "weight": row["quantitative_max"], "points": _plain(row["points_earned"]), "most": _plain(row["most_earned"]),
        "left_out": left_out, "ranked": ranked, "why": why,
    }  # fmt: skip
    return _SENTENCE.format(values)


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)

"""평가 종료: every applicant's scores added up and ranked in one statement, and frozen with what they come from."""

from __future__ import annotations

from core.work import Work
from plugins.industry_academia.certification import problems
from plugins.industry_academia.certification.models import MeanRule, Round, RoundStatus
from plugins.industry_academia.certification.queries import (
    applicants_of,
    earned_in,
    locked_round,
    require_operator,
    require_status,
    take_step,
)
from plugins.industry_academia.certification.tables import HUNDREDTHS, TRIMMED_FROM
from plugins.industry_academia.certification.telling import tell_of_stage

# Who has scored whom; a member of the applicant's organization need not, and cannot.
_MISSING = """
SELECT a.id AS application, s.id AS assessor, s.number,
    EXISTS (SELECT FROM ia_certification_score x WHERE x.application_id = a.id AND x.assessor_id = s.id) AS scored
FROM ia_certification_application a
JOIN ia_certification_assessor s ON s.round_id = a.round_id AND s.organization_id <> a.organization_id
WHERE a.round_id = $1 AND a.withdrawn_at IS NULL ORDER BY a.id, s.number
"""

# Quotients are decided in whole numbers: div(2 * 100 * n + d, 2 * d) hundredths is n / d to two decimals, halves up.
_RANK = f"""
WITH applicant AS (
    SELECT a.id, a.organization_id, a.applied_at, coalesce(e.points, 0) AS points
    FROM ia_certification_application a LEFT JOIN unnest($2::bigint[], $3::bigint[]) AS e(organization_id, points)
        ON e.organization_id = a.organization_id
    WHERE a.round_id = $1 AND a.withdrawn_at IS NULL
),
most AS (SELECT coalesce(max(points), 0) AS most FROM applicant),
sheet AS (
    SELECT application_id, sum(points) AS total,
        row_number() OVER (PARTITION BY application_id ORDER BY sum(points), assessor_id) AS place,
        count(*) OVER (PARTITION BY application_id) AS sheets
    FROM ia_certification_score WHERE round_id = $1 GROUP BY application_id, assessor_id
),
committee AS (
    SELECT application_id, sum(total) AS score_sum, count(*) AS scored_by, max(sheets) - count(*) AS left_out
    FROM sheet WHERE NOT ($4 AND sheets >= {TRIMMED_FROM} AND place IN (1, sheets)) GROUP BY application_id
),
scored AS (
    SELECT a.*, m.most, c.scored_by, c.left_out, c.score_sum,
        CASE WHEN m.most > 0
            THEN div(2 * {HUNDREDTHS} * $5::numeric * a.points + m.most, 2 * m.most::numeric) / {HUNDREDTHS}.00
            ELSE 0.00 END::numeric(20, 2) AS quantitative,
        (div(2 * {HUNDREDTHS} * c.score_sum + c.scored_by, 2 * c.scored_by::numeric) / {HUNDREDTHS}.00)::numeric(20, 2)
            AS qualitative
    FROM applicant a CROSS JOIN most m JOIN committee c ON c.application_id = a.id
),
ranked AS (
    SELECT *, points > 0 AS eligible, quantitative + qualitative AS total,
        row_number() OVER one AS rank, lag(points > 0) OVER one AS above_eligible,
        lag(quantitative + qualitative) OVER one AS above_total, lag(quantitative) OVER one AS above_quantitative
    FROM scored
    WINDOW one AS (ORDER BY points > 0 DESC, quantitative + qualitative DESC, quantitative DESC, applied_at, id)
)
INSERT INTO ia_certification_result (id, round_id, organization_id, points_earned, most_earned, eligible, quantitative,
    scored_by, left_out, score_sum, qualitative, total, rank, ranked_by)
SELECT id, $1, organization_id, points, most, eligible, quantitative, scored_by, left_out, score_sum, qualitative,
    total, rank, CASE
        WHEN above_eligible IS DISTINCT FROM eligible AND above_eligible IS NOT NULL THEN 'eligibility'
        WHEN above_total IS DISTINCT FROM total THEN 'total'
        WHEN above_quantitative IS DISTINCT FROM quantitative THEN 'quantitative'
        ELSE 'applied' END
FROM ranked
"""


async def close_evaluation(work: Work, round_id: int) -> None:
    """평가 종료: no score changes any more; the results are there, for staff and the committee."""
    require_operator(work)
    found, status = await locked_round(work, round_id)
    require_status(status, RoundStatus.EVALUATING)
    applicants = await applicants_of(work.tx, round_id)
    await _require_scores(work, found, {key: name for key, (_, name) in applicants.items()})
    await take_step(work, round_id, RoundStatus.EVALUATED)
    earned = await earned_in(work.tx, [each for each, _ in applicants.values()], found)
    ranked = await work.tx.connection.execute(
        _RANK, round_id, list(earned), list(earned.values()), MeanRule(found.mean) is MeanRule.TRIMMED,
        found.quantitative_max,
    )  # fmt: skip
    assert ranked == f"INSERT 0 {len(applicants)}", "every applicant has a result"
    await tell_of_stage(work, found, RoundStatus.EVALUATED)


async def _require_scores(work: Work, found: Round, names: dict[int, str]) -> None:
    """Through the last day of evaluation nothing may be missing; after it, one member's scores of each will do."""
    rows = await work.tx.connection.fetch(_MISSING, found.id)
    scored = {row["application"] for row in rows if row["scored"]}
    late = work.today > found.evaluation_until
    for row in rows:
        if not row["scored"] and not (late and row["application"] in scored):
            raise problems.SCORES_MISSING.refuse(
                "roundId", number=row["number"], name=names[row["application"]], until=found.evaluation_until
            )
    for key in names.keys() - scored:
        raise problems.SCORES_MISSING.refuse("roundId", number="-", name=names[key], until=found.evaluation_until)

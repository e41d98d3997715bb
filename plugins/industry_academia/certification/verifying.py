"""What `dure verify` compares of a certification: every result with the scores and points it was ranked by."""

from __future__ import annotations

from core.language import Text
from core.parts import Check
from plugins.industry_academia.certification.models import MeanRule
from plugins.industry_academia.certification.tables import TRIMMED_FROM

TABLE = "ia_certification_result"

CHECKS = (
    Check(
        Text("인증 평가점수의 합은 위원들의 점수대로", "Each result counts the scores its committee gave"),
        TABLE,
        "sum of the totals that count, and how many",
        f"""
        WITH sheet AS (
            SELECT x.application_id, r.mean, sum(x.points) AS total, row_number() OVER one AS place,
                count(*) OVER (PARTITION BY x.application_id) AS sheets
            FROM ia_certification_score x JOIN ia_certification_round r ON r.id = x.round_id
            GROUP BY x.application_id, x.assessor_id, r.mean
            WINDOW one AS (PARTITION BY x.application_id ORDER BY sum(x.points), x.assessor_id)
        ),
        counted AS (
            SELECT application_id, sum(total) || ' of ' || count(*) || ', without ' || max(sheets) - count(*) AS said
            FROM sheet
            WHERE mean <> '{MeanRule.TRIMMED}' OR sheets < {TRIMMED_FROM} OR place NOT IN (1, sheets)
            GROUP BY application_id
        )
        SELECT e.id, c.said AS expected, e.score_sum || ' of ' || e.scored_by || ', without ' || e.left_out AS found
        FROM ia_certification_result e LEFT JOIN counted c ON c.application_id = e.id
        """,
    ),
    Check(
        Text("인증 정량점수는 실적의 비율대로", "Each quantitative score is the share of the most that was earned"),
        TABLE,
        "quantitative score",
        """
        SELECT e.id, e.quantitative AS found, CASE WHEN e.most_earned > 0
            THEN round(r.quantitative_max * e.points_earned::numeric / e.most_earned, 2) ELSE 0 END AS expected
        FROM ia_certification_result e JOIN ia_certification_round r ON r.id = e.round_id
        """,
    ),
    Check(
        Text("인증 정량점수의 기준은 최고 실적", "The most that was earned is by an applicant of the round"),
        TABLE,
        "most earned",
        """
        SELECT id, max(points_earned) OVER (PARTITION BY round_id) AS expected, most_earned AS found
        FROM ia_certification_result
        """,
    ),
    Check(
        Text("인증 정성점수는 평균대로", "Each qualitative score is the mean of the totals that count"),
        TABLE,
        "qualitative score",
        """
        SELECT id, round(score_sum::numeric / scored_by, 2) AS expected, qualitative AS found
        FROM ia_certification_result
        """,
    ),
    Check(
        Text("인증 순위는 점수대로", "Ranks follow from eligibility, total, quantitative score and time"),
        TABLE,
        "rank",
        """
        SELECT e.id, e.rank AS found, row_number() OVER (PARTITION BY e.round_id
            ORDER BY e.eligible DESC, e.total DESC, e.quantitative DESC, a.applied_at, a.id) AS expected
        FROM ia_certification_result e JOIN ia_certification_application a ON a.id = e.id
        """,
    ),
    Check(
        Text("인증서는 순위대로", "Certificates went to those the council confirmed, in the order of their ranks"),
        "ia_certification_certificate",
        "place",
        """
        SELECT c.id, s.place AS expected, c.place AS found
        FROM ia_certification_certificate c LEFT JOIN (
            SELECT e.id, row_number() OVER (PARTITION BY e.round_id ORDER BY e.rank) AS place
            FROM ia_certification_result e JOIN ia_certification_decision d ON d.id = e.id
            WHERE e.eligible AND d.decision = 'confirm'
        ) s ON s.id = c.application_id
        """,
    ),
)

"""평가: a committee member scores an applicant by every criterion, as often as it likes until the evaluation closes."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from core.errors import NotAllowed, Violation, refuse_any
from core.language import Text
from core.work import Work
from plugins.industry_academia.certification import problems
from plugins.industry_academia.certification.models import Assessor, RoundStatus
from plugins.industry_academia.certification.queries import (
    application_by_id,
    assessor,
    criteria_of,
    require_status,
    shared_round,
)

_WRITE = """
INSERT INTO ia_certification_score (round_id, application_id, applicant_id, assessor_id, assessor_organization_id,
    criterion_id, maximum, points, scored_at)
SELECT $1, $2, $3, $4, $5, c.id, c.maximum, g.points, $8
FROM unnest($6::bigint[], $7::bigint[]) AS g(id, points) JOIN ia_certification_criterion c ON c.id = g.id
ON CONFLICT (application_id, assessor_id, criterion_id)
    DO UPDATE SET points = EXCLUDED.points, scored_at = EXCLUDED.scored_at
"""


async def score(work: Work, application_id: int, points: Mapping[str, int]) -> Assessor:
    """점수 입력: all criteria at once, by code; scoring again replaces what was given. Answers who scored."""
    work.actor.require_ready()
    row = await application_by_id(work.tx, application_id)
    found, status = await shared_round(work, row.round_id)
    member = await work.tx.one(  # locked, so that two of one member's scores come one after the other, each whole
        Assessor,
        sa.select(assessor)
        .where(assessor.c.round_id == found.id, assessor.c.member_id == work.actor.member_id)
        .with_for_update(),
    )
    if member is None:
        raise NotAllowed(Text("이 회차의 평가위원만 할 수 있습니다.", "Only the round's committee may score."))
    require_status(status, RoundStatus.EVALUATING)
    if row.withdrawn_at is not None:
        raise problems.WITHDRAWN_ALREADY.refuse("applicationId")
    if member.organization_id == row.organization_id:
        raise problems.OWN_ORGANIZATION.refuse("applicationId")
    criteria = await criteria_of(work.tx, found.id)
    if points.keys() != {each.code for each in criteria}:
        raise problems.SCORES_INCOMPLETE.refuse("scores", codes=", ".join(each.code for each in criteria))
    wrong: list[Violation] = [
        problems.SCORE_OUT_OF_RANGE.at(
            "scores", each.code, name=Text(each.name_ko, each.name_en), most=each.maximum, given=points[each.code]
        )
        for each in criteria
        if not 0 <= points[each.code] <= each.maximum
    ]
    refuse_any(wrong)
    await work.tx.connection.execute(
        _WRITE, found.id, row.id, row.organization_id, member.id, member.organization_id,
        [each.id for each in criteria], [points[each.code] for each in criteria], work.now,
    )  # fmt: skip
    # what was given stays out of the audit: nobody sees others' scores before the evaluation closes
    work.record(
        "certification.scored", "certification_round", found.id, after={"application": row.id, "assessor": member.id}
    )
    return member

"""A round from its call to its certificates: every step in its order and on its day, everything else refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import asyncpg
import pytest

from core.actor import Actor, Role
from core.errors import NotAllowed
from core.house import House
from core.identity import OrganizationKind
from core.migrations.write import difference
from plugins.industry_academia.certification import applications, ranking, rounds, selection
from plugins.industry_academia.certification.models import MODELS, Decision
from plugins.industry_academia.certification.rounds import Asked
from plugins.industry_academia.program import CODE
from tests.plugins.industry_academia.certification.stage import CRITERIA, DATES, Stage, at
from tests.support.clock import SetClock
from tests.support.files import pdf, sent
from tests.support.world import at_once, connected, give, member, refused, rows, staff, true_ledger

NAME = "INDUSTRY_ACADEMIA_CERTIFICATION_"


@pytest.fixture
async def stage(house: House, clock: SetClock) -> Stage:
    return await Stage.of(house, clock)


async def test_the_tables_are_as_the_models_say(database_url: str) -> None:
    assert await difference(database_url, {model.__tablename__ for model in MODELS}) == []


async def test_a_round_ends_in_certificates_for_the_highest_ranks(stage: Stage) -> None:
    """사업공고·접수 → 평가위원회 → 운영협의체 → 선정결과 보고 및 승인 (UI-61)."""
    made = await stage.walked(places=2)
    house = stage.house
    results = await rows(house, "SELECT * FROM ia_certification_result ORDER BY rank")
    assert [(str(each["quantitative"]), str(each["qualitative"]), str(each["total"])) for each in results] == [
        ("50.00", "30.00", "80.00"), ("25.00", "31.00", "56.00"), ("10.00", "32.00", "42.00"),
    ]  # fmt: skip
    assert [each["id"] for each in results] == made
    certificates = await rows(house, "SELECT * FROM ia_certification_certificate ORDER BY place")
    assert [each["application_id"] for each in certificates] == made[:2]
    assert {(each["valid_from"], each["valid_until"]) for each in certificates} == {
        (date(2024, 3, 29), date(2026, 3, 28))  # 선정일로부터 2년
    }
    steps = await rows(house, "SELECT status, previous, reference FROM ia_certification_step ORDER BY id")
    assert [(each["status"], each["previous"]) for each in steps] == [
        ("prepared", None), ("called", "prepared"), ("evaluating", "called"), ("evaluated", "evaluating"),
        ("deliberated", "evaluated"), ("approved", "deliberated"),
    ]  # fmt: skip
    assert steps[-1]["reference"] == "산학-2024-17"
    actions = {each["action"] for each in await rows(house, "SELECT action FROM audit_event")}
    assert actions >= {
        f"certification.{each}"
        for each in (
            "prepared", "terms_set", "called", "assessor_appointed", "applied", "evaluating", "scored", "evaluated",
            "deliberated_on", "deliberated", "approved", "certified",
        )
    }  # fmt: skip
    told = await rows(house, "SELECT template, count(*) AS n FROM message GROUP BY 1 ORDER BY 1")
    assert {each["template"].rpartition("_")[2]: each["n"] for each in told} == {
        "applied": 3, "stage": 9, "decided": 3,
    }  # fmt: skip
    outcomes = await rows(
        house,
        """SELECT "values" -> 'outcome' ->> 'en' AS said FROM message WHERE template LIKE '%decided' ORDER BY id""",
    )
    assert [each["said"] for each in outcomes] == ["selected", "selected", "not selected"]
    await true_ledger(house)


async def test_whom_the_council_excludes_makes_room_for_the_next(stage: Stage) -> None:
    await stage.called(places=1)
    made = [await stage.applied(await stage.company(20 + place, 1_000 - place)) for place in range(3)]
    who = await stage.assessor("wiwon")
    await stage.evaluating()
    for each in made:
        await stage.scored(who, each, 10, 10)
    await stage.evaluated()
    with refused(f"{NAME}REASON_NEEDED"):
        await stage.decided(made[0], Decision.EXCLUDE, " ")
    await stage.decided(made[0], Decision.EXCLUDE, "허위 실적 조사 중")
    await stage.decided(made[1])
    with refused(f"{NAME}NOT_DECIDED"):
        await stage.deliberated()
    await stage.decided(made[2])
    await stage.deliberated()
    assert await stage.approved() == 1
    assert [each["application_id"] for each in await rows(stage.house, "TABLE ia_certification_certificate")] == [
        made[1]
    ]


# --------------------------------------------------------------------------------------------------- the call


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"closes_at": DATES.opens_at}, "closesAt"),
        ({"evaluation_from": date(2024, 1, 30)}, "evaluationFrom"),
        ({"evaluation_until": date(2024, 1, 31)}, "evaluationUntil"),
        ({"council_on": date(2024, 2, 13)}, "councilOn"),
        ({"approval_on": date(2024, 2, 27)}, "approvalOn"),
    ],
)
async def test_dates_in_the_wrong_order_are_refused(stage: Stage, changes: dict[str, Any], path: str) -> None:
    with refused(f"{NAME}DATES_REVERSED") as refusal:
        await stage.prepared(replace(DATES, **changes))
    assert refusal.paths == [(path,)] and all(refusal.clauses)
    await stage.prepared()
    with pytest.raises(asyncpg.CheckViolationError):
        ((name, value),) = changes.items()
        await _owner(stage, f"UPDATE ia_certification_round SET {name} = $1", value)


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"valid_years": 0}, "NUMBER_OUT_OF_RANGE", "validYears"),
        ({"places": 0}, "NUMBER_OUT_OF_RANGE", "places"),
        ({"quantitative_max": -1}, "NUMBER_OUT_OF_RANGE", "quantitativeMax"),
        ({"earned_until": date(2022, 12, 31)}, "DATES_REVERSED", "earnedUntil"),
        ({"title": "  "}, "TEXT_NEEDED", "title"),
    ],
)
async def test_terms_that_make_no_sense_are_refused(
    stage: Stage, changes: dict[str, Any], code: str, path: str
) -> None:
    with refused(f"{NAME}{code}") as refusal:
        await stage.prepared(**changes)
    assert refusal.paths == [(path,)] and all(refusal.clauses)
    await stage.prepared()
    with pytest.raises(asyncpg.CheckViolationError):
        ((name, value),) = changes.items()
        await _owner(stage, f"UPDATE ia_certification_round SET {name} = $1", "" if name == "title" else value)


async def test_criteria_are_some_each_once_and_with_a_maximum(stage: Stage) -> None:
    with refused(f"{NAME}NUMBER_OUT_OF_RANGE"):
        await stage.prepared(criteria=[])
    twice = [CRITERIA[0], Asked(code="plan", name_ko="가", name_en="a", maximum=0)]
    with refused(f"{NAME}CRITERION_TWICE", f"{NAME}NUMBER_OUT_OF_RANGE") as refusal:
        await stage.prepared(criteria=twice)
    assert refusal.paths == [("criteria", 1, "code"), ("criteria", 1, "maximum")]


async def test_a_round_is_run_by_operators_of_the_program_alone(stage: Stage) -> None:
    elsewhere = await staff(stage.house, "elsewhere", Role.OPERATOR, programs=["mileage_innovation"])
    company = await stage.company(20, 0)
    await stage.prepared()
    for who in (stage.reviewer, elsewhere, company):
        for verb in (rounds.call_round, rounds.begin_evaluation, ranking.close_evaluation, selection.close_council):
            with pytest.raises(NotAllowed):
                async with stage.house.work(who) as work:
                    await verb(work, stage.round_id)


async def test_what_was_called_keeps_its_terms_but_may_be_rescheduled(stage: Stage) -> None:
    await stage.called()
    company = await stage.company(20, 500)
    application = await stage.applied(company)
    for column, value in (("places", 9), ("valid_years", 9), ("quantitative_max", 1), ("mean", "trimmed")):
        with pytest.raises(asyncpg.CheckViolationError, match="what was called"):
            await _owner(stage, f"UPDATE ia_certification_round SET {column} = $1", value)
    with pytest.raises(asyncpg.CheckViolationError):
        await _owner(stage, "UPDATE ia_certification_criterion SET maximum = $1", 99)
    later = replace(DATES, closes_at=DATES.closes_at + timedelta(hours=2))
    async with stage.house.work(stage.operator) as work:
        await rounds.reschedule_round(work, stage.round_id, later)
    (row,) = await rows(stage.house, "SELECT closes_at FROM ia_certification_application WHERE id = $1", application)
    assert row["closes_at"] == later.closes_at, "what an application is bound by follows"
    with refused(f"{NAME}DATES_REVERSED"):
        async with stage.house.work(stage.operator) as work:
            await rounds.reschedule_round(work, stage.round_id, replace(DATES, closes_at=at(date(2024, 1, 15))))
    stage.clock.moment = DATES.closes_at + timedelta(hours=1)
    await stage.withdrawn(company, application)


# ------------------------------------------------------------------------------------------------ applications


async def test_universities_and_their_foundations_do_not_apply(stage: Stage) -> None:
    """대상: 적립 실적이 있는 기관(대학, 대학 산단은 제외)."""
    await stage.called()
    university = await stage.company(20, 500, kind=OrganizationKind.UNIVERSITY)
    foundation = await stage.foundation(21, 500)
    company = await stage.company(22, 500)
    for who, code in ((university, "UNIVERSITY"), (foundation, "FOUNDATION")):
        with refused(f"{NAME}{code}") as refusal:
            await stage.applied(who)
        assert refusal.clauses == [
            "2024년도 산학협력 우수기관 인증 · 대상: 산학협력 마일리지 적립 실적이 있는 기관(대학, 대학 산단은 제외)"
        ]
        with pytest.raises(asyncpg.CheckViolationError, match="neither universities"):
            await _apply_by_sql(stage, who)
    await stage.applied(company)


async def test_who_earned_nothing_in_the_window_does_not_apply(stage: Stage) -> None:
    await stage.called()
    nothing = await stage.company(20, 0)
    before = await stage.company(21, 0)
    await give(stage.house, CODE, before.organization_id or 0, 100, date(2022, 12, 31))
    after = await stage.company(22, 0)
    await give(stage.house, CODE, after.organization_id or 0, 100, date(2024, 1, 1))
    first = await stage.company(23, 0)
    await give(stage.house, CODE, first.organization_id or 0, 1, date(2023, 1, 1))
    last = await stage.company(24, 0)
    await give(stage.house, CODE, last.organization_id or 0, 1, date(2023, 12, 31))
    for who in (nothing, before, after):
        with refused(f"{NAME}NOTHING_EARNED") as refusal:
            await stage.applied(who)
        assert all(refusal.clauses)
    for who in (first, last):
        await stage.applied(who)
    with pytest.raises(asyncpg.CheckViolationError, match="has_earned"):
        await _apply_by_sql(stage, nothing, points=0)


async def test_one_organization_applies_once_and_again_after_it_withdrew(stage: Stage) -> None:
    await stage.called()
    company = await stage.company(20, 500)
    application = await stage.applied(company)
    with refused(f"{NAME}APPLIED_ALREADY"):
        await stage.applied(company)
    with pytest.raises(asyncpg.UniqueViolationError):
        await _apply_by_sql(stage, company)
    await stage.withdrawn(company, application)
    with refused(f"{NAME}WITHDRAWN_ALREADY"):
        await stage.withdrawn(company, application)
    assert await stage.applied(company) > application
    kept = await rows(stage.house, "SELECT submitted_on, retained_until FROM attachment")
    assert kept == [{"submitted_on": date(2024, 1, 15), "retained_until": None}] * 2, "frozen, and kept for good"


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (DATES.opens_at - timedelta(milliseconds=1), "TOO_EARLY"),
        (DATES.opens_at, None),
        (DATES.closes_at - timedelta(milliseconds=1), None),
        (DATES.closes_at, "TOO_LATE"),
        (at(date(2024, 2, 20)), "TOO_LATE"),
    ],
)
async def test_applications_are_taken_from_the_opening_to_the_closing_moment(
    stage: Stage, moment: datetime, code: str | None
) -> None:
    """마감 18:00: the moment itself is too late."""
    await stage.called()
    company = await stage.company(20, 500)
    stage.clock.moment = moment
    if code is None:
        application = await stage.applied(company)
        await stage.withdrawn(company, application)
        return
    with refused(f"{NAME}{code}") as refusal:
        await stage.applied(company)
    assert all(refusal.clauses)
    if code == "TOO_LATE":
        assert "2024-01-31 18:00:00+09:00" in refusal.english
    with pytest.raises(asyncpg.CheckViolationError, match="in_time"):
        await _apply_by_sql(stage, company)


async def test_what_came_in_cannot_be_withdrawn_after_the_closing_moment(stage: Stage) -> None:
    await stage.called()
    company = await stage.company(20, 500)
    application = await stage.applied(company)
    stage.clock.moment = DATES.closes_at
    with refused(f"{NAME}TOO_LATE"):
        await stage.withdrawn(company, application)
    token = await sent(stage.house, company, pdf())
    with refused(f"{NAME}TOO_LATE"):
        async with stage.house.work(company) as work:
            await applications.add_document(work, application, "evidence", token)
    with pytest.raises(asyncpg.CheckViolationError, match="withdrawn_in_time"):
        await _owner(stage, "UPDATE ia_certification_application SET withdrawn_at = $1", DATES.closes_at)


async def test_an_application_needs_its_form_and_the_permission(stage: Stage) -> None:
    await stage.called()
    company = await stage.company(20, 500)
    owner = company.organization_id or 0
    bare = await member(stage.house, owner, "main20_a")
    allowed = await member(stage.house, owner, "main20_b", permissions=["industry_academia.certification.apply"])
    with pytest.raises(NotAllowed):
        await stage.applied(bare)
    for documents, code in ((["evidence"], "FORM_NEEDED"), (["application", "photo"], "DOCUMENT_UNKNOWN")):
        tokens = [(each, await sent(stage.house, allowed, pdf(each))) for each in documents]
        with refused(f"{NAME}{code}"):
            async with stage.house.work(allowed) as work:
                await applications.apply(work, stage.round_id, tokens)
    application = await stage.applied(allowed)
    stranger = await stage.company(21, 500)
    with refused(f"{NAME}APPLICATION_UNKNOWN"):
        await stage.withdrawn(stranger, application)
    token = await sent(stage.house, allowed, pdf("more"))
    async with stage.house.work(allowed) as work:
        await applications.add_document(work, application, "evidence", token)
    found = await rows(stage.house, "SELECT requirement FROM attachment WHERE subject_id = $1 ORDER BY id", application)
    assert [each["requirement"] for each in found] == ["application", "evidence"]


# -------------------------------------------------------------------------------------------------- the committee


async def test_scores_are_whole_and_within_their_maxima(stage: Stage) -> None:
    await stage.called()
    application = await stage.applied(await stage.company(20, 500))
    who = await stage.assessor("wiwon")
    with refused(f"{NAME}WRONG_STEP"):
        await stage.scored(who, application, 1, 1)
    await stage.evaluating()
    for plan, effect, path in ((31, 0, "plan"), (-1, 0, "plan"), (0, 21, "effect")):
        with refused(f"{NAME}SCORE_OUT_OF_RANGE") as refusal:
            await stage.scored(who, application, plan, effect)
        assert refusal.paths == [("scores", path)] and all(refusal.clauses)
    with refused(f"{NAME}SCORES_INCOMPLETE"):
        await stage.scored(who, application, 1, 1, other=1)
    await stage.scored(who, application, 30, 0)
    for wrong in (31, -1):
        with pytest.raises(asyncpg.CheckViolationError, match="within_maximum"):
            await _owner(stage, "UPDATE ia_certification_score SET points = $1 WHERE maximum = 30", wrong)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await _owner(stage, "UPDATE ia_certification_score SET maximum = $1", 100)
    await stage.scored(who, application, 0, 20)
    found = await rows(stage.house, "SELECT points FROM ia_certification_score ORDER BY maximum DESC")
    assert [each["points"] for each in found] == [0, 20], "scoring again replaces"


async def test_nobody_scores_its_own_organization(stage: Stage) -> None:
    await stage.called()
    company, other = await stage.company(20, 500), await stage.company(21, 400)
    own, foreign = await stage.applied(company), await stage.applied(other)
    colleague = await member(stage.house, company.organization_id or 0, "dongryo")
    await stage.assessor("", colleague)
    await stage.evaluating()
    with refused(f"{NAME}OWN_ORGANIZATION") as refusal:
        await stage.scored(colleague, own, 30, 20)
    assert all(refusal.clauses)
    await stage.scored(colleague, foreign, 10, 10)
    with pytest.raises(asyncpg.CheckViolationError, match="of_another"):
        await _owner(
            stage,
            "INSERT INTO ia_certification_score (round_id, application_id, applicant_id, assessor_id,"
            " assessor_organization_id, criterion_id, maximum, points, scored_at) SELECT round_id, $1, $2, assessor_id,"
            " assessor_organization_id, criterion_id, maximum, points, scored_at FROM ia_certification_score LIMIT 1",
            own, company.organization_id,
        )  # fmt: skip
    with pytest.raises(asyncpg.ForeignKeyViolationError):  # nor by saying it is of another
        await _owner(
            stage, "UPDATE ia_certification_score SET assessor_organization_id = $1", stage.operator.organization_id
        )
    with refused(f"{NAME}SCORES_MISSING"):
        await stage.evaluated()  # nobody else has scored the colleague's organization


async def test_only_the_committee_scores_and_who_runs_rounds_is_not_of_it(stage: Stage) -> None:
    await stage.called()
    application = await stage.applied(await stage.company(20, 500))
    auditor = await staff(stage.house, "gamsa", Role.AUDITOR)
    for who in (stage.operator, auditor):
        with refused(f"{NAME}ASSESSOR_UNKNOWN"):
            await stage.assessor("", who)
    who = await stage.assessor("wiwon")
    with refused(f"{NAME}APPOINTED_ALREADY"):
        await stage.assessor("", who)
    await stage.evaluating()
    for other in (stage.reviewer, stage.operator, stage.applicants[20]):
        with pytest.raises(NotAllowed):
            await stage.scored(other, application, 1, 1)


async def test_what_is_missing_holds_the_evaluation_up_until_its_last_day(stage: Stage) -> None:
    await stage.called()
    made = [await stage.applied(await stage.company(20 + place, 500)) for place in range(2)]
    one, two = await stage.assessor("wiwon_a"), await stage.assessor("wiwon_b")
    await stage.evaluating()
    await stage.scored(one, made[0], 10, 10)
    await stage.scored(two, made[0], 20, 10)
    with refused(f"{NAME}SCORES_MISSING"):
        await stage.evaluated()
    await stage.scored(one, made[1], 30, 10)
    stage.clock.set(DATES.evaluation_until)
    with refused(f"{NAME}SCORES_MISSING") as refusal:
        await stage.evaluated()
    assert "Member 2 has not scored 기관 21" in refusal.english
    stage.clock.set(DATES.evaluation_until + timedelta(days=1))
    await stage.evaluated()
    found = await rows(stage.house, "SELECT scored_by, qualitative FROM ia_certification_result ORDER BY id")
    assert [(each["scored_by"], str(each["qualitative"])) for each in found] == [(2, "25.00"), (1, "40.00")]
    with refused(f"{NAME}WRONG_STEP"):
        await stage.scored(two, made[1], 1, 1)
    with pytest.raises(asyncpg.CheckViolationError, match="only between"):
        await _owner(stage, "UPDATE ia_certification_score SET points = $1", 0)


# ---------------------------------------------------------------------------------------------------- the steps

Verb = Callable[[Stage], Awaitable[Any]]
VERBS: dict[str, Verb] = {
    "evaluating": Stage.evaluating, "evaluated": Stage.evaluated, "deliberated": Stage.deliberated,
    "approved": Stage.approved,
}  # fmt: skip


async def test_no_step_is_left_out_taken_twice_or_taken_back(stage: Stage) -> None:
    """Publishing before the council among them."""
    await stage.called()
    application = await stage.applied(await stage.company(20, 500))
    who = await stage.assessor("wiwon")

    async def only(allowed: str | None) -> None:
        for name, verb in VERBS.items():
            if name != allowed:
                with refused(f"{NAME}WRONG_STEP"):
                    await verb(stage)

    await only("evaluating")
    await stage.evaluating()
    await stage.scored(who, application, 10, 10)
    await only("evaluated")
    await stage.evaluated()
    await stage.decided(application)
    await only("deliberated")
    await stage.deliberated()
    with refused(f"{NAME}WRONG_STEP"):
        await stage.decided(application, Decision.EXCLUDE, "늦음")
    await only("approved")
    with refused(f"{NAME}REASON_NEEDED"):
        await stage.approved(" ")
    await stage.approved()
    await only(None)
    with refused(f"{NAME}WRONG_STEP"):
        async with stage.house.work(stage.operator) as work:
            await rounds.reschedule_round(work, stage.round_id, DATES)


async def test_postgresql_refuses_a_step_that_does_not_follow(stage: Stage) -> None:
    insert = "INSERT INTO ia_certification_step (round_id, status, previous, at) VALUES ($1, $2, $3, $4)"
    await stage.called()
    late = at(date(2024, 12, 31))
    for status, previous, error in (
        ("approved", "deliberated", asyncpg.ForeignKeyViolationError),  # before the council
        ("evaluated", "called", asyncpg.CheckViolationError),  # evaluating is left out
        ("approved", "approved", asyncpg.CheckViolationError),
        ("approved", None, asyncpg.CheckViolationError),
        ("called", "prepared", asyncpg.UniqueViolationError),
    ):
        with pytest.raises(error):
            await _owner(stage, insert, stage.round_id, status, previous, late if status != "called" else OPENED)
    for moment in (DATES.closes_at - timedelta(seconds=1),):
        with pytest.raises(asyncpg.CheckViolationError, match="by its dates"):
            await _owner(stage, insert, stage.round_id, "evaluating", "called", moment)
    for statement in ("UPDATE ia_certification_step SET at = now()", "DELETE FROM ia_certification_step"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with stage.house.work() as work:
                await work.tx.connection.execute(statement)


OPENED = at(date(2024, 1, 2))


async def test_steps_wait_for_their_days(stage: Stage) -> None:
    await stage.called()
    application = await stage.applied(await stage.company(20, 500))
    who = await stage.assessor("wiwon")

    async def early(day: date, verb: Callable[..., Awaitable[Any]], *more: Any, hour: time = time(23, 59)) -> None:
        stage.clock.moment = at(day, hour)
        with refused(f"{NAME}TOO_EARLY"):
            async with stage.house.work(stage.operator) as work:
                await verb(work, stage.round_id, *more)

    await early(date(2024, 1, 31), rounds.begin_evaluation, hour=time(17, 59, 59))
    await early(date(2024, 1, 31), rounds.begin_evaluation)
    await stage.evaluating()
    await stage.scored(who, application, 10, 10)
    await stage.evaluated()
    await stage.decided(application)
    await early(date(2024, 2, 27), selection.close_council)
    await stage.deliberated()
    await early(date(2024, 3, 28), selection.approve_round, "산학-1")
    await stage.approved()


async def test_a_certificate_is_of_whom_the_council_confirmed_and_among_the_places(stage: Stage) -> None:
    """Tried by the database's owner, past every service."""
    await stage.called(places=2)
    made = [await stage.applied(await stage.company(20 + place, 500 - place)) for place in range(2)]
    who = await stage.assessor("wiwon")
    await stage.evaluating()
    for each in made:
        await stage.scored(who, each, 10, 10)
    await stage.evaluated()
    await stage.decided(made[0], Decision.EXCLUDE, "사유")
    await stage.decided(made[1])
    insert = (
        "INSERT INTO ia_certification_certificate (application_id, round_id, organization_id, organization_name,"
        " number, place, places, valid_from, valid_until) SELECT id, round_id, organization_id, '이름', $2, $3, $4,"
        " '2024-03-29', '2026-03-28' FROM ia_certification_application WHERE id = $1"
    )
    with pytest.raises(asyncpg.ForeignKeyViolationError):  # not approved yet
        await _owner(stage, insert, made[1], "x", 1, 2)
    await stage.deliberated()
    await stage.approved()
    with pytest.raises(asyncpg.ForeignKeyViolationError):  # excluded
        await _owner(stage, insert, made[0], "x", 2, 2)
    with pytest.raises(asyncpg.CheckViolationError, match="among_the_places"):
        await _owner(stage, insert, made[0], "x", 3, 2)
    for statement in (
        "UPDATE ia_certification_certificate SET valid_until = '2099-01-01'",
        "DELETE FROM ia_certification_certificate",
    ):
        with pytest.raises(asyncpg.CheckViolationError, match="only be revoked"):
            await _owner(stage, statement)


async def test_a_certification_is_revoked_once_with_its_reason(stage: Stage) -> None:
    await stage.walked()
    (first, *_) = await rows(stage.house, "SELECT id FROM ia_certification_certificate ORDER BY place")
    revoke = selection.revoke_certificate

    async def revoked(who: Actor, key: int, reason: str) -> None:
        async with stage.house.work(who) as work:
            await revoke(work, key, reason)

    with pytest.raises(NotAllowed):
        await revoked(stage.reviewer, first["id"], "사유")
    with refused(f"{NAME}REASON_NEEDED"):
        await revoked(stage.operator, first["id"], "")
    with refused(f"{NAME}CERTIFICATE_UNKNOWN"):
        await revoked(stage.operator, 9_999, "사유")
    await revoked(stage.operator, first["id"], "허위 실적")
    with refused(f"{NAME}REVOKED_ALREADY"):
        await revoked(stage.operator, first["id"], "다시")
    with pytest.raises(asyncpg.CheckViolationError, match="only be revoked"):
        await _owner(stage, "UPDATE ia_certification_certificate SET revoked_at = NULL, revoked_reason = NULL")
    told = await rows(stage.house, "SELECT count(*) AS n FROM message WHERE template LIKE '%revoked'")
    assert told == [{"n": 1}]


# ------------------------------------------------------------------------------------------------- at the same time


async def test_one_members_scores_given_at_once_are_one_of_them_whole(stage: Stage) -> None:
    await stage.called()
    application = await stage.applied(await stage.company(20, 500))
    who = await stage.assessor("wiwon")
    await stage.evaluating()
    await connected(stage.house)
    for _ in range(5):
        given = [(place, place) for place in range(1, 11)]
        await at_once(stage.scored(who, application, *each) for each in given)
        found = await rows(stage.house, "SELECT points FROM ia_certification_score")
        assert len(found) == 2 and len({each["points"] for each in found}) == 1, "never half of one and half of another"


async def test_an_organization_that_applies_ten_times_at_once_applies_once(stage: Stage) -> None:
    await stage.called()
    company = await stage.company(20, 500)
    await connected(stage.house)
    answers, refusals = await at_once(stage.applied(company) for _ in range(10))
    assert (len(answers), refusals) == (1, {f"{NAME}APPLIED_ALREADY": 9})
    assert len(await rows(stage.house, "SELECT 1 FROM attachment")) == 1


async def test_what_comes_while_the_evaluation_begins_is_in_it_or_refused(stage: Stage) -> None:
    """At the closing moment itself: the clock of some has not struck yet."""
    await stage.called()
    companies = [await stage.company(20 + place, 500) for place in range(8)]
    stage.clock.moment = DATES.closes_at - timedelta(hours=1)
    tokens = [await sent(stage.house, each, pdf()) for each in companies]
    before = replace(stage.house, clock=lambda: DATES.closes_at - timedelta(milliseconds=1))
    after = replace(stage.house, clock=lambda: at(date(2024, 2, 1), time(0)))
    await connected(stage.house)

    async def apply(who: Actor, token: str) -> str:
        async with before.work(who) as work:
            await applications.apply(work, stage.round_id, [("application", token)])
        return "applied"

    async def begin() -> str:
        async with after.work(stage.operator) as work:
            await rounds.begin_evaluation(work, stage.round_id)
        return "begun"

    calls: list[Awaitable[Any]] = [apply(*each) for each in zip(companies, tokens, strict=True)]
    calls.insert(4, begin())
    answers, refusals = await at_once(calls)
    applied = await rows(stage.house, "SELECT 1 FROM ia_certification_application")
    assert answers.count("begun") == 1
    assert answers.count("applied") == len(applied)
    assert set(refusals) <= {f"{NAME}WRONG_STEP"}
    assert len(applied) + sum(refusals.values()) == 8
    told = await rows(stage.house, "SELECT count(*) AS n FROM message WHERE template LIKE '%stage'")
    assert told[0]["n"] == len(applied), "nobody is in the round without having been told that it is evaluated"


async def test_closing_twice_at_once_closes_once(stage: Stage) -> None:
    await stage.called()
    made = [await stage.applied(await stage.company(20 + place, 500)) for place in range(3)]
    who = await stage.assessor("wiwon")
    await stage.evaluating()
    for each in made:
        await stage.scored(who, each, 10, 10)
    await connected(stage.house)
    calls: list[Awaitable[Any]] = [stage.evaluated() for _ in range(6)]
    calls += [stage.scored(who, made[0], 30, 20) for _ in range(6)]
    _, refusals = await at_once(calls)
    assert set(refusals) == {f"{NAME}WRONG_STEP"} and refusals[f"{NAME}WRONG_STEP"] >= 5
    assert len(await rows(stage.house, "SELECT 1 FROM ia_certification_result")) == 3
    (agrees,) = await rows(
        stage.house,
        "SELECT r.score_sum = (SELECT sum(points) FROM ia_certification_score WHERE application_id = r.id) AS yes"
        " FROM ia_certification_result r WHERE r.id = $1",
        made[0],
    )
    assert agrees["yes"], "no score came in after the sum was taken"


async def test_approving_twice_at_once_certifies_once(stage: Stage) -> None:
    await stage.called()
    application = await stage.applied(await stage.company(20, 500))
    who = await stage.assessor("wiwon")
    await stage.evaluating()
    await stage.scored(who, application, 10, 10)
    await stage.evaluated()
    await stage.decided(application)
    await stage.deliberated()
    await connected(stage.house)
    answers, refusals = await at_once(stage.approved() for _ in range(6))
    assert (answers, refusals) == ([1], {f"{NAME}WRONG_STEP": 5})


# --------------------------------------------------------------------------------------------------------- inside


async def _owner(stage: Stage, statement: str, *arguments: Any) -> None:
    """As the database's owner, whom no service stands in the way of."""
    connection = await asyncpg.connect(stage.house.settings.owner_url)
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()


async def _apply_by_sql(stage: Stage, who: Actor, points: int = 100) -> None:
    await _owner(
        stage,
        "INSERT INTO ia_certification_application (round_id, opens_at, closes_at, organization_id, applied_at,"
        " points_earned) SELECT id, opens_at, closes_at, $1, $2, $3 FROM ia_certification_round",
        who.organization_id, stage.clock.moment, points,
    )  # fmt: skip

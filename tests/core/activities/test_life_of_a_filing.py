"""From a draft to a decision, and what each step refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from core.activities import (
    Filing,
    Row,
    cancel_filing,
    decide_filing,
    draft_filing,
    revoke_activity,
    submit_filing,
)
from core.actor import PUBLIC, Actor, Role
from core.errors import NotAllowed, NotSignedIn
from core.house import House
from core.program import Award
from tests.core.activities.conftest import PARTNER, Scene, about, amend, cancel, deposit, supplement, visit
from tests.core.activities.workshop import CODE, Attendance, Grant, Watcher
from tests.support.numbers import business_number
from tests.support.world import counts, has, lots, member, organization, refused, rows, true_ledger


async def revoke(scene: Scene, activity: int, reason: str = "허위 실적", actor: Actor | None = None) -> None:
    async with scene.house.work(actor or scene.operator) as work:
        await revoke_activity(work, activity, reason)


async def points(scene: Scene, organization_id: int | None) -> int:
    return (await has(scene.house, CODE, organization_id or 0)).available


async def at_status(scene: Scene, status: str) -> Filing:
    """A filing that stands there."""
    if status == "draft":
        return await scene.draft(visit(status))
    filing = await scene.filed(visit(status), visit(f"{status} 2"))
    if status == "supplement_requested":
        await supplement(scene, filing)
    elif status == "approved":
        await scene.decide(filing)
    elif status == "partially_approved":
        first, _ = await scene.rows(filing)
        await scene.decide(filing, except_rows={first["id"]: "대상 아님"})
    elif status == "rejected":
        await scene.decide(filing, approve=False, reason="대상 아님")
    elif status == "cancelled":
        await cancel(scene, filing)
    assert (await scene.statuses(filing))[0] == status
    return filing


# --------------------------------------------------------------------------------------------------------- the long way


async def test_a_filing_is_drafted_amended_submitted_supplemented_and_partly_approved(scene: Scene) -> None:
    filing = await scene.draft(visit("용접", people=1), title="2월 방문")
    assert (filing.number, filing.status, filing.title) == (None, "draft", "2월 방문")
    await amend(scene, filing, visit("용접"), visit("목공", people=3), about(visit("도예", people=4)))
    submitted = await scene.submit(filing)
    assert (submitted.number, submitted.status, submitted.submitted_on) == ("26-1", "submitted", date(2026, 3, 2))

    asked = await supplement(scene, filing, "목공 인원 확인")
    assert (asked.status, asked.supplement_reason, asked.number) == ("supplement_requested", "목공 인원 확인", "26-1")
    assert (await scene.statuses(filing))[1] == ["draft"] * 3
    await amend(scene, filing, visit("용접"), visit("목공", people=2), about(visit("도예", people=4)))
    again = await scene.submit(filing)
    assert (again.number, again.status, again.supplement_reason) == ("26-1", "submitted", None)

    welding, joinery, pottery = await scene.rows(filing)
    decided = await scene.decide(filing, reason="확인함", except_rows={joinery["id"]: "인원 불일치"})
    assert (decided.status, decided.decided_by) == ("partially_approved", scene.reviewer.member_id)
    assert decided.decided_at is not None
    found = [
        (row["status"], row["points_subject"], row["decision_reason"], row["edition"], row["transaction_id"] is None)
        for row in await scene.rows(filing)
    ]
    assert found == [
        ("approved", 50, "확인함", date(2026, 1, 1), False),
        ("rejected", 0, "인원 불일치", None, True),
        ("approved", 100, "확인함", date(2026, 1, 1), False),
    ]
    assert await lots(scene.house, scene.filer.organization_id or 0) == [(date(2026, 2, 2), 50, 50, 0)]
    assert await lots(scene.house, scene.partner) == [(date(2026, 2, 2), 100, 100, 0)]
    assert (await rows(scene.house, "SELECT DISTINCT expires_on FROM lot")) == [{"expires_on": date(2028, 2, 2)}]
    assert {welding["id"], joinery["id"], pottery["id"]} == {row["id"] for row in await scene.rows(filing)}
    await true_ledger(scene.house)


async def test_every_step_is_in_the_audit_with_who_took_it(scene: Scene) -> None:
    filing = await scene.draft(visit())
    await amend(scene, filing, visit(people=3))
    await scene.submit(filing)
    await supplement(scene, filing)
    await scene.submit(filing)
    await scene.decide(filing)
    told = await rows(
        scene.house,
        "SELECT action, actor_id FROM audit_event WHERE subject_type = 'filing' AND subject_id = $1 ORDER BY id",
        str(filing.id),
    )
    filer, reviewer = scene.filer.member_id, scene.reviewer.member_id
    assert [(row["action"], row["actor_id"]) for row in told] == [
        ("filing.drafted", filer),
        ("filing.amended", filer),
        ("filing.submitted", filer),
        ("filing.supplement_requested", reviewer),
        ("filing.submitted", filer),
        ("activities.approved", reviewer),
    ]


async def test_a_row_about_a_company_nobody_knew_makes_it_known_by_its_number(scene: Scene) -> None:
    filing = await scene.filed(about(visit(), serial=77))
    await scene.decide(filing)
    (made,) = await rows(
        scene.house, "SELECT id, name FROM organization WHERE business_number = $1", business_number(77)
    )
    assert made["name"] == "협력 공방"
    assert await points(scene, made["id"]) == 50


async def test_a_row_with_a_wrong_business_number_is_refused_at_its_place(scene: Scene) -> None:
    wrong = Row(facts=visit("b"), business_number="104-82-03900", stated_name="갑")
    with refused("IDENTITY_BUSINESS_NUMBER_CHECKSUM") as refusal:
        await scene.draft(visit("a"), about(visit("c")), wrong)
    assert refusal.paths == [("rows", 2, "businessNumber")]


async def test_facts_of_another_type_are_refused_at_their_row(scene: Scene) -> None:
    with refused("ACTIVITY_FACT_INVALID") as refusal:
        await scene.draft(visit("a"), deposit(5))
    assert refusal.paths == [("rows", 1, "facts")]


async def test_an_organization_that_does_not_exist_cannot_file(scene: Scene) -> None:
    with refused("IDENTITY_ORGANIZATION_UNKNOWN"):
        await scene.draft(visit(), actor=scene.reviewer, organization_id=9_999_999)


async def test_an_activity_type_that_does_not_exist_cannot_be_filed(scene: Scene) -> None:
    with refused("ACTIVITY_UNKNOWN_TYPE"):
        await scene.draft(visit(), kind="visits")


# -------------------------------------------------------------------------------------------------------- what it earns


async def test_the_edition_of_the_base_date_decides_though_both_stand_in_one_filing(scene: Scene) -> None:
    filing = await scene.filed(
        visit("old", people=3, on=date(2025, 12, 31)), visit("new", people=3, on=date(2026, 1, 1))
    )
    await scene.decide(filing)
    found = [(row["points_subject"], row["edition"]) for row in await scene.rows(filing)]
    assert found == [(30, date(2024, 1, 1)), (75, date(2026, 1, 1))]


async def test_before_the_first_edition_nothing_is_earned_and_its_clause_is_named(scene: Scene) -> None:
    filing = await scene.draft(visit("a"), visit("b", on=date(2023, 12, 31)))
    with refused("ACTIVITY_NO_EDITION") as refusal:
        await scene.submit(filing)
    assert refusal.paths == [("rows", 1)]
    assert refusal.clauses == ["제3조"]
    assert "2024-01-01" in refusal.english
    assert (await scene.submit(await scene.draft(visit("c", on=date(2024, 1, 1))))).status == "submitted"


async def test_what_has_not_happened_yet_cannot_be_filed(scene: Scene) -> None:
    with refused("ACTIVITY_IN_THE_FUTURE") as refusal:
        await scene.filed(visit(on=date(2026, 3, 3)))
    assert refusal.paths == [("rows", 0)]
    assert (await scene.filed(visit(on=date(2026, 3, 2)))).status == "submitted"


async def test_an_approved_row_that_earns_nothing_is_approved_without_a_posting(scene: Scene) -> None:
    filing = await scene.filed(visit(people=0))
    assert (await scene.decide(filing)).status == "approved"
    (row,) = await scene.rows(filing)
    assert (row["status"], row["points_subject"], row["transaction_id"]) == ("approved", 0, None)
    assert await lots(scene.house, scene.filer.organization_id or 0) == []


async def test_both_sides_of_a_deposit_earn_alike_in_one_transaction(scene: Scene) -> None:
    filing = await scene.filed(about(deposit(10_000)), kind="deposit")
    await scene.decide(filing)
    (row,) = await scene.rows(filing)
    assert (row["points_filer"], row["points_subject"]) == (100, 100)
    assert await points(scene, scene.filer.organization_id) == await points(scene, scene.partner) == 100
    assert await rows(scene.house, "SELECT count(DISTINCT transaction_id) AS n FROM lot") == [{"n": 1}]


async def test_an_automatic_type_is_decided_as_soon_as_it_is_submitted(scene: Scene, watcher: Watcher) -> None:
    filing = await scene.filed(Attendance(day=date(2026, 2, 2)), Attendance(day=date(2026, 2, 3)), kind="attendance")
    assert (filing.status, filing.number) == ("approved", "26-1")
    assert await points(scene, scene.filer.organization_id) == 2
    with refused("ACTIVITY_WRONG_STATUS"):
        await scene.decide(filing)


# ------------------------------------------------------------------------------------------------------------- refusals


async def test_an_empty_filing_can_be_kept_and_not_submitted(scene: Scene) -> None:
    filing = await scene.draft()
    with refused("ACTIVITY_FILING_EMPTY"):
        await scene.submit(filing)
    assert await scene.statuses(filing) == ("draft", [])


async def test_a_rejection_needs_a_reason(scene: Scene) -> None:
    filing = await scene.filed(visit("a"), visit("b"))
    first, second = await scene.rows(filing)
    with refused("ACTIVITY_REASON_NEEDED"):
        await scene.decide(filing, approve=False, reason="  ")
    with refused("ACTIVITY_REASON_NEEDED"):
        await scene.decide(filing, except_rows={first["id"]: ""})
    await scene.decide(filing, approve=False, reason="대상 아님", except_rows={second["id"]: ""})
    assert await scene.statuses(filing) == ("partially_approved", ["rejected", "approved"])
    with refused("ACTIVITY_REASON_NEEDED"):
        await supplement(scene, await scene.filed(visit("c")), "")


async def test_all_rows_rejected_is_a_rejected_filing_whichever_way_it_was_said(scene: Scene) -> None:
    filing = await scene.filed(visit("a"), visit("b"))
    excepted = {row["id"]: "대상 아님" for row in await scene.rows(filing)}
    assert (await scene.decide(filing, except_rows=excepted)).status == "rejected"
    assert await points(scene, scene.filer.organization_id) == 0


async def test_an_exception_must_be_a_row_of_this_filing(scene: Scene) -> None:
    filing, other = await scene.filed(visit("a")), await scene.filed(visit("b"))
    (row,) = await scene.rows(other)
    with refused("ACTIVITY_NOT_FOUND"):
        await scene.decide(filing, except_rows={row["id"]: "x"})


@pytest.mark.parametrize(
    ("status", "possible"),
    [
        ("draft", {"amend", "submit", "cancel"}),
        ("submitted", {"cancel", "supplement", "decide"}),
        ("supplement_requested", {"amend", "submit", "cancel"}),
        ("approved", set()),
        ("partially_approved", set()),
        ("rejected", set()),
        ("cancelled", set()),
    ],
)
async def test_each_status_permits_its_steps_and_no_other(scene: Scene, status: str, possible: set[str]) -> None:
    steps = {
        "amend": lambda filing: amend(scene, filing, visit("other")),
        "submit": scene.submit,
        "cancel": lambda filing: cancel(scene, filing),
        "supplement": lambda filing: supplement(scene, filing),
        "decide": scene.decide,
    }
    filing = await at_status(scene, status)
    for name in steps.keys() - possible:
        before = await counts(scene.house)
        with refused("ACTIVITY_WRONG_STATUS") as refusal:
            await steps[name](filing)
        assert status in refusal.english
        assert await counts(scene.house) == before
    for name in sorted(possible & {"cancel", "submit"}, reverse=True):
        await steps[name](filing)
        assert (await scene.statuses(filing))[0] == {"cancel": "cancelled", "submit": "submitted"}[name]


async def test_a_cancelled_or_rejected_activity_can_be_filed_again(scene: Scene) -> None:
    await cancel(scene, await scene.filed(visit()))
    await scene.decide(await scene.filed(visit()), approve=False, reason="서류 미비")
    filing = await scene.filed(visit())
    assert filing.number == "26-3"
    await scene.decide(filing)
    assert await points(scene, scene.filer.organization_id) == 50


async def test_the_same_activity_stands_in_one_filing_only_and_the_other_names_it(scene: Scene) -> None:
    first = await scene.filed(visit("용접"))
    again = await scene.draft(visit("목공"), visit("용접", people=9))
    with refused("ACTIVITY_ALREADY_FILED") as refusal:
        await scene.submit(again)
    assert refusal.paths == [("rows", 1)]
    assert first.number is not None
    assert first.number in refusal.english
    await scene.submit(await scene.draft(about(visit("용접"))))


async def test_the_same_activity_twice_in_one_filing_names_the_row_before(scene: Scene) -> None:
    with refused("ACTIVITY_ALREADY_FILED") as refusal:
        await scene.filed(visit("용접"), visit("목공"), visit("용접", people=9))
    assert refusal.paths == [("rows", 2)]
    assert "rows.0" in refusal.english


async def test_the_same_content_is_on_record_until_it_is_cancelled(scene: Scene) -> None:
    first = await scene.filed(visit(), content_hash="abc")
    with refused("ACTIVITY_SAME_CONTENT") as refusal:
        await scene.draft(visit("other"), content_hash="abc")
    assert first.number is not None
    assert first.number in refusal.english
    await cancel(scene, first)
    assert (await scene.draft(visit("other"), content_hash="abc")).status == "draft"


# -------------------------------------------------------------------------------------------------------- a plugin's no


async def test_a_check_says_where_and_by_which_clause_and_leaves_nothing_changed(scene: Scene) -> None:
    filing = await scene.draft(visit("a", people=-1), visit("b"), visit("c", people=-2))
    before = await counts(scene.house)
    with refused("WORKSHOP_NOBODY", "WORKSHOP_NOBODY") as refusal:
        await scene.submit(filing)
    assert refusal.paths == [("rows", 0, "facts", "people"), ("rows", 2, "facts", "people")]
    assert refusal.clauses == ["제4조", "제4조"]
    assert await counts(scene.house) == before
    assert await scene.statuses(filing) == ("draft", ["draft"] * 3)
    assert (await scene.filed(visit("d"))).number == "26-1"


async def test_what_is_approved_is_checked_once_more(scene: Scene, watcher: Watcher) -> None:
    filing = await scene.filed(visit("a"), about(visit("b")))
    watcher.unwelcome = business_number(PARTNER)
    before = await counts(scene.house)
    with refused("GUARD_UNWELCOME") as refusal:
        await scene.decide(filing)
    assert refusal.paths == [("rows", 1, "facts", "who")]
    assert await counts(scene.house) == before
    assert await scene.statuses(filing) == ("submitted", ["submitted"] * 2)
    _, second = await scene.rows(filing)
    assert (await scene.decide(filing, except_rows={second["id"]: "제외"})).status == "partially_approved"


async def test_an_objection_to_the_posting_undoes_the_decision(scene: Scene, watcher: Watcher) -> None:
    filing = await scene.filed(visit())
    watcher.forbidden = "posting"
    before = await counts(scene.house)
    with refused("GUARD_UNWELCOME"):
        await scene.decide(filing)
    assert await counts(scene.house) == before
    assert (await scene.statuses(filing))[0] == "submitted"
    assert [type(each).__name__ for each in watcher.heard] == []


async def test_a_plugin_may_object_to_somebody_filing(scene: Scene, watcher: Watcher) -> None:
    watcher.forbidden = "access"
    with refused("GUARD_UNWELCOME"):
        await scene.draft(visit())


async def test_observers_are_told_of_every_row_after_the_commit(scene: Scene, watcher: Watcher) -> None:
    filing = await scene.filed(visit("a"), visit("b"))
    await scene.house.plugins.observers.settled()
    assert watcher.heard == []
    first, second = await scene.rows(filing)
    await scene.decide(filing, except_rows={second["id"]: "대상 아님"})
    await scene.house.plugins.observers.settled()
    posted, *decided = watcher.heard
    assert posted.posting.amounts == {scene.filer.organization_id: 50}  # type: ignore[attr-defined]
    assert posted.posting.reference == f"activity:{first['id']}"  # type: ignore[attr-defined]
    assert [(each.activity_id, each.approved, each.award, each.reason) for each in decided] == [  # type: ignore[attr-defined]
        (first["id"], True, Award.to_subject(50), ""),
        (second["id"], False, None, "대상 아님"),
    ]
    assert [each.facts for each in decided] == [visit("a"), visit("b")]  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------------------------------ who


async def test_a_sub_user_files_the_types_granted_and_no_other(scene: Scene) -> None:
    organization_id = scene.filer.organization_id or 0
    sub = await member(scene.house, organization_id, "hanbit_01", permissions=["workshop.visit.file"])
    filing = await scene.filed(visit("a"), actor=sub)
    with pytest.raises(NotAllowed, match=r"workshop\.deposit\.file"):
        await scene.draft(deposit(5), kind="deposit", actor=sub)
    mine = await scene.filed(deposit(5), kind="deposit")
    for step in (amend(scene, mine, deposit(6), actor=sub), cancel(scene, mine, actor=sub), scene.submit(mine, sub)):
        with pytest.raises(NotAllowed):
            await step
    await cancel(scene, filing, actor=sub)


async def test_nobody_files_for_an_organization_not_their_own(scene: Scene) -> None:
    other = await member(scene.house, await organization(scene.house, 3), "other", main=True)
    filing = await scene.filed(visit())
    for actor in (other, replace(scene.filer, must_change_password=True), await _auditor(scene)):
        for step in (
            scene.draft(visit("b"), actor=actor),
            amend(scene, filing, visit("b"), actor=actor),
            scene.submit(filing, actor),
            cancel(scene, filing, actor=actor),
        ):
            with pytest.raises(NotAllowed):
                await step
    with pytest.raises(NotSignedIn):
        await scene.draft(visit("b"), actor=PUBLIC)
    assert (await scene.statuses(filing))[0] == "submitted"


async def test_only_staff_of_the_program_review(scene: Scene) -> None:
    filing = await scene.filed(visit())
    elsewhere = replace(scene.reviewer, programs=frozenset({"another"}))
    for actor in (scene.filer, elsewhere, await _auditor(scene)):
        with pytest.raises(NotAllowed):
            await scene.decide(filing, actor=actor)
        with pytest.raises(NotAllowed):
            await supplement(scene, filing, actor=actor)
    (row,) = await scene.rows(filing)
    await scene.decide(filing)
    for actor in (scene.filer, scene.reviewer):
        with pytest.raises(NotAllowed):
            await revoke(scene, row["id"], actor=actor)


async def test_what_only_staff_file_a_company_cannot(scene: Scene) -> None:
    grant = Grant(why="수상", on=date(2026, 2, 2), points=30)
    with pytest.raises(NotAllowed):
        await scene.draft(grant, kind="grant")


async def test_what_one_of_staff_filed_another_decides(scene: Scene) -> None:
    grant = about(Grant(why="수상", on=date(2026, 2, 2), points=30))
    filing = await scene.filed(
        grant, kind="grant", actor=scene.reviewer, organization_id=scene.reviewer.organization_id
    )
    before = await counts(scene.house)
    with refused("ACTIVITY_FOUR_EYES"):
        await scene.decide(filing, actor=scene.reviewer)
    assert await counts(scene.house) == before
    assert (await scene.decide(filing, actor=scene.other_reviewer)).status == "approved"
    assert await points(scene, scene.partner) == 30


async def test_staff_who_amended_anothers_filing_do_not_decide_it(scene: Scene) -> None:
    own = scene.reviewer.organization_id
    filing = await scene.filed(
        about(Grant(why="수상", on=date(2026, 2, 2), points=30)),
        kind="grant",
        actor=scene.reviewer,
        organization_id=own,
    )
    await supplement(scene, filing, actor=scene.other_reviewer)
    await amend(scene, filing, about(Grant(why="수상", on=date(2026, 2, 2), points=3_000)), actor=scene.other_reviewer)
    await scene.submit(filing, scene.reviewer)
    for actor in (scene.reviewer, scene.other_reviewer):
        with refused("ACTIVITY_FOUR_EYES"):
            await scene.decide(filing, actor=actor)
    await scene.decide(filing, approve=False, reason="과다", actor=scene.operator)


async def test_staff_who_filed_for_a_company_do_not_decide_it_either(scene: Scene) -> None:
    filing = await scene.filed(visit(), actor=scene.reviewer)
    with refused("ACTIVITY_FOUR_EYES"):
        await scene.decide(filing, actor=scene.reviewer)
    assert (await scene.decide(filing, actor=scene.other_reviewer)).status == "approved"


async def _auditor(scene: Scene) -> Actor:
    login_id = f"auditor_{len(await rows(scene.house, 'SELECT id FROM member'))}"
    return await member(scene.house, scene.reviewer.organization_id or 0, login_id, role=Role.AUDITOR)


# --------------------------------------------------------------------------------------------------------------- bounds


async def test_what_does_not_exist_cannot_be_touched(scene: Scene) -> None:
    for step in (submit_filing, cancel_filing):
        with refused("ACTIVITY_FILING_NOT_FOUND"):
            async with scene.house.work(scene.filer) as work:
                await step(work, 999)
    with refused("ACTIVITY_FILING_NOT_FOUND"):
        async with scene.house.work(scene.reviewer) as work:
            await decide_filing(work, 999, approve=True)
    with refused("ACTIVITY_NOT_FOUND"):
        await revoke(scene, 999)


async def test_more_rows_than_a_filing_may_have_are_refused_before_anything_is_written(
    workshop: House, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.activities.intake.MAX_ROWS", 2)
    with refused("ACTIVITY_TOO_MANY_ROWS"):
        async with workshop.work(scene.filer) as work:
            await draft_filing(
                work,
                program=CODE,
                type_code="visit",
                organization_id=scene.filer.organization_id or 0,
                rows=[Row(facts=visit(str(place))) for place in range(3)],
            )
    assert (await counts(workshop))["filing"] == 0

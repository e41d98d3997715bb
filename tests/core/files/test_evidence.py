"""Evidence: what a filing must carry, what is said when it does not, and that what was filed stays as it was filed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import asyncpg
import pytest

from core import Retention
from core.activities import attaching, decide_filing
from core.actor import Role
from core.errors import NotAllowed
from core.files import Place, attach, attachments_of, detach, freeze, keep_until
from core.files.attachments import any_document
from core.files.problems import OTHER
from tests.core.files.conftest import Desk
from tests.support.clock import SetClock
from tests.support.files import FIVE_YEARS, KEPT, deeds, hwp, jpg, pdf, sent, xlsx
from tests.support.plugins import declaring, plugged
from tests.support.world import at_once, connected, member, organization, refused, staff


async def test_what_is_missing_is_said_requirement_by_requirement_with_its_clause(desk: Desk) -> None:
    filing = await desk.drafted(1, 2)
    await desk.attached(filing, "receipt", 2)
    with refused("DOCUMENT_MISSING", "DOCUMENT_MISSING") as refusal:
        await desk.submit(filing)
    assert refusal.paths == [("documents", "plan"), ("rows", 0, "documents", "receipt")]
    assert refusal.clauses == ["제7조 (증빙)"] * 2
    assert "plan is needed: attach 1 or more; there are 0." in refusal.english


async def test_a_filing_with_all_it_needs_is_submitted_and_its_documents_frozen(desk: Desk) -> None:
    filing, documents = await desk.filed(1, 2)
    assert filing.status == "submitted"
    assert [each["submitted_on"] for each in await desk.attachments()] == [date(2026, 3, 2)] * 3
    with refused("ACTIVITY_WRONG_STATUS"):
        await desk.attached(filing, "photo")
    with refused("ACTIVITY_WRONG_STATUS"):
        await desk.detach(documents[0])
    (event,) = await desk.events("filing.submitted")
    assert event["after"]["documents"] == 3


@pytest.mark.parametrize(
    ("requirement", "line", "name", "content", "code"),
    [
        ("receipt", None, "a.pdf", pdf(), "DOCUMENT_LINE_NEEDED"),
        ("plan", 1, "a.pdf", pdf(), "DOCUMENT_LINE_UNASKED"),
        ("receipt", 2, "a.pdf", pdf(), "DOCUMENT_LINE_UNKNOWN"),
        ("receipt", 0, "a.pdf", pdf(), "DOCUMENT_LINE_UNKNOWN"),
        ("budget", None, "a.pdf", pdf(), "DOCUMENT_REQUIREMENT_UNKNOWN"),
        ("plan", None, "a.xlsx", xlsx(), "DOCUMENT_TYPE"),
        ("receipt", 1, "a.hwp", hwp(), "DOCUMENT_TYPE"),
        ("receipt", 1, "a.pdf", pdf(size=20_001), "DOCUMENT_TOO_LARGE"),
    ],
    ids=["no line", "a line", "no such row", "row 0", "unknown", "type of the filing", "type of the row", "too large"],
)
async def test_a_document_that_does_not_fit_is_refused(
    desk: Desk, requirement: str, line: int | None, name: str, content: bytes, code: str
) -> None:
    filing = await desk.drafted()
    with refused(code):
        await desk.attached(filing, requirement, line, name=name, content=content)
    assert await desk.attachments() == []


async def test_a_requirement_takes_as_many_as_it_says_even_at_once(desk: Desk) -> None:
    await connected(desk.house)
    filing = await desk.drafted()
    tokens = [await sent(desk.house, desk.filer, pdf(str(place))) for place in range(6)]
    made, refusals = await at_once([desk.attach(filing, token, "plan") for token in tokens])
    assert (len(made), dict(refusals)) == (2, {"DOCUMENT_TOO_MANY": 4})


async def test_a_document_that_nothing_asks_for_may_come_along(desk: Desk) -> None:
    filing = await desk.drafted()
    made = await desk.attached(filing, None, content=xlsx(), name="정산.xlsx")
    assert (made.requirement, made.line) == (None, None)


async def test_a_file_that_was_sent_can_prove_several_things(desk: Desk) -> None:
    filing = await desk.drafted(1, 2)
    token = await sent(desk.house, desk.filer, pdf())
    for line in (1, 2):
        await desk.attach(filing, token, "receipt", line)
    assert len({each["file_id"] for each in await desk.attachments()}) == 1


async def test_ten_thousand_documents_are_too_many_for_a_filing(desk: Desk) -> None:
    filing = await desk.drafted()
    first = await desk.attached(filing, None)
    await desk.house.database.row(
        "INSERT INTO attachment (file_id, organization_id, program, permission, filing_id, file_name, line)"
        " SELECT file_id, organization_id, program, permission, filing_id, file_name, 1"
        " FROM attachment, generate_series(2, 1000) WHERE id = $1",
        first.id,
    )
    refusals = 0
    token = await sent(desk.house, desk.filer, pdf())
    for _ in range(20):
        with refused("DOCUMENT_FILING_FULL"):
            await desk.attach(filing, token, None)
        refusals += 1
    assert (refusals, len(await desk.attachments())) == (20, attaching.MOST_ATTACHED)


async def test_a_draft_lets_go_of_a_document(desk: Desk) -> None:
    filing = await desk.drafted()
    made = await desk.attached(filing, "plan")
    await desk.detach(made)
    assert await desk.attachments() == []
    assert len(await desk.events("document.attached", "document.detached")) == 2
    with refused("DOCUMENT_NOT_FOUND"):
        await desk.detach(made)


async def test_what_is_attached_to_a_row_that_is_gone_must_be_put_right(desk: Desk) -> None:
    filing = await desk.drafted(1, 2)
    await desk.attached(filing, "plan")
    for line in (1, 2):
        made = await desk.attached(filing, "receipt", line)
    await desk.amended(filing, 1)
    with refused("DOCUMENT_LINE_GONE"):
        await desk.submit(filing)
    await desk.detach(made)
    assert (await desk.submit(filing)).status == "submitted"


async def test_a_supplement_lets_documents_come_and_withdraws_without_losing_any(desk: Desk) -> None:
    filing, (plan, receipt) = await desk.filed()
    await desk.supplement(filing)
    await desk.detach(receipt)
    with refused("DOCUMENT_MISSING"):
        await desk.submit(filing)
    await desk.attached(filing, "receipt", 1, content=pdf("두 번째"))
    await desk.submit(filing)
    found = {each["id"]: each for each in await desk.attachments()}
    assert len(found) == 3
    assert found[receipt.id]["withdrawn_at"] is not None
    assert found[plan.id]["withdrawn_at"] is None
    assert len(await desk.stored()) == 2, "what was withdrawn is kept"


async def test_nobody_attaches_what_somebody_else_sent(desk: Desk) -> None:
    """Of the same organization or not: a token is its sender's."""
    colleague = await member(desk.house, desk.filer.organization_id or 0, "colleague")
    stranger = await member(desk.house, await organization(desk.house, 2), "stranger", main=True)
    for other in (colleague, stranger):
        token = await sent(desk.house, other, pdf())
        with refused("DOCUMENT_UPLOAD_UNKNOWN"):
            await desk.attach(await desk.drafted(), token, "plan")


async def test_nobody_attaches_to_a_filing_of_others(desk: Desk) -> None:
    filing = await desk.drafted()
    made = await desk.attached(filing, "plan")
    sub = await member(desk.house, desk.filer.organization_id or 0, "sub")
    stranger = await member(desk.house, await organization(desk.house, 2), "stranger", main=True)
    for other in (sub, stranger):
        with pytest.raises(NotAllowed):
            await desk.attached(filing, "plan", who=other)
        with pytest.raises(NotAllowed):
            await desk.detach(made, who=other)
    clerk = await member(desk.house, desk.filer.organization_id or 0, "clerk", permissions=["deeds.deed.file"])
    await desk.attached(filing, "plan", who=clerk)
    assert len(await desk.attachments()) == 2


async def test_staff_who_attached_something_do_not_decide(desk: Desk) -> None:
    filing = await desk.drafted()
    await desk.attached(filing, "plan")
    await desk.attached(filing, "receipt", 1, who=desk.reviewer)
    await desk.submit(filing)
    async with desk.house.work(desk.reviewer) as work:
        with refused("ACTIVITY_FOUR_EYES"):
            await decide_filing(work, filing.id, approve=True)
    other = await staff(desk.house, "reviewer_b", Role.REVIEWER)
    async with desk.house.work(other) as work:
        assert (await decide_filing(work, filing.id, approve=True)).status == "approved"


async def test_attaching_and_submitting_at_once_leaves_no_document_unfrozen(desk: Desk) -> None:
    await connected(desk.house)
    filing = await desk.drafted()
    await desk.attached(filing, "plan")
    await desk.attached(filing, "receipt", 1)
    tokens = [await sent(desk.house, desk.filer, jpg(str(place)), "a.jpg") for place in range(3)]
    await at_once([desk.submit(filing), *(desk.attach(filing, token, "photo") for token in tokens)])
    found = await desk.attachments()
    assert 2 <= len(found) <= 5
    assert all(each["submitted_on"] for each in found)


class TestTheDatabase:
    """What the services do not do, PostgreSQL refuses, whoever asks."""

    @pytest.mark.parametrize(
        "sql",
        [
            "DELETE FROM attachment",
            "UPDATE attachment SET file_id = file_id + 1",
            "UPDATE attachment SET file_name = 'other.pdf'",
            "UPDATE attachment SET line = 7",
            "UPDATE attachment SET submitted_on = NULL",
            "UPDATE attachment SET submitted_on = '2020-01-01'",
            "UPDATE attachment SET withdrawn_at = now()",
            "INSERT INTO attachment (file_id, organization_id, program, permission, filing_id, file_name)"
            " SELECT file_id, organization_id, program, permission, filing_id, 'late.pdf' FROM attachment LIMIT 1",
            "UPDATE stored_file SET sha256 = repeat('0', 64)",
            "UPDATE stored_file SET store_key = 'other'",
            "DELETE FROM stored_file",
            "DELETE FROM filing",
        ],
    )
    async def test_what_was_filed_is_not_altered(self, desk: Desk, sql: str) -> None:
        await desk.filed()
        with pytest.raises(asyncpg.PostgresError):
            await desk.house.database.row(sql)
        assert len(await desk.attachments()) == 2

    async def test_a_date_of_retention_is_only_ever_put_off(self, desk: Desk) -> None:
        await desk.filed()
        await desk.house.database.row("UPDATE attachment SET retained_until = '2099-01-01'")
        for day in ("'2098-12-31'", "NULL"):
            with pytest.raises(asyncpg.PostgresError, match="put off"):
                await desk.house.database.row(f"UPDATE attachment SET retained_until = {day}")
        with pytest.raises(asyncpg.PostgresError, match="kept until 2099-01-01"):
            await desk.house.database.row("DELETE FROM attachment")

    async def test_nothing_is_filed_on_arrival(self, desk: Desk) -> None:
        filing = await desk.drafted()
        await desk.attached(filing, "plan")
        with pytest.raises(asyncpg.PostgresError, match="not submitted yet"):
            await desk.house.database.row(
                "INSERT INTO attachment (file_id, organization_id, program, permission, filing_id, file_name,"
                " submitted_on) SELECT file_id, organization_id, program, permission, filing_id, 'a', '2026-01-01'"
                " FROM attachment"
            )


async def test_retention_begins_with_the_end_that_the_program_names(desk: Desk) -> None:
    """A deed's own day is the end of its project; other documents go by the program, at the end of the year."""
    by_day = Retention(years=5, source=KEPT, ends=lambda facts: facts.done_on)
    declared = deeds(retention=FIVE_YEARS)
    kind = declared.activity_types[0]
    plan, *others = kind.requirements
    kind = replace(kind, requirements=(replace(plan, retention=by_day), *others))
    declared = replace(declared, activity_types=(kind,))
    ours = replace(desk, house=replace(desk.house, plugins=plugged(deeds=declaring(declared))))
    filing = await ours.drafted()
    await ours.attached(filing, "plan")
    await ours.attached(filing, "receipt", 1)
    await ours.attached(filing, None)
    await ours.submit(filing)
    kept = {each["requirement"]: each["retained_until"] for each in await ours.attachments()}
    assert kept == {"plan": date(2031, 2, 2), "receipt": date(2031, 12, 31), None: date(2031, 12, 31)}


def test_a_leap_day_is_kept_the_whole_of_its_years() -> None:
    assert FIVE_YEARS.until([], date(2026, 3, 2)) == date(2031, 12, 31)
    leap = Retention(years=5, source=KEPT, ends=lambda day: day)
    assert leap.until([date(2024, 2, 29), date(2023, 1, 1)], date(2026, 3, 2)) == date(2029, 3, 1)


async def test_a_plugin_attaches_to_things_of_its_own(desk: Desk, clock: SetClock) -> None:
    """A project of a plugin's: attached, frozen and kept by the same verbs, frozen by the same database."""
    project = Place(
        organization_id=desk.filer.organization_id or 0, program="deeds", permission="deeds.project",
        subject_type="deeds.project", subject_id=7,
    )  # fmt: skip
    token = await sent(desk.house, desk.filer, pdf())
    anything = any_document(OTHER, most=5)
    async with desk.house.work(desk.filer) as work:
        made = await attach(work, project, token, requirement=anything)
        gone = await attach(work, project, token, requirement=anything)
        await detach(work, gone)
        assert await freeze(work, project, None, [anything.code]) == 1
        assert await keep_until(work, project, date(2031, 5, 5)) == 1
    async with desk.house.work(desk.filer) as work:
        (found,) = await attachments_of(work.tx, project)
    assert (found.id, found.submitted_on, found.retained_until) == (made.id, date(2026, 3, 2), date(2031, 5, 5))
    with pytest.raises(asyncpg.PostgresError, match="kept until"):
        await desk.house.database.row("DELETE FROM attachment")
    with refused("DOCUMENT_NOT_FOUND"):  # core's own verb is for filings
        await desk.detach(found)
    (event,) = await desk.events("documents.kept_until")
    assert (event["subject_type"], event["subject_id"]) == ("deeds.project", "7")

"""`check_*`: objections only. They stop what is under way, and the payload says which and where."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import FrozenInstanceError, replace
from datetime import date

import pytest

from core import (
    Access,
    AccountKind,
    ActivityContext,
    Posting,
    PostingKind,
    PostingLine,
    Problem,
    Redemption,
    Text,
    UploadedDocument,
    Violation,
    hookimpl,
)
from core.errors import Refused
from core.house import House
from tests.core.identity.scene import main_user
from tests.hooks.world import DECIDE, DRAFT, ISSUE, RETURN, SUBMIT, USE, world
from tests.support.files import pdf, sent
from tests.support.plugins import Deed, plugged, plugin


async def test_check_access_objects_before_anything_is_done(house: House) -> None:
    asked: list[Access] = []

    # docs: begin check_access
    CLOSED = Problem("TESTED_CLOSED", Text("접수 기간이 아닙니다.", "Nothing is filed at this time."))

    @hookimpl
    def check_access(access: Access) -> Iterable[Violation]:
        asked.append(access)
        if access.action == "deeds.deed.file":
            yield CLOSED.at("program")

    # docs: end
    rows = [{"facts": {"deed": {"doneOn": "2026-02-02", "worth": 1}}}]
    async with world(house, check_access=check_access, register_problems=lambda: [CLOSED]) as here:
        assert await here.company.objections(DRAFT, rows=rows) == [{"code": "TESTED_CLOSED", "path": ["program"]}]
        assert await here.statuses() == []
        assert asked[-1].action == "deeds.deed.file"
        assert asked[-1].organization_id == here.organization_id
        assert asked[-1].actor.organization_id == here.organization_id


async def test_check_access_is_asked_for_a_certificate_too(house: House) -> None:
    actions: list[str] = []

    def check_access(access: Access) -> Iterable[Violation]:
        actions.append(access.action)
        return ()

    async with world(house, check_access=check_access) as here:
        await here.earned()
        await here.issued()
    assert actions == ["deeds.deed.file", "deeds.deed.file", "deeds.redeem"]


# docs: begin check_activity
SUNDAY = Problem("TESTED_SUNDAY", Text("{day}은(는) 일요일입니다.", "{day} is a Sunday."))


@hookimpl
def check_activity(facts: object, context: ActivityContext) -> Iterable[Violation]:
    if isinstance(facts, Deed) and facts.done_on.weekday() == 6:
        yield SUNDAY.at("doneOn", day=facts.done_on)


# docs: end


async def test_check_activity_objects_to_a_row_of_a_filing_at_its_place(house: House) -> None:
    async with world(house, check_activity=check_activity, register_problems=lambda: [SUNDAY]) as here:
        filing = await here.drafted(done_on="2026-02-01")
        objected = await here.company.objections(SUBMIT, id=filing)
        assert objected == [{"code": "TESTED_SUNDAY", "path": ["rows", "0", "facts", "doneOn"]}]
        assert await here.statuses() == ["DRAFT"]


async def test_check_activity_is_asked_again_before_an_approval(house: House) -> None:
    seen: list[tuple[object, ActivityContext]] = []

    def check_activity(facts: object, context: ActivityContext) -> Iterable[Violation]:
        seen.append((facts, context))
        return [SUNDAY.at()] if len(seen) > 1 else []

    async with world(house, check_activity=check_activity, register_problems=lambda: [SUNDAY]) as here:
        filing = await here.submitted()
        objected = await here.staff.objections(DECIDE, id=filing, approve=True)
        assert objected == [{"code": "TESTED_SUNDAY", "path": ["rows", "0", "facts"]}]
        assert await here.statuses() == ["SUBMITTED"]
        assert await here.balance() == []
    (facts, context), _ = seen
    assert facts == Deed(done_on=date(2026, 2, 2), worth=100)
    assert (context.program, context.activity_type, context.filed_on) == ("deeds", "deed", date(2026, 3, 2))
    assert context.filer == context.subject
    assert context.filer.name == "한빛조명 1"


async def test_check_posting_objects_to_points_moving_and_none_move(house: House) -> None:
    # docs: begin check_posting
    TOO_MUCH = Problem("TESTED_BUDGET", Text("예산이 소진되었습니다.", "The budget is spent."))

    @hookimpl
    def check_posting(posting: Posting) -> Iterable[Violation]:
        if posting.kind == "earn" and sum(posting.amounts.values()) > 1_000:
            yield TOO_MUCH.at()

    # docs: end
    async with world(house, check_posting=check_posting, register_problems=lambda: [TOO_MUCH]) as here:
        await here.earned(worth=1_000)
        filing = await here.submitted(worth=1_001)
        assert await here.staff.objections(DECIDE, id=filing, approve=True) == [{"code": "TESTED_BUDGET", "path": []}]
        assert await here.balance() == [{"posted": 1_000, "held": 0, "available": 1_000}]


async def test_check_posting_sees_every_kind_of_movement_with_its_amounts(house: House) -> None:
    seen: list[Posting] = []

    def check_posting(posting: Posting) -> Iterable[Violation]:
        seen.append(posting)
        return ()

    async with world(house, check_posting=check_posting) as here:
        await here.earned()
        first = await here.issued(50)
        await here.company.change(RETURN, id=first["id"])
        company = here.organization_id
    assert [(each.kind, dict(each.amounts)) for each in seen] == [
        ("earn", {company: 100}), ("hold", {company: -50}), ("release", {company: 50}),
    ]  # fmt: skip
    assert {(each.program, each.asset, each.effective_on) for each in seen} == {("deeds", "thanks", date(2026, 3, 2))}


@pytest.mark.parametrize(("kind", "mutation"), [("hold", ISSUE), ("use", USE), ("release", RETURN)])
async def test_check_posting_stops_each_kind_of_movement(house: House, kind: str, mutation: str) -> None:
    refusing = Problem("TESTED_NO_MORE", Text("안 됩니다.", "No more."))

    def check_posting(posting: Posting) -> Iterable[Violation]:
        return [refusing.at()] if posting.kind == kind else []

    async with world(house, check_posting=check_posting, register_problems=lambda: [refusing]) as here:
        await here.earned()
        if mutation == ISSUE:
            objected = await here.company.objections(ISSUE, benefit=await here.benefit(), points=50)
            expected = {"posted": 100, "held": 0, "available": 100}
        else:
            certificate = await here.issued(50)
            objected = await here.staff.objections(mutation, id=certificate["id"])
            expected = {"posted": 100, "held": 50, "available": 50}
        assert objected == [{"code": "TESTED_NO_MORE", "path": []}]
        assert await here.balance() == [expected]


async def test_check_document_objects_to_a_file_before_it_is_stored(house: House) -> None:
    # docs: begin check_document
    INFECTED = Problem("TESTED_INFECTED", Text("악성코드가 발견되었습니다.", "A virus was found in this file."))

    @hookimpl
    def check_document(document: UploadedDocument) -> Iterable[Violation]:
        for chunk in document.chunks():  # a scanner takes them as they come; the file is never whole in memory
            if b"EICAR" in chunk:
                yield INFECTED.at("file")
                return

    # docs: end
    scanned = replace(house, plugins=plugged(tested=plugin(check_document=check_document)))
    sender = await main_user(scanned)
    with pytest.raises(Refused, match="TESTED_INFECTED"):
        await sent(scanned, sender, pdf("EICAR"))
    await sent(scanned, sender, pdf("clean"))


async def test_check_redemption_objects_to_a_certificate_and_shows_in_the_quote(house: House) -> None:
    asked: list[Redemption] = []

    # docs: begin check_redemption
    SMALL = Problem("TESTED_SMALL", Text("30점 이상만 쓸 수 있습니다.", "Use 30 points or more."))

    @hookimpl
    def check_redemption(redemption: Redemption) -> Iterable[Violation]:
        asked.append(redemption)
        if redemption.program == "deeds" and redemption.points < 30:
            yield SMALL.at("points")

    # docs: end
    quote = "query ($id: ID!) { quote(input: {benefitId: $id, points: 20}) { units errors { code path } } }"
    async with world(house, check_redemption=check_redemption, register_problems=lambda: [SMALL]) as here:
        await here.earned()
        benefit = await here.benefit()
        objection = {"code": "TESTED_SMALL", "path": ["points"]}
        assert (await here.company.ask(quote, id=benefit))["quote"] == {"units": 2, "errors": [objection]}
        assert await here.company.objections(ISSUE, benefit=benefit, points=20) == [objection]
        assert await here.balance() == [{"posted": 100, "held": 0, "available": 100}]
        await here.issued(30)
    last = asked[-1]
    assert (last.program, last.benefit, last.round, last.units, last.points) == ("deeds", "letter", "2026-1", 3, 30)
    assert last.organization.name == "한빛조명 1"
    assert (last.on, dict(last.declared), last.existing_points) == (date(2026, 3, 2), {}, None)


async def test_check_hooks_of_every_plugin_are_collected() -> None:
    def objecting(code: str) -> object:
        return plugin(check_posting=lambda posting: [Problem(code, Text("안 됨", "No")).at()])

    plugins = plugged(one=objecting("ONE"), two=objecting("TWO"), three=plugin(check_posting=lambda: None))
    line = PostingLine(account_kind=AccountKind.HOLDER, organization_id=1, amount=2)
    posting = Posting(program="p", asset="a", kind=PostingKind.EARN, lines=(line,), effective_on=date(2026, 3, 2))
    assert sorted(each.code for each in await plugins.check_posting(posting)) == ["ONE", "TWO"]
    with pytest.raises(FrozenInstanceError):
        posting.kind = PostingKind.SPEND  # type: ignore[misc]


async def test_an_objection_whose_code_nobody_declared_is_shown_as_other(house: House) -> None:
    """The message still says what is wrong."""

    def check_activity(facts: object, context: ActivityContext) -> Iterable[Violation]:
        return [SUNDAY.at("doneOn", day="2026-02-01")]

    submit = "mutation ($id: ID!) { submitFiling(input: {id: $id}) { errors { code message } } }"
    async with world(house, check_activity=check_activity) as here:
        objected = await here.company.objections(submit, id=await here.drafted())
        assert objected == [{"code": "OTHER", "message": "2026-02-01 is a Sunday."}]


async def test_a_check_that_fails_stops_the_action_and_is_masked(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Failing to check is no consent."""

    def check_posting(posting: Posting) -> Iterable[Violation]:
        raise ZeroDivisionError("secret")

    async with world(house, check_posting=check_posting) as here:
        filing = await here.submitted()
        with caplog.at_level(logging.CRITICAL):
            answer = await here.staff.send(DECIDE, id=filing, approve=True)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTERNAL"]
        assert "secret" not in str(answer)
        assert await here.balance() == []
        assert await here.statuses() == ["SUBMITTED"]

"""Filing activities: mutations made for one schema, for their input knows the declared facts."""

# No `from __future__ import annotations`: the classes below are made in a function, from types made there.

from typing import Any, Optional

import strawberry
from strawberry.types.unset import UNSET

from core import activities
from core.errors import NotAllowed
from core.language import Text
from schema.context import Info
from schema.errors import user_error
from schema.facts import FactsTypes
from schema.global_ids import key_of
from schema.mapping import to_one
from schema.mutations import Payload, mutation
from schema.nodes.activity import Activity, Filing
from schema.scalars import BigInt
from schema.texts import PROSE

KEY = "적립신청 · Which filing."


@strawberry.type(description="적립신청 결과 · The filing as it stands now.")
class FilingPayload(Payload):
    filing_id: strawberry.Private[int | None] = None
    filing: Filing | None = to_one("적립신청 · The filing.", local="filing_id")


@strawberry.type(description="접수 전 확인 결과 · What a submission would come to; `errors`: its objections.")
class CheckFilingPayload(FilingPayload):
    rows: int = strawberry.field(default=0, description="행 수 · How many rows were looked at.")
    requested_points: BigInt = strawberry.field(
        default=BigInt(0), description="신청마일리지 · What a side would get by the rows, as things stand."
    )


TAKEN = "환수액 · What was taken from balances, all sides together."
OWED = "미납액 · What was not there and is owed now, all sides together."


@strawberry.type(description="활동 환수 결과 · The activity as it stands now, and what was taken back.")
class ActivityPayload(Payload):
    activity_id: strawberry.Private[int | None] = None
    activity: Activity | None = to_one("활동 · The activity.", local="activity_id")
    taken: BigInt | None = strawberry.field(default=None, description=TAKEN)
    owed: BigInt | None = strawberry.field(default=None, description=OWED)


@strawberry.type(description="신청 환수 결과 · The filing as it stands now, and what was taken back.")
class RevokedFilingPayload(Payload):
    filing_id: strawberry.Private[int | None] = None
    filing: Filing | None = to_one("적립신청 · The filing.", local="filing_id")
    rows: int | None = strawberry.field(default=None, description="행 수 · How many rows were revoked.")
    taken: BigInt | None = strawberry.field(default=None, description=TAKEN)
    owed: BigInt | None = strawberry.field(default=None, description=OWED)


@strawberry.input(description="적립신청 지정 · One filing.")
class FilingInput:
    id: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="보완요청 · What is to be added to a filing.")
class SupplementInput:
    id: strawberry.ID = strawberry.field(description=KEY)
    reason: str = strawberry.field(description="사유 · What is to be added.", metadata=PROSE)


@strawberry.input(description="예외 행 · A row that is decided the other way.")
class ExceptRow:
    id: strawberry.ID = strawberry.field(description="활동 · Which row.")
    reason: str = strawberry.field(default="", description="사유 · Why; needed when it is rejected.", metadata=PROSE)


@strawberry.input(description="심사 · A decision on all rows that wait, but for the exceptions.")
class DecideInput:
    id: strawberry.ID = strawberry.field(description=KEY)
    approve: bool = strawberry.field(description="승인 여부 · Approve (true) or reject (false).")
    reason: str = strawberry.field(default="", description="사유 · Why; needed when rejecting.", metadata=PROSE)
    except_rows: list[ExceptRow] = strawberry.field(
        default_factory=list, description="예외 · Rows to be decided the other way."
    )


@strawberry.input(description="환수 · Taking back what an approved activity earned.")
class RevokeInput:
    id: strawberry.ID = strawberry.field(description="활동 · Which activity.")
    reason: str = strawberry.field(description="사유 · Why; both sides are told.", metadata=PROSE)


@strawberry.input(description="신청 전체 환수 · Taking back what all rows of a filing earned.")
class RevokeFilingInput:
    id: strawberry.ID = strawberry.field(description=KEY)
    reason: str = strawberry.field(description="사유 · Why; both sides are told.", metadata=PROSE)


@strawberry.type
class ReviewMutations:
    """What does not need to know the facts."""

    @mutation("접수 · Submit a draft or supplemented filing: every row is checked, all of it or none.")
    async def submit_filing(info: Info, input: FilingInput) -> FilingPayload:
        async with info.context.work() as work:
            filing = await activities.submit_filing(work, key_of(input.id, "Filing", "id"))
        return FilingPayload(filing_id=filing.id)

    @mutation(
        "접수 전 확인 · What a submission would object to, row by row, and what the rows earn. Nothing is changed."
    )
    async def check_filing(info: Info, input: FilingInput) -> CheckFilingPayload:
        async with info.context.work() as work:
            trial = await activities.check_filing(work, key_of(input.id, "Filing", "id"))
        return CheckFilingPayload(
            errors=[user_error(each, info.context.language) for each in trial.objections],
            filing_id=trial.filing_id,
            rows=len(trial.expected),
            requested_points=BigInt(sum(max(each) for each in trial.expected if each is not None)),
        )

    @mutation("신청취소 · Withdraw a filing that is not decided yet.")
    async def cancel_filing(info: Info, input: FilingInput) -> FilingPayload:
        async with info.context.work() as work:
            filing = await activities.cancel_filing(work, key_of(input.id, "Filing", "id"))
        return FilingPayload(filing_id=filing.id)

    @mutation("보완요청 · Send a submitted filing back, saying what is to be added. Staff only.")
    async def request_supplement(info: Info, input: SupplementInput) -> FilingPayload:
        async with info.context.work() as work:
            filing = await activities.request_supplement(work, key_of(input.id, "Filing", "id"), input.reason)
        return FilingPayload(filing_id=filing.id)

    @mutation("심사 · Approve or reject the rows of a submitted filing; what is approved earns at once. Staff only.")
    async def decide_filing(info: Info, input: DecideInput) -> FilingPayload:
        others = {
            key_of(each.id, "Activity", "exceptRows", place, "id"): each.reason
            for place, each in enumerate(input.except_rows)
        }
        async with info.context.work() as work:
            filing = await activities.decide_filing(
                work, key_of(input.id, "Filing", "id"), approve=input.approve, reason=input.reason, except_rows=others
            )
        return FilingPayload(filing_id=filing.id)

    @mutation(
        "환수 · Take back what an approved activity earned, from every side. What is spent already is owed, and paid "
        "first by whatever comes in. Operators only."
    )
    async def revoke_activity(info: Info, input: RevokeInput) -> ActivityPayload:
        async with info.context.work() as work:
            done = await activities.revoke_activity(work, key_of(input.id, "Activity", "id"), input.reason)
        return ActivityPayload(activity_id=done.rows[0].id, taken=BigInt(done.taken), owed=BigInt(done.owed))

    @mutation(
        "신청 전체 환수 · Take back what all approved rows of a filing earned, as `revokeActivity` does, all or none. "
        "Operators only."
    )
    async def revoke_filing(info: Info, input: RevokeFilingInput) -> RevokedFilingPayload:
        async with info.context.work() as work:
            done = await activities.revoke_filing(work, key_of(input.id, "Filing", "id"), input.reason)
        return RevokedFilingPayload(
            filing_id=done.filing.id, rows=len(done.rows), taken=BigInt(done.taken), owed=BigInt(done.owed)
        )


def filing_mutations(facts: FactsTypes) -> type[Any]:
    """`draftFiling` and `amendFiling` for these facts."""
    facts_input: Any = facts.input

    @strawberry.input(description="신청 행 · One row of a filing: whom it is about, and the facts.")
    class FilingRowInput:
        business_number: Optional[str] = strawberry.field(  # noqa: UP045 - evaluated at once
            default=None,
            description="사업자등록번호 · Whom it is about, any spelling; null: the filing organization itself.",
        )
        name: Optional[str] = strawberry.field(  # noqa: UP045
            default=None, description="기업명 · The name as typed; the number decides."
        )
        facts: facts_input = strawberry.field(description="사실 · What was done.")

    @strawberry.input(description="적립신청 작성 · A new filing.")
    class DraftFilingInput:
        program: str = strawberry.field(description="사업 · The program's code.")
        activity_type: str = strawberry.field(description="적립 활동 · The activity type's code.")
        organization_id: Optional[strawberry.ID] = strawberry.field(  # noqa: UP045
            default=None, description="신청기관 · Who files; null: one's own organization."
        )
        title: str = strawberry.field(default="", description="제목 · What the filer calls it.")
        rows: list[FilingRowInput] = strawberry.field(description="행 · What was done, row by row.")

    @strawberry.input(description="적립신청 수정 · New rows for a draft or a filing to be supplemented.")
    class AmendFilingInput:
        id: strawberry.ID = strawberry.field(description=KEY)
        rows: list[FilingRowInput] = strawberry.field(description="행 · All rows; they replace the ones before.")

    def rows_of(given: Any) -> list[activities.Row]:
        return [
            activities.Row(facts=facts.facts_of(row.facts), business_number=row.business_number, stated_name=row.name)
            for row in given
        ]

    @strawberry.type
    class FilingMutations:
        @mutation("작성 · Begin a filing. Nothing is submitted yet.")
        async def draft_filing(info: Info, input: DraftFilingInput) -> FilingPayload:
            async with info.context.work() as work:
                filing = await activities.draft_filing(
                    work,
                    program=input.program,
                    type_code=input.activity_type,
                    organization_id=own_or_given(info, input.organization_id),
                    rows=rows_of(input.rows),
                    title=input.title,
                )
            return FilingPayload(filing_id=filing.id)

        @mutation("수정 · Replace the rows of a draft, or of a filing to be supplemented.")
        async def amend_filing(info: Info, input: AmendFilingInput) -> FilingPayload:
            async with info.context.work() as work:
                filing = await activities.amend_filing(work, key_of(input.id, "Filing", "id"), rows_of(input.rows))
            return FilingPayload(filing_id=filing.id)

    return FilingMutations


def own_or_given(info: Info, given: Any) -> int:
    """The organization an input names, or the actor's own."""
    if given is not None and given is not UNSET:
        return key_of(given, "Organization", "organizationId")
    info.context.actor.require_ready()
    own = info.context.actor.organization_id
    if own is None:
        raise NotAllowed(Text("기관을 지정하세요.", "Say for which organization: you belong to none."))
    return own


__all__ = ["FilingPayload", "ReviewMutations", "filing_mutations", "own_or_given"]

"""What using agencies and staff do with calls, and members with what interests them."""

from __future__ import annotations

from datetime import datetime

import strawberry

from core import calls
from core.calls import CallText
from schema.context import Info
from schema.global_ids import key_of
from schema.mapping import to_one
from schema.mutations import Payload, mutation
from schema.nodes.call import Call, Interest
from schema.nodes.document import Attachment
from schema.roots.boards import BODY, TITLE
from schema.roots.filing import own_or_given
from schema.texts import PROSE

OPENS = "접수 시작 · From when applications are taken."
CLOSES = "접수 마감 · Before when they must be in; later than that."


@strawberry.type(description="공고 결과 · The call as it stands now.")
class CallPayload(Payload):
    call_id: strawberry.Private[int | None] = None
    attachment_id: strawberry.Private[int | None] = None
    call: Call | None = to_one("공고 · The call.", local="call_id")
    attachment: Attachment | None = to_one("첨부 · The document that was attached.", local="attachment_id")


@strawberry.type(description="관심사업 결과 · The interest, and its call.")
class InterestPayload(Payload):
    interest_id: strawberry.Private[int | None] = None
    call_id: strawberry.Private[int | None] = None
    interest: Interest | None = to_one("관심사업 · The interest; null: there is none any more.", local="interest_id")
    call: Call | None = to_one("공고 · The call.", local="call_id")


@strawberry.input(description="공고 작성 · A call of a supporting program.")
class DraftCallInput:
    benefit_id: strawberry.ID = strawberry.field(description="활용사업 · The supporting program, from the catalogue.")
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="활용기관 · Whose call it is; null: one's own organization's."
    )
    title: str = strawberry.field(description=TITLE)
    body: str = strawberry.field(description=BODY, metadata=PROSE)
    opens_at: datetime = strawberry.field(description=OPENS)
    closes_at: datetime = strawberry.field(description=CLOSES)


@strawberry.input(description="공고 수정 · What the call says from now on: all of it.")
class EditCallInput:
    id: strawberry.ID = strawberry.field(description="공고 · Which call.")
    title: str = strawberry.field(description=TITLE)
    body: str = strawberry.field(description=BODY, metadata=PROSE)
    opens_at: datetime = strawberry.field(description=OPENS)
    closes_at: datetime = strawberry.field(description=CLOSES)


@strawberry.input(description="공고 지정 · Which call.")
class CallInput:
    id: strawberry.ID = strawberry.field(description="공고 · Which call.")


@strawberry.input(description="공고 취소 · Which call, and why.")
class CancelCallInput:
    id: strawberry.ID = strawberry.field(description="공고 · Which call.")
    reason: str = strawberry.field(description="사유 · Why, in 200 letters at most.", metadata=PROSE)


@strawberry.input(description="공고 첨부 · A file that has come, for a call.")
class AttachToCallInput:
    call_id: strawberry.ID = strawberry.field(description="공고 · Which call.")
    token: str = strawberry.field(description="토큰 · That of the upload.")


@strawberry.input(description="공고 첨부 지정 · A document of a call.")
class CallAttachmentInput:
    id: strawberry.ID = strawberry.field(description="첨부 · Which document.")


@strawberry.input(description="관심사업 지정 · Which call.")
class InterestInput:
    call_id: strawberry.ID = strawberry.field(description="공고 · Which call.")


@strawberry.type
class CallMutation:
    """Calls, and interests in them."""

    @mutation("공고 작성 · Draft a call, for one's own using agency; staff for any. Nobody else sees it yet.")
    async def draft_call(info: Info, input: DraftCallInput) -> CallPayload:
        async with info.context.work() as work:
            made = await calls.draft_call(
                work,
                key_of(input.benefit_id, "Benefit", "benefitId"),
                own_or_given(info, input.organization_id),
                call_text(input),
            )
        return CallPayload(call_id=made.id)

    @mutation("공고 수정 · Change what a call says, and its period as far as that lies ahead.")
    async def edit_call(info: Info, input: EditCallInput) -> CallPayload:
        async with info.context.work() as work:
            edited = await calls.edit_call(work, key_of(input.id, "Call", "id"), call_text(input))
        return CallPayload(call_id=edited.id)

    @mutation("공고 게시 · Everybody sees the call from now on; it can be cancelled, and never taken back.")
    async def publish_call(info: Info, input: CallInput) -> CallPayload:
        async with info.context.work() as work:
            published = await calls.publish_call(work, key_of(input.id, "Call", "id"))
        return CallPayload(call_id=published.id)

    @mutation("공고 취소 · Call it off, before it is over; it stays to be seen, with the reason.")
    async def cancel_call(info: Info, input: CancelCallInput) -> CallPayload:
        async with info.context.work() as work:
            cancelled = await calls.cancel_call(work, key_of(input.id, "Call", "id"), input.reason)
        return CallPayload(call_id=cancelled.id)

    @mutation("공고 첨부 · Attach a file that was sent to a call.")
    async def attach_to_call(info: Info, input: AttachToCallInput) -> CallPayload:
        call_id = key_of(input.call_id, "Call", "callId")
        async with info.context.work() as work:
            made = await calls.attach_to_call(work, call_id, input.token)
        return CallPayload(call_id=call_id, attachment_id=made.id)

    @mutation("공고 첨부 삭제 · Take a document off a call.")
    async def detach_from_call(info: Info, input: CallAttachmentInput) -> CallPayload:
        async with info.context.work() as work:
            call_id = await calls.detach_from_call(work, key_of(input.id, "Attachment", "id"))
        return CallPayload(call_id=call_id)

    @mutation("관심사업 등록 · One's own organization is told when the call opens, and before it closes.")
    async def mark_interest(info: Info, input: InterestInput) -> InterestPayload:
        call_id = key_of(input.call_id, "Call", "callId")
        async with info.context.work() as work:
            made = await calls.mark_interest(work, call_id)
        return InterestPayload(interest_id=made.id, call_id=call_id)

    @mutation("관심사업 해제 · One's own organization is no longer interested.")
    async def unmark_interest(info: Info, input: InterestInput) -> InterestPayload:
        call_id = key_of(input.call_id, "Call", "callId")
        async with info.context.work() as work:
            await calls.unmark_interest(work, call_id)
        return InterestPayload(call_id=call_id)


def call_text(given: DraftCallInput | EditCallInput) -> CallText:
    return CallText(title=given.title, body=given.body, opens_at=given.opens_at, closes_at=given.closes_at)

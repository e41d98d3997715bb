"""What staff do with the boards of their programs, and with the list of who takes part."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from core import boards, participants
from core.boards import Audience, Board
from core.identity import OrganizationKind
from core.participants import ParticipantRole
from schema.context import Info
from schema.global_ids import key_of
from schema.mapping import to_one
from schema.mutations import Payload, mutation
from schema.nodes.board import Post
from schema.nodes.document import Attachment
from schema.nodes.participant import Participant
from schema.texts import PROSE

TITLE = "제목 · 1 to 200 letters."
BODY = "본문 · Plain text or Markdown, 1 to 20,000 letters; HTML is never made of it."


@strawberry.type(description="게시물 결과 · The post as it stands now.")
class PostPayload(Payload):
    post_id: strawberry.Private[int | None] = None
    attachment_id: strawberry.Private[int | None] = None
    post: Post | None = to_one("게시물 · The post.", local="post_id")
    attachment: Attachment | None = to_one("첨부 · The document that was attached.", local="attachment_id")


@strawberry.input(description="게시 · A new post on a program's board.")
class PublishPostInput:
    program: str = strawberry.field(description="사업 · The program's code.")
    board: Board = strawberry.field(description="게시판 · Which board.")
    title: str = strawberry.field(description=TITLE)
    body: str = strawberry.field(description=BODY, metadata=PROSE)
    pinned: bool = strawberry.field(default=False, description="상단 고정 · Whether it is kept on top.")
    audience: Audience = strawberry.field(default=Audience.PUBLIC, description="공개 대상 · Whom it is for.")
    kinds: list[OrganizationKind] = strawberry.field(
        default_factory=list, description="대상 기관 구분 · For members: of which kinds of organizations; empty: all."
    )
    published_from: datetime | None = strawberry.field(default=None, description="게시 시작 · From when; null: now.")
    published_until: datetime | None = strawberry.field(
        default=None, description="게시 종료 · Until when; null: open-ended."
    )


@strawberry.input(description="게시물 수정 · What the post says from now on: all of it.")
class EditPostInput:
    id: strawberry.ID = strawberry.field(description="게시물 · Which post.")
    title: str = strawberry.field(description=TITLE)
    body: str = strawberry.field(description=BODY, metadata=PROSE)
    pinned: bool = strawberry.field(description="상단 고정 · Whether it is kept on top.")
    audience: Audience = strawberry.field(description="공개 대상 · Whom it is for.")
    kinds: list[OrganizationKind] = strawberry.field(
        default_factory=list, description="대상 기관 구분 · For members: of which kinds of organizations; empty: all."
    )
    published_from: datetime = strawberry.field(description="게시 시작 · From when.")
    published_until: datetime | None = strawberry.field(
        default=None, description="게시 종료 · Until when; null: open-ended."
    )


@strawberry.input(description="게시물 지정 · Which post.")
class PostInput:
    id: strawberry.ID = strawberry.field(description="게시물 · Which post.")


@strawberry.input(description="게시물 첨부 · A file that has come, for a post.")
class AttachToPostInput:
    post_id: strawberry.ID = strawberry.field(description="게시물 · Which post.")
    token: str = strawberry.field(description="토큰 · That of the upload.")


@strawberry.input(description="게시물 첨부 지정 · A document of a post.")
class PostAttachmentInput:
    id: strawberry.ID = strawberry.field(description="첨부 · Which document.")


@strawberry.type
class BoardMutation:
    """Posts of a program's boards. Its staff only."""

    @mutation("게시 · Post on a board of the program, from now or later on. Staff of the program only.")
    async def publish_post(info: Info, input: PublishPostInput) -> PostPayload:
        async with info.context.work() as work:
            made = await boards.publish_post(
                work,
                program=input.program,
                board=input.board,
                title=input.title,
                body=input.body,
                pinned=input.pinned,
                audience=input.audience,
                kinds=input.kinds,
                published_from=input.published_from,
                published_until=input.published_until,
            )
        return PostPayload(post_id=made.id)

    @mutation("게시물 수정 · Change what a post says, to whom, and when. Staff of the program only.")
    async def edit_post(info: Info, input: EditPostInput) -> PostPayload:
        async with info.context.work() as work:
            edited = await boards.edit_post(
                work,
                key_of(input.id, "Post", "id"),
                title=input.title,
                body=input.body,
                pinned=input.pinned,
                audience=input.audience,
                kinds=input.kinds,
                published_from=input.published_from,
                published_until=input.published_until,
            )
        return PostPayload(post_id=edited.id)

    @mutation("게시물 내리기 · Nobody but staff sees it any more; it is kept. Staff of the program only.")
    async def withdraw_post(info: Info, input: PostInput) -> PostPayload:
        async with info.context.work() as work:
            gone = await boards.withdraw_post(work, key_of(input.id, "Post", "id"))
        return PostPayload(post_id=gone.id)

    @mutation("게시물 첨부 · Attach a file that was sent to a post. Staff of the program only.")
    async def attach_to_post(info: Info, input: AttachToPostInput) -> PostPayload:
        post_id = key_of(input.post_id, "Post", "postId")
        async with info.context.work() as work:
            made = await boards.attach_to_post(work, post_id, input.token)
        return PostPayload(post_id=post_id, attachment_id=made.id)

    @mutation("게시물 첨부 삭제 · Take a document off a post. Staff of the program only.")
    async def detach_from_post(info: Info, input: PostAttachmentInput) -> PostPayload:
        async with info.context.work() as work:
            post_id = await boards.detach_from_post(work, key_of(input.id, "Attachment", "id"))
        return PostPayload(post_id=post_id)


@strawberry.type(description="참여기관 결과 · The participant as it stands now.")
class ParticipantPayload(Payload):
    participant_id: strawberry.Private[int | None] = None
    participant: Participant | None = to_one("참여기관 · The participant.", local="participant_id")


@strawberry.input(description="참여기관 등록 · An institution that takes part in a program.")
class RegisterParticipantInput:
    program: str = strawberry.field(description="사업 · The program's code.")
    organization_id: strawberry.ID = strawberry.field(description="기관 · Which organization; no company.")
    role: ParticipantRole = strawberry.field(description="참여 구분 · As what.")
    homepage: str | None = strawberry.field(
        default=None, description="홈페이지 · Its address on the web, http:// or https://, 200 letters at most."
    )


@strawberry.input(description="참여 종료 · From when an institution is no longer listed.")
class EndParticipationInput:
    id: strawberry.ID = strawberry.field(description="참여기관 · Which entry of the list.")
    until: date = strawberry.field(description="종료일 · From which day on.")


@strawberry.type
class ParticipantMutation:
    """The list of who takes part. Operators only."""

    @mutation("참여기관 등록 · List an institution, or change what is known of it. Operators of the program only.")
    async def register_participant(info: Info, input: RegisterParticipantInput) -> ParticipantPayload:
        organization_id = key_of(input.organization_id, "Organization", "organizationId")
        async with info.context.work() as work:
            made = await participants.register_participant(
                work, input.program, organization_id, input.role, homepage=input.homepage or None
            )
        return ParticipantPayload(participant_id=made.id)

    @mutation("참여 종료 · Take an institution off the list from a day on. Operators of the program only.")
    async def end_participation(info: Info, input: EndParticipationInput) -> ParticipantPayload:
        async with info.context.work() as work:
            ended = await participants.end_participation(work, key_of(input.id, "Participant", "id"), input.until)
        return ParticipantPayload(participant_id=ended.id)

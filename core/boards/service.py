"""What staff do with posts: publish, edit, withdraw, and attach documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from core.boards.models import Audience, Board, Post
from core.boards.problems import KINDS_OF_MEMBERS, POST_NOT_FOUND, POST_WITHDRAWN, PROGRAM_UNKNOWN
from core.database import table_of
from core.errors import refuse_any
from core.files import Attachment, Place, attach, attachment_by_id, detach
from core.files.attachments import any_document
from core.files.problems import ATTACHMENT_UNKNOWN
from core.identity import OrganizationKind
from core.language import Text
from core.prose import PERIOD_REVERSED, as_kept, objections_to_prose
from core.work import Work

post = table_of(Post)
SUBJECT = "post"
DOCUMENTS = any_document(Text("첨부파일", "attachment"), most=20)


async def publish_post(
    work: Work,
    *,
    program: str,
    board: Board,
    title: str,
    body: str,
    pinned: bool = False,
    audience: Audience = Audience.PUBLIC,
    kinds: Sequence[OrganizationKind] = (),
    published_from: datetime | None = None,
    published_until: datetime | None = None,
) -> Post:
    """게시: on a board of the program, from now or a later moment on. Its staff only."""
    if program not in work.plugins.programs:
        work.actor.require_ready()
        raise PROGRAM_UNKNOWN.refuse("program", program=program)
    work.actor.require_staff(program)
    begins = published_from or work.now
    _refuse_wrong(title, body, audience, kinds, begins, published_until)
    made = await work.tx.insert(
        Post,
        program=program,
        board=board.value,
        title=as_kept(title),
        body=as_kept(body),
        pinned=pinned,
        audience=audience.value,
        audience_kinds=sorted({kind.value for kind in kinds}),
        published_from=begins,
        published_until=published_until,
        organization_id=work.actor.organization_id,
        posted_by=work.actor.member_id,
    )
    work.record("post.published", SUBJECT, made.id, after=_recorded(made))
    return made


async def edit_post(
    work: Work,
    post_id: int,
    *,
    title: str,
    body: str,
    pinned: bool,
    audience: Audience,
    kinds: Sequence[OrganizationKind],
    published_from: datetime,
    published_until: datetime | None,
) -> Post:
    """수정: all of it but its board. The audit keeps what it said before."""
    found = await _locked(work, post_id)
    _refuse_wrong(title, body, audience, kinds, published_from, published_until)
    edited = await work.tx.one(
        Post,
        sa.update(post)
        .where(post.c.id == post_id)
        .values(
            title=as_kept(title),
            body=as_kept(body),
            pinned=pinned,
            audience=audience.value,
            audience_kinds=sorted({kind.value for kind in kinds}),
            published_from=published_from,
            published_until=published_until,
            edited_at=work.now,
        )
        .returning(post),
    )
    assert edited is not None
    work.record("post.edited", SUBJECT, post_id, before=_recorded(found), after=_recorded(edited))
    return edited


async def withdraw_post(work: Work, post_id: int) -> Post:
    """내리기: nobody but staff sees it from now on; it is kept."""
    await _locked(work, post_id)
    gone = await work.tx.one(
        Post, sa.update(post).where(post.c.id == post_id).values(withdrawn_at=work.now).returning(post)
    )
    assert gone is not None
    work.record("post.withdrawn", SUBJECT, post_id)
    return gone


async def attach_to_post(work: Work, post_id: int, token: str) -> Attachment:
    """첨부: the file that was sent by this token; whoever sees the post may download it."""
    found = await _locked(work, post_id)
    return await attach(work, _place(work, found), token, requirement=DOCUMENTS, other=True)


async def detach_from_post(work: Work, attachment_id: int) -> int:
    """첨부 삭제: the post it was attached to."""
    found = await attachment_by_id(work.tx, attachment_id)
    if found.subject_type != SUBJECT or found.subject_id is None:
        work.actor.require_ready()
        raise ATTACHMENT_UNKNOWN.refuse("id")
    await _locked(work, found.subject_id)
    await detach(work, found)
    return found.subject_id


async def _locked(work: Work, post_id: int) -> Post:
    """The post, for its staff to change; `Refused` when there is none, or it was withdrawn."""
    found = await work.tx.one(Post, sa.select(post).where(post.c.id == post_id).with_for_update())
    if found is None:
        work.actor.require_ready()
        raise POST_NOT_FOUND.refuse("id")
    work.actor.require_staff(found.program)
    if found.withdrawn_at is not None:
        raise POST_WITHDRAWN.refuse("id")
    return found


def _refuse_wrong(
    title: str,
    body: str,
    audience: Audience,
    kinds: Sequence[OrganizationKind],
    begins: datetime,
    ends: datetime | None,
) -> None:
    objections = list(objections_to_prose(title, as_kept(body)))
    if kinds and audience is not Audience.MEMBERS:
        objections.append(KINDS_OF_MEMBERS.at("kinds"))
    if ends is not None and ends <= begins:
        objections.append(PERIOD_REVERSED.at("publishedUntil", since=begins, until=ends))
    refuse_any(objections)


def _place(work: Work, found: Post) -> Place:
    return Place(
        organization_id=found.organization_id or work.actor.organization_id or 0,
        program=found.program,
        permission="",  # seen by whoever sees the post
        subject_type=SUBJECT,
        subject_id=found.id,
    )


def _recorded(found: Post) -> dict[str, object]:
    return {
        "board": found.board, "title": found.title, "body": found.body, "pinned": found.pinned,
        "audience": found.audience, "kinds": found.audience_kinds,
        "from": found.published_from, "until": found.published_until,
    }  # fmt: skip

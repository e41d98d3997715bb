"""Members as they stay: what a sub-user may do, who is the main user, who is let in again, who is not any more."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from core.actor import Actor, Role
from core.database import Transaction, table_of
from core.errors import refuse_any
from core.identity.access import MANAGE_MEMBERS, check_permissions, is_operator, require_manager
from core.identity.accounts import NewAccount, main_user_of, organization_to_change, set_first_secret
from core.identity.codes import end_codes
from core.identity.models import Member
from core.identity.origins import forget_origins
from core.identity.problems import (
    MAIN_USER_STAYS,
    MEMBER_UNKNOWN,
    NOT_A_SUB_USER,
    NOT_ONESELF,
    STAFF_NEED_A_CODE,
)
from core.identity.tokens import actor_of_member, revoke_tokens
from core.work import Work

member = table_of(Member)


async def set_permissions(work: Work, member_id: int, permissions: Sequence[str]) -> None:
    """계정 권한: what a sub-user may do from now on, all of it. Main users may everything, so they have none to set."""
    found = await _managed(work, member_id)
    if found.role != Role.MEMBER.value or found.main:
        raise NOT_A_SUB_USER.refuse("memberId")
    refuse_any(check_permissions(work.plugins, permissions))
    granted = sorted(set(permissions))
    if granted == sorted(found.permissions):
        return
    await work.tx.execute(sa.update(member).where(member.c.id == member_id).values(permissions=granted))
    work.record(
        "member.permissions_set",
        "member",
        member_id,
        organization_id=found.organization_id,
        before={"permissions": found.permissions},
        after={"permissions": granted},
    )


async def acting_member(tx: Transaction, member_id: int) -> Actor | None:
    """A member as one who acts, with the rights it has now, for what it asked to be done later; None: it may not."""
    row = await tx.row(sa.select(member).where(member.c.id == member_id, member.c.deactivated_at.is_(None)))
    return None if row is None else actor_of_member(row)


async def deactivate_member(work: Work, member_id: int) -> None:
    """계정 삭제: the member is signed out and never let in again; what it did stays. Its login id is not given anew."""
    found = await _managed(work, member_id)
    if work.actor.member_id == member_id:
        raise (MAIN_USER_STAYS if found.main else NOT_ONESELF).refuse("memberId")
    await work.tx.execute(
        sa.update(member)
        .where(member.c.id == member_id)
        .values(deactivated_at=work.now, password_hash=None, permissions=[])
    )
    await revoke_tokens(work, member_id)
    await end_codes(work, member_id=member_id)
    await forget_origins(work, member_id)
    work.record("member.deactivated", "member", member_id, organization_id=found.organization_id)


async def hand_over_main(work: Work, member_id: int) -> None:
    """주 사용자 변경: this member becomes the main user; who was is a sub-user without permissions from now on."""
    found = await _managed(work, member_id)
    if found.role != Role.MEMBER.value:
        raise NOT_A_SUB_USER.refuse("memberId")
    if found.main:
        return
    before = await main_user_of(work, found.organization_id)
    if before is not None:
        await work.tx.execute(sa.update(member).where(member.c.id == before.id).values(main=False, permissions=[]))
    await work.tx.execute(sa.update(member).where(member.c.id == member_id).values(main=True, permissions=[]))
    work.record(
        "organization.main_user_changed",
        "organization",
        found.organization_id,
        organization_id=found.organization_id,
        before={"member_id": None if before is None else before.id},
        after={"member_id": member_id},
    )


async def reset_member(work: Work, member_id: int, *, password_same_as_id: bool = False) -> NewAccount:
    """비밀번호 초기화, by an operator, or by a main user for its sub-users: the old password is good no more.

    Signs the member out everywhere and opens a locked account. For the new password see `provision`.
    """
    found = await _managed(work, member_id)
    if password_same_as_id and found.role != Role.MEMBER.value:
        raise STAFF_NEED_A_CODE.refuse("passwordSameAsId")
    owner = await organization_to_change(work, found.organization_id)
    await revoke_tokens(work, member_id)
    account = await set_first_secret(work, found, owner.name, password_same_as_id=password_same_as_id)
    work.record("member.password_reset", "member", member_id, organization_id=found.organization_id)
    return account


async def _managed(work: Work, member_id: int) -> Member:
    """The active member, when the actor manages it; its organization is locked until the work ends."""
    organization_id = await work.tx.value(sa.select(member.c.organization_id).where(member.c.id == member_id))
    await require_manager(work, organization_id, MANAGE_MEMBERS)
    if organization_id is not None:
        await organization_to_change(work, organization_id)
    found = await work.tx.one(
        Member, sa.select(member).where(member.c.id == member_id, member.c.deactivated_at.is_(None)).with_for_update()
    )
    if found is None:
        raise MEMBER_UNKNOWN.refuse("memberId")
    if found.role != Role.MEMBER.value and not is_operator(work):
        raise MEMBER_UNKNOWN.refuse("memberId")
    return found

"""Passwords: changed by who knows the present one, or set anew with a one-time code.

The verbs that count guesses are given the house, as `sign_in` is: the count is committed before they say no.
"""

from __future__ import annotations

import string
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from core.actor import PUBLIC, Actor
from core.database import table_of
from core.errors import NotSignedIn, Refused, Violation, refuse_any
from core.identity.attempts import note_attempt, origin_of, origin_refusal, settled_origin_refusal
from core.identity.codes import IssuedCode, end_codes, hash_code, keep_code, open_code, settle_guess
from core.identity.hashing import code_as_typed, hash_secret, new_short_code, secret_matches
from core.identity.lockout import count_wrong, lock_refusal, member_to_settle
from core.identity.login_ids import normal_login_id
from core.identity.models import Member, OneTimeCode, Person
from core.identity.people import PHONE
from core.identity.policy import RESET_CODE_LASTS, RESET_CODES_AN_HOUR, check_new_password
from core.identity.problems import CODE_WRONG, PASSWORD_UNCHANGED, PASSWORD_WRONG, PHONE_FORM
from core.identity.tokens import actor_of_member, revoke_tokens
from core.messages import queue_message
from core.texts import is_email
from core.work import Work

if TYPE_CHECKING:
    from core.house import House

member = table_of(Member)
person = table_of(Person)
one_time_code = table_of(OneTimeCode)


async def change_password(
    house: House,
    actor: Actor,
    *,
    current: str,
    new: str,
    confirm: str,
    phone: str | None = None,
    request_id: str | None = None,
) -> None:
    """비밀번호 변경: also permitted to who must change it. Ends every other token of the member.

    `phone` updates the person's number along with it, as the form of the first sign-in does. Wrong present passwords
    count towards the lock on the account.
    """
    if actor.member_id is None:
        raise NotSignedIn(NotSignedIn.text.en)
    async with house.database.reading() as tx:
        found = await tx.row(
            sa.select(member.c.login_id, member.c.password_hash).where(
                member.c.id == actor.member_id, member.c.deactivated_at.is_(None)
            )
        )
    if found is None:
        raise NotSignedIn(NotSignedIn.text.en)
    objections = check_new_password(new, confirm, found["login_id"])
    if new == current:
        objections.append(PASSWORD_UNCHANGED.at("newPassword"))
    if phone and not PHONE.fullmatch(phone.strip()):
        objections.append(PHONE_FORM.at("phone"))
    refuse_any(objections)
    matches = await secret_matches(current, found["password_hash"])
    fresh = await hash_secret(new)
    refusal: Violation | None = None
    async with house.work(actor, request_id) as work:
        settled = await member_to_settle(work, actor.member_id)
        if settled is None:
            raise NotSignedIn(NotSignedIn.text.en)
        refusal = lock_refusal(settled, work.now)
        if refusal is None and (not matches or settled.password_hash != found["password_hash"]):
            refusal = await count_wrong(work, settled) or PASSWORD_WRONG.at("currentPassword")
        if refusal is None:
            await set_password(work, settled, fresh, but=actor.token_id)
            if phone:
                await work.tx.execute(
                    sa.update(person)
                    .where(person.c.id == settled.person_id, person.c.erased_at.is_(None))
                    .values(phone=phone.strip())
                )
            work.record("member.password_changed", "member", settled.id, organization_id=settled.organization_id)
    if refusal is not None:
        raise Refused(refusal)


async def request_password_reset(
    work: Work, *, login_id: str, email: str | None = None, phone: str | None = None
) -> None:
    """비밀번호 찾기: send a code to the address on record, when the given e-mail or phone is that address.

    Answers the same, after the same work, whether or not anybody was found. Of one member, a few an hour at most.
    """
    issued = IssuedCode(code=new_short_code(), expires_at=work.now + RESET_CODE_LASTS)
    code_hash = await hash_code(issued.code)
    same = []
    if email and is_email(email.strip()):
        same.append(sa.func.lower(person.c.email) == email.strip().lower())
    if digits := "".join(character for character in phone or "" if character in string.digits):
        same.append(sa.func.regexp_replace(person.c.phone, "[^0-9]", "", "g") == digits)
    found = await work.tx.row(
        sa.select(member.c.id, member.c.organization_id, member.c.person_id, member.c.login_id)
        .join_from(member, person, person.c.id == member.c.person_id)
        .where(
            member.c.login_id == normal_login_id(login_id),
            member.c.deactivated_at.is_(None),
            sa.or_(sa.false(), *same),
        )
        .with_for_update(of=member)
    )
    if found is None or await _codes_lately(work, found["id"]) >= RESET_CODES_AN_HOUR:
        return
    await keep_code(work, code_hash, RESET_CODE_LASTS, member_id=found["id"])
    values = {
        "login_id": found["login_id"],
        "code": issued.code,
        "minutes": int(RESET_CODE_LASTS.total_seconds() // 60),
    }
    await queue_message(work, found["person_id"], "password_reset", values, good_until=issued.expires_at)
    work.record("member.password_reset_requested", "member", found["id"], organization_id=found["organization_id"])


async def reset_password(
    house: House,
    *,
    login_id: str,
    code: str,
    new: str,
    confirm: str,
    origin: str | None = None,
    request_id: str | None = None,
) -> None:
    """인증번호로 비밀번호 설정: with a code that was sent, or that an operator or main user gave. Ends every token.

    Raises `Refused`: the same for an unknown id, a wrong, a used and an expired code. Wrong guesses are counted.
    """
    normal, counted = normal_login_id(login_id), origin_of(origin)
    refuse_any(check_new_password(new, confirm, normal))
    async with house.database.reading() as tx:
        now = house.clock()
        if refusal := await origin_refusal(tx, counted, now):
            raise Refused(refusal)
        member_id = await tx.value(
            sa.select(member.c.id).where(member.c.login_id == normal, member.c.deactivated_at.is_(None))
        )
        kept = await open_code(tx, now, member_id=member_id) if member_id is not None else None
    right = await secret_matches(code_as_typed(code), kept[1] if kept else None)
    fresh = await hash_secret(new)
    async with house.work(PUBLIC, request_id) as work:
        if refusal := await settled_origin_refusal(work, counted):
            raise Refused(refusal)
        settled = await member_to_settle(work, member_id) if member_id is not None else None
        accepted = bool(settled and kept and await settle_guess(work, kept[0], right=right))
        if settled and accepted:
            work.actor = actor_of_member(settled.model_dump())
            await set_password(work, settled, fresh)
            work.record("member.password_set_by_code", "member", settled.id, organization_id=settled.organization_id)
        await note_attempt(work, counted, settled.login_id if settled else "", succeeded=accepted)
    if not accepted:
        raise CODE_WRONG.refuse("code")


async def set_password(work: Work, found: Member, password_hash: str, *, but: int | None = None) -> None:
    """Keep the new hash; open the account; end its codes, and its tokens `but` one."""
    await work.tx.execute(
        sa.update(member)
        .where(member.c.id == found.id)
        .values(password_hash=password_hash, must_change_password=False, failed_sign_ins=0, locked_until=None)
    )
    await revoke_tokens(work, found.id, but=but)
    await end_codes(work, member_id=found.id)


async def _codes_lately(work: Work, member_id: int) -> int:
    codes = sa.select(sa.func.count()).select_from(one_time_code)
    lately = one_time_code.c.created_at > work.now - timedelta(hours=1)
    return int(await work.tx.value(codes.where(one_time_code.c.member_id == member_id, lately)))

"""Passwords: changed by who knows the present one, or set anew with a one-time code.

The verbs that count guesses are given the house, as `sign_in` is: the count is committed before they say no.
"""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from core.actor import PUBLIC, Actor
from core.database import table_of
from core.errors import NotSignedIn, Refused, Violation, refuse_any
from core.identity.attempts import (
    Asked,
    asked_by,
    asked_of,
    count_attempt,
    forget_attempts,
    hold,
    limit_refusal,
    refusal_of,
)
from core.identity.codes import end_codes, issue_member_code, use_code
from core.identity.guesses import tell_of_guesses
from core.identity.hashing import hash_secret, secret_matches
from core.identity.login_ids import normal_login_id
from core.identity.models import Member, OneTimeCode, Person
from core.identity.origins import remember_origin
from core.identity.people import PHONE
from core.identity.policy import (
    CODES,
    PASSWORD_CHANGES,
    PASSWORDS,
    RESET_CODE_LASTS,
    RESET_CODE_REST,
    RESET_CODES_AN_HOUR,
    RESETS,
    check_new_password,
)
from core.identity.problems import CODE_WRONG, PASSWORD_UNCHANGED, PASSWORD_WRONG, PHONE_FORM
from core.identity.tokens import actor_of_member, member_to_settle, revoke_tokens
from core.jobs import JobKind, Task, queue_jobs
from core.language import Text
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
    origin: str | None = None,
    request_id: str | None = None,
) -> None:
    """비밀번호 변경: also permitted to who must change it. Ends every other token of the member.

    `phone` updates the person's number along with it, as the form of the first sign-in does. Five wrong present
    passwords lock the token out of changing it for a while; they hold up no sign-in of the member.
    """
    if actor.member_id is None:
        raise NotSignedIn(NotSignedIn.text.en)
    asked = await asked_of(house, origin, f"token {actor.member_id} {actor.token_id}")
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
        await hold(work, asked)
        refusal = await limit_refusal(work.tx, PASSWORD_CHANGES, asked, work.now)
        settled = await member_to_settle(work, actor.member_id)
        if settled is None:
            raise NotSignedIn(NotSignedIn.text.en)
        if refusal is None and (not matches or settled.password_hash != found["password_hash"]):
            refusal = await _count_wrong_change(work, asked, settled)
        elif refusal is None:
            await forget_attempts(work, PASSWORD_CHANGES, asked)
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


async def _count_wrong_change(work: Work, asked: Asked, found: Member) -> Violation:
    tally = await count_attempt(work, PASSWORD_CHANGES, asked)
    if tally.by_subject == PASSWORD_CHANGES.by_subject:
        await tell_of_guesses(work, "password", tally, member_id=found.id)
    return refusal_of(PASSWORD_CHANGES, replace(asked, origin=""), tally) or PASSWORD_WRONG.at("currentPassword")


async def request_password_reset(
    work: Work, *, login_id: str, email: str | None = None, phone: str | None = None, origin: str | None = None
) -> None:
    """비밀번호 찾기: send a code to the address on record, when the given e-mail or phone is that address.

    Answers the same, after the same statements, whether or not anybody was found: a job does what else there is to do.
    An address may ask for a member a few times an hour; what others ask for ends no code and uses up nobody's turn.
    """
    normal = normal_login_id(login_id)
    asked = asked_by(work.vault, origin, f"login {normal}")
    await hold(work, asked)
    if refusal := await limit_refusal(work.tx, RESETS, asked, work.now):
        raise Refused(refusal)
    await count_attempt(work, RESETS, asked)
    same = []
    if email and is_email(email.strip()):
        same.append(sa.func.lower(person.c.email) == email.strip().lower())
    if digits := "".join(character for character in phone or "" if character in string.digits):
        same.append(sa.func.regexp_replace(person.c.phone, "[^0-9]", "", "g") == digits)
    found = await work.tx.value(
        sa.select(member.c.id)
        .join_from(member, person, person.c.id == member.c.person_id)
        .where(
            member.c.login_id == normal,
            member.c.deactivated_at.is_(None),
            sa.or_(sa.false(), *same),
        )
    )
    await queue_jobs(work, SEND_RESET_CODE, [{"member": found}], own=False)


async def send_reset_code(task: Task) -> None:
    """Send a member a code. Beyond some an hour none is sent while the last one is fresh: it is in the mailbox."""
    member_id = task.arguments["member"]
    async with task.finishing() as work:
        settled = None if member_id is None else await member_to_settle(work, member_id)
        if settled is None or await _sent_enough(work, settled.id):
            return
        issued = await issue_member_code(
            work, settled.id, RESET_CODE_LASTS, person_id=settled.person_id, ends_others=False
        )
        values = {
            "login_id": settled.login_id,
            "code": issued.code,
            "minutes": int(RESET_CODE_LASTS.total_seconds() // 60),
        }
        await queue_message(work, settled.person_id, "password_reset", values, good_until=issued.expires_at)
        work.record("member.password_reset_requested", "member", settled.id, organization_id=settled.organization_id)


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

    Raises `Refused`: the same for an unknown id, a wrong, a used and an expired code, after the same work. Wrong
    guesses count for the address they come from; they end no code.
    """
    normal = normal_login_id(login_id)
    refuse_any(check_new_password(new, confirm, normal))
    asked = await asked_of(house, origin, f"code {normal}")
    async with house.database.reading() as tx:
        if refusal := await limit_refusal(tx, CODES, asked, house.clock()):
            raise Refused(refusal)
        member_id = await tx.value(
            sa.select(member.c.id).where(member.c.login_id == normal, member.c.deactivated_at.is_(None))
        )
    fresh = await hash_secret(new)
    async with house.work(PUBLIC, request_id) as work:
        await hold(work, asked)
        refusal = await limit_refusal(work.tx, CODES, asked, work.now)
        if refusal is None:
            settled = await member_to_settle(work, member_id or 0)
            accepted = await use_code(work, code, member_id=member_id or 0)
            if settled is not None and accepted:
                work.actor = actor_of_member(settled.model_dump())
                await set_password(work, settled, fresh)
                await forget_attempts(work, CODES, asked)
                await forget_attempts(work, PASSWORDS, asked_by(work.vault, origin, f"login {normal}"))
                await remember_origin(work, settled.id, asked.origin)
                work.record(
                    "member.password_set_by_code", "member", settled.id, organization_id=settled.organization_id
                )
            else:
                refusal = CODE_WRONG.at("code")
                tally = await count_attempt(work, CODES, asked)
                if tally.by_subject == 1:
                    await tell_of_guesses(work, "code", tally, member_id=member_id)
    if refusal is not None:
        raise Refused(refusal)


async def set_password(work: Work, found: Member, password_hash: str, *, but: int | None = None) -> None:
    """Keep the new hash; open the account; end its codes, and its tokens `but` one."""
    await work.tx.execute(
        sa.update(member).where(member.c.id == found.id).values(password_hash=password_hash, must_change_password=False)
    )
    await revoke_tokens(work, found.id, but=but)
    await end_codes(work, member_id=found.id)


async def _sent_enough(work: Work, member_id: int) -> bool:
    """Whether some were sent within the hour, and the last of them is so fresh that it will do."""
    lately = sa.select(sa.func.count(), sa.func.max(one_time_code.c.created_at)).where(
        one_time_code.c.member_id == member_id,
        one_time_code.c.created_at > work.now - timedelta(hours=1),
        one_time_code.c.used_at.is_(None),
    )
    row = await work.tx.row(lately)
    assert row is not None
    count, last = row[0], row[1]
    return bool(count >= RESET_CODES_AN_HOUR and last > work.now - RESET_CODE_REST)


SEND_RESET_CODE = JobKind(
    name="core.send_reset_code",
    names=Text("비밀번호 재설정 인증번호 발급", "issue a code for a new password"),
    run=send_reset_code,
)

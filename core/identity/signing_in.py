"""Signing in (로그인).

A wrong password is counted though the request is refused, and what a refused work wrote is undone. So this verb is
given the house and opens its own work, commits the count, and only then says no.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from core.actor import PUBLIC
from core.database import table_of
from core.errors import Refused, Violation
from core.identity.attempts import (
    Asked,
    asked_of,
    count_attempt,
    forget_attempts,
    hold,
    limit_refusal,
    refusal_of,
)
from core.identity.guesses import tell_of_guesses
from core.identity.hashing import hash_secret, outdated, secret_matches
from core.identity.login_ids import normal_login_id
from core.identity.models import Member
from core.identity.origins import is_known, remember_origin
from core.identity.policy import PASSWORDS, SIGN_IN_LASTS
from core.identity.problems import CREDENTIALS_WRONG
from core.identity.tokens import actor_of_member, member_to_settle, mint_token
from core.work import Work

if TYPE_CHECKING:
    from core.house import House

member = table_of(Member)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """로그인 결과: the token, shown this once, and whether nothing but a change of password is permitted with it."""

    token: str = field(repr=False)
    csrf: str | None = field(repr=False)
    expires_at: datetime
    member_id: int
    organization_id: int
    must_change_password: bool


async def sign_in(
    house: House,
    *,
    login_id: str,
    password: str,
    origin: str | None = None,
    cookie: bool = False,
    lifetime: timedelta = SIGN_IN_LASTS,
    request_id: str | None = None,
) -> SignedIn:
    """Let a member in by login id and password. `origin` is the client's address; `cookie` asks for a CSRF token too.

    Raises `Refused`: the same for an unknown id and a wrong password, after the same work. Five wrong passwords from
    one address lock it out of the account, right password or not, and nobody else; see `core.identity.policy`.
    """
    normal = normal_login_id(login_id)
    asked = await asked_of(house, origin, f"login {normal}")
    async with house.database.reading() as tx:
        found = await tx.row(
            sa.select(member.c.id, member.c.password_hash, is_known(member.c.id, asked.origin)).where(
                member.c.login_id == normal, member.c.deactivated_at.is_(None)
            )
        )
        asked = replace(asked, known=bool(found and found["known"]))
        if refusal := await limit_refusal(tx, PASSWORDS, asked, house.clock()):
            raise Refused(refusal)
    kept = found["password_hash"] if found else None
    matches = await secret_matches(password, kept)
    renewed = await hash_secret(password) if kept and matches and outdated(kept) else None
    async with house.work(PUBLIC, request_id) as work:
        await hold(work, asked)
        answer: SignedIn | Violation | None = await limit_refusal(work.tx, PASSWORDS, asked, work.now)
        if answer is None:
            settled = await member_to_settle(work, found["id"] if found else 0)
            if settled is None or not matches or settled.password_hash != kept:  # changed since: the match says nothing
                answer = await _count_wrong(work, asked, found["id"] if found else None)
            else:
                answer = await _let_in(work, settled, asked, renewed, lifetime, cookie=cookie)
    if isinstance(answer, Violation):
        raise Refused(answer)
    return answer


async def _count_wrong(work: Work, asked: Asked, member_id: int | None) -> Violation:
    """Count a wrong password, of whomever; the objection, and whether anybody is told of it."""
    tally = await count_attempt(work, PASSWORDS, asked)
    if tally.by_both == PASSWORDS.by_both or tally.by_subject == PASSWORDS.by_subject:
        await tell_of_guesses(work, "password", tally, member_id=member_id)
    if tally.by_both < PASSWORDS.by_both:
        return CREDENTIALS_WRONG.at()
    return refusal_of(PASSWORDS, replace(asked, origin=""), tally) or CREDENTIALS_WRONG.at()


async def _let_in(
    work: Work, found: Member, asked: Asked, renewed: str | None, lifetime: timedelta, *, cookie: bool
) -> SignedIn:
    work.actor = actor_of_member(found.model_dump())
    if renewed:
        await work.tx.execute(sa.update(member).where(member.c.id == found.id).values(password_hash=renewed))
    await forget_attempts(work, PASSWORDS, asked)
    await remember_origin(work, found.id, asked.origin)
    token = await mint_token(work, found.id, lifetime, cookie=cookie)
    work.record(
        "member.signed_in",
        "member",
        found.id,
        organization_id=found.organization_id,
        after={"token_id": token.id, "expires_at": token.expires_at},
    )
    return SignedIn(
        token=token.token,
        csrf=token.csrf,
        expires_at=token.expires_at,
        member_id=found.id,
        organization_id=found.organization_id,
        must_change_password=found.must_change_password,
    )

"""Signing in (로그인).

A wrong password is counted though the request is refused, and what a refused work wrote is undone. So this verb is
given the house and opens its own work, commits the count, and only then says no.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from core.actor import PUBLIC
from core.database import table_of
from core.errors import Refused, Violation
from core.identity.attempts import note_attempt, origin_of, origin_refusal, settled_origin_refusal
from core.identity.hashing import hash_secret, outdated, secret_matches
from core.identity.lockout import count_wrong, lock_refusal, member_to_settle
from core.identity.login_ids import normal_login_id
from core.identity.models import Member
from core.identity.policy import SIGN_IN_LASTS
from core.identity.problems import CREDENTIALS_WRONG
from core.identity.tokens import actor_of_member, mint_token
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

    Raises `Refused`: the same for an unknown id and a wrong password, after the same work; a locked account refuses
    the right password as well and says until when.
    """
    counted = origin_of(origin)
    async with house.database.reading() as tx:
        if refusal := await origin_refusal(tx, counted, house.clock()):
            raise Refused(refusal)
        found = await tx.row(
            sa.select(member.c.id, member.c.password_hash).where(
                member.c.login_id == normal_login_id(login_id), member.c.deactivated_at.is_(None)
            )
        )
    kept = found["password_hash"] if found else None
    matches = await secret_matches(password, kept)
    renewed = await hash_secret(password) if kept and matches and outdated(kept) else None
    async with house.work(PUBLIC, request_id) as work:
        if refusal := await settled_origin_refusal(work, counted):
            raise Refused(refusal)
        settled = found and await member_to_settle(work, found["id"])
        answer: SignedIn | Violation
        if not settled:
            answer = CREDENTIALS_WRONG.at()
        elif refusal := lock_refusal(settled, work.now):
            answer = refusal
        elif settled.password_hash != kept:
            answer = CREDENTIALS_WRONG.at()  # changed since it was looked at: what matched then says nothing now
        elif not matches:
            answer = await count_wrong(work, settled) or CREDENTIALS_WRONG.at()
        else:
            answer = await _let_in(work, settled, renewed, lifetime, cookie=cookie)
        named = settled.login_id if settled else ""
        await note_attempt(work, counted, named, succeeded=isinstance(answer, SignedIn))
    if isinstance(answer, Violation):
        raise Refused(answer)
    return answer


async def _let_in(work: Work, found: Member, renewed: str | None, lifetime: timedelta, *, cookie: bool) -> SignedIn:
    work.actor = actor_of_member(found.model_dump())
    changes = {"failed_sign_ins": 0, "locked_until": None} | ({"password_hash": renewed} if renewed else {})
    if renewed or found.failed_sign_ins or found.locked_until:
        await work.tx.execute(sa.update(member).where(member.c.id == found.id).values(**changes))
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

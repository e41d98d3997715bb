"""One-time codes: a member's, to set a password; an unclaimed organization's, to claim it. The newest alone is good."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from core.calendar import SEOUL
from core.database import Transaction, table_of
from core.errors import refuse_any
from core.identity.business_numbers import business_number_printed
from core.identity.hashing import code_as_typed, hash_secret, new_long_code, new_short_code
from core.identity.models import OneTimeCode, Organization
from core.identity.people import PersonDetails, add_person, check_person
from core.identity.policy import CLAIM_CODE_LASTS, CODE_ATTEMPTS
from core.identity.problems import ALREADY_CLAIMED, ORGANIZATION_UNKNOWN
from core.messages import queue_message
from core.work import Work

one_time_code = table_of(OneTimeCode)
organization = table_of(Organization)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCode:
    """인증번호: shown this once."""

    code: str = field(repr=False)
    expires_at: datetime

    @property
    def until(self) -> str:
        """The end of its term as a person reads it."""
        return f"{self.expires_at.astimezone(SEOUL):%Y-%m-%d %H:%M}"


async def issue_claim_code(work: Work, organization_id: int, *, send_to: PersonDetails | None = None) -> IssuedCode:
    """가입 인증번호 발급, by an operator: whoever has it may claim the organization. An earlier code ends.

    With `send_to` it is also sent to that person, whose details are kept until they are erased.
    """
    work.actor.require_operator()
    row = await work.tx.row(sa.select(organization).where(organization.c.id == organization_id).with_for_update())
    if row is None:
        raise ORGANIZATION_UNKNOWN.refuse("organizationId")
    if row["claimed_at"] is not None:
        raise ALREADY_CLAIMED.refuse("organizationId")
    issued = IssuedCode(code=new_long_code(), expires_at=work.now + CLAIM_CODE_LASTS)
    await keep_code(work, await hash_code(issued.code), CLAIM_CODE_LASTS, organization_id=organization_id)
    told: int | None = None
    if send_to is not None:
        refuse_any(check_person(send_to, "sendTo"))
        told = await add_person(work, send_to)
        values = {
            "organization": row["name"],
            "business_number": business_number_printed(row["business_number"]),
            "code": issued.code,
            "until": issued.until,
        }
        await queue_message(work, told, "claim_code", values, good_until=issued.expires_at)
    work.record(
        "organization.claim_code_issued",
        "organization",
        organization_id,
        organization_id=organization_id,
        after={"expires_at": issued.expires_at, "person_id": told},
    )
    return issued


async def issue_member_code(work: Work, member_id: int, lasts: timedelta) -> IssuedCode:
    """A code to set this member's password with; the caller has checked the actor."""
    issued = IssuedCode(code=new_short_code(), expires_at=work.now + lasts)
    await keep_code(work, await hash_code(issued.code), lasts, member_id=member_id)
    return issued


async def hash_code(code: str) -> str:
    """Argon2 like a password: eight digits behind a fast hash would be found out in a moment."""
    return await hash_secret(code_as_typed(code))


async def keep_code(
    work: Work,
    code_hash: str,
    lasts: timedelta,
    *,
    member_id: int | None = None,
    organization_id: int | None = None,
) -> None:
    """Keep a code's hash and end the codes before it."""
    await end_codes(work, member_id=member_id, organization_id=organization_id)
    await work.tx.execute(
        sa.insert(one_time_code).values(
            member_id=member_id,
            organization_id=organization_id,
            code_hash=code_hash,
            attempts=0,
            created_at=work.now,
            expires_at=work.now + lasts,
        )
    )


async def end_codes(work: Work, *, member_id: int | None = None, organization_id: int | None = None) -> None:
    """Let every open code of the member or the organization be good no more."""
    await work.tx.execute(
        sa.update(one_time_code)
        .where(
            _of(member_id, organization_id), one_time_code.c.used_at.is_(None), one_time_code.c.expires_at > work.now
        )
        .values(expires_at=work.now)
    )


async def open_code(
    tx: Transaction, now: datetime, *, member_id: int | None = None, organization_id: int | None = None
) -> tuple[int, str] | None:
    """Id and hash of the code that is good now."""
    row = await tx.row(
        sa.select(one_time_code.c.id, one_time_code.c.code_hash)
        .where(_of(member_id, organization_id), *_good(now))
        .order_by(one_time_code.c.id.desc())
        .limit(1)
    )
    return None if row is None else (row["id"], row["code_hash"])


async def settle_guess(work: Work, code_id: int, *, right: bool) -> bool:
    """Use the code up, or count a wrong guess; whether the guess lets its guesser in.

    One UPDATE that asks again whether the code is good: of guesses at once, no more than its attempts count.
    """
    guessed = sa.update(one_time_code).where(one_time_code.c.id == code_id, *_good(work.now))
    change = {"used_at": work.now} if right else {"attempts": one_time_code.c.attempts + 1}
    return bool(await work.tx.execute(guessed.values(**change))) and right


def _good(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        one_time_code.c.used_at.is_(None),
        one_time_code.c.expires_at > now,
        one_time_code.c.attempts < CODE_ATTEMPTS,
    )


def _of(member_id: int | None, organization_id: int | None) -> sa.ColumnElement[bool]:
    if member_id is not None:
        return one_time_code.c.member_id == member_id
    return one_time_code.c.organization_id == organization_id

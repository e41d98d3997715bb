"""One-time codes: a member's, to set a password; an unclaimed organization's, to claim it.

A code has 80 random bits: no number of guesses finds it, so that none ends it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from core.calendar import SEOUL
from core.database import table_of
from core.errors import refuse_any
from core.identity.business_numbers import business_number_printed
from core.identity.hashing import code_hash, new_code
from core.identity.models import OneTimeCode, Organization
from core.identity.people import PersonDetails, add_person, check_person
from core.identity.policy import CLAIM_CODE_LASTS
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
    issued = IssuedCode(code=new_code(), expires_at=work.now + CLAIM_CODE_LASTS)
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
    await end_codes(work, organization_id=organization_id)
    await keep_code(work, issued, organization_id=organization_id, person_id=told)
    work.record(
        "organization.claim_code_issued",
        "organization",
        organization_id,
        organization_id=organization_id,
        after={"expires_at": issued.expires_at, "person_id": told},
    )
    return issued


async def issue_member_code(
    work: Work, member_id: int, lasts: timedelta, *, person_id: int, ends_others: bool = True
) -> IssuedCode:
    """A code to set this member's password with; the caller has checked the actor.

    One that anybody may ask for does not end others: what a stranger asks for never ends what the member holds.
    """
    issued = IssuedCode(code=new_code(), expires_at=work.now + lasts)
    if ends_others:
        await end_codes(work, member_id=member_id)
    await keep_code(work, issued, member_id=member_id, person_id=person_id)
    return issued


async def keep_code(
    work: Work,
    issued: IssuedCode,
    *,
    member_id: int | None = None,
    organization_id: int | None = None,
    person_id: int | None = None,
) -> None:
    """Keep a code's hash."""
    await work.tx.execute(
        sa.insert(one_time_code).values(
            member_id=member_id,
            organization_id=organization_id,
            person_id=person_id,
            code_hash=code_hash(issued.code),
            created_at=work.now,
            expires_at=issued.expires_at,
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


async def use_code(work: Work, code: str, *, member_id: int | None = None, organization_id: int | None = None) -> bool:
    """Use a code up; whether it was good. One UPDATE: of many who use it at once, one does."""
    used = (
        sa.update(one_time_code)
        .where(
            _of(member_id, organization_id),
            one_time_code.c.code_hash == code_hash(code),
            one_time_code.c.used_at.is_(None),
            one_time_code.c.expires_at > work.now,
        )
        .values(used_at=work.now)
    )
    return bool(await work.tx.execute(used))


async def sent_to(work: Work, organization_id: int) -> int | None:
    """The person to whom the organization's open claim code was sent."""
    found: int | None = await work.tx.value(
        sa.select(one_time_code.c.person_id)
        .where(
            one_time_code.c.organization_id == organization_id,
            one_time_code.c.used_at.is_(None),
            one_time_code.c.expires_at > work.now,
        )
        .order_by(one_time_code.c.id.desc())
        .limit(1)
    )
    return found


def _of(member_id: int | None, organization_id: int | None) -> sa.ColumnElement[bool]:
    if member_id is not None:
        return one_time_code.c.member_id == member_id
    return one_time_code.c.organization_id == organization_id

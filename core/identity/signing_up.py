"""Signing up (회원가입): the first member of an organization claims it, and finds there what it has earned.

A business number is public knowledge. So an organization that is on record already, and may own points, is claimed
only with the code an operator issued for it. Wrong codes are counted though the request is refused, and what a refused
work wrote is undone: this verb is given the house and opens its own work, as `sign_in` does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from core.actor import PUBLIC
from core.database import table_of
from core.errors import Refused, Violation, refuse_any
from core.identity.accounts import add_member, claim_for
from core.identity.attempts import Asked, asked_of, count_attempt, hold, limit_refusal
from core.identity.business_numbers import check_business_number, normalized
from core.identity.codes import sent_to, use_code
from core.identity.guesses import tell_of_guesses
from core.identity.hashing import hash_secret
from core.identity.login_ids import check_login_id, normal_login_id
from core.identity.models import Organization, OrganizationKind
from core.identity.organizations import record_registered
from core.identity.people import PersonDetails, check_name, check_person
from core.identity.policy import CODES, SIGN_UPS, check_password
from core.identity.problems import CLAIM_CODE_NEEDED, CODE_WRONG
from core.identity.tokens import actor_of_member
from core.texts import composed
from core.work import Work

if TYPE_CHECKING:
    from core.house import House

organization = table_of(Organization)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUp:
    """가입 결과. The member signs in with the password it chose."""

    organization_id: int
    member_id: int


async def sign_up(
    house: House,
    *,
    business_number: str,
    login_id: str,
    password: str,
    person: PersonDetails,
    name: str = "",
    claim_code: str | None = None,
    origin: str | None = None,
    request_id: str | None = None,
) -> SignedUp:
    """Claim an organization for its first main user. One that is not on record becomes a company called `name`.

    Raises `Refused` with everything that is wrong with the input, before anything is looked up. Then an organization
    that is on record and one that has signed up are refused alike: without a code because one is needed, with a wrong
    one because it is wrong. A `name` is needed without a code.
    """
    number, normal = normalized(business_number), normal_login_id(login_id)
    coded = bool(claim_code and claim_code.strip())
    refuse_any(
        [
            *check_business_number(business_number, "businessNumber"),
            *check_login_id(normal, "loginId"),
            *check_password(password, normal, "password"),
            *check_person(person, "person", reachable=True),
            *([] if coded and not name.strip() else check_name(name, "name")),
        ]
    )
    asked = await asked_of(house, origin, f"number {number}")
    async with house.database.reading() as tx:
        for limit in (CODES, SIGN_UPS):
            if refusal := await limit_refusal(tx, limit, asked, house.clock()):
                raise Refused(refusal)
    password_hash = await hash_secret(password)
    made = NewMember(login_id=normal, person=person, password_hash=password_hash)
    async with house.work(PUBLIC, request_id) as work:
        await hold(work, asked)
        answer: SignedUp | Violation | None = await limit_refusal(work.tx, CODES, asked, work.now)
        answer = answer or await limit_refusal(work.tx, SIGN_UPS, asked, work.now)
        if answer is None and coded:
            answer = await _claimed(work, asked, number, claim_code or "", made)
        elif answer is None:
            answer = await _signed_up(work, asked, number, composed(name).strip(), made)
    if isinstance(answer, Violation):
        raise Refused(answer)
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """Who is to be the main user."""

    login_id: str
    person: PersonDetails
    password_hash: str


async def _claimed(work: Work, asked: Asked, number: str, code: str, made: NewMember) -> SignedUp | Violation:
    """Claim the organization by its code. Every wrong one is answered alike, after the same statements."""
    owner = await work.tx.one(
        Organization, sa.select(organization).where(organization.c.business_number == number).with_for_update()
    )
    owner_id = owner.id if owner else 0
    told = await sent_to(work, owner_id)
    async with _undone_unless_made(work) as attempt:
        if await use_code(work, code, organization_id=owner_id) and owner is not None and owner.claimed_at is None:
            return await attempt.make(owner, made)
    tally = await count_attempt(work, CODES, asked)
    if attempt.refusal is None and tally.by_subject == 1:
        await tell_of_guesses(work, "claim_code", tally, organization_id=owner.id if owner else None, person_id=told)
    return attempt.refusal or CODE_WRONG.at("claimCode")


async def _signed_up(work: Work, asked: Asked, number: str, name: str, made: NewMember) -> SignedUp | Violation:
    """Put a company on record and let it sign up; one that is on record already needs a code, claimed or not."""
    company = OrganizationKind.COMPANY.value
    await count_attempt(work, SIGN_UPS, asked)
    async with _undone_unless_made(work) as attempt:
        row = await work.tx.row(
            insert(organization)
            .values(business_number=number, name=name, kind=company, created_at=work.now)
            .on_conflict_do_nothing()
            .returning(organization)
        )
        if row is not None:
            record_registered(work, row["id"], number, name, company)
            return await attempt.make(Organization(**dict(row)), made)
    await count_attempt(work, CODES, asked)
    return attempt.refusal or CLAIM_CODE_NEEDED.at("claimCode")


class _Attempt:
    """What is done within a savepoint."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.refusal: Violation | None = None
        self.done = False

    async def make(self, owner: Organization, made: NewMember) -> SignedUp:
        """The main user of the organization. Raises `Refused` when the login id is taken."""
        member = await add_member(
            self.work,
            owner.id,
            login_id=made.login_id,
            path="loginId",
            person=made.person,
            main=True,
            password_hash=made.password_hash,
            must_change_password=False,
        )
        await claim_for(self.work, owner, member.id)
        self.work.actor = actor_of_member(member.model_dump())
        self.done = True
        return SignedUp(organization_id=owner.id, member_id=member.id)


@asynccontextmanager
async def _undone_unless_made(work: Work) -> AsyncIterator[_Attempt]:
    """A savepoint for what is refused by the login id: nothing of it stays, but that it was tried is counted."""
    attempt, events = _Attempt(work), len(work.events)
    savepoint = work.tx.connection.transaction()
    await savepoint.start()
    try:
        yield attempt
    except Refused as refused:
        (attempt.refusal,) = refused.violations
    finally:
        if attempt.done:
            await savepoint.commit()
        else:
            await savepoint.rollback()
            del work.events[events:]

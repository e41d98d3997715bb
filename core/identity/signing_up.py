"""Signing up (회원가입): the first member of an organization claims it, and finds there what it has earned.

A business number is public knowledge. So an organization that is on record already, and may own points, is claimed
only with the code an operator issued for it. Wrong codes are counted though the request is refused, and what a refused
work wrote is undone: this verb is given the house and opens its own work, as `sign_in` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from core.actor import PUBLIC
from core.database import table_of
from core.errors import Refused, Violation, refuse_any
from core.identity.accounts import add_member, claim_for
from core.identity.attempts import note_attempt, origin_of, origin_refusal, settled_origin_refusal
from core.identity.business_numbers import check_business_number, normalized
from core.identity.codes import open_code, settle_guess
from core.identity.hashing import code_as_typed, hash_secret, secret_matches
from core.identity.login_ids import check_login_id, login_id_available, normal_login_id
from core.identity.models import Organization, OrganizationKind
from core.identity.organizations import record_registered
from core.identity.people import PersonDetails, check_name, check_person
from core.identity.policy import check_password
from core.identity.problems import ALREADY_CLAIMED, CLAIM_CODE_NEEDED, CODE_WRONG, LOGIN_ID_TAKEN
from core.identity.queries import organization_by_number
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

    Raises `Refused` with everything that is wrong; for an organization on record, without its code; for one that has
    signed up, whose main user can give a sub-account.
    """
    number, normal, counted = normalized(business_number), normal_login_id(login_id), origin_of(origin)
    objections = [
        *check_business_number(business_number, "businessNumber"),
        *check_login_id(normal, "loginId"),
        *check_password(password, normal, "password"),
        *check_person(person, "person", reachable=True),
    ]
    async with house.database.reading() as tx:
        now = house.clock()
        if refusal := await origin_refusal(tx, counted, now):
            raise Refused(refusal)
        known = await organization_by_number(tx, number) if number.isascii() and number.isdigit() else None
        if known is None:
            objections += check_name(name, "name")
        elif refusal := _claim_refusal(known, claim_code):
            objections.append(refusal)
        if not await login_id_available(tx, normal):
            objections.append(LOGIN_ID_TAKEN.at("loginId", login_id=normal))
        refuse_any(objections)
        kept = await open_code(tx, now, organization_id=known.id) if known else None
    right = known is not None and await secret_matches(code_as_typed(claim_code or ""), kept[1] if kept else None)
    password_hash = await hash_secret(password)
    async with house.work(PUBLIC, request_id) as work:
        if known and (refusal := await settled_origin_refusal(work, counted)):
            raise Refused(refusal)
        owner, made = await _found_or_made(work, number, composed(name).strip())
        refusal = None if made else _claim_refusal(owner, claim_code)
        if refusal is None and not made:
            accepted = kept is not None and await settle_guess(work, kept[0], right=right)
            refusal = None if accepted else CODE_WRONG.at("claimCode")
            await note_attempt(work, counted, "", succeeded=accepted)
        if refusal is None:
            member = await add_member(
                work,
                owner.id,
                login_id=normal,
                path="loginId",
                person=person,
                main=True,
                password_hash=password_hash,
                must_change_password=False,
            )
            await claim_for(work, owner, member.id)
            work.actor = actor_of_member(member.model_dump())
    if refusal is not None:
        raise Refused(refusal)
    return SignedUp(organization_id=owner.id, member_id=member.id)


def _claim_refusal(known: Organization, claim_code: str | None) -> Violation | None:
    if known.claimed_at is not None:
        return ALREADY_CLAIMED.at("businessNumber")
    return None if claim_code and claim_code.strip() else CLAIM_CODE_NEEDED.at("claimCode")


async def _found_or_made(work: Work, number: str, name: str) -> tuple[Organization, bool]:
    """The organization of this number, its row locked, and whether it was made just now."""
    company = OrganizationKind.COMPANY.value
    row = await work.tx.row(
        insert(organization)
        .values(business_number=number, name=name, kind=company, created_at=work.now)
        .on_conflict_do_nothing()
        .returning(organization)
    )
    if row is not None:
        record_registered(work, row["id"], number, name, company)
        return Organization(**dict(row)), True
    found = await work.tx.one(
        Organization, sa.select(organization).where(organization.c.business_number == number).with_for_update()
    )
    assert found is not None
    return found, False

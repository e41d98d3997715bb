"""Making accounts: main users for organizations, sub-users for main users, staff for agencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from core.actor import Role
from core.database import table_of
from core.errors import refuse_any
from core.identity.access import MANAGE_MEMBERS, check_permissions, check_programs, require_manager
from core.identity.codes import end_codes, issue_member_code
from core.identity.hashing import hash_secret
from core.identity.login_ids import check_login_id, login_id_of_homepage, normal_login_id, sub_login_id
from core.identity.models import Member, Organization, OrganizationKind, Person
from core.identity.people import PersonDetails, add_person, check_person
from core.identity.policy import FIRST_CODE_LASTS
from core.identity.problems import (
    LOGIN_ID_NEEDED,
    LOGIN_ID_TAKEN,
    MAIN_USER_EXISTS,
    NO_MAIN_USER,
    NOT_A_STAFF_ROLE,
    NOT_AN_AGENCY,
    ORGANIZATION_UNKNOWN,
    STAFF_NEED_A_CODE,
)
from core.messages import queue_message
from core.work import Work

member = table_of(Member)
organization = table_of(Organization)
person = table_of(Person)

EMPLOYERS = frozenset({OrganizationKind.AGENCY.value, OrganizationKind.MINISTRY.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """만들어진 계정: `code`, shown this once, sets the first password; None when the password is the login id."""

    member_id: int
    login_id: str
    code: str | None = field(repr=False)
    expires_at: datetime | None


async def provision(
    work: Work,
    organization_id: int,
    *,
    login_id: str | None = None,
    homepage: str | None = None,
    person: PersonDetails,
    password_same_as_id: bool = False,
) -> NewAccount:
    """주 사용자 계정 발급, by an operator: claims the organization for this member.

    Without a login id it is the name in the homepage's address; a company's, without either, its business number.
    By default a one-time code sets the first password. With `password_same_as_id` the first password is the login id,
    as the briefing has it: it permits nothing but a change of password, yet who guesses the id may make that change.
    """
    work.actor.require_operator()
    owner = await organization_to_change(work, organization_id)
    normal, path = _first_login_id(owner, login_id, homepage)
    refuse_any([*check_login_id(normal, path), *check_person(person, "person")])
    if await main_user_of(work, organization_id) is not None:
        raise MAIN_USER_EXISTS.refuse("organizationId")
    account = await _open_account(
        work, owner, login_id=normal, path=path, person=person, main=True, password_same_as_id=password_same_as_id
    )
    await claim_for(work, owner, account.member_id)
    return account


def _first_login_id(owner: Organization, login_id: str | None, homepage: str | None) -> tuple[str, str]:
    """What a main user signs in with, and which input said so."""
    if login_id:
        return normal_login_id(login_id), "loginId"
    if homepage:
        return login_id_of_homepage(homepage), "homepage"
    if owner.kind != OrganizationKind.COMPANY.value:
        raise LOGIN_ID_NEEDED.refuse("loginId")
    return owner.business_number, "loginId"


async def create_sub_user(
    work: Work,
    organization_id: int,
    *,
    suffix: str,
    person: PersonDetails,
    permissions: Sequence[str] = (),
    password_same_as_id: bool = False,
) -> NewAccount:
    """하위계정 등록, by the organization's main user: may do what `permissions` say and no more.

    The login id is the main user's, an underscore and the suffix, as in `korea_01`. For the password see `provision`.
    """
    await require_manager(work, organization_id, MANAGE_MEMBERS)
    refuse_any([*check_person(person, "person"), *check_permissions(work.plugins, permissions)])
    owner = await organization_to_change(work, organization_id)
    main = await main_user_of(work, organization_id)
    if main is None:
        raise NO_MAIN_USER.refuse("organizationId")
    return await _open_account(
        work,
        owner,
        login_id=sub_login_id(main.login_id, suffix),
        path="suffix",
        person=person,
        permissions=sorted(set(permissions)),
        password_same_as_id=password_same_as_id,
    )


async def create_staff(
    work: Work,
    organization_id: int,
    *,
    login_id: str,
    role: Role,
    person: PersonDetails,
    programs: Sequence[str] = (),
    password_same_as_id: bool = False,
) -> NewAccount:
    """담당자 계정 등록, by an operator: a reviewer, operator or auditor.

    Of these programs, or of every one when none is named. A one-time code sets the first password, always.
    """
    work.actor.require_operator()
    if password_same_as_id:
        raise STAFF_NEED_A_CODE.refuse("passwordSameAsId")
    normal = normal_login_id(login_id)
    refuse_any(
        [
            *check_login_id(normal, "loginId", staff=True),
            *([NOT_A_STAFF_ROLE.at("role")] if role is Role.MEMBER else []),
            *check_person(person, "person"),
            *check_programs(work.plugins, programs),
        ]
    )
    owner = await organization_to_change(work, organization_id)
    if owner.kind not in EMPLOYERS:
        raise NOT_AN_AGENCY.refuse("organizationId")
    return await _open_account(
        work,
        owner,
        login_id=normal,
        role=role,
        person=person,
        programs=sorted(set(programs)),
        password_same_as_id=password_same_as_id,
    )


async def add_member(
    work: Work,
    organization_id: int,
    *,
    login_id: str,
    path: str,
    person: PersonDetails,
    role: Role = Role.MEMBER,
    main: bool = False,
    permissions: Sequence[str] = (),
    programs: Sequence[str] = (),
    password_hash: str | None = None,
    must_change_password: bool = True,
) -> Member:
    """Write a member and its person; the caller has checked everything but whether the login id is free."""
    row = await work.tx.row(
        insert(member)
        .values(
            organization_id=organization_id,
            person_id=await add_person(work, person),
            login_id=login_id,
            role=role.value,
            main=main,
            permissions=list(permissions),
            programs=list(programs),
            password_hash=password_hash,
            must_change_password=must_change_password,
            created_at=work.now,
        )
        .on_conflict_do_nothing(index_elements=[member.c.login_id])
        .returning(member)
    )
    if row is None:
        raise LOGIN_ID_TAKEN.refuse(path, login_id=login_id)
    work.record(
        "member.created",
        "member",
        row["id"],
        organization_id=organization_id,
        after={"role": role.value, "main": main, "permissions": permissions, "programs": programs},
    )
    return Member(**dict(row))


async def claim_for(work: Work, owner: Organization, member_id: int) -> None:
    """From now on the organization has somebody of its own, and its claim codes end."""
    if owner.claimed_at is None:
        await work.tx.execute(sa.update(organization).where(organization.c.id == owner.id).values(claimed_at=work.now))
    await end_codes(work, organization_id=owner.id)
    work.record(
        "organization.claimed", "organization", owner.id, organization_id=owner.id, after={"member_id": member_id}
    )


async def set_first_secret(
    work: Work, found: Member, organization_name: str, *, password_same_as_id: bool
) -> NewAccount:
    """Let a member in for the first time, or again: by its id, or by a code, sent too if there is an address."""
    kept = await hash_secret(found.login_id) if password_same_as_id else None
    await work.tx.execute(
        sa.update(member).where(member.c.id == found.id).values(password_hash=kept, must_change_password=True)
    )
    if password_same_as_id:
        await end_codes(work, member_id=found.id)
        return NewAccount(member_id=found.id, login_id=found.login_id, code=None, expires_at=None)
    issued = await issue_member_code(work, found.id, FIRST_CODE_LASTS, person_id=found.person_id)
    reachable = sa.select(person.c.id).where(
        person.c.id == found.person_id, sa.or_(person.c.email.is_not(None), person.c.phone.is_not(None))
    )
    if await work.tx.value(reachable):
        values = {
            "organization": organization_name,
            "login_id": found.login_id,
            "code": issued.code,
            "until": issued.until,
        }
        await queue_message(work, found.person_id, "account_created", values, good_until=issued.expires_at)
    return NewAccount(member_id=found.id, login_id=found.login_id, code=issued.code, expires_at=issued.expires_at)


async def organization_to_change(work: Work, organization_id: int) -> Organization:
    """The organization, its row locked until the work ends: changes to its members come one by one."""
    found = await work.tx.one(
        Organization, sa.select(organization).where(organization.c.id == organization_id).with_for_update()
    )
    if found is None:
        raise ORGANIZATION_UNKNOWN.refuse("organizationId")
    return found


async def main_user_of(work: Work, organization_id: int) -> Member | None:
    """The active main user of the organization."""
    return await work.tx.one(
        Member,
        sa.select(member).where(
            member.c.organization_id == organization_id, member.c.main, member.c.deactivated_at.is_(None)
        ),
    )


async def _open_account(
    work: Work,
    owner: Organization,
    *,
    login_id: str,
    person: PersonDetails,
    password_same_as_id: bool,
    path: str = "loginId",
    role: Role = Role.MEMBER,
    main: bool = False,
    permissions: Sequence[str] = (),
    programs: Sequence[str] = (),
) -> NewAccount:
    made = await add_member(
        work,
        owner.id,
        login_id=login_id,
        path=path,
        person=person,
        role=role,
        main=main,
        permissions=permissions,
        programs=programs,
    )
    return await set_first_secret(work, made, owner.name, password_same_as_id=password_same_as_id)

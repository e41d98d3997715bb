"""Reading organizations and members. Who may see what is the reader's matter; these are for rules and services."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from core.actor import Actor
from core.database import Transaction, any_of, table_of
from core.identity.models import Member, Organization, Person, Standing
from core.identity.tokens import actor_of_member
from core.organization_view import OrganizationView

organization = table_of(Organization)
standing = table_of(Standing)
member = table_of(Member)
person = table_of(Person)


async def organization_views(tx: Transaction, ids: Iterable[int], on: date) -> dict[int, OrganizationView]:
    """These organizations as rules see them on the day, in one statement; an unknown id is not in the answer.

    Of the standings of a kind that cover the day, the one that began last counts, then the one recorded last.
    """
    in_force = (
        sa.select(standing.c.kind, standing.c.holds)
        .ext(distinct_on(standing.c.kind))
        .where(
            standing.c.organization_id == organization.c.id,
            standing.c.valid_from <= on,
            sa.or_(standing.c.valid_until.is_(None), standing.c.valid_until >= on),
        )
        .order_by(standing.c.kind, standing.c.valid_from.desc(), standing.c.id.desc())
        .lateral("in_force")
    )
    rows = await tx.rows(
        sa.select(
            organization.c.id,
            organization.c.business_number,
            organization.c.name,
            organization.c.kind,
            in_force.c.kind.label("standing"),
            in_force.c.holds,
        )
        .join_from(organization, in_force, sa.true(), isouter=True)
        .where(any_of(organization.c.id, sorted(set(ids))))
    )
    standings: dict[int, dict[str, bool]] = {}
    for row in rows:
        found = standings.setdefault(row["id"], {})
        if row["standing"] is not None:
            found[row["standing"]] = row["holds"]
    return {
        row["id"]: OrganizationView(
            id=row["id"],
            business_number=row["business_number"],
            name=row["name"],
            kind=row["kind"],
            standings=standings[row["id"]],
        )
        for row in rows
    }


async def organization_by_id(tx: Transaction, organization_id: int) -> Organization | None:
    return await tx.one(Organization, sa.select(organization).where(organization.c.id == organization_id))


async def organization_by_number(tx: Transaction, business_number: str) -> Organization | None:
    """By its ten digits."""
    return await tx.one(Organization, sa.select(organization).where(organization.c.business_number == business_number))


async def member_by_id(tx: Transaction, member_id: int) -> Member | None:
    return await tx.one(Member, sa.select(member).where(member.c.id == member_id))


async def members_of(tx: Transaction, organization_id: int) -> list[Member]:
    """The members of an organization who are active, the main user first."""
    return await tx.all(
        Member,
        sa.select(member)
        .where(member.c.organization_id == organization_id, member.c.deactivated_at.is_(None))
        .order_by(member.c.main.desc(), member.c.login_id),
    )


async def actor_by_id(tx: Transaction, member_id: int) -> Actor | None:
    """The member as one who acts, with the rights of now; None when it is none any more."""
    row = await tx.row(sa.select(member).where(member.c.id == member_id, member.c.deactivated_at.is_(None)))
    return None if row is None else actor_of_member(row)


async def person_by_id(tx: Transaction, person_id: int) -> Person | None:
    return await tx.one(Person, sa.select(person).where(person.c.id == person_id))

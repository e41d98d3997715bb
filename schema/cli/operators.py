"""The first operator: somebody has to be let in by whoever runs the machine."""

from __future__ import annotations

from core.actor import Role
from core.house import House
from core.identity import (
    NewAccount,
    OrganizationKind,
    PersonDetails,
    create_staff,
    organization_by_number,
    parse_business_number,
    register_organization,
)


async def make_operator(house: House, login_id: str, name: str, organization: str, business_number: str) -> NewAccount:
    """An operator of every program, of this agency. Raises `Refused` when the number or the login id will not do."""
    number = parse_business_number(business_number)
    async with house.work() as work:
        agency = await organization_by_number(work.tx, number)
        if agency is None:
            agency = await register_organization(
                work, business_number=number, name=organization, kind=OrganizationKind.AGENCY
            )
        return await create_staff(
            work, agency.id, login_id=login_id, role=Role.OPERATOR, person=PersonDetails(name=name)
        )

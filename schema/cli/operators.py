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
    reset_member,
)

WITHOUT_PASSWORD = """
    SELECT id FROM member WHERE login_id = lower($1) AND organization_id = $2 AND role = 'operator'
        AND password_hash IS NULL AND deactivated_at IS NULL
"""


async def make_operator(house: House, login_id: str, name: str, organization: str, business_number: str) -> NewAccount:
    """An operator of every program, of this agency. Raises `Refused` when the number or the login id will not do.

    Asked for again before a password was set, there is a new code: whoever was cut off never saw the first one.
    """
    number = parse_business_number(business_number)
    async with house.work() as work:
        agency = await organization_by_number(work.tx, number)
        if agency is None:
            agency = await register_organization(
                work, business_number=number, name=organization, kind=OrganizationKind.AGENCY
            )
        waiting = await work.tx.connection.fetchval(WITHOUT_PASSWORD, login_id.strip(), agency.id)
        if waiting is not None:
            return await reset_member(work, waiting)
        return await create_staff(
            work, agency.id, login_id=login_id, role=Role.OPERATOR, person=PersonDetails(name=name)
        )

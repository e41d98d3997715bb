"""What the demos of programs share: one password for all who sign in, and an organization that has signed up."""

from __future__ import annotations

from core.house import House
from core.identity import PersonDetails, issue_claim_code, login_id_available, organization_by_number, sign_up

PASSWORD = "Dure-demo-26"


async def claim(house: House, number: str, login_id: str, name: str) -> None:
    """Sign the main user of an organization on record up with a code, as an operator would give it, once."""
    async with house.work() as work:
        if not await login_id_available(work.tx, login_id):
            return
        owner = await organization_by_number(work.tx, number)
        assert owner is not None
        code = await issue_claim_code(work, owner.id)
    await sign_up(
        house,
        business_number=number,
        login_id=login_id,
        password=PASSWORD,
        person=PersonDetails(name=name, email=f"{login_id}@example.org", phone="02-0000-0000"),
        claim_code=code.code,
    )

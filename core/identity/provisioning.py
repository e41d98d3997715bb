"""Provisioning many: organizations put on record and given their main users in one go, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import Refused, Violation, refuse_any
from core.identity.accounts import NewAccount, provision
from core.identity.business_numbers import normalized, parse_business_number
from core.identity.models import OrganizationKind
from core.identity.organizations import register_organization
from core.identity.people import PersonDetails
from core.identity.problems import TOO_MANY_ACCOUNTS
from core.identity.queries import organization_by_number
from core.work import Work

MOST = 100  # in one transaction: each first password takes its time to hash


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHolder:
    """발급 대상: an organization, put on record if it is not, and who its main user is to be. See `provision`."""

    business_number: str
    name: str
    kind: OrganizationKind
    person: PersonDetails
    homepage: str | None = None
    login_id: str | None = None


async def provision_many(
    work: Work, holders: Sequence[NewHolder], *, password_same_as_id: bool = False
) -> list[NewAccount]:
    """계정 일괄발급, by an operator, in the order given; refuses with what is wrong of every one, by its place."""
    work.actor.require_operator()
    if not 1 <= len(holders) <= MOST:
        raise TOO_MANY_ACCOUNTS.refuse("holders", limit=MOST, given=len(holders))
    made: dict[int, NewAccount] = {}
    wrong: list[Violation] = []
    # by number, so that two calls at once wait for each other and never in a circle
    for place in sorted(range(len(holders)), key=lambda each: normalized(holders[each].business_number)):
        try:
            made[place] = await _provisioned(work, holders[place], password_same_as_id=password_same_as_id)
        except Refused as refused:
            wrong += [_seen(each).under("holders", place) for each in refused.violations]
    refuse_any(sorted(wrong, key=lambda each: each.path[1]))
    return [made[place] for place in range(len(holders))]


def _seen(violation: Violation) -> Violation:
    """What is objected to of an organization, at what names it here."""
    return replace(violation, path=("businessNumber",)) if violation.path == ("organizationId",) else violation


async def _provisioned(work: Work, holder: NewHolder, *, password_same_as_id: bool) -> NewAccount:
    known = await organization_by_number(work.tx, parse_business_number(holder.business_number, "businessNumber"))
    owner = known or await register_organization(
        work, business_number=holder.business_number, name=holder.name, kind=holder.kind
    )
    return await provision(
        work,
        owner.id,
        login_id=holder.login_id,
        homepage=holder.homepage,
        person=holder.person,
        password_same_as_id=password_same_as_id,
    )

"""Organizations: registered, brought in by the thousand, corrected, and known to be this or that between dates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from core.database import any_of, table_of
from core.errors import Violation, refuse_any
from core.identity.access import UPDATE_ORGANIZATION, require_manager
from core.identity.business_numbers import (
    business_number_printed,
    check_business_number,
    normalized,
    parse_business_number,
    parse_corporate_number,
)
from core.identity.models import Organization, OrganizationKind, Standing
from core.identity.people import check_name
from core.identity.problems import (
    NAME_TOO_LONG,
    NOT_PRINTABLE,
    ORGANIZATION_EXISTS,
    ORGANIZATION_UNKNOWN,
    STANDING_DATES,
    STANDING_KIND_FORM,
)
from core.texts import TextKind, check_text, composed
from core.work import Work

LINE_LIMIT = 300
STANDING_KIND = re.compile(r"[a-z][a-z0-9_]{1,39}")

organization = table_of(Organization)


async def register_organization(
    work: Work,
    *,
    business_number: str,
    name: str,
    kind: OrganizationKind = OrganizationKind.COMPANY,
    corporate_number: str | None = None,
    address: str | None = None,
) -> Organization:
    """기관 등록, by an operator; nobody has claimed it yet."""
    work.actor.require_operator()
    number = parse_business_number(business_number)
    refuse_any([*check_name(name, "name"), *_check_line(address or "", "address")])
    corporate = parse_corporate_number(corporate_number) if corporate_number else None
    row = await work.tx.row(
        insert(organization)
        .values(
            business_number=number,
            name=composed(name).strip(),
            kind=kind.value,
            corporate_number=corporate,
            address=None if address is None else composed(address),
            created_at=work.now,
        )
        .on_conflict_do_nothing()
        .returning(organization)
    )
    if row is None:
        raise ORGANIZATION_EXISTS.refuse("businessNumber", number=business_number_printed(number))
    registered = Organization(**dict(row))
    record_registered(work, registered.id, number, registered.name, registered.kind)
    return registered


def _checked(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names by normalized number; refuses with every number and name that will not do."""
    names: dict[str, str] = {}
    violations: list[Violation] = []
    for place, (written, name) in enumerate(named):
        wrong = [*check_business_number(written, place, "businessNumber"), *check_name(name, place, "name")]
        violations += wrong
        if not wrong:
            names.setdefault(normalized(written), composed(name).strip())
    refuse_any(violations)
    return names


async def known_organizations(work: Work, named: Iterable[tuple[str, str]]) -> dict[str, int]:
    """The ids of those of these (business number, name) that are on record, by the normalized number; makes none.

    Violations have the path (place, field).
    """
    work.actor.require_ready()
    return await _ids_of(work, sorted(_checked(named)))


async def ensure_organizations(work: Work, named: Iterable[tuple[str, str]]) -> dict[str, int]:
    """The id of every one of these (business number, name), companies made of those not on record, set-based.

    Answers by the normalized number. An organization that exists keeps its name; of a number given twice the first
    name counts. Violations have the path (place, field).
    """
    work.actor.require_ready()
    names = _checked(named)
    numbers = sorted(names)  # in one order, so that two imports at once wait for each other and never in a circle
    ids = await _ids_of(work, numbers)
    missing = [number for number in numbers if number not in ids]
    if missing:
        made = await work.tx.connection.fetch(
            "INSERT INTO organization (business_number, name, kind, created_at)"
            " SELECT number, name, 'company', $3 FROM unnest($1::text[], $2::text[]) AS given(number, name)"
            " ON CONFLICT (business_number) DO NOTHING RETURNING id, business_number, name",
            missing,
            [names[number] for number in missing],
            work.now,
        )
        for row in made:
            record_registered(work, row["id"], row["business_number"], row["name"], OrganizationKind.COMPANY.value)
        ids |= {row["business_number"]: row["id"] for row in made}
        if len(ids) < len(numbers):
            ids |= await _ids_of(work, [number for number in missing if number not in ids])
    return ids


async def update_organization(
    work: Work,
    organization_id: int,
    *,
    name: str | None = None,
    kind: OrganizationKind | None = None,
    corporate_number: str | None = None,
    address: str | None = None,
) -> Organization:
    """기관 정보 수정: anything by an operator, the address by the organization's own main user. None leaves as is."""
    if name is None and kind is None and corporate_number is None:
        await require_manager(work, organization_id, UPDATE_ORGANIZATION)
    else:
        work.actor.require_operator()
    before = await work.tx.one(
        Organization, sa.select(organization).where(organization.c.id == organization_id).with_for_update()
    )
    if before is None:
        raise ORGANIZATION_UNKNOWN.refuse("organizationId")
    changes: dict[str, str] = {}
    if name is not None:
        refuse_any(check_name(name, "name"))
        changes["name"] = composed(name).strip()
    if kind is not None:
        changes["kind"] = kind.value
    if corporate_number is not None:
        changes["corporate_number"] = parse_corporate_number(corporate_number)
    if address is not None:
        refuse_any(_check_line(address, "address"))
        changes["address"] = composed(address).strip()
    changes = {column: value for column, value in changes.items() if getattr(before, column) != value}
    if not changes:
        return before
    row = await work.tx.row(
        sa.update(organization).where(organization.c.id == organization_id).values(**changes).returning(organization)
    )
    assert row is not None
    work.record(
        "organization.updated",
        "organization",
        organization_id,
        organization_id=organization_id,
        before={column: getattr(before, column) for column in changes if column != "address"},
        after={**{column: value for column, value in changes.items() if column != "address"}, "changed": [*changes]},
    )
    return Organization(**dict(row))


async def record_standing(
    work: Work,
    organization_id: int,
    *,
    kind: str,
    valid_from: date,
    valid_until: date | None = None,
    holds: bool = True,
    evidence: str | None = None,
) -> Standing:
    """기업 자격 기록, by an operator: it is (`holds`) or is not of this kind, from one day to another, both counted in.

    A later record does not edit an earlier one: on a day both cover, the one that began last counts.
    """
    work.actor.require_operator()
    if not STANDING_KIND.fullmatch(kind):
        raise STANDING_KIND_FORM.refuse("kind", kind=kind)
    if valid_until is not None and valid_until < valid_from:
        raise STANDING_DATES.refuse("validUntil")
    refuse_any(_check_line(evidence or "", "evidence"))
    if not await work.tx.value(sa.select(organization.c.id).where(organization.c.id == organization_id)):
        raise ORGANIZATION_UNKNOWN.refuse("organizationId")
    recorded = await work.tx.insert(
        Standing,
        organization_id=organization_id,
        kind=kind,
        holds=holds,
        valid_from=valid_from,
        valid_until=valid_until,
        evidence=None if evidence is None else composed(evidence),
        recorded_at=work.now,
    )
    work.record(
        "standing.recorded",
        "standing",
        recorded.id,
        organization_id=organization_id,
        after={"kind": kind, "holds": holds, "valid_from": valid_from, "valid_until": valid_until},
    )
    return recorded


def record_registered(work: Work, organization_id: int, number: str, name: str, kind: str) -> None:
    """Note that an organization is on record from now on."""
    work.record(
        "organization.registered",
        "organization",
        organization_id,
        organization_id=organization_id,
        after={"business_number": number, "name": name, "kind": kind},
    )


def _check_line(written: str, *path: str | int) -> list[Violation]:
    """A line of text that may be empty."""
    if check_text(written, TextKind.NAME) is not None:
        return [NOT_PRINTABLE.at(*path)]
    return [NAME_TOO_LONG.at(*path, limit=LINE_LIMIT)] if len(written) > LINE_LIMIT else []


async def _ids_of(work: Work, numbers: list[str]) -> dict[str, int]:
    rows = await work.tx.rows(
        sa.select(organization.c.business_number, organization.c.id).where(
            any_of(organization.c.business_number, numbers)
        )
    )
    return {row["business_number"]: row["id"] for row in rows}

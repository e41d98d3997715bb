"""Persons: personal data, stored once, corrected and erased here and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa

from core.database import table_of
from core.errors import Violation, refuse_any
from core.identity.access import UPDATE_PERSON, require_self_or_manager
from core.identity.models import Member, Person
from core.identity.problems import (
    EMAIL_FORM,
    EMAIL_MISSING,
    MEMBER_UNKNOWN,
    NAME_MISSING,
    NAME_TOO_LONG,
    NOT_PRINTABLE,
    PERSON_UNKNOWN,
    PHONE_FORM,
    PHONE_MISSING,
)
from core.messages import forget_messages
from core.texts import TextKind, check_text, composed, is_email
from core.work import Work

NAME_LIMIT = 100
PHONE = re.compile(r"\+?[0-9][0-9 ()-]{6,19}")

person = table_of(Person)
member = table_of(Member)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDetails:
    """담당자 정보, as somebody gives it. Empty text counts as not given."""

    name: str
    email: str | None = None
    phone: str | None = None
    department: str | None = None

    def columns(self) -> dict[str, str | None]:
        """As the table keeps them."""
        return {
            "name": composed(self.name).strip(),
            "email": composed(self.email or "").strip() or None,
            "phone": (self.phone or "").strip() or None,
            "department": composed(self.department or "").strip() or None,
        }


def check_name(name: str, *path: str | int) -> list[Violation]:
    """A name somebody can be called by: something, and not too much."""
    if not name.strip():
        return [NAME_MISSING.at(*path)]
    if check_text(name, TextKind.NAME) is not None:
        return [NOT_PRINTABLE.at(*path)]
    if len(name) > NAME_LIMIT:
        return [NAME_TOO_LONG.at(*path, limit=NAME_LIMIT)]
    return []


def check_person(details: PersonDetails, *path: str | int, reachable: bool = False) -> list[Violation]:
    """What is wrong with these details; a `reachable` person needs an e-mail address and a phone number."""
    given = details.columns()
    found = check_name(details.name, *path, "name")
    if given["email"] is None:
        found += [EMAIL_MISSING.at(*path, "email")] if reachable else []
    elif not is_email(given["email"]):
        found.append(EMAIL_FORM.at(*path, "email"))
    if given["phone"] is None:
        found += [PHONE_MISSING.at(*path, "phone")] if reachable else []
    elif not PHONE.fullmatch(given["phone"]):
        found.append(PHONE_FORM.at(*path, "phone"))
    if given["department"] is not None:
        found += check_name(given["department"], *path, "department")
    return found


async def add_person(work: Work, details: PersonDetails) -> int:
    """Store a person; the id. The caller has checked the actor and the details."""
    return int(await work.tx.value(sa.insert(person).values(**details.columns()).returning(person.c.id)))


async def update_person(work: Work, member_id: int, details: PersonDetails) -> None:
    """담당자 정보 수정: by the member, its organization's main user, or an operator."""
    row = await work.tx.row(sa.select(member.c.organization_id, member.c.person_id).where(member.c.id == member_id))
    await require_self_or_manager(work, member_id, row and row["organization_id"], UPDATE_PERSON)
    if row is None:
        raise MEMBER_UNKNOWN.refuse("memberId")
    refuse_any(check_person(details, "person"))
    change = sa.update(person).where(person.c.id == row["person_id"], person.c.erased_at.is_(None))
    if not await work.tx.execute(change.values(**details.columns())):
        raise PERSON_UNKNOWN.refuse("memberId")
    work.record("person.updated", "person", row["person_id"], organization_id=row["organization_id"])


async def erase_person(work: Work, person_id: int) -> None:
    """개인정보 파기: forget who this is, by an operator. What refers to the person stays and still adds up."""
    work.actor.require_operator()
    erased = await work.tx.execute(
        sa.update(person)
        .where(person.c.id == person_id, person.c.erased_at.is_(None))
        .values(name=None, email=None, phone=None, department=None, erased_at=work.now)
    )
    if not erased:
        raise PERSON_UNKNOWN.refuse("personId")
    await forget_messages(work, person_id)
    work.record("person.erased", "person", person_id)

"""Wrong guesses are told: to the audit, and by mail to whom they are about.

A job does it, and is queued whether or not there is anybody to be told, so that a guess costs the same either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import sqlalchemy as sa

from core.database import table_of
from core.identity.attempts import Tally
from core.identity.models import Member, Organization
from core.identity.policy import TOLD_EVERY
from core.jobs import JobKind, Task, queue_jobs
from core.language import Text
from core.messages import queue_message, told_lately
from core.work import Work

member = table_of(Member)
organization = table_of(Organization)
WHAT = {
    "password": Text("비밀번호", "password"),
    "code": Text("인증번호", "one-time code"),
    "claim_code": Text("가입 인증번호", "claim code"),
}


async def tell_of_guesses(
    work: Work,
    what: Literal["password", "code", "claim_code"],
    tally: Tally,
    *,
    member_id: int | None = None,
    organization_id: int | None = None,
    person_id: int | None = None,
) -> None:
    """Queue what tells of wrong guesses about this member or organization, or about nobody."""
    arguments = {
        "what": what,
        "guesses": tally.by_subject,
        "member": member_id,
        "organization": organization_id,
        "person": person_id,
    }
    await queue_jobs(work, TELL_OF_GUESSES, [arguments], own=False)


async def _tell(task: Task) -> None:
    given = task.arguments
    async with task.finishing() as work:
        if given["member"] is not None:
            await _tell_member(work, given["member"], given["what"], given)
        elif given["organization"] is not None:
            await _tell_organization(work, given["organization"], given)


async def _tell_member(work: Work, member_id: int, what: str, given: Mapping[str, Any]) -> None:
    row = await work.tx.row(
        sa.select(member.c.organization_id, member.c.person_id, member.c.login_id).where(
            member.c.id == member_id, member.c.deactivated_at.is_(None)
        )
    )
    if row is None:
        return
    work.record(
        f"member.{what}_guessed",
        "member",
        member_id,
        organization_id=row["organization_id"],
        after={"guesses": given["guesses"]},
    )
    await _write_to(work, row["person_id"], {"account": row["login_id"], "what": _two(WHAT[what])})


async def _tell_organization(work: Work, organization_id: int, given: Mapping[str, Any]) -> None:
    name = await work.tx.value(sa.select(organization.c.name).where(organization.c.id == organization_id))
    work.record(
        "organization.claim_code_guessed",
        "organization",
        organization_id,
        organization_id=organization_id,
        after={"guesses": given["guesses"]},
    )
    if isinstance(given["person"], int):
        await _write_to(work, given["person"], {"account": name, "what": _two(WHAT["claim_code"])})


def _two(text: Text) -> dict[str, str]:
    """A text of two languages as a message's values hold it."""
    return {"ko": text.ko, "en": text.en}


async def _write_to(work: Work, person_id: int, values: Mapping[str, object]) -> None:
    if not await told_lately(work.tx, person_id, "guesses", work.now - TOLD_EVERY):
        await queue_message(work, person_id, "guesses", values, good_until=work.now + TOLD_EVERY)


TELL_OF_GUESSES = JobKind(
    name="core.tell_of_guesses",
    names=Text("인증 실패 알림", "tell of wrong guesses"),
    run=_tell,
)

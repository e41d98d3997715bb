"""What is held on a person, and its erasure (파기): the data go, what refers to them by id stays and adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.actor import Role
from core.errors import Violation, refuse_any
from core.masking import PersonalKind
from core.personal.facts import ERASED, personal_kinds
from core.personal.problems import NOTHING_ASKED, NOTHING_HELD, REASON_MISSING, RETAINED
from core.work import Work

MOST = 1_000  # activities answered at once
KEPT_BY_LAW = ("submitted", "approved", "revoked")  # what was never granted anything is nobody's evidence
HELD = """
SELECT a.id, a.program, a.activity_type, a.filer_id, a.status, a.base_date, a.facts AS stated, f.number, f.submitted_on,
       array_agg(p.name ORDER BY p.id) AS facts
  FROM personal_fact p JOIN activity a ON a.id = p.activity_id JOIN filing f ON f.id = a.filing_id
 WHERE p.erased_at IS NULL AND a.id IN (
       SELECT activity_id FROM personal_fact WHERE lookup = ANY ($1)
        GROUP BY activity_id HAVING count(DISTINCT lookup) = $2)
   AND ($3::text[] IS NULL OR a.program = ANY ($3))
 GROUP BY a.id, f.id ORDER BY a.id LIMIT $4
"""
PEOPLE = """
SELECT id FROM person WHERE erased_at IS NULL
   AND ($1::text IS NULL OR name = $1) AND ($2::text IS NULL OR lower(email) = lower($2))
   AND ($3::text IS NULL OR regexp_replace(phone, '[^0-9]', '', 'g') = regexp_replace($3, '[^0-9]', '', 'g'))
 ORDER BY id LIMIT $4
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """보유 내역: the personal facts of one activity. `retained_until` is the last day they must be kept, if any."""

    activity_id: int
    program: str
    activity_type: str
    filing_number: str | None
    facts: tuple[str, ...]
    retained_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOnPerson:
    """What is held on whoever fits all that was said: facts of activities, and members' details by their ids."""

    activities: tuple[Held, ...]
    person_ids: tuple[int, ...]


async def held_on_person(work: Work, about: Mapping[PersonalKind, str]) -> HeldOnPerson:
    """개인정보 열람: what is held on a person, found by digests alone; for operators, and written to the audit.

    Nothing is decrypted. Members' details are looked through by operators of every program only.
    """
    work.actor.require_role(Role.OPERATOR)
    said = {kind: text.strip() for kind, text in about.items() if text.strip()}
    if not said:
        raise NOTHING_ASKED.refuse("about")
    programs = sorted(work.actor.programs) or None
    digests = [work.vault.lookup(kind, text) for kind, text in said.items()]
    rows = await work.tx.connection.fetch(HELD, digests, len(digests), programs, MOST)
    people = []
    if programs is None and said.keys() <= {PersonalKind.NAME, PersonalKind.EMAIL, PersonalKind.PHONE}:
        asked = [said.get(kind) for kind in (PersonalKind.NAME, PersonalKind.EMAIL, PersonalKind.PHONE)]
        people = await work.tx.connection.fetch(PEOPLE, *asked, MOST)
    held = tuple(_held(work, row) for row in rows)
    person_ids = tuple(row["id"] for row in people)
    work.record(
        "personal_data.looked_up",
        "activity",
        held[0].activity_id if len(held) == 1 else "several",
        after={
            "by": sorted(kind.value for kind in said),
            "activities": [each.activity_id for each in held],
            "persons": list(person_ids),
        },
    )
    return HeldOnPerson(activities=held, person_ids=person_ids)


async def erase_facts(work: Work, activity_ids: Sequence[int], *, reason: str) -> None:
    """개인정보 파기: the personal facts of these activities, all of them or, while one must be kept, none.

    The activities stay with what they earned; what makes them the same as another stays too, as a keyed digest.
    """
    work.actor.require_role(Role.OPERATOR)
    if not reason.strip():
        raise REASON_MISSING.refuse("reason")
    ids = list(dict.fromkeys(activity_ids))
    rows = await work.tx.connection.fetch(
        "SELECT a.id, a.program, a.activity_type, a.filer_id, a.status, a.base_date, a.facts AS stated,"
        " f.number, f.submitted_on,"
        " ARRAY(SELECT name FROM personal_fact WHERE activity_id = a.id AND erased_at IS NULL ORDER BY id) AS facts"
        " FROM activity a JOIN filing f ON f.id = a.filing_id WHERE a.id = ANY ($1) ORDER BY a.id FOR UPDATE OF a",
        ids,
    )
    found = {row["id"]: row for row in rows}
    for row in rows:
        work.actor.require_staff(row["program"], Role.OPERATOR)
    refuse_any(_objections(work, ids, found))
    await work.tx.connection.execute(
        "UPDATE personal_fact SET sealed = NULL, lookup = NULL, key_id = NULL, erased_at = $2"
        " WHERE activity_id = ANY ($1) AND erased_at IS NULL",
        ids,
        work.now,
    )
    for row in rows:
        work.record(
            "personal_data.erased",
            "activity",
            row["id"],
            organization_id=row["filer_id"],
            after={"facts": row["facts"], "reason": reason.strip()},
        )


def _objections(work: Work, ids: Sequence[int], found: Mapping[int, Any]) -> list[Violation]:
    objections = []
    for place, activity_id in enumerate(ids):
        row = found.get(activity_id)
        if row is None or not row["facts"]:
            objections.append(NOTHING_HELD.at("activityIds", place))
            continue
        program, until = work.plugins.programs.get(row["program"]), _held(work, row).retained_until
        if program is not None and program.retention is not None and until is not None and until >= work.today:
            objections.append(RETAINED.at("activityIds", place, source=program.retention.source, until=until))
    return objections


def _held(work: Work, row: Any) -> Held:
    from core.activities.facts import facts_from_json  # activities stand on this room

    program = work.plugins.programs.get(row["program"])
    kind = None if program is None else program.activity_type(row["activity_type"])
    known = personal_kinds(kind.facts) if kind is not None else {}
    until = None
    if program is not None and program.retention is not None and kind is not None and row["status"] in KEPT_BY_LAW:
        facts = facts_from_json(kind, {**row["stated"], **dict.fromkeys(known, ERASED)})
        until = program.retention.until([facts], row["submitted_on"] or row["base_date"])
    return Held(
        activity_id=row["id"],
        program=row["program"],
        activity_type=row["activity_type"],
        filing_number=row["number"],
        facts=tuple(name for name in row["facts"] if not known or name in known),
        retained_until=until,
    )

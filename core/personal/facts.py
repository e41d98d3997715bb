"""Personal facts on their way in and out: apart from the other facts, encrypted for the activity they stand in."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from core.concurrency import in_turns
from core.database import any_of, table_of
from core.masking import PersonalKind
from core.personal.keys import Sealed
from core.personal.models import PersonalFact
from core.program import ActivityType
from core.work import Work

ERASED = "(파기됨)"  # what rules, checks and listeners are given in place of what was erased
personal_fact = table_of(PersonalFact)
_kinds: dict[type[Any], Mapping[str, PersonalKind]] = {}


def personal_kinds(facts: type[Any]) -> Mapping[str, PersonalKind]:
    """Which facts of a facts type are personal, and of which kind."""
    known = _kinds.get(facts)
    if known is None:
        found = {each.name: each.metadata.get("personal") for each in dataclasses.fields(facts)}
        known = _kinds[facts] = {name: PersonalKind(kind) for name, kind in found.items() if kind is not None}
    return known


def place_of_fact(activity_id: int, name: str) -> str:
    """What a fact is encrypted for: copied to another row or column, it cannot be opened."""
    return f"personal_fact/{activity_id}/{name}"


async def keep_facts(work: Work, kind: ActivityType[Any], stated: Iterable[tuple[int, Any]]) -> None:
    """Encrypt the personal facts of these activities, by their ids, and keep them; what is None is not kept."""
    kinds = personal_kinds(kind.facts)
    rows = []
    async for activity_id, facts in in_turns(stated if kinds else ()):
        for name, personal in kinds.items():
            value = getattr(facts, name)
            if value is not None:
                sealed = work.vault.seal(value, place_of_fact(activity_id, name))
                digest = work.vault.lookup(personal, value)
                rows.append((activity_id, name, personal.value, sealed.key_id, sealed.content, digest))
    await work.tx.insert_many(PersonalFact, ("activity_id", "name", "kind", "key_id", "sealed", "lookup"), rows)


async def opened_facts(work: Work, activity_ids: Sequence[int]) -> dict[int, dict[str, str | None]]:
    """The personal facts of these activities in plain, None where erased: for checks, not for anybody to read."""
    statement = sa.select(personal_fact).where(any_of(personal_fact.c.activity_id, activity_ids))
    found: dict[int, dict[str, str | None]] = {}
    async for row in in_turns(await work.tx.rows(statement)):
        value = None
        if row["sealed"] is not None:
            place = place_of_fact(row["activity_id"], row["name"])
            value = work.vault.open(Sealed(row["key_id"], row["sealed"]), place)
        found.setdefault(row["activity_id"], {})[row["name"]] = value
    return found


async def disclose_facts(work: Work, activity_ids: Sequence[int]) -> dict[int, dict[str, str | None]]:
    """The same, for somebody to read: written to the audit. Whether the actor may is for the caller to say."""
    found = await opened_facts(work, activity_ids)
    names = {name for facts in found.values() for name, value in facts.items() if value is not None}
    record_reading(work, sorted(found), names)
    return found


def record_reading(work: Work, activity_ids: Sequence[int], names: Iterable[str], filer_id: int | None = None) -> None:
    """Write that somebody read personal facts: which ones of which activities, never what they say."""
    told = sorted(names)
    if activity_ids and told:
        work.record(
            "personal_data.read",
            "activity",
            activity_ids[0] if len(activity_ids) == 1 else "several",
            organization_id=filer_id,
            after={"activities": list(activity_ids), "facts": told},
        )

"""Facts on their way to and from the database: typed dataclasses here, JSON there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from core.activities.models import Activity
from core.activities.problems import FACT_INVALID
from core.concurrency import in_turns, mapped
from core.errors import Refused
from core.personal import ERASED, opened_facts, personal_kinds
from core.program import ActivityType
from core.work import Work

_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(facts: type[Any]) -> TypeAdapter[Any]:
    found = _adapters.get(facts)
    if found is None:
        found = _adapters[facts] = TypeAdapter(facts)
    return found


def facts_to_json(facts: object) -> dict[str, Any]:
    """JSON values: decimals as text, dates as ISO 8601."""
    values: dict[str, Any] = _adapter(type(facts)).dump_python(facts, mode="json")
    return values


def facts_from_json(kind: ActivityType[Any], values: dict[str, Any]) -> Any:
    """The typed facts. Raises `Refused`, one violation a field, when the values are not of the declared types."""
    try:
        return _adapter(kind.facts).validate_python(values)
    except ValidationError as error:
        raise Refused(
            *(
                FACT_INVALID.at("facts", *(str(place) for place in each["loc"]), value=str(each["input"])[:80])
                for each in error.errors()
            )
        ) from error


def open_facts_to_json(facts: object) -> dict[str, Any]:
    """The same without those that are personal, which are kept apart."""
    personal = personal_kinds(type(facts))
    return {name: value for name, value in facts_to_json(facts).items() if name not in personal}


async def facts_of(work: Work, kind: ActivityType[Any], rows: Sequence[Activity], *, masked: bool = False) -> list[Any]:
    """The typed facts of these activities, the personal ones too: plain for checks, `masked` for rules and observers.

    What was erased is `ERASED`, or None where that may be. Raises `Refused` as `facts_from_json` does.
    """
    personal = personal_kinds(kind.facts)
    if not personal:
        return await mapped(lambda row: facts_from_json(kind, row.facts), rows)
    optional = {each.name for each in fields(kind.facts) if each.default is None}
    opened = await opened_facts(work, [row.id for row in rows])
    found = []
    async for row in in_turns(rows):
        values = {**row.facts, **opened.get(row.id, {})}
        for name, of_kind in personal.items():
            if name in values and values[name] is None and name not in optional:
                values[name] = ERASED
            elif masked and values.get(name) is not None:
                values[name] = of_kind.masked(values[name])
        found.append(facts_from_json(kind, values))
    return found


def identity_key(work: Work, kind: ActivityType[Any], facts: object, filer_id: int) -> str:
    """What makes two activities of a subject the same one, as a digest: the type's `identity`, or all the facts."""
    words: object = facts_to_json(facts) if kind.identity is None else kind.identity(facts)
    return _digest(work, kind, words, filer_id)


def series_key(work: Work, kind: ActivityType[Any], facts: object, filer_id: int) -> str | None:
    """What adds activities of a subject up, as a digest; None when the type counts each alone."""
    return None if kind.series is None else _digest(work, kind, kind.series(facts), filer_id)


def _digest(work: Work, kind: ActivityType[Any], words: object, filer_id: int) -> str:
    """A keyed one where facts are personal: a plain digest of a name is found by trying names."""
    said = {"filer": filer_id, "words": words} if kind.per_filer else words
    written = orjson.dumps(said, default=str, option=orjson.OPT_SORT_KEYS)
    return work.vault.digest(written) if personal_kinds(kind.facts) else hashlib.sha256(written).hexdigest()

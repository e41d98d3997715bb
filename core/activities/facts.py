"""Facts on their way to and from the database: typed dataclasses here, JSON there."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from core.activities.problems import FACT_INVALID
from core.errors import Refused
from core.program import ActivityType

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


def identity_key(kind: ActivityType[Any], facts: object) -> str:
    """What makes two activities the same one, as a digest: the type's `identity`, or all the facts."""
    words: object = facts_to_json(facts) if kind.identity is None else kind.identity(facts)
    return _digest(words)


def series_key(kind: ActivityType[Any], facts: object) -> str | None:
    """What adds activities up, as a digest; None when the type counts each alone."""
    return None if kind.series is None else _digest(kind.series(facts))


def _digest(words: object) -> str:
    return hashlib.sha256(orjson.dumps(words, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()

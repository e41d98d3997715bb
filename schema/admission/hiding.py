"""Ids of rows that the actor may not see are replaced, before a mutation runs, by an id that no row has.

A mutation therefore answers for a hidden row exactly what it answers for a missing one: the same code, message, path
and work. Its own permission checks decide only about rows that the actor may see.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
import strawberry
from sqlalchemy.dialects.postgresql import ARRAY

from core.database import Prepared
from core.identity import Unproven
from schema.global_ids import from_global_id, to_global_id
from schema.mapping import Mapping, inner_type, mapping_of
from schema.viewer import Shape, Viewer, viewer_parameters
from schema.visibility import Table, is_everybody

if TYPE_CHECKING:
    from schema.context import Context, Info

MISSING = 2**63 - 1  # identity columns count up from 1 and never get here


@dataclass(frozen=True, slots=True)
class IdFields:
    """Where an input type has global ids: its own fields, and those of the inputs in it."""

    own: tuple[str, ...]
    below: tuple[tuple[str, IdFields], ...]

    @classmethod
    def of(cls, input_type: Any, but: Collection[str] = (), above: tuple[Any, ...] = ()) -> IdFields | None:
        """The id fields of an input type `but` these; None when there are none. An input inside itself counts once."""
        definition = getattr(input_type, "__strawberry_definition__", None)
        if definition is None or input_type in above:
            return None
        own, below = [], []
        for field in definition.fields:
            kind = inner_type(field.type)
            if field.python_name in but:
                continue
            if kind is strawberry.ID:
                own.append(field.python_name)
            elif (found := cls.of(kind, but, (*above, input_type))) is not None:
                below.append((field.python_name, found))
        return cls(tuple(own), tuple(below)) if own or below else None

    def texts(self, given: Any) -> Iterator[str]:
        """Every id in an input."""
        for name in self.own:
            yield from _listed(getattr(given, name))
        for name, fields in self.below:
            for each in _listed(getattr(given, name)):
                yield from fields.texts(each)

    def replace(self, given: Any, by: Callable[[str], str]) -> None:
        """Put another id in the place of each."""
        for name in self.own:
            value = getattr(given, name)
            if isinstance(value, list):
                setattr(given, name, [by(each) for each in value])
            elif isinstance(value, str):
                setattr(given, name, by(value))
        for name, fields in self.below:
            for each in _listed(getattr(given, name)):
                fields.replace(each, by)


async def hide_unseen(info: Info, fields: IdFields, given: Any) -> None:
    """Replace every id in a mutation's input whose row the actor may not see, or that no row has.

    Raises `Unproven` when that has to be looked up, and nobody has made sure of the actor yet.
    """
    context, shape = info.context, Shape.of(info.context.actor)
    keys: dict[str, set[int]] = {}
    for text in fields.texts(given):
        found = from_global_id(text)
        if found is not None:
            keys.setdefault(found[0], set()).add(found[1])
    nodes: dict[str, type[Any]] = cast(Any, info.schema).nodes_by_name
    asked = [(name, looking_for(mapping_of(nodes[name]), shape)) for name in keys if name in nodes]
    waiting = [(name, prepared) for name, prepared in asked if prepared is not None]
    if not waiting:
        return
    if not context.sure:
        raise Unproven
    seen = {name: await _seen(context, prepared, keys[name]) for name, prepared in waiting}

    def shown(text: str) -> str:
        found = from_global_id(text)
        if found is None or found[0] not in seen or found[1] in seen[found[0]]:
            return text
        return to_global_id(found[0], MISSING)

    fields.replace(given, shown)


async def hide_ids(info: Info, given: Any) -> None:
    """The same for the input of a query that looks rows up by their ids, once it is known who asks."""
    fields = _fields_of(cast(Hashable, type(given)))
    if fields is not None and info.context.actor.signed_in:
        await hide_unseen(info, fields, given)


@cache
def _fields_of(input_type: Hashable) -> IdFields | None:
    return IdFields.of(input_type)


@cache
def looking_for(mapping: Mapping, shape: Shape) -> Prepared | None:
    """The statement that finds which rows of a type actors of one shape may see; None when that is all of them."""
    table = mapping.table.alias("t")
    visible = mapping.visible(table, Viewer(shape))
    if is_everybody(visible):
        return None
    return Prepared.of(sa.select(table.c.id).where(_ids(table), visible))


async def _seen(context: Context, prepared: Prepared, keys: Iterable[int]) -> set[int]:
    values = viewer_parameters(context.actor, context.house.plugins.programs) | {"keys": sorted(keys)}
    async with context.house.database.reading() as tx:
        return {row["id"] for row in await tx.prepared_rows(prepared, values)}


def _ids(table: Table) -> sa.ColumnElement[bool]:
    return table.c.id == sa.any_(sa.bindparam("keys", type_=ARRAY(sa.BigInteger)))


def _listed(value: Any) -> Iterable[Any]:
    if isinstance(value, list):
        return value
    return () if value is None or value is strawberry.UNSET else (value,)


__all__ = ["MISSING", "IdFields", "hide_ids", "hide_unseen"]

"""Declared facts as GraphQL types: each facts dataclass becomes an output type of the union and an input of `@oneOf`.

The types are made for one schema from its plugins' declarations; nothing of the dataclasses is touched.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Optional, TypeAlias, Union, get_args, get_origin, get_type_hints

import sqlalchemy as sa
import strawberry
from pydantic import TypeAdapter
from strawberry.types.enum import EnumValue, StrawberryEnumDefinition
from strawberry.types.unset import UNSET
from strawberry.utils.str_converters import to_camel_case

from core.activities import facts_from_json
from core.errors import Misdeclared, Refused
from core.personal import personal_kinds
from core.program import ActivityType, Choice, Program
from core.texts import TEXT
from schema.classes import made_class
from schema.context import Context
from schema.fact_text import fact_text, literal
from schema.filters import Condition
from schema.mapping import MappedField, row_of
from schema.nodes.program import facts_field
from schema.personal import load_personal, marked
from schema.planner.text import glued, word
from schema.reading import fetch, loader, viewer_of
from schema.scalars import BigInt
from schema.sheets import Drawn, drawn_facts, lets_through
from schema.viewer import Viewer

Enums: TypeAlias = dict[type[Choice], StrawberryEnumDefinition]


class FactsField(MappedField):
    """`Activity.facts`: the JSON of a row as the type its activity type declares."""

    carried = ("kinds",)
    kinds: Mapping[tuple[str, str], tuple[ActivityType[Any], type[Any]]]

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        row = row_of(source)
        found = self.kinds.get((row["program"], row["activity_type"]))
        if found is None:
            return None
        made = _stated(*found, row)
        return self._with_personal(made, found[0], row, info.context) if personal_kinds(found[0].facts) else made

    async def _with_personal(self, made: Any, kind: ActivityType[Any], row: Any, context: Context) -> Any:
        """The same, with what says its personal facts when they are asked for."""
        viewer = viewer_of(context)

        async def load(keys: list[int]) -> Sequence[Any]:
            return await load_personal(context, viewer, keys, fetch)

        personal = await loader(context, ("personal facts",), load).load(row["id"])
        made.__dict__["_personal"] = {
            name: personal.fact(row["id"], name, each, row["facts"].get(name))
            for name, each in personal_kinds(kind.facts).items()
        }
        made.__dict__["_context"] = context
        return made

    def drawn(self, table: Any, viewer: Viewer, wanted: Sequence[Condition]) -> Iterator[Drawn]:
        """Every fact of the activity types that the conditions let through, as a column of a sheet."""
        for (program, code), (kind, _) in self.kinds.items():
            if lets_through(wanted, program=program, activity_type=code):
                mine = sa.and_(table.c.program == literal(program), table.c.activity_type == literal(code))
                yield from drawn_facts(kind, mine, table, viewer)

    @property
    def is_async(self) -> bool:
        return any(personal_kinds(kind.facts) for kind, _ in self.kinds.values())

    def plan(self, builder: Any, asked: Any, _mapping: Any) -> Any:
        """What is selected of each type that the union has, by program and activity type."""
        below = {}
        for key, (kind, output) in self.kinds.items():
            name = output.__strawberry_definition__.name
            fields = {each.name: each for each in dataclasses.fields(kind.facts)}
            hints = get_type_hints(kind.facts)
            items: list[tuple[str, dataclasses.Field[Any] | None, Any]] = []
            for each in builder.collector.collect(builder.schema.graphql_type(name), asked.below):
                if each.name == "__typename":
                    items.append((each.key, None, name))
                else:
                    fact = next(fact for fact in fields if to_camel_case(fact) == each.name)
                    items.append((each.key, fields[fact], hints[fact]))
            below[key] = items
        return below

    def planned(self, below: Any, row: Any, viewer: Viewer) -> Any:
        """The facts as JSON text, written from the row's own JSON."""
        whens = []
        for (program, kind), items in below.items():
            parts: list[Any] = ["{"]
            for place, (key, fact, hint) in enumerate(items):
                parts.append(f'{"," if place else ""}"{key}":')
                if fact is None:
                    parts.append(f'"{hint}"')
                elif fact.metadata.get("personal") is not None:
                    parts.append(marked(row, fact.name, fact.metadata["personal"], viewer))
                else:
                    parts.append(fact_text(row.c.facts, fact, hint))
            mine = sa.and_(row.c.program == literal(program), row.c.activity_type == literal(kind))
            whens.append((mine, glued([*parts, "}"])))
        return sa.case(*whens, else_=word("null"))


class Stated:
    """Facts as a row states them. Asking for one that is not as declared says so; the others are told.

    Personal ones are decrypted when they are asked for, and only then.
    """

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("_personal", {}):
            kept = self.__dict__["_personal"][name]
            return None if kept is None else kept.told(self.__dict__["_context"])
        raise self.__dict__.get("_objections", {}).get(name) or AttributeError(name)


def _stated(kind: ActivityType[Any], output: type[Any], row: Any) -> Any:
    personal = personal_kinds(kind.facts)
    values = {**row["facts"], **dict.fromkeys(personal, "")}
    made = object.__new__(output)
    try:
        facts = facts_from_json(kind, values)
        made.__dict__.update({each.name: getattr(facts, each.name) for each in dataclasses.fields(facts)})
    except Refused as refused:
        made.__dict__.update(_as_far_as_declared(kind, values, refused))
    for name in personal:
        made.__dict__.pop(name, None)
    return made


def _as_far_as_declared(kind: ActivityType[Any], values: Mapping[str, Any], refused: Refused) -> dict[str, Any]:
    """The facts that are as declared, and what is wrong with the others: the declaration may have changed since."""
    objections = {each.path[1]: Refused(each) for each in refused.violations if len(each.path) > 1}
    if not objections:
        raise refused
    hints = get_type_hints(kind.facts)
    told = {
        each.name: TypeAdapter(hints[each.name]).validate_python(values[each.name])
        if each.name in values
        else each.default
        for each in dataclasses.fields(kind.facts)
        if each.name not in objections
    }
    return {**told, "_objections": objections}


@dataclass(frozen=True, slots=True)
class FactsTypes:
    """The types made for one schema: the input, and a class that adds the output field to `Activity`."""

    input: type[Any]
    extension: type[Any]
    types: Mapping[type[Any], tuple[type[Any], ...]]  # facts dataclass to its output and input types
    declared: Mapping[str, type[Any]]  # field of the input to facts dataclass

    def facts_of(self, given: Any) -> Any:
        """The declared dataclass that an `ActivityFacts` input states."""
        for name, facts in self.declared.items():
            value = getattr(given, name)
            if value is not UNSET and value is not None:
                stated = {each.name: getattr(value, each.name) for each in dataclasses.fields(facts)}
                return facts(**{fact: given for fact, given in stated.items() if given not in (UNSET, None)})
        raise AssertionError("@oneOf lets nothing else through")


def facts_types(programs: Iterable[Program]) -> FactsTypes | None:
    """Make the types for these programs; None when none declares an activity type."""
    kinds = {(program.code, kind.code): kind for program in programs for kind in program.activity_types}
    declared = {kind.facts for kind in kinds.values()}
    if not declared:
        return None
    enums: Enums = {}
    ordered = sorted(declared, key=lambda facts: facts.__name__)
    outputs = {facts: _output(facts, enums) for facts in ordered}
    inputs = {facts: _input(facts, enums) for facts in ordered}
    one_of = made_class(
        "ActivityFacts",
        [
            (
                _snake(facts.__name__),
                inputs[facts] | None,
                strawberry.field(default=UNSET, name=facts_field(facts), description=_description(facts)),
            )
            for facts in ordered
        ],
    )
    union: Any = Annotated[
        Union[tuple(outputs.values())],  # noqa: UP007 - built from a tuple
        strawberry.union(
            "ActivityFactsOutput", description="사실 · What an activity states, by its type; new types may join."
        ),
    ]

    field = FactsField(
        description="사실 · What it states, typed; null when the program that declared the type is not installed."
    )
    field.init = False
    field.kinds = {key: (kind, outputs[kind.facts]) for key, kind in kinds.items()}
    extension = made_class("ActivityExtension", [("facts", union | None, field)])

    return FactsTypes(
        input=strawberry.input(
            one_of, one_of=True, description="사실 입력 · The facts of one activity: exactly one of these."
        ),
        extension=strawberry.type(extension),
        types={facts: (outputs[facts], inputs[facts]) for facts in ordered},
        declared={_snake(facts.__name__): facts for facts in ordered},
    )


def _output(facts: type[Any], enums: Enums) -> type[Any]:
    hints, personal = get_type_hints(facts), personal_kinds(facts)
    fields = [
        (
            each.name,
            _optional(str) if each.name in personal else _shown(hints[each.name], enums),  # null once it was erased
            strawberry.field(description=_fact_description(each)),
        )
        for each in dataclasses.fields(facts)
    ]
    made = made_class(facts.__name__, fields, bases=(Stated,))
    return strawberry.type(made, name=facts.__name__, description=_description(facts))


def _input(facts: type[Any], enums: Enums) -> type[Any]:
    hints = get_type_hints(facts)
    fields: list[Any] = []
    for each in dataclasses.fields(facts):
        kind = _shown(hints[each.name], enums)
        described: dict[str, Any] = {
            "description": _fact_description(each),
            "metadata": {TEXT: each.metadata.get(TEXT)},
        }
        if each.default is dataclasses.MISSING:
            fields.append((each.name, kind, strawberry.field(**described)))
        else:
            fields.append((each.name, _optional(kind), strawberry.field(default=UNSET, **described)))
    name = f"{facts.__name__}Input"
    made = made_class(name, fields)
    return strawberry.input(made, name=name, description=_description(facts))


def _shown(hint: Any, enums: Enums) -> Any:
    """A fact's type as GraphQL has it: whole numbers are 64 bits wide, choices are enums."""
    if get_origin(hint) in (Union, UnionType):
        inner = [_shown(each, enums) for each in get_args(hint) if each is not NoneType]
        return _optional(inner[0])
    if hint is int:
        return BigInt
    if isinstance(hint, type) and issubclass(hint, Choice):
        if hint not in enums:
            enums[hint] = _enum(hint)
        return enums[hint]
    return hint


def _optional(kind: Any) -> Any:
    return Optional[kind]  # noqa: UP045 - an enum's definition is no type, and `|` takes types only


def _enum(choice: type[Choice]) -> StrawberryEnumDefinition:
    """A choice as a GraphQL enum of this schema; the class itself is left unmarked."""
    return StrawberryEnumDefinition(
        wrapped_cls=choice,
        name=choice.__name__,
        values=[EnumValue(name=each.name, value=each.value, description=each.names.both) for each in choice],
        description=_description(choice),
    )


def _description(facts: type[Any]) -> str:
    lines = (facts.__doc__ or "").strip().splitlines()
    if not lines or lines[0].startswith(f"{facts.__name__}("):
        raise Misdeclared(
            f"the facts {facts.__name__} have no docstring; say in one line what they state, Korean first"
        )
    return lines[0]


def _fact_description(field: Any) -> str:
    unit = field.metadata.get("unit")
    names: str = field.metadata["names"].both
    if field.metadata.get("personal") is not None:
        return f"{names} (개인정보: 신청기관과 담당자 외에는 가림 · personal: masked but for the filer and staff)"
    return names if unit is None else f"{names} ({unit.both})"


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")

"""Random queries over a whole schema, valid ones, with arguments that mean something to the rows there are."""

from __future__ import annotations

import base64
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    parse,
    validate,
)
from strawberry.utils.str_converters import to_snake_case

from core.calendar import SEOUL
from core.house import House
from schema.build import DureSchema
from schema.connections import signature
from schema.finders import Finder, finders_of
from schema.global_ids import to_global_id
from schema.mapping import ConnectionField, LookupField, Mapping, SingleField, mapping_of

ODD_TEXTS = ("", "%", "_", "\\", "'", '"', "\n", "\u0001", "가", "🙂", "</script>", "zzz-none", "a\u0300")
BAD_CURSORS = ("", "AAAA", "한글", "W10", "bnVsbA", "!!!!")
BAD_NUMBERS = ("", "123", "104-82-03591", "가나다", "2026-AAAA-AAAA-AAAA", "1048203590", "\U0001f642", "0" * 300)
# an error there takes all data along: of two, whichever is first
FAILING = ("quote", "exchangeQuote", "cooperationSurvey", "personalData", "balance", "statementTotals", "nodes")
MOST_TRIES = 50


class Word(str):
    """An enum's value, which a document spells without quotes."""


@dataclass
class Pool:
    """What there is to ask for: values by type and column, ids by type, cursors by what they belong to."""

    values: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)
    cursors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, body: bytes) -> None:
        """Remember the cursors of an answer."""
        waiting: list[Any] = [json.loads(body)]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                waiting.extend(value.values())
            elif isinstance(value, list):
                waiting.extend(value)
            elif isinstance(value, str) and value.startswith("W"):
                belongs_to = _belongs_to(value)
                if belongs_to and len(self.cursors[belongs_to]) < 200:
                    self.cursors[belongs_to].append(value)


def _belongs_to(text: str) -> str | None:
    try:
        parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return None
    return parts[0] if isinstance(parts, list) and len(parts) > 1 and len(str(parts[0])) == 8 else None


async def pool_of(house: House, schema: DureSchema) -> Pool:
    """The values of every row there is, whoever may see it."""
    pool = Pool()
    for name, cls in schema.nodes_by_name.items():
        mapping = mapping_of(cls)
        table = mapping.table.alias("t")
        async with house.database.reading() as tx:
            columns = [each.expression(table).label(name) for name, each in mapping.columns.items()]
            rows = await tx.rows(
                sa.select(table.c.id, *columns).order_by(sa.func.md5(table.c.id.cast(sa.Text))).limit(100)
            )
        pool.ids[name] = [to_global_id(name, row["id"]) for row in rows]
        for column in mapping.columns:
            known = {repr(row[column]): _json_value(row[column]) for row in rows if row[column] is not None}
            pool.values[name, column] = list(known.values())
    return pool


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(SEOUL).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


@dataclass(frozen=True, slots=True)
class Operation:
    """A query with its variables; `planned` when nothing that is asked for needs Python."""

    query: str
    variables: dict[str, Any]
    planned: bool


class Writer:
    """Writes one operation."""

    def __init__(self, schema: DureSchema, pool: Pool, rng: random.Random, *, faults: float = 0.02) -> None:
        self.schema = schema
        self.graphql = schema._schema
        self.pool = pool
        self.rng = rng
        self.faults = faults
        self.left = rng.choice((5, 10, 20, 40, 60, 90))
        self.depth = rng.choice((2, 3, 4, 5, 6))
        self.planned = True
        self.fails = False
        self.definitions: dict[str, tuple[str, Any]] = {}
        self.variables: dict[str, Any] = {}
        self.fragments: dict[str, tuple[str, str]] = {}
        self.keys = 0

    # ------------------------------------------------------------------------------------------- selections

    def operation(self) -> Operation:
        query: Any = self.graphql.query_type
        selected = self._selection(query, 0, 1)
        head = ", ".join(
            f"${name}: {kind}" + ("" if default is _NONE else f" = {_literal(default)}")
            for name, (kind, default) in self.definitions.items()
        )
        name = self.rng.choice(("", " Asked", " x"))
        text = f"query{name}{f'({head})' if head else ''} {selected}"
        for fragment, (kind, body) in self.fragments.items():
            text += f"\nfragment {fragment} on {kind} {body}"
        return Operation(text, self.variables, self.planned)

    def _selection(self, kind: Any, depth: int, rows: int) -> str:
        parts: list[str] = []
        for _ in range(self.rng.choice((1, 1, 2, 3, 4, 5)) if self.left > 0 else 1):
            parts += self._part(kind, depth, rows)
        return "{ " + (" ".join(parts) or "__typename") + " }" if parts else self._least(kind, depth)

    def _least(self, kind: Any, depth: int) -> str:
        if depth == 0:
            self.planned = False
        return "{ __typename }"

    def _part(self, kind: Any, depth: int, rows: int) -> list[str]:
        rng = self.rng
        chance = rng.random()
        if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
            possible = self.graphql.get_possible_types(kind)
            if chance < 0.15:
                return [self._typename()]
            if chance < 0.3 and isinstance(kind, GraphQLInterfaceType):
                return [f"{self._key()}: id"]
            member = rng.choice(possible)
            return [f"... on {member.name}{self._switch()} {self._selection(member, depth, rows)}"]
        if chance < 0.07:
            return [f"...{self._switch()} {self._selection(kind, depth, rows)}"]
        if chance < 0.12:
            return [f"... on {kind.name}{self._switch()} {self._selection(kind, depth, rows)}"]
        if chance < 0.18 and kind.interfaces:
            return [f"... on Node{self._switch()} {{ {self._key()}: id {rng.choice(('', 'id', '__typename'))} }}"]
        if chance < 0.26:
            return [self._fragment(kind, depth, rows)]
        if chance < (0.3 if depth else 0.27):
            if depth == 0:
                self.planned = False
            return [self._typename()]
        found = self._field(kind, depth, rows)
        if found and depth and chance > 0.97:
            found.append(found[0])  # the same once more
        return found

    def _typename(self) -> str:
        return self.rng.choice(("__typename", f"{self._key()}: __typename")) + self._switch()

    def _fragment(self, kind: Any, depth: int, rows: int) -> str:
        usable = [name for name, (on, _) in self.fragments.items() if on == kind.name]
        if usable and depth and self.rng.random() < 0.3:
            return f"...{self.rng.choice(usable)}{self._switch()}"
        name = f"F{len(self.fragments)}"
        self.fragments[name] = (name, "")  # its place, and no type's: it does not spread itself
        self.fragments[name] = (kind.name, self._selection(kind, depth, rows))
        return f"...{name}{self._switch()}"

    def _field(self, kind: GraphQLObjectType, depth: int, rows: int) -> list[str]:
        rng = self.rng
        names = sorted(kind.fields)
        leaves = [name for name in names if self._leaf(kind.fields[name].type)]
        done = depth >= self.depth or self.left <= 0 or rows > 150
        if depth and (done or (leaves and rng.random() < 0.45)):
            names = leaves
        if depth == 0 and rng.random() < 0.75:
            ours = self.schema.fields_of("Query")
            names = [name for name in names if isinstance(ours[name], ConnectionField | LookupField | SingleField)]
        if not names:
            return []
        if names == ["totalCount"] and self.left > 0 and rng.random() < 0.8:
            names = ["edges", "nodes", "nodes", "pageInfo", "totalCount"]
        if "export" in names and rng.random() < 0.9:  # every list has it, and it takes the whole of it past the planner
            names.remove("export")
        names = [name for name in names if depth or not self.fails or name not in FAILING]
        name = "facts" if "facts" in names and rng.random() < 0.3 else rng.choice(names)
        self.fails |= depth == 0 and name in FAILING
        self.left -= 1
        definition = kind.fields[name]
        field = None if kind.name not in self.schema.schema_converter.type_map else self._fields(kind.name).get(name)
        if name in ("declaredLimits", "export") or (depth == 0 and not self._is_planned(field)):
            self.planned = False
        arguments, size = self._arguments(field, definition, depth, kind.name, name)
        key = rng.choice(("", "", f"{self._key()}: "))
        if arguments and not key:
            key = f"{self._key()}: "
        below = ""
        inner = get_named_type(definition.type)
        if not self._leaf(definition.type):
            below = " " + self._selection(inner, depth + 1, rows * size)
        return [f"{key}{name}{arguments}{self._switch()}{below}"]

    def _is_planned(self, field: Any) -> bool:
        return isinstance(field, ConnectionField | LookupField | SingleField)

    def _fields(self, name: str) -> dict[str, Any]:
        kind = self.schema.schema_converter.type_map[name].definition
        return self.schema.fields_of(name) if hasattr(kind, "fields") else {}

    def _leaf(self, kind: Any) -> bool:
        return not isinstance(get_named_type(kind), GraphQLObjectType | GraphQLUnionType | GraphQLInterfaceType)

    def _key(self) -> str:
        self.keys += 1
        return f"k{self.keys}"

    def _switch(self) -> str:
        rng = self.rng
        if rng.random() > 0.08:
            return ""
        name, wanted = rng.choice(("include", "skip")), rng.random() < 0.6
        value = wanted if name == "include" else not wanted
        if rng.random() < 0.4:
            return f" @{name}(if: {json.dumps(value)})"
        return f" @{name}(if: {self._variable('Boolean!', value)})"

    # --------------------------------------------------------------------------------------------- arguments

    def _arguments(self, field: Any, definition: Any, depth: int, kind: str, name: str) -> tuple[str, int]:
        """The arguments, and how many rows they let come."""
        if isinstance(field, ConnectionField):
            return self._page(mapping_of(field.target), definition, depth)
        given: dict[str, str] = {}
        for argument, each in definition.args.items():
            value = self._argument_value(field, name, argument, each.type)
            if value is not _NONE:
                given[argument] = self._spelled(each.type, value)
        return _listed(given), 1

    def _argument_value(self, field: Any, name: str, argument: str, kind: Any) -> Any:
        rng = self.rng
        if isinstance(field, LookupField):
            known = self.pool.values[mapping_of(field.target).type_name, field.by]
            value = rng.choice(known)
            if rng.random() < 0.1 + self.faults * 5:
                return rng.choice(BAD_NUMBERS)
            return rng.choice((value, value.lower(), f" {value} ", value.replace("-", "")))
        if name in ("node", "nodes"):
            every = [each for ids in self.pool.ids.values() for each in ids]
            wanted = rng.choice(("", "bm90aGluZw", "T3JnYW5pemF0aW9uOjk5OTk5OTk", *rng.sample(every, 8)))
            return wanted if name == "node" else [*rng.sample(every, rng.randint(0, 6)), wanted]
        return self._value(kind)

    def _page(self, mapping: Mapping, definition: Any, depth: int) -> tuple[str, int]:
        rng = self.rng
        given: dict[str, Any] = {}
        most = 8 if depth == 0 else 4 if depth == 1 else 2
        size = rng.randint(1, most)
        order, steps = self._order(mapping)
        if order is not None or rng.random() < 0.1:
            given["orderBy"] = order
        backwards = rng.random() < 0.4
        chance = rng.random()
        if chance < 0.9 or depth > 1:
            given["last" if backwards else "first"] = size
            if rng.random() < 0.05:
                given["first" if backwards else "last"] = None
        elif not backwards:
            size = 20
        else:
            given["last"] = size
        if rng.random() < self.faults:
            given[rng.choice(("first", "last"))] = rng.choice((0, -1, 101, 2**31 - 1))
        if rng.random() < (0.35 if depth == 0 else 0.15):
            cursor = self._cursor(mapping, steps)
            if cursor is not None:
                given["before" if backwards else "after"] = cursor
        elif rng.random() < 0.1:
            given["before" if backwards else "after"] = None
        if "where" in definition.args and rng.random() < 0.4:
            given["where"] = self._where(mapping)
        names = list(given)
        rng.shuffle(names)
        return _listed({name: self._spelled(definition.args[name].type, given[name]) for name in names}), size

    def _order(self, mapping: Mapping) -> tuple[Any, list[tuple[str, bool]]]:
        rng = self.rng
        sortable = {"ID": "id"} | {name.upper(): name for name, each in mapping.columns.items() if each.sortable}
        default = [(name, mapping.descending) for name in mapping.order]
        if rng.random() < 0.5:
            return None, default
        chosen: list[Any] = []
        steps = []
        for name in rng.choices(sorted(sortable), k=rng.choice((0, 1, 1, 1, 2, 2, 3))):
            down = rng.random() < 0.5
            step: dict[str, Any] = {"field": Word(name)}
            if down or rng.random() < 0.7:
                step["direction"] = Word("DESC" if down else "ASC")
            chosen.append(step)
            steps.append((sortable[name], down))
        if len(chosen) == 1 and rng.random() < 0.5:
            return chosen[0], steps  # one value stands for a list of one
        return chosen, steps or default

    def _cursor(self, mapping: Mapping, steps: Sequence[tuple[str, bool]]) -> str | None:
        rng = self.rng
        if rng.random() < self.faults:
            every = [each for known in self.pool.cursors.values() for each in known]
            return rng.choice((*BAD_CURSORS, *rng.sample(every, min(3, len(every)))))
        whole = list(steps) if any(name == "id" for name, _ in steps) else [*steps, ("id", steps[-1][1])]
        known = self.pool.cursors[
            signature(mapping.type_name, [f"{name}{'-' if down else '+'}" for name, down in whole])
        ]
        return rng.choice(known) if known else None

    def _where(self, mapping: Mapping) -> Any:
        rng = self.rng
        kind: Any = self.graphql.type_map[f"{mapping.type_name}Where"]
        if rng.random() < 0.05:
            return rng.choice((None, {}))
        where: dict[str, Any] = {}
        for name in rng.sample(sorted(kind.fields), min(len(kind.fields), rng.choice((1, 1, 1, 2, 3)))):
            filters: Any = get_named_type(kind.fields[name].type)
            search = finders_of(mapping.cls).get(to_snake_case(name))
            if search is not None:
                where[name] = self._searched(search)
                continue
            if rng.random() < 0.05:
                where[name] = rng.choice((None, {}))
                continue
            where[name] = {
                operator: self._operand(mapping, to_snake_case(name), operator, filters)
                for operator in rng.sample(sorted(filters.fields), min(len(filters.fields), rng.choice((1, 1, 1, 2))))
            }
        return where

    def _searched(self, search: Finder) -> Any:
        """What is no column's: words, or two moments, which may be the wrong way round."""
        if search.given is str:
            return self.rng.choice(("", "P", "공용", "%", "_", "\\", " ", "없음" * 200))
        moments = ("2026-01-01T00:00", "2026-04-01T09:00:00+09:00", "2026-04-01T02:00:00Z", "2027-01-01T00:00")
        since, until = self.rng.sample(moments, 2)
        if self.rng.random() >= self.faults:
            since, until = sorted((since, until))
        return {"since": since, "until": until}

    def _operand(self, mapping: Mapping, name: str, operator: str, filters: GraphQLInputObjectType) -> Any:
        rng = self.rng
        if rng.random() < 0.06:
            return None
        if operator == "isNull":
            return rng.random() < 0.5

        def one() -> Any:
            relation = mapping.relations.get(name)
            if relation is not None:
                return rng.choice(self._ids(mapping_of(relation.target).type_name))
            known = self.pool.values.get((mapping.type_name, name), self.pool.values["Organization", "name"])
            kind = get_named_type(filters.fields[operator].type)
            if isinstance(kind, GraphQLEnumType):
                return Word(rng.choice(sorted(kind.values)))
            if known and rng.random() < 0.8:
                value = rng.choice(known)
                if operator in ("contains", "startsWith") and value:
                    start = 0 if operator == "startsWith" else rng.randrange(len(value))
                    return value[start : start + rng.randint(1, 4)]
                return value
            return self._value(GraphQLNonNull(kind))

        if operator != "in":
            return one()
        if rng.random() < self.faults:
            return [one()] * 201
        return [one() for _ in range(rng.choice((0, 1, 2, 5)))]

    def _ids(self, type_name: str) -> list[str]:
        known = self.pool.ids.get(type_name) or [to_global_id(type_name, 1)]
        if self.rng.random() < self.faults:
            return ["", "bm90aGluZw", to_global_id("Nothing", 1)]
        return [*known, to_global_id(type_name, 2**62)]

    def _value(self, kind: Any) -> Any:
        """Any value of an input type."""
        rng = self.rng
        if isinstance(kind, GraphQLNonNull):
            inner = kind.of_type
        elif rng.random() < 0.2:
            return rng.choice((None, _NONE))
        else:
            inner = kind
        if isinstance(inner, GraphQLList):
            made = [self._value(inner.of_type) for _ in range(rng.choice((0, 1, 2)))]
            return [each for each in made if each is not _NONE]
        if isinstance(inner, GraphQLEnumType):
            return Word(rng.choice(sorted(inner.values)))
        if isinstance(inner, GraphQLInputObjectType):
            made_fields = {name: self._value(each.type) for name, each in inner.fields.items()}
            if "organizationId" in made_fields:
                made_fields["organizationId"] = rng.choice(self._ids("Organization"))
            if "benefitId" in made_fields:
                made_fields["benefitId"] = rng.choice(self._ids("Benefit"))
            return {name: each for name, each in made_fields.items() if each is not _NONE}
        match inner.name:
            case "Boolean":
                return rng.random() < 0.5
            case "Int":
                return rng.choice((0, 1, -1, 7, 100, 2**31 - 1))
            case "BigInt":
                return rng.choice((0, 1, -1, 500, 2**63 - 1, -(2**63)))
            case "Decimal":
                return rng.choice(("0", "0.10", "1E-7", "-3", "12345678901234567890.5"))
            case "Date":
                return rng.choice(("2026-02-01", "0001-01-01", "9999-12-31", "2026-03-02"))
            case "DateTime":
                return rng.choice(("2026-02-01T00:00:00+09:00", "2020-01-01T00:00:00Z", "2026-03-02T09:00:00"))
            case "ID":
                return rng.choice([each for ids in self.pool.ids.values() for each in ids[:3]])
        return rng.choice((*ODD_TEXTS, "mileage_innovation"))

    # ---------------------------------------------------------------------------------------------- spelling

    def _spelled(self, kind: Any, value: Any) -> str:
        """A value in the document: as it is, as a variable, or with variables in it."""
        rng = self.rng
        if rng.random() < 0.25:
            return self._variable(str(kind), value)
        nullable = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(value, dict):
            parts = [
                f"{name}: {self._spelled(get_named_type(kind).fields[name].type, each)}" for name, each in value.items()
            ]
            return "{" + ", ".join(parts) + "}"
        if isinstance(value, list) and isinstance(nullable, GraphQLList):
            return "[" + ", ".join(self._spelled(nullable.of_type, each) for each in value) + "]"
        return _literal(value)

    def _variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self.definitions)}"
        chance = self.rng.random()
        if value is not None and chance < 0.15:
            self.definitions[name] = (kind.removesuffix("!"), value)  # told by its default
            return f"${name}"
        if value is not None and chance < 0.25 and not kind.endswith("!"):
            self.definitions[name] = (f"{kind}!", _NONE)
        elif value is None and chance < 0.4 and not kind.endswith("!"):
            self.definitions[name] = (kind, _NONE)  # not given at all
            return f"${name}"
        else:
            self.definitions[name] = (kind, _NONE)
        self.variables[name] = _plain(value)
        return f"${name}"


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


_NONE = _Nothing()


def _listed(given: dict[str, str]) -> str:
    return f"({', '.join(f'{name}: {value}' for name, value in given.items())})" if given else ""


def _literal(value: Any) -> str:
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_literal(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def operation(schema: DureSchema, pool: Pool, seed: int, *, faults: float = 0.02) -> Operation:
    """The operation of this seed: valid against the schema, though an argument of it may be refused."""
    rng = random.Random(seed)
    for _ in range(MOST_TRIES):
        made = Writer(schema, pool, rng, faults=faults).operation()
        if not validate(schema._schema, parse(made.query)):
            return made
    raise AssertionError(f"nothing valid came of the seed {seed}")


def every_cursor(schema: DureSchema) -> Iterator[str]:
    """Queries for the cursors of every list in every order of one step."""
    for name, each in schema.fields_of("Query").items():
        if isinstance(each, ConnectionField):
            kind: Any = schema.graphql_type(f"{mapping_of(each.target).type_name}OrderField")
            for step in kind.values:
                for way in ("ASC", "DESC"):
                    order = f"orderBy: {{field: {step}, direction: {way}}}"
                    yield f"{{ {name}(first: 30, {order}) {{ edges {{ cursor }} }} }}"
            yield f"{{ {name}(first: 30) {{ edges {{ cursor }} }} }}"


__all__ = ["Operation", "Pool", "Word", "every_cursor", "operation", "pool_of"]

"""By conditions, orders and searches nothing is found but by what the answer shows."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
import sqlalchemy as sa
from graphql import get_named_type

from core.calendar import SEOUL
from schema.global_ids import to_global_id
from schema.mapping import ConnectionField, Mapping, ToOneField, inner_type, mapping_of
from tests.schema.sight.conftest import Sight

pytestmark = pytest.mark.xdist_group("sight")

ROLES = ("public", "main", "sub_files_training", "university_sub_sells", "juror_applicant", "reviewer_here")
MOST = 2  # values of a field that are tried


def roots(sight: Sight) -> dict[str, Mapping]:
    return {
        name: mapping_of(field.target)
        for name, field in sight.schema.fields_of("Query").items()
        if isinstance(field, ConnectionField)
    }


async def values_of(sight: Sight, mapping: Mapping) -> dict[str, list[Any]]:
    """What really stands in every field that can be looked for, whoever may read it: as it is written in a `where`."""
    table = mapping.table.alias("t")
    relations = {name: each for name, each in mapping.relations.items() if isinstance(each, ToOneField)}
    columns = {name: each for name, each in mapping.columns.items() if each.filterable}
    selected = [each.expression(table).label(name) for name, each in columns.items()]
    selected += [table.c[each.local].label(f"to_{name}") for name, each in relations.items()]
    async with sight.house.database.reading() as tx:
        rows = await tx.rows(sa.select(table.c.id, *selected)) if selected else []
    found: dict[str, list[Any]] = {}
    for name, column in columns.items():
        found[name] = [written(row[name], inner_type(column.type)) for row in rows if row[name] is not None]
    for name, relation in relations.items():
        kind = mapping_of(relation.target).type_name
        found[name] = [to_global_id(kind, row[f"to_{name}"]) for row in rows if row[f"to_{name}"] is not None]
    return {name: sampled(values) for name, values in found.items()}


def sampled(values: list[Any]) -> list[Any]:
    distinct = list(dict.fromkeys(values))
    return distinct[:: max(1, len(distinct) // MOST)]


def written(value: Any, kind: Any) -> Any:
    enum = getattr(kind, "wrapped_cls", None)
    if enum is not None:
        return enum(value).name
    if isinstance(value, datetime):
        return value.astimezone(SEOUL).isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value.value if isinstance(value, Enum) else value


async def shown(sight: Sight, role: str, root: str, mapping: Mapping, names: list[str]) -> dict[str, dict[str, Any]]:
    """Every row of a list with these fields, as the answer has them."""
    convert = sight.schema.config.name_converter.apply_naming_config
    asked = [
        f"{name}: {convert(name)}" + (" { id }" if isinstance(mapping.relations.get(name), ToOneField) else "")
        for name in names
    ]
    query = f"query ($after: String) {{ {root}(first: 100, after: $after, orderBy: [{{field: ID}}]) {{"
    query += f" pageInfo {{ hasNextPage endCursor }} nodes {{ id {' '.join(asked)} }} }} }}"
    found, after = {}, None
    while True:
        page = (await sight.ask(role, query, {"after": after}))[root]
        for node in page["nodes"]:
            found[node["id"]] = {
                name: value["id"] if isinstance(value, dict) else same(value) for name, value in node.items()
            }
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def same(value: Any) -> Any:
    """Moments are told by microseconds, whoever writes them."""
    try:
        return datetime.fromisoformat(value).isoformat() if isinstance(value, str) and "T" in value else value
    except ValueError:
        return value


@pytest.mark.parametrize("plan", [True, False])
async def test_a_condition_finds_the_rows_whose_answer_shows_the_value(sight: Sight, plan: bool) -> None:
    wrong, hidden, tried = [], 0, 0
    for root, mapping in roots(sight).items():
        values = {name: known for name, known in (await values_of(sight, mapping)).items() if known}
        if not values:
            continue
        convert = sight.schema.config.name_converter.apply_naming_config
        kind = get_named_type(sight.schema.graphql_type("Query").fields[root].args["where"].type)
        query = f"query ($where: {kind.name}) {{ {root}(first: 100, where: $where) {{ totalCount nodes {{ id }} }} }}"
        for role in ROLES if plan else ROLES[2:4]:
            rows = await shown(sight, role, root, mapping, list(values))
            for name, known in values.items():
                empty = {key for key, row in rows.items() if row[name] is None}
                for value in [None, *known] if rows else []:
                    condition = {"isNull": True} if value is None else {"eq": value}
                    expected = {key for key, row in rows.items() if row[name] == same(value)}
                    answer = await sight.ask(role, query, {"where": {convert(name): condition}}, plan=plan)
                    found = answer[root]
                    tried += 1
                    if found["totalCount"] != len(expected) or not {each["id"] for each in found["nodes"]} <= expected:
                        wrong.append(f"{role} {root} {name} {condition}: {found['totalCount']}, not {len(expected)}")
                hidden += len(empty)
    assert tried > 500 and hidden > 100
    assert not wrong, "\n".join(wrong[:60])


async def test_a_decision_is_not_traced_to_the_reviewer_whom_the_answer_hides(sight: Sight) -> None:
    query = "query ($where: FilingWhere) { filings(where: $where) { totalCount nodes { decidedBy { id } } } }"
    decided = {"program": {"eq": "deeds"}, "status": {"eq": "APPROVED"}}
    operator = sight.town.people.operator.member
    for who, known in (("main", 0), ("operator_all", None)):
        everything = (await sight.ask(who, query, {"where": decided}))["filings"]
        assert everything["totalCount"] > 0
        for condition, found in (
            ({"eq": operator}, known), ({"in": [operator]}, known), ({"isNull": False}, known),
            ({"isNull": True}, everything["totalCount"] if known == 0 else 0), ({"ne": operator}, 0),
        ):  # fmt: skip
            answer = await sight.ask(who, query, {"where": decided | {"decidedBy": condition}})
            assert answer["filings"]["totalCount"] == (everything["totalCount"] if found is None else found), condition

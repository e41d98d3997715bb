"""Who sees what: `table.csv` has every type, by state and owner, and every role. It is made by reading as each of them.

`DURE_WRITE_SIGHT=1 pytest tests/schema/sight/test_table.py` writes it anew; the difference is what to review.

    all    every row of the line        -      none of them
    2/5    two of five                  a type with a field: of the rows that are seen, those whose masked field is
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from schema.global_ids import to_global_id
from schema.mapping import Mapping, mapping_of
from schema.reading import _rows
from tests.schema.sight.conftest import Sight
from tests.schema.sight.states import STATES

pytestmark = pytest.mark.xdist_group("sight")

TABLE = Path(__file__).parent / "table.csv"
Line = tuple[str, str, str]


def mapped_types(sight: Sight) -> dict[str, type[Any]]:
    """Every type of the schema that shows a table."""
    found = {}
    for name, kind in sight.schema.schema_converter.type_map.items():
        origin = getattr(kind.definition, "origin", None)
        if origin is not None and "__dure_mapping__" in origin.__dict__ and name != "Viewer":  # who asks, not a table
            found[name] = origin
    return found


def masked(mapping: Mapping) -> list[str]:
    return [name for name, each in mapping.columns.items() if each.shown is not None]


async def lines_of(sight: Sight, type_name: str) -> dict[int, Line]:
    async with sight.house.database.reading() as tx:
        rows = await tx.connection.fetch(STATES[type_name])
    return {row["id"]: (type_name, row["state"], row["whose"]) for row in rows}


async def seen(sight: Sight, role: str, cls: type[Any], keys: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The rows of a type that a role reads by their ids, with their masked fields."""
    mapping = mapping_of(cls)
    if mapping.type_name not in sight.schema.nodes_by_name:  # reached by a relation only, and narrowed the same
        rows = await _rows(sight.context(role), cls, ("sight",), lambda _table: sa.true())
        return {row["id"]: {} for row in rows}
    convert = sight.schema.config.name_converter.apply_naming_config
    fields = " ".join(f"{name}: {convert(name)}" for name in masked(mapping))
    document = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {mapping.type_name} {{ id {fields} }} }} }}"
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(keys), 100):
        part = keys[start : start + 100]
        ids = [to_global_id(mapping.type_name, key) for key in part]
        answer = await sight.ask(role, document, {"ids": ids})
        found |= {key: node for key, node in zip(part, answer["nodes"], strict=True) if node is not None}
    return found


async def table_of_sight(sight: Sight) -> list[list[str]]:
    roles = list(sight.town.roles)
    found = [["type", "state", "whose", "rows", *roles]]
    for type_name, cls in sorted(mapped_types(sight).items()):
        lines = await lines_of(sight, type_name)
        keys = sorted(lines)
        by_role = {role: await seen(sight, role, cls, keys) for role in roles}
        everything = by_role["auditor"]
        found += told(lines, {role: set(rows) for role, rows in by_role.items()}, roles)
        for field in masked(mapping_of(cls)):
            known = {key: line for key, line in lines.items() if everything.get(key, {}).get(field) is not None}
            shown = {
                role: {key for key, row in rows.items() if key in known and row[field] is not None}
                for role, rows in by_role.items()
            }
            found += told({key: (f"{kind}.{field}", *rest) for key, (kind, *rest) in known.items()}, shown, roles)  # type: ignore[misc]
    return found


def told(lines: dict[int, Line], by_role: dict[str, set[int]], roles: Sequence[str]) -> Iterator[list[str]]:
    grouped: dict[Line, set[int]] = defaultdict(set)
    for key, line in lines.items():
        grouped[line].add(key)
    for line, keys in sorted(grouped.items()):
        cells = [len(keys & by_role[role]) for role in roles]
        words = ["all" if cell == len(keys) else "-" if cell == 0 else f"{cell}/{len(keys)}" for cell in cells]
        yield [*line, str(len(keys)), *words]


async def test_everybody_sees_what_the_table_says(sight: Sight) -> None:
    types = mapped_types(sight)
    assert set(types) == set(STATES), "a new type states its rows in states.py"
    found = await table_of_sight(sight)
    assert {line[0].partition(".")[0] for line in found[1:]} == set(types), "every type has a row"
    if os.environ.get("DURE_WRITE_SIGHT"):
        with TABLE.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(found)
    with TABLE.open(encoding="utf-8", newline="") as file:
        written = list(csv.reader(file))
    new = [line for line in found if line not in written]
    gone = [line for line in written if line not in found]
    assert not new and not gone, "\n".join(["now:", *map(",".join, new), "in the table:", *map(",".join, gone)])

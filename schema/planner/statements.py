"""The statement of a plan's root fields, and what is wrapped around it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from core.database import Prepared, Utf8
from core.identity import proof
from schema.planner.roots import Root, Single
from schema.planner.sql import Writer
from schema.planner.text import or_null
from schema.planner.tree import Filled, PageNode
from schema.viewer import Viewer

PROOF_TOKEN, PROOF_NOW = "proof_token", "proof_now"


def write(planned: list[Root], filled: list[Filled], viewer: Viewer) -> Prepared:
    """One statement for all planned root fields, a column each."""
    writer = Writer(viewer, dict(enumerate(filled)))
    columns: list[Any] = []
    for place, root in enumerate(planned):
        if isinstance(root.planned, PageNode):
            text = writer.page(root.planned, None, None)
        elif isinstance(root.planned, Single):
            text = writer.one(root.planned.below, None, None)
        else:
            assert root.planned is not None
            target = root.planned.below.mapping
            by = root.planned.field.by
            text = or_null(
                writer.one(root.planned.below, None, sa.bindparam(f"l{place}", type_=target.table.c[by].type), by)
            )
        columns.append(sa.cast(text, Utf8()).label(f"r{place}"))
    return Prepared.of(sa.select(*columns))


def measured(statement: Prepared, columns: int, most: int, *, bare: bool) -> Prepared:
    """The same statement with one column more, before the proof: the bytes of all texts. Beyond `most` they are null.

    `OFFSET 0` keeps PostgreSQL from writing each text twice, once to measure it.
    """
    texts = ", ".join(f"CASE WHEN m.size <= {most} THEN m.r{place} END" for place in range(columns))
    size = " + ".join(f"coalesce(octet_length(t.r{place}), 0)::bigint" for place in range(columns))
    inner = f"SELECT t.*, {size} AS size FROM ({statement.sql} OFFSET 0) AS t OFFSET 0"
    return Prepared(
        f"WITH m AS ({inner}) SELECT {texts}, m.size{'' if bare else ', m.proof'} FROM m",
        statement.names,
        statement.constants,
    )


def with_proof(statement: Prepared) -> Prepared:
    """The same statement with one column more: whether the actor is still the one it is filled for."""
    count = len(statement.names)
    column = proof(f"${count + 1}", f"${count + 2}")
    sql = f"{statement.sql}, {column} AS proof"
    return Prepared(sql, (*statement.names, PROOF_TOKEN, PROOF_NOW), statement.constants)

"""Which revisions a database has not had yet, read from the files themselves: a server asks without alembic."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from core.database import Transaction
from core.migrations.run import HERE
from core.parts import Tables

NAMES = frozenset({"revision", "down_revision", "branch_labels", "depends_on"})


async def pending_migrations(tx: Transaction, tables: Sequence[Tables] = ()) -> list[str]:
    """Revisions of core and of these plugins that this database has not had yet, in no order that matters."""
    known = _revisions(HERE / "versions", *(part.migrations for part in tables))
    there = await tx.connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
    rows = await tx.connection.fetch("SELECT version_num FROM alembic_version") if there else []
    return sorted(known.keys() - _with_what_is_below(known, [row["version_num"] for row in rows]))


def _with_what_is_below(known: Mapping[str, frozenset[str]], heads: Sequence[str]) -> set[str]:
    """These revisions and all that they stand on."""
    had: set[str] = set()
    waiting = list(heads)
    while waiting:
        revision = waiting.pop()
        if revision not in had:
            had.add(revision)
            waiting.extend(known.get(revision, ()))
    return had


@lru_cache(maxsize=16)
def _revisions(*folders: Path) -> Mapping[str, frozenset[str]]:
    """Every revision in these folders, and those it stands on. A label stands for the revision that bears it."""
    found = [_declared(path) for folder in folders for path in sorted(folder.glob("[0-9a-z]*.py"))]
    named = {label: str(each["revision"]) for each in found for label in _listed(each.get("branch_labels"))}
    return {
        str(each["revision"]): frozenset(
            named.get(below, below) for name in ("down_revision", "depends_on") for below in _listed(each.get(name))
        )
        for each in found
    }


def _declared(path: Path) -> Mapping[str, object]:
    """What a revision's file says of itself, without running it."""
    found: dict[str, object] = {}
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                if isinstance(target, ast.Name) and target.id in NAMES:
                    found[target.id] = ast.literal_eval(statement.value)
    return found


def _listed(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(each) for each in value) if isinstance(value, tuple | list) else ()


__all__ = ["pending_migrations"]

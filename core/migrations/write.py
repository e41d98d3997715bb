"""Write a revision from the difference between the models and a database, for core or for one plugin's branch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel import SQLModel

from core.database import table_of
from core.migrations.metadata import core_tables
from core.migrations.run import HERE, configuration, on_connection
from core.parts import Tables


def _only(names: set[str]) -> Any:
    def include(obj: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        table = name if kind == "table" else getattr(getattr(obj, "table", None), "name", None)
        return table in names

    return include


async def write_revision(
    url: str, message: str, revision: str, tables: Sequence[Tables] = (), *, branch: str | None = None
) -> Path:
    """Write `revision` for core, or for the plugin whose branch is `branch`, and answer the new file's path."""
    config = configuration(tables)
    target = next((part for part in tables if branch and part.migrations.parent.name == branch), None)
    names = {t.name for t in core_tables()} if target is None else {table_of(model).name for model in target.models}
    folder = HERE / "versions" if target is None else target.migrations
    first = not any(folder.glob("[0-9]*.py"))

    def write(connection: Connection) -> Any:
        config.attributes["connection"] = connection
        config.attributes["include_object"] = _only(names)
        return command.revision(
            config,
            message=message,
            autogenerate=True,
            rev_id=revision,
            head=("base" if first else f"{branch or 'core'}@head"),
            branch_label=(branch or "core") if first else None,
            version_path=str(folder),
            depends_on=None if target is None or not first else "core",
        )

    await on_connection(url, write)
    return next(folder.glob(f"{revision}*.py"))


async def difference(url: str, names: set[str]) -> list[Any]:
    """What would have to change in the database for it to look like the models; empty when they agree."""

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection,
            opts={"include_object": _only(names), "compare_type": True, "target_metadata": SQLModel.metadata},
        )
        return list(compare_metadata(context, SQLModel.metadata))

    return await on_connection(url, compare)


__all__ = ["difference", "write_revision"]

"""Who may see which rows, as SQL: the predicates that mapped types choose from or compose."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import sqlalchemy as sa

from schema.viewer import Viewer

Table: TypeAlias = sa.FromClause
Visibility: TypeAlias = Callable[[Table, Viewer], sa.ColumnElement[bool]]

NOBODY = sa.false()
EVERYBODY = sa.true()


def is_everybody(visible: sa.ColumnElement[bool]) -> bool:
    """Whether a predicate holds for every row, so that no statement has to ask."""
    return isinstance(visible, sa.True_)


def everybody(_table: Table, _viewer: Viewer) -> sa.ColumnElement[bool]:
    """Public: catalogues and the like."""
    return EVERYBODY


def own_organization(column: str = "organization_id") -> Visibility:
    """The organization's own members; staff and auditors see every organization's."""

    def visible(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
        if viewer.public:
            return NOBODY
        if viewer.reads_all or viewer.staff:
            return EVERYBODY
        return table.c[column] == viewer.organization_id

    return visible


def own_program(column: str = "organization_id", *, system: bool = False) -> Visibility:
    """The organization's own members; staff in charge of the row's program; auditors. `system` rows are for staff."""

    def visible(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
        if viewer.public:
            return NOBODY
        if viewer.reads_all:
            return EVERYBODY
        if viewer.staff:
            return viewer.in_charge_of(table.c.program)
        return table.c[column] == viewer.organization_id

    return visible


def auditors_and_operators(_table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    return EVERYBODY if viewer.reads_all or viewer.operator else NOBODY

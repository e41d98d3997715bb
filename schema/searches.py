"""Conditions on what a row has several of: a filing by the companies of its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from schema.visibility import Table, Visibility

Rows: TypeAlias = Callable[[Table], tuple[sa.Select[Any], Table, sa.ColumnElement[str]]]


@dataclass(frozen=True, slots=True)
class Search:
    """A condition offered in `where` (찾기 조건): some of the rows fulfils it.

    `rows` answers, for the table of the type, those rows as a select that refers to it, their table, and the text
    compared. Only rows that are `visible` to the viewer count.
    """

    description: str
    visible: Visibility
    rows: Rows

"""Golden tables: rows typed from the source documents, each with its case as a sentence and its clause."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Row = dict[str, str]


def rows_of(table: Path) -> list[Row]:
    with table.open(encoding="utf-8", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def each_row(table: Path) -> Callable[[Callable[..., Any]], Any]:
    """Run a test once a row; the case names it."""
    return pytest.mark.parametrize("row", [pytest.param(row, id=row["case"]) for row in rows_of(table)])


def said(row: Row) -> str:
    """What a failure shows: the case, and the clause it was typed from."""
    return f"{row['case']} · {row['clause']}"

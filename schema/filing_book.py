"""A filing as a spreadsheet: its companies, then its rows with every fact of their type, as somebody may see it now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa

from core.activities.models import FilingStatus
from core.database import table_of
from core.documents.spreadsheets import Book, CellKind, SheetColumn
from core.identity import Organization as OrganizationRow
from core.program import ActivityType
from schema.context import Context
from schema.exports import copied
from schema.mapping import Mapping, mapping_of, row_of
from schema.nodes.activity import Activity, Filing
from schema.nodes.filing_company import FilingCompany
from schema.reading import find_one, load_one, viewer_of
from schema.sheets import Drawn, as_it_is, drawn_column, drawn_facts, heading
from schema.viewer import Viewer
from schema.visibility import Table

BEFORE = ("stated_name", "organization_name", "base_date")
AFTER = ("requested_subject", "requested_filer", "status", "points_subject", "points_filer", "decision_reason")


async def write_filing(context: Context, key: int, path: Path) -> str | None:
    """Write the file, and to the audit who took it; its name. None when there is no such filing for its eyes."""
    seen = await find_one(context, Filing, "id", key)
    if seen is None:
        return None
    row, viewer = row_of(seen), viewer_of(context)
    kind = context.house.plugins.activity_type(row["program"], row["activity_type"])
    companies, drawn_companies = _listed(mapping_of(FilingCompany), key, viewer, _of_companies)
    rows, drawn_rows = _listed(mapping_of(Activity), key, viewer, lambda m, t, v: _of_rows(m, t, v, kind))
    book = Book(path, "기업별", [each.column for each in drawn_companies])
    await copied(context, companies, drawn_companies, book)
    book.turn_to("신청 목록", [each.column for each in drawn_rows])
    personal = await copied(context, rows, drawn_rows, book)
    organization = await _organization(context, row["organization_id"])
    number = row["number"] or "작성중"
    about = {
        "접수번호": number,
        "적립사업명": row["activity_type"] if kind is None else kind.names.ko,
        "신청일": str(row["submitted_on"] or "-"),
        "접수상태": _status(row["status"]),
        "신청기관": organization["name"] if organization else "-",
        "주소": (organization and organization["address"]) or "-",
        "기업수": f"{row['company_count']:,}",
        "신청마일리지": f"{row['requested_points']:,}",
        "만든 시각": context.house.clock().isoformat(sep=" ", timespec="seconds"),
        "요청번호": context.request_id,
    }
    await asyncio.to_thread(book.close, about)
    async with context.work() as work:
        work.record(
            "filing.downloaded", "filing", key, organization_id=row["organization_id"],
            after={"rows": book.rows, "personal": sorted(personal)},
        )  # fmt: skip
    return f"적립신청 {number}.xlsx"


def _status(value: str) -> str:
    values = cast(Any, FilingStatus).__strawberry_definition__.values
    return next(heading(each.description) for each in values if each.value == value)


async def _organization(context: Context, key: int) -> Any:
    from schema.nodes.organization import Organization

    found = await load_one(context, Organization, key)
    return None if found is None else row_of(found)


def _listed(mapping: Mapping, key: int, viewer: Viewer, of: Any) -> tuple[sa.Select[Any], list[Drawn]]:
    """What of a type belongs to the filing and may be seen, in its order."""
    table = mapping.table.alias("t")
    drawn = list(of(mapping, table, viewer))
    columns = [each.expression.label(f"c{place}") for place, each in enumerate(drawn)]
    statement = sa.select(*columns).where(table.c.filing_id == key, mapping.visible(table, viewer))
    return statement.order_by(table.c.id), drawn


def _of_companies(mapping: Mapping, table: Table, viewer: Viewer) -> Iterator[Drawn]:
    yield from (drawn_column(mapping, name, table, viewer) for name in mapping.columns)


def _of_rows(mapping: Mapping, table: Table, viewer: Viewer, kind: ActivityType[Any] | None) -> Iterator[Drawn]:
    """사업자번호, 입력기업명(상세기업명), the facts, and what became of the row."""
    yield drawn_column(mapping, "line", table, viewer)
    company = table_of(OrganizationRow).alias("company")
    number = sa.select(company.c.business_number).where(company.c.id == table.c.organization_id).scalar_subquery()
    yield Drawn(SheetColumn("사업자번호", CellKind.TEXT), sa.func.coalesce(number, table.c.subject_number), as_it_is)
    yield from (drawn_column(mapping, name, table, viewer) for name in BEFORE)
    if kind is not None:
        prefix = f"{kind.names.ko}: "
        for each in drawn_facts(kind, sa.true(), table, viewer):
            heading = each.column.heading.removeprefix(prefix)
            yield replace(each, column=replace(each.column, heading=heading))
    yield from (drawn_column(mapping, name, table, viewer) for name in AFTER)

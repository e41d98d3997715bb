"""What a statement comes to: totals over the very lines that a filter leaves, computed by PostgreSQL."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
import strawberry

from core.checking import AccountKind
from schema.context import Info
from schema.filters import condition_sql, conditions, where_type
from schema.mapping import mapping_of
from schema.nodes.statement import StatementLine
from schema.reading import fetch, viewer_of
from schema.scalars import BigInt

StatementWhere: Any = where_type(mapping_of(StatementLine))


@strawberry.type(description="마일리지 내역 합계 · What the lines of one asset come to, points and debts apart.")
class StatementTotals:
    program: str = strawberry.field(description="사업 · The program's code.")
    asset: str = strawberry.field(description="단위 · The asset's code; points of two are never added up.")
    account_kind: AccountKind = strawberry.field(description="계정 구분 · Of points, or of what is owed.")
    lines: int = strawberry.field(description="건수 · How many lines.")
    earned: BigInt = strawberry.field(description="적립 · What came in by them.")
    withdrawn: BigInt = strawberry.field(description="인출 · What went out by them.")


@strawberry.type
class StatementTotalsQuery:
    """What joins the root."""

    @strawberry.field(  # type: ignore[untyped-decorator]
        description="마일리지 내역 합계 · Totals of the statement lines you may see, one for each program's asset and "
        "kind of account."
    )
    async def statement_totals(
        self,
        info: Info,
        where: Annotated[
            StatementWhere | None, strawberry.argument(description="조건 · As in `statement`; null: all of them.")
        ] = None,
    ) -> list[StatementTotals]:
        mapping = mapping_of(StatementLine)
        line = mapping.table.alias("t")
        viewer = viewer_of(info.context)
        narrowed = [mapping.visible(line, viewer)]
        for each in conditions(mapping, where):

            def bind(kind: Any, value: Any = each.value) -> sa.ColumnElement[Any]:
                return sa.bindparam(None, value, type_=kind)

            narrowed.append(condition_sql(mapping, line, each, viewer, bind))
        rows = await fetch(
            info.context,
            sa.select(
                line.c.program,
                line.c.asset,
                line.c.account_kind,
                sa.func.count().label("lines"),
                sa.cast(sa.func.sum(line.c.earned), sa.BigInteger).label("earned"),
                sa.cast(sa.func.sum(line.c.withdrawn), sa.BigInteger).label("withdrawn"),
            )
            .where(*narrowed)
            .group_by(line.c.program, line.c.asset, line.c.account_kind)
            .order_by(line.c.program, line.c.asset, line.c.account_kind.desc()),
        )
        return [
            StatementTotals(
                program=row["program"],
                asset=row["asset"],
                account_kind=AccountKind(row["account_kind"]),
                lines=row["lines"],
                earned=BigInt(row["earned"]),
                withdrawn=BigInt(row["withdrawn"]),
            )
            for row in rows
        ]

"""What this program adds to `dure`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.actor import SYSTEM
from core.errors import Refused
from core.house import House
from plugins.mileage_innovation.completions import Imported, RosterRefused, import_completions
from schema.cli.house import with_house
from schema.cli.screen import bad, screen
from schema.cli.violations import print_violations

STAGES = {"read": "읽기 · reading", "file": "접수 · filing", "credit": "적립 · crediting"}


def import_completions_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The roster, .xlsx or .xls.")],
    provider: Annotated[str, typer.Option(help="Business number of the training centre whose roster it is.")],
) -> None:
    """교육 이수 통보: take a training centre's roster in, all of it or nothing."""
    try:
        imported = with_house(lambda house: _run(house, file.read_bytes(), provider))
    except RosterRefused as refused:
        _print_cells(refused)
        screen().line(bad(f"{len(refused.cells):,}건의 오류 · faults. 저장된 것이 없습니다 · Nothing was stored."))
        raise typer.Exit(1) from None
    except Refused as refused:
        print_violations(refused)
        raise typer.Exit(1) from None
    if imported.already:
        screen().line(f"이미 등록된 명단입니다(접수번호 {imported.number}). 변경된 것이 없습니다.")
        screen().line(f"This roster is on record already (filing {imported.number}). Nothing was changed.")
        return
    screen().line(
        f"접수번호 {imported.number}: {imported.rows:,}행, {imported.companies:,}개 기업,"
        f" {imported.points:,} 마일리지 적립"
    )
    screen().line(
        f"Filing {imported.number}: {imported.rows:,} rows, {imported.companies:,} companies,"
        f" {imported.points:,} mileage credited"
    )


async def _run(house: House, data: bytes, provider: str) -> Imported:
    with screen().progress() as tell:
        return await import_completions(
            house,
            SYSTEM,
            data,
            provider_number=provider,
            progress=lambda stage, done, total: tell(STAGES[stage], done, total),
        )


def _print_cells(refused: RosterRefused) -> None:
    screen().table(
        ("위치 · cell", "항목 · column", "값 · value", "사유 · reason"),
        [(cell.place, cell.header or "", cell.value or "", (cell.reason.ko, cell.reason.en)) for cell in refused.cells],
    )

"""What this program adds to `dure`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.actor import SYSTEM
from core.errors import Refused
from core.house import House
from plugins.mileage_innovation.completions import Imported, RosterRefused, import_completions
from schema.cli.house import with_house
from schema.cli.screen import console as screen

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID
    from rich.table import Table

STAGES = {"read": "읽기 · reading", "file": "접수 · filing", "credit": "적립 · crediting"}


def import_completions_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The roster, .xlsx or .xls.")],
    provider: Annotated[str, typer.Option(help="Business number of the training centre whose roster it is.")],
) -> None:
    """교육 이수 통보: take a training centre's roster in, all of it or nothing."""
    console = screen()
    try:
        imported = with_house(lambda house: _run(house, file.read_bytes(), provider, console))
    except RosterRefused as refused:
        console.print(_cells(refused))
        console.print(
            f"[red]{len(refused.cells):,}건의 오류 · faults. 저장된 것이 없습니다 · Nothing was stored.[/red]"
        )
        raise typer.Exit(1) from None
    except Refused as refused:
        for violation in refused.violations:
            console.print(f"[red]{violation.code}[/red] {violation.message.ko}\n  {violation.message.en}")
        raise typer.Exit(1) from None
    if imported.already:
        console.print(
            f"이미 등록된 명단입니다(접수번호 {imported.number}). 변경된 것이 없습니다.\n"
            f"This roster is on record already (filing {imported.number}). Nothing was changed."
        )
        return
    console.print(
        f"접수번호 {imported.number}: {imported.rows:,}행, {imported.companies:,}개 기업, "
        f"{imported.points:,} 마일리지 적립\n"
        f"Filing {imported.number}: {imported.rows:,} rows, {imported.companies:,} companies, "
        f"{imported.points:,} mileage credited"
    )


async def _run(house: House, data: bytes, provider: str, console: Console) -> Imported:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(STAGES[stage])
            bars.update(tasks[stage], completed=done, total=total)

        return await import_completions(house, SYSTEM, data, provider_number=provider, progress=progress)


def _cells(refused: RosterRefused) -> Table:
    from rich.table import Table

    table = Table()
    for heading in ("위치 · cell", "항목 · column", "값 · value", "사유 · reason"):
        table.add_column(heading, overflow="fold")
    for cell in refused.cells:
        table.add_row(cell.place, cell.header or "", cell.value or "", f"{cell.reason.ko}\n{cell.reason.en}")
    return table

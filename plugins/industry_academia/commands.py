"""What this program adds to `dure`."""

from __future__ import annotations

from typing import Annotated

import typer

from core.house import House
from core.ledgers import EarnedBefore
from plugins.industry_academia.service import due_at_cut_over, expire_before_reform
from plugins.industry_academia.tables import REFORM
from schema.cli.house import with_house
from schema.cli.screen import screen


def cut_over_command(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would expire, and change nothing.")] = False,
) -> None:
    """제도개편 이전 마일리지 소멸: expire every lot earned before 2022-03-01. What is there already stays expired."""
    due, left = with_house(lambda house: _run(house, dry_run))
    done = "소멸 예정 · would expire" if dry_run else "소멸 · expired"
    screen().line(f"{REFORM} 이전 적립분 {done}: {due.accounts:,} accounts, {due.lots:,} lots, {due.free:,} mileage")
    if left.held:
        screen().line(f"예약 중인 {left.held:,} 마일리지는 예약이 끝난 뒤 다시 실행하여 소멸하세요.")
        screen().line(f"{left.held:,} mileage are held: run this again once they are used or returned.")


async def _run(house: House, dry_run: bool) -> tuple[EarnedBefore, EarnedBefore]:
    """What was due before, or what was expired of it; and what is left."""
    if dry_run:
        due = await due_at_cut_over(house)
        return due, due
    expired = await expire_before_reform(house)
    return expired, await due_at_cut_over(house)

"""What a program declares about sheets: how the rows of an activity type are written in a spreadsheet or a paste."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.program import Source

RECOMMENDED_ROWS = 1_000


class Written(StrEnum):
    """How a fact is written in a sheet (입력 형식), where its type alone does not say so.

    Numbers and dates that somebody typed are digits only, unless they are written `FREELY`.
    """

    DIGITS = "digits"  # 숫자만: a text of digits, whose leading zeros count
    BUSINESS_NUMBER = "business_number"  # 사업자등록번호: ten digits, the last of which checks the others
    FREELY = "freely"  # 자유 형식: a number or date as people write them: 1,000원, 2026-03-02


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetForm:
    """How a type's rows are written in a sheet (일괄등록 서식).

    `about_filer`: a row without a business number is about the filing organization itself; otherwise each row needs
    one. More than `recommended_rows` are taken with a warning. `source` is the clause that asks for the form.
    """

    about_filer: bool = False
    recommended_rows: int = RECOMMENDED_ROWS
    source: Source | None = None


BY_TYPES = SheetForm()

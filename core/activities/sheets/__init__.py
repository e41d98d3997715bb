"""Sheets (일괄등록): the rows of a filing by the hundred, from a spreadsheet or a paste.

Every declared activity type has its sheet: its columns follow from the facts, `SheetForm` and `fact` say what the types
do not. A sheet is taken whole, as a draft, or refused with every bad cell.
"""

from core.activities.sheets.columns import SheetField, name_clashes, sheet_fields
from core.activities.sheets.reading import Sheet, read_sheet
from core.activities.sheets.sample import sample_workbook
from core.activities.sheets.taking import Into, NewFiling, Taken, content_digest, sheet_kind, take_sheet

__all__ = [
    "Into",
    "NewFiling",
    "Sheet",
    "SheetField",
    "Taken",
    "content_digest",
    "name_clashes",
    "read_sheet",
    "sample_workbook",
    "sheet_fields",
    "sheet_kind",
    "take_sheet",
]

"""Spreadsheets people keep (스프레드시트), read as typed tables: bytes in, rows and complaints out.

A caller names its columns; `open_workbook` and `read_table` find them under whatever title rows stand above, understand
the many ways a number, a date or a business number is written in Korea (or take digits only, where they are told to),
and report every cell they cannot take, with the sheet, row and column as Excel shows them. Files are parsed in a child
process with limits (`core.readers`, `core.workbooks`), so that no file takes the server's memory or ends it.
`read_pasted` does the same with what was copied out of Excel. `Book` writes a file, row by row, in memory that does not
grow with them. Nothing here knows of a database or of any one program.
"""

from core.documents.spreadsheets.book import Book, CellKind, SheetColumn
from core.documents.spreadsheets.pasted import read_pasted
from core.documents.spreadsheets.problems import CellProblem, CellsRefused
from core.documents.spreadsheets.table import OpenedWorkbook, Row, Table, open_workbook, read_table
from core.workbooks.columns import Column, Heading, Kind

__all__ = [
    "Book",
    "CellKind",
    "CellProblem",
    "CellsRefused",
    "Column",
    "Heading",
    "Kind",
    "OpenedWorkbook",
    "Row",
    "SheetColumn",
    "Table",
    "open_workbook",
    "read_pasted",
    "read_table",
]

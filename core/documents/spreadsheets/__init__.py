"""Spreadsheets people keep (스프레드시트), read as typed tables: bytes in, rows and complaints out.

A caller names its columns; `read_table` finds them under whatever title rows stand above, understands the many ways a
number, a date or a business number is written in Korea (or takes digits only, where it is told to), and reports every
cell it cannot take, with the sheet, row and column as Excel shows them. Files are inspected before they are parsed, so
a small file cannot unfold into gigabytes. `read_pasted` does the same with what was copied out of Excel. `Book` writes
a file, row by row, in memory that does not grow with them. Nothing here knows of a database or of any one program.
"""

from core.documents.spreadsheets.book import Book, CellKind, SheetColumn
from core.documents.spreadsheets.columns import Column, Heading, Kind
from core.documents.spreadsheets.pasted import read_pasted
from core.documents.spreadsheets.problems import CellProblem, CellsRefused
from core.documents.spreadsheets.table import Row, Table, read_table

__all__ = [
    "Book",
    "CellKind",
    "CellProblem",
    "CellsRefused",
    "Column",
    "Heading",
    "Kind",
    "Row",
    "SheetColumn",
    "Table",
    "read_pasted",
    "read_table",
]

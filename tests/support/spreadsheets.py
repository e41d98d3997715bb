"""Spreadsheets opened as the application opens them: by a reader, in a child process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from core.activities.sheets import Sheet, read_sheet, sheet_fields
from core.documents.spreadsheets import Column, OpenedWorkbook, open_workbook
from core.program import ActivityType
from core.readers.pool import Readers

READERS = Readers()
_APART = ThreadPoolExecutor(1)  # tests may stand within an event loop or outside


def opened(data: bytes, columns: Sequence[Column], **options: Any) -> OpenedWorkbook:
    return _APART.submit(asyncio.run, open_workbook(READERS, data, columns, asker=None, **options)).result()


def sheet_of(kind: ActivityType[Any], given: bytes | str, *, max_rows: int) -> Sheet:
    """A sheet of activities as a filing is made of it."""
    columns = [each.column for each in sheet_fields(kind)]
    read = given if isinstance(given, str) else opened(given, columns, max_rows=max_rows, plain_only=True)
    return read_sheet(kind, read, max_rows=max_rows)

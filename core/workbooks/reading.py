"""A workbook's bytes to its sheets, and to the messages that a child answers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from core.workbooks.answer import refused, rows_told, sheet_told
from core.workbooks.cells import Raw
from core.workbooks.old_excel import OLD_EXCEL, inspect_old_excel
from core.workbooks.package import Package
from core.workbooks.parts import Formats, Workbook, read_formats, read_texts, read_workbook
from core.workbooks.query import Query
from core.workbooks.refusal import Reason, Refusal, corrupt
from core.workbooks.sheet import Line, Sheet
from core.workbooks.sheet_part import MAX_CELLS, MAX_TEXT, SheetPart

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAME = "sheet"  # of the only sheet in a workbook written down again


def answer(told: dict[str, Any], data: bytes) -> Iterator[dict[str, Any]]:
    """The messages about one file."""
    query = Query.of_json(told)
    try:
        yield from _answer(query, data)
    except Refusal as refusal:
        yield refused(refusal)


def _answer(query: Query, data: bytes) -> Iterator[dict[str, Any]]:
    found: list[tuple[int, Sheet]] = []
    clean = True
    for place, (sheet, hidden) in enumerate(sheets(query, data)):
        whole = sheet.find_header(query.columns)
        yield sheet_told(sheet, whole=whole, hidden=hidden)
        if not hidden:
            clean = clean and not (sheet.header.twice if whole else sheet.almost)
        if whole and not hidden:
            found.append((place, sheet))
    if not clean:
        return  # the rows would not be looked at
    left = query.max_rows + 1
    for place, sheet in found:
        lines = _first(sheet.lines(query.columns, plain_only=query.plain_only), left)
        for message in rows_told(place, lines, tuple(sheet.header.headings)):
            left -= len(message["rows"][1])
            yield message


def sheets(query: Query, data: bytes) -> Iterator[tuple[Sheet, bool]]:
    """The visible worksheets, or the one wanted; of a plain reading the hidden ones too. Each with whether it is so.

    Raises `Refusal` for what is no workbook, cannot be read whole, or would lay out too much.
    """
    if not data:
        raise Refusal(Reason.EMPTY_FILE)
    if data.startswith(OLD_EXCEL):
        yield from _old_sheets(query, data)
    elif data.startswith(b"PK"):
        yield from _new_sheets(query, data)
    else:
        raise Refusal(Reason.NOT_A_SPREADSHEET)


def _new_sheets(query: Query, data: bytes) -> Iterator[tuple[Sheet, bool]]:
    package = Package(data, query.max_inflated)
    book = read_workbook(package)
    wanted = [entry for entry in book.sheets if _is_wanted(query, entry.name, entry.hidden)]
    _require_wanted(query, bool(wanted))
    _require_one_of_each([entry.name for entry in book.sheets])
    _require_one_of_each([entry.part for entry in book.sheets])
    formats = read_formats(package, book.styles)
    texts = read_texts(package, book.texts)
    for entry in wanted:
        part = SheetPart(texts, len(formats.styles))
        part.read(package.part(entry.part))
        grid = _grid(_plain_workbook(book, formats, part.plain))
        yield Sheet(entry.name, grid, part.merges, part.marks), entry.hidden


def _old_sheets(query: Query, data: bytes) -> Iterator[tuple[Sheet, bool]]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    old = inspect_old_excel(data, max_cells=MAX_CELLS, max_strings=MAX_TEXT)
    with _Calamine():
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(old.plain))
    metas = workbook.sheets_metadata
    if len(metas) != len(old.marks):
        raise corrupt()  # what was not looked through is not read
    _require_one_of_each([meta.name for meta in metas])
    wanted = [
        (place, meta.name, meta.visible != SheetVisibleEnum.Visible)
        for place, meta in enumerate(metas)
        if meta.typ == SheetTypeEnum.WorkSheet
        and _is_wanted(query, meta.name, meta.visible != SheetVisibleEnum.Visible)
    ]
    _require_wanted(query, bool(wanted))
    for place, name, hidden in wanted:
        with _Calamine():
            found = workbook.get_sheet_by_index(place)
            grid, merges = found.to_python(skip_empty_area=False), found.merged_cell_ranges or ()
        yield Sheet(name, grid, merges, old.marks[place]), hidden


def _is_wanted(query: Query, name: str, hidden: bool) -> bool:
    return name == query.sheet if query.sheet is not None else not hidden or query.plain_only


def _require_wanted(query: Query, found: bool) -> None:
    if query.sheet is not None and not found:
        raise Refusal(Reason.SHEET_MISSING, name=query.sheet)


def _require_one_of_each(names: Sequence[str]) -> None:
    """Sheets of one name, or of one part, are none that a program writes."""
    if len({name.casefold() for name in names}) < len(names):
        raise corrupt()


def _plain_workbook(book: Workbook, formats: Formats, sheet: bytes) -> bytes:
    """A workbook of one sheet, in which nothing is as its sender wrote it."""
    codes = "".join(
        f'<numFmt numFmtId="{number}" formatCode={quoteattr(code)}/>' for number, code in formats.codes.items()
    )
    styles = "".join(f'<xf numFmtId="{number}"/>' for number in formats.styles)
    parts = {
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/_rels/workbook.xml.rels": _relations(("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")),
        "xl/workbook.xml": (
            f'<workbook xmlns="{NAMESPACE}" xmlns:r="{OFFICE}"><workbookPr date1904="{int(book.since_1904)}"/>'
            f'<sheets><sheet name="{NAME}" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/styles.xml": (
            f'<styleSheet xmlns="{NAMESPACE}"><numFmts>{codes}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>'
        ),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
        package.writestr("xl/worksheets/sheet1.xml", sheet)
    return made.getvalue()


def _relations(*targets: tuple[str, str]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{RELATIONS}">{lines}</Relationships>'


def _grid(data: bytes) -> list[list[Raw]]:
    """The cells of a workbook's only sheet."""
    from python_calamine import CalamineWorkbook

    with _Calamine(), CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        return workbook.get_sheet_by_name(NAME).to_python(skip_empty_area=False)


class _Calamine:
    """Makes a refusal of what calamine raises, a panic in it included."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        from python_calamine import PasswordError

        if isinstance(error, PasswordError):
            raise Refusal(Reason.ENCRYPTED) from error
        if isinstance(error, MemoryError):
            return
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise corrupt() from error


def _first(lines: Iterator[Line], count: int) -> Iterator[Line]:
    for _, line in zip(range(count), lines, strict=False):
        yield line

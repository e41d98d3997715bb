"""One worksheet part of an .xlsx: read whole, and written down again in the plainest form.

What comes out has the cells with a value and nothing else: each with its full address, in rows that ascend, texts in
place. Sizes that the file states (dimensions, counts) are not read, blank cells with a style are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.workbooks.areas import MAX_COLUMNS, MAX_ROWS, Area, area_of, cell_of, cells_of
from core.workbooks.columns import column_letter
from core.workbooks.marks import Marks
from core.workbooks.parts import TRUE, whole
from core.workbooks.refusal import Reason, Refusal, corrupt
from core.workbooks.xml import Attributes, Walker

MAX_CELLS = 5_000_000  # of one sheet laid out as a rectangle, empty ones counted
MAX_TEXT = 128 * 1024**2  # letters of one sheet's texts, each counted in every cell that shows it
MAX_MERGES = 200_000
ERROR_LETTERS = 40
MAX_LETTERS = 32_768  # of a cell: one more than Excel takes, so that what is too long is seen to be
ADDRESS = re.compile(r"([A-Za-z]{1,3})([1-9]\d{0,6})", re.ASCII)
ROW = re.compile(r"[1-9]\d{0,6}", re.ASCII)
STYLE = re.compile(r"\d{1,6}", re.ASCII)
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z?)?", re.ASCII)
REFERENCE = re.compile(rb' r="([A-Z]+\d+)"')
KINDS = frozenset(("n", "s", "str", "inlineStr", "b", "e", "d"))
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"
IN_PLACE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


class SheetPart(Walker):
    """Walks the part; then `plain` is the sheet in its plainest form, `marks` and `merges` what values do not show."""

    def __init__(self, texts: Sequence[str], styles: int) -> None:
        super().__init__()
        self.marks = Marks()
        self.merges: list[Area] = []
        self._texts, self._styles = texts, styles
        self._rows: list[tuple[int, bytes]] = []
        self._section = ""  # which of the root's elements this is in
        self._row, self._hidden = -1, False  # the row element
        self._next = (0, 0)  # the cell that one without an address is
        self._at = (-1, -1)  # the last cell, row and column from 0
        self._line: list[str] = []  # cells of the row `_line_row`, written
        self._line_row = -1
        self._in_order = True
        self._letters = self._bottom = self._right = 0
        self._areas: list[Area] = []  # of formulas that stand for more cells than one
        self._cell: Attributes = {}
        self._value: str | None = None
        self._pieces: list[str] | None = None
        self._formula = False

    @property
    def plain(self) -> bytes:
        self._end_line()
        rows = self._rows
        if not self._in_order:
            rows = sorted(rows, key=lambda row: row[0])
            addresses = [address for _, cells in rows for address in REFERENCE.findall(cells)]
            if len(set(addresses)) < len(addresses):
                raise corrupt()  # one cell with two values: every reader picks its own
        return b"".join((HEAD, *(b'<row r="%d">%b</row>' % (row + 1, cells) for row, cells in rows), TAIL))

    def read(self, content: bytes) -> None:
        """Raises `Refusal` for what cannot be read whole, or would lay out too many cells or too much text."""
        self.walk(content)
        self._end_line()
        if self._areas:
            self._mark_areas()

    def _mark_areas(self) -> None:
        """Every cell of an array formula is one, and has a result of its own."""
        stored = {address for _, cells in self._rows for address in REFERENCE.findall(cells)}
        for row, column in cells_of(self._areas, self._bottom, self._right):
            self.marks.formulas.add((row, column))
            if f"{column_letter(column)}{row + 1}".encode() not in stored and (row, column) not in self.marks.blank:
                self.marks.unstored.add((row, column))

    def start(self, name: str, attributes: Attributes) -> None:
        depth = self.depth
        if depth == 5:
            self._start_in_cell(name, attributes)
        elif depth == 4 and self._section == "sheetData":
            if name == "c":
                self._begin_cell(attributes)
            else:
                self._pass_over(name)
        elif depth == 3 and self._section == "sheetData":
            if name == "row":
                self._begin_row(attributes)
            else:
                self._pass_over(name)
        elif depth == 3 and self._section == "mergeCells" and name == "mergeCell":
            self._merge(attributes)
        elif depth == 2 and name in ("sheetData", "mergeCells"):
            self._section = name
        elif depth > 5:
            if name == "t":
                self.begin_text()
            elif name != "r":
                self.ignore()  # how it sounds, how it looks
        elif depth != 1:
            self.ignore()
        elif name != "worksheet":
            raise corrupt()

    def end(self, name: str) -> None:
        depth = self.depth
        if depth == 5:
            if name == "v":
                self._value = self.take_text()
        elif depth == 4 and name == "c":
            self._end_cell()
        elif depth > 5 and name == "t" and self._pieces is not None:
            self._pieces.append(self.take_text())
        elif depth == 2:
            self._section = ""

    def _pass_over(self, name: str) -> None:
        """What may stand among rows and cells without being one; anything else could hide some."""
        if name != "extLst":
            raise corrupt()
        self.ignore()

    def _begin_row(self, attributes: Attributes) -> None:
        stated = attributes.get("r")
        if stated is None:
            self._row = max(self._row, self._at[0]) + 1
        elif ROW.fullmatch(stated):
            self._row = int(stated) - 1
        else:
            raise corrupt()
        if self._row >= MAX_ROWS:
            raise corrupt()
        self._hidden = attributes.get("hidden") in TRUE
        self._next = (self._row, 0)

    def _begin_cell(self, attributes: Attributes) -> None:
        stated = attributes.get("r")
        if stated is None:
            row, column = self._next
        else:
            found = ADDRESS.fullmatch(stated)
            if found is None:
                raise corrupt()
            row, column = cell_of(found[1], found[2])
        if column >= MAX_COLUMNS:
            raise corrupt()
        if (row, column) <= self._at:
            self._in_order = False
        self._at, self._next = (row, column), (row, column + 1)
        self._cell, self._value, self._pieces, self._formula = attributes, None, None, False

    def _start_in_cell(self, name: str, attributes: Attributes) -> None:
        if self._section != "sheetData":
            self.ignore()
        elif name == "v":
            if self._value is not None:
                raise corrupt()
            self.begin_text()
        elif name == "f":
            self._formula = True
            if attributes.get("t") in ("array", "dataTable") and attributes.get("ref"):
                self._areas.append(area_of(attributes["ref"]))
            self.ignore()
        elif name == "is":
            if self._pieces is not None:
                raise corrupt()
            self._pieces = []
        else:
            self._pass_over(name)

    def _end_cell(self) -> None:
        kind = self._cell.get("t", "n")
        if kind not in KINDS:
            raise corrupt()
        inline = None if self._pieces is None else "".join(self._pieces)
        if kind == "inlineStr":
            value = self._value if inline is None else inline
        else:
            value = self._value
            if value is None and inline is not None:
                kind, value = "inlineStr", inline
        if value is not None and kind not in ("str", "inlineStr"):
            value = value.strip() or None
        if self._formula:
            self.marks.formulas.add(self._at)
            if value is None:
                self.marks.unstored.add(self._at)
        if value == "":
            self.marks.blank.add(self._at)
        if value:
            self._write(self._content(kind, value))
        elif self._at in self.marks.unstored:
            self._write(' t="e"><v>#N/A</v></c>')  # so that its row is there

    def _content(self, kind: str, value: str) -> str:
        """What stands after the address of a cell, by the kind of its value."""
        match kind:
            case "s":
                place = whole(value)
                if place >= len(self._texts):
                    raise corrupt()
                return self._in_place(self._texts[place])
            case "b" if value in ("0", "1", "true", "false"):
                return f' t="b"><v>{value}</v></c>'
            case "e":
                self.marks.errors[self._at] = value[:ERROR_LETTERS]
                return ' t="e"><v>#N/A</v></c>'
            case "d" if ISO_MOMENT.fullmatch(value):
                return f' t="d"><v>{value}</v></c>'
            case "n" if NUMBER.fullmatch(value):
                return f"{self._style()}><v>{value}</v></c>"
            case "b":
                raise corrupt()
            case _:
                return self._in_place(value)

    def _style(self) -> str:
        """The style of a number, which may make a date of it; one that is not there is none."""
        stated = self._cell.get("s", "0")
        style = int(stated) if STYLE.fullmatch(stated) else 0
        return f' s="{style}"' if 0 < style < self._styles else ""

    def _in_place(self, text: str) -> str:
        text = text[:MAX_LETTERS]
        self._letters += len(text)
        if self._letters > MAX_TEXT:
            raise Refusal(Reason.INFLATES, limit=MAX_TEXT)
        return f' t="inlineStr"><is><t xml:space="preserve">{text.translate(IN_PLACE)}</t></is></c>'

    def _write(self, content: str) -> None:
        row, column = self._at
        if row != self._line_row:
            self._end_line()
            self._line_row = row
        self._line.append(f'<c r="{column_letter(column)}{row + 1}"{content}')
        self._bottom, self._right = max(self._bottom, row + 1), max(self._right, column + 1)
        if self._bottom * self._right > MAX_CELLS:
            raise Refusal(Reason.SPREADS, limit=MAX_CELLS)
        if self._hidden and row == self._row:
            self.marks.hidden.add(row)

    def _end_line(self) -> None:
        if self._line:
            self._rows.append((self._line_row, "".join(self._line).encode()))
            self._line = []
        self._line_row = -1

    def _merge(self, attributes: Attributes) -> None:
        if len(self.merges) >= MAX_MERGES:
            raise corrupt()
        self.merges.append(area_of(attributes.get("ref", "")))

"""One sheet laid out as Excel shows it: merged cells, the header among the title rows, the rows that are no data."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.workbooks.areas import Area
from core.workbooks.cells import Raw, clean, is_blank
from core.workbooks.columns import PARENTHESES, Column, Header, Heading, plain, read_header
from core.workbooks.marks import Marks

HEADER_WITHIN = 100  # rows from the top in which a header is looked for
TOTALS = frozenset(("합계", "총합계", "총계", "누계", "소계", "계", "total", "grandtotal", "subtotal", "sum"))
ENDINGS = frozenset(("이하여백", "여백", "끝"))  # what a Korean office writes under the last row


FORMULA, NO_VALUE, MERGED = "formula", "no_value", "merged"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of data under a header (행): its index from 0, its cells by column, and what is wrong with some of them.

    A fault is an error value such as `#REF!`, or one of `FORMULA`, `NO_VALUE` and `MERGED`.
    """

    index: int
    cells: Mapping[str, Raw]
    faults: Mapping[str, str] = field(default_factory=dict)
    hidden: bool = False


class Sheet:
    """A worksheet; rows and columns count from 0. `find_header` must have found one before rows are asked for."""

    def __init__(
        self,
        name: str,
        grid: Sequence[Sequence[Raw]],
        merges: Sequence[Area] = (),
        marks: Marks | None = None,
    ) -> None:
        self.name = name
        self.header = Header(0, {}, (), ())
        self._grid = grid
        self._marks = marks or Marks()
        self._merges = _Merges(merges)
        self._shared: dict[tuple[int, int], bool] = {}

    @property
    def height(self) -> int:
        return len(self._grid)

    @property
    def rows_below(self) -> int:
        return self.height - self.header.row - 1

    @property
    def almost(self) -> bool:
        """Whether just one column is missing from what is otherwise the header: a slip, not another kind of sheet."""
        return len(self.header.missing) == 1 and len(self.header.headings) >= 3

    def find_header(self, columns: Sequence[Column]) -> bool:
        """Keeps the first row that names every required column, else the one that names most; whether it was whole."""
        for row in range(min(self.height, HEADER_WITHIN)):
            header = read_header(row, [self._filled(row, column) for column in range(len(self._grid[row]))], columns)
            if not header.missing:
                self.header = header
                return True
            if len(header.headings) > len(self.header.headings):
                self.header = header
        return False

    def cell(self, row: int, heading: Heading) -> Raw:
        """What Excel shows in a row under a heading; the first cell's value throughout a merged range."""
        return self._filled(row, heading.index)

    def lines(self, columns: Sequence[Column], *, plain_only: bool) -> Iterator[Line]:
        """The rows under the header that are data. With `plain_only` every formula is a fault."""
        wanted = [
            (column, self.header.headings[column.key]) for column in columns if column.key in self.header.headings
        ]
        for index in range(self.header.row + 1, self.height):
            if self.passes_over(index):
                continue
            cells = {column.key: self.cell(index, heading) for column, heading in wanted}
            faults = {}
            for column, heading in wanted:
                fault = self._fault(index, heading, column, plain_only=plain_only)
                if fault is not None:
                    faults[column.key] = fault
            yield Line(index, cells, faults, index in self._marks.hidden)

    def _fault(self, row: int, heading: Heading, column: Column, *, plain_only: bool) -> str | None:
        """An error value, a formula without its result, a cell merged where each row must have its own."""
        at = (self._merges.top(row, heading.index), heading.index)
        marks = self._marks
        if at in marks.errors:
            return marks.errors[at]
        if at in marks.unstored or (column.required and at in marks.blank and at in marks.formulas):
            return NO_VALUE
        if plain_only and at in marks.formulas:
            return FORMULA
        if not column.merges and self._is_shared(row, heading.index):
            return MERGED
        return None

    def set_header(self, columns: Sequence[Column]) -> None:
        """There is none: the columns stand in their order from the first row on."""
        headings = {column.key: Heading(index, column.names.ko) for index, column in enumerate(columns)}
        self.header = Header(-1, headings, (), ())

    def beyond(self, row: int, width: int) -> list[int]:
        """Which cells of a row say something to the right of so many columns."""
        return [column for column in range(width, len(self._grid[row])) if not is_blank(self._grid[row][column])]

    def passes_over(self, row: int) -> bool:
        """Whether a row under the header is no data: blank, a total, a note, or the header again."""
        headings = self.header.headings.values()
        if all(self._is_empty(row, heading.index) for heading in headings):
            return True
        written = [cell for cell in self._grid[row] if not is_blank(cell)]
        first = clean(written[0]) if written and isinstance(written[0], str) else ""
        if len(written) == 1 and (first.startswith("※") or plain(first) in ENDINGS):
            return True
        if plain(PARENTHESES.sub("", first)) in TOTALS and any(
            self._is_empty(row, heading.index) for heading in headings
        ):
            return True
        # The header's own words again: on each printed page, or where the header is merged over two rows.
        return all(plain(self.cell(row, heading)) == plain(heading.name) for heading in headings)

    def _is_shared(self, row: int, column: int) -> bool:
        """Whether the cell is merged over more than one row of data."""
        span = self._merges.span(row, column)
        if span is None:
            return False
        if span not in self._shared:
            rows = (other for other in range(span[0], min(span[1] + 1, self.height)) if not self.passes_over(other))
            self._shared[span] = next(rows, None) is not None and next(rows, None) is not None
        return self._shared[span]

    def _is_empty(self, row: int, column: int) -> bool:
        at = (row, column)
        return is_blank(self._at(row, column)) and at not in self._marks.errors and at not in self._marks.unstored

    def _filled(self, row: int, column: int) -> Raw:
        return self._at(self._merges.top(row, column), column)

    def _at(self, row: int, column: int) -> Raw:
        cells = self._grid[row]
        return cells[column] if column < len(cells) else ""


class _Merges:
    """Merged ranges by their first column: what is merged across is written in its first column only."""

    def __init__(self, ranges: Sequence[Area]) -> None:
        self._by_column: dict[int, list[tuple[int, int]]] = {}
        for (top, left), (bottom, _) in sorted(ranges):
            if bottom > top:
                self._by_column.setdefault(left, []).append((top, bottom))

    def span(self, row: int, column: int) -> tuple[int, int] | None:
        """The first and last row of the range a cell belongs to."""
        ranges = self._by_column.get(column)
        if not ranges:
            return None
        at = bisect_right(ranges, row, key=lambda span: span[0]) - 1
        return ranges[at] if at >= 0 and row <= ranges[at][1] else None

    def top(self, row: int, column: int) -> int:
        """The first row of that range; the cell's own when it belongs to none."""
        span = self.span(row, column)
        return span[0] if span else row

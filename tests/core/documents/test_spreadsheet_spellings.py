"""Any table, however each of its values is spelt, reads back as the values it was made of."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.documents.workbooks import HEADER, read, workbook
from tests.support.numbers import business_number

FULL_WIDTH = str.maketrans("0123456789.,-/", "０１２３４５６７８９．，－／")


def spelt(values: st.SearchStrategy[Any], *ways: Any) -> st.SearchStrategy[tuple[Any, Any]]:
    """A value, and one of the ways to write it; what is text may be full-width and stand among blanks."""

    def dress(pair: tuple[Any, Any], wide: bool, blank: str) -> tuple[Any, Any]:
        value, written = pair
        if isinstance(written, str):
            written = blank + (written.translate(FULL_WIDTH) if wide else written) + blank
        return value, written

    pairs = st.tuples(values, st.sampled_from(ways)).map(lambda pair: (pair[0], pair[1](pair[0])))
    return st.builds(dress, pairs, st.booleans(), st.sampled_from(["", " ", "\u00a0", "\t", "\n"]))


NAMES = st.text(st.sampled_from("가나다라마바사ABCxyz012 -()"), min_size=1, max_size=30)
TEXTS = NAMES.map(lambda text: "과정 " + " ".join(text.split())).map(str.strip)
DAYS = st.dates(date(1950, 1, 1), date(2099, 12, 31))
ROW = st.tuples(
    spelt(TEXTS, str, lambda text: text.replace(" ", "  ", 1)),
    spelt(
        DAYS,
        lambda day: day,
        date.isoformat,
        lambda day: f"{day.year}.{day.month}.{day.day}",
        lambda day: f"{day.year}. {day.month}. {day.day}.",
        lambda day: f"{day.year}/{day.month:02}/{day.day:02}",
        lambda day: f"{day:%Y%m%d}",
        lambda day: int(f"{day:%Y%m%d}"),
        lambda day: f"{day.year}년 {day.month}월 {day.day}일",
        lambda day: f"{day.isoformat()} ({'월화수목금토일'[day.weekday()]})",
    ),
    spelt(
        st.integers(1, 4000).map(lambda halves: Decimal(halves) / 2),
        float,
        str,
        lambda hours: f"{hours:,}",
        lambda hours: f"{hours}시간",
        lambda hours: f"{hours:.2f}",
    ),
    spelt(
        st.integers(0, 999_999).map(business_number),
        str,
        lambda number: f"{number[:3]}-{number[3:5]}-{number[5:]}",
        lambda number: f"{number[:3]} {number[3:5]} {number[5:]}",
    ),
    spelt(st.integers(1, 9_999_999), int, str, lambda people: f"{people:,}", lambda people: f"{people} 명"),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ROW, min_size=1, max_size=12), st.lists(st.sampled_from([0, 0, 0, 1, 2]), min_size=12, max_size=12))
def test_a_table_reads_back_whatever_way_its_values_are_written(
    rows: list[tuple[tuple[Any, Any], ...]], blanks: list[int]
) -> None:
    written: list[list[Any]] = [["제목"], list(HEADER[:5])]
    numbers = []
    for row, blank in zip(rows, blanks, strict=False):
        written += [[]] * blank
        written.append([cell for _, cell in row])
        numbers.append(len(written))
    table = read(workbook(written))
    assert table.problems == ()
    assert [row.number for row in table.rows] == numbers
    keys = ("course", "held_on", "hours", "business_number", "people")
    for row, read_back in zip(rows, table.rows, strict=True):
        assert {key: read_back.values[key] for key in keys} == {
            key: value for key, (value, _) in zip(keys, row, strict=True)
        }

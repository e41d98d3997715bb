"""Which columns a table must have, and how a header row is known by their names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from core.language import Text


class Kind(StrEnum):
    """What a column holds. Read as str, int, Decimal, date, a str of ten digits, bool, and the value chosen."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    BUSINESS_NUMBER = "business_number"  # 사업자등록번호
    FLAG = "flag"  # 예/아니오
    CHOICE = "choice"  # 선택지


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column a table is read by (열): its key in the rows read, its header in both languages, what it holds.

    `aliases` are as good as the names: two columns so named are one too many. `fallbacks` count only where none of
    those stands. Spaces, line breaks, punctuation, case and what is in parentheses do not matter in a header, except
    that a header whose parentheses hold one of `other_units` is another column: 교육시간(분) is not in hours.
    `units` may follow a number, as in 16시간. `minimum` and `maximum` are inclusive. A column that does not take
    `merges` refuses a cell merged over several rows, since what is counted once must not count for each of them.
    Of `choices` each is a value and the words it may be written by, the first being the one that is shown. With
    `digits_only` a text in a number's place is digits and nothing else, a date eight of them; cells that hold a number
    or a date are taken as they are.
    """

    key: str
    names: Text
    aliases: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
    kind: Kind = Kind.TEXT
    required: bool = True
    minimum: int | Decimal | date | None = None
    maximum: int | Decimal | date | None = None
    step: Decimal | None = None
    max_length: int = 200
    units: tuple[str, ...] = ()
    other_units: tuple[str, ...] = ()
    merges: bool = True
    digits_only: bool = False
    choices: tuple[tuple[object, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a column stands in one sheet: its index from 0, its letter, and its header as written there."""

    index: int
    name: str

    @property
    def letter(self) -> str:
        return column_letter(self.index)


@dataclass(frozen=True, slots=True)
class Header:
    """A header row (제목 행), by its index from 0: the columns found, those missing, those there more than once."""

    row: int
    headings: Mapping[str, Heading]
    missing: tuple[Column, ...]
    twice: tuple[tuple[Column, tuple[Heading, ...]], ...]


def column_letter(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def plain(value: object) -> str:
    """A header or a word, as far as its letters and digits go: full-width forms, case, spaces and signs aside."""
    if not isinstance(value, str):
        return ""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", value)).casefold()


PARENTHESES = re.compile(r"[(\[]([^()\[\]]*)[)\]]")


def read_header(row: int, cells: Sequence[object], columns: Sequence[Column]) -> Header:
    """How far a row is the header of these columns."""
    strong: dict[str, list[Heading]] = {}
    weak: dict[str, list[Heading]] = {}
    for index, cell in enumerate(cells):
        if not isinstance(cell, str) or not cell.strip():
            continue
        heading = Heading(index, " ".join(cell.split()))
        column, is_strong = _column_of(cell, columns)
        if column:
            (strong if is_strong else weak).setdefault(column.key, []).append(heading)
    found = {column: strong.get(column.key) or weak.get(column.key) or [] for column in columns}
    return Header(
        row=row,
        headings={column.key: headings[0] for column, headings in found.items() if headings},
        missing=tuple(column for column, headings in found.items() if column.required and not headings),
        twice=tuple((column, tuple(headings)) for column, headings in found.items() if len(headings) > 1),
    )


def _column_of(cell: str, columns: Sequence[Column]) -> tuple[Column | None, bool]:
    """The column a header cell names, if exactly one, and whether by a name or alias rather than a fallback."""
    header = unicodedata.normalize("NFKC", cell)
    if not plain(header):
        return None, False
    units = {plain(unit) for unit in PARENTHESES.findall(header)}
    bare = PARENTHESES.sub("", header)
    for forms in ({plain(header)}, {plain(bare)}, {plain(piece) for piece in bare.split("/")}):
        for is_strong in (True, False):
            matches = [column for column in columns if forms & _names(column, is_strong)]
            if len(matches) == 1:
                column = matches[0]
                return (None, False) if units & {plain(unit) for unit in column.other_units} else (column, is_strong)
    return None, False


@lru_cache(4_096)
def _names(column: Column, strong: bool) -> frozenset[str]:
    names = (column.names.ko, column.names.en, *column.aliases) if strong else column.fallbacks
    return frozenset(plain(name) for name in names) - {""}

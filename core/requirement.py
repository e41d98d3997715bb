"""What a program declares about documents: which a filing must carry, and how long they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from core.calendar import Term
from core.file_types import FileType
from core.language import Text

if TYPE_CHECKING:
    from core.program import Source


class Per(StrEnum):
    """What a document is about (제출 단위)."""

    FILING = "filing"  # 신청 건별: the filing as a whole
    ACTIVITY = "activity"  # 행별: each row of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """보존기간: nothing is deleted until `years` years after the end have passed.

    `ends` answers the end (사업 종료일) from the facts of a row; of several rows the latest counts. Without it the end
    is 31 December of the year in which the document was filed.
    """

    years: int
    source: Source
    ends: Callable[[Any], date] | None = None

    def until(self, facts: Iterable[Any], submitted_on: date) -> date:
        """The last day on which nothing may be deleted yet."""
        year_end = date(submitted_on.year, 12, 31)
        end = year_end if self.ends is None else max(map(self.ends, facts), default=year_end)
        return Term(self.years).first_day_after(end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A document a filing must or may carry (증빙서류): from `least` to `most` files, each filing or each row of it.

    `max_bytes` is of one file; None: what the server takes (10 MiB unless it is set otherwise).
    """

    code: str
    names: Text
    types: tuple[FileType, ...] = tuple(FileType)
    least: int = 1
    most: int = 20
    per: Per = Per.FILING
    max_bytes: int | None = None
    retention: Retention | None = None  # None: as the program says
    source: Source | None = None

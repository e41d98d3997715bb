"""Why a file cannot be read, in a form that crosses a pipe: the name of a problem and its values."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The problems of whole files (파일 오류), by the names they have in `core.documents.spreadsheets.problems`."""

    EMPTY_FILE = "EMPTY_FILE"
    NOT_A_SPREADSHEET = "NOT_A_SPREADSHEET"
    ENCRYPTED = "ENCRYPTED"
    CORRUPT = "CORRUPT"
    INFLATES = "INFLATES"
    SPREADS = "SPREADS"
    SHEET_MISSING = "SHEET_MISSING"


class Refusal(Exception):
    """A file is refused. `values` fill the sentence of the problem."""

    def __init__(self, reason: Reason, **values: str | int) -> None:
        self.reason = reason
        self.values = values
        super().__init__(reason.value)


def corrupt() -> Refusal:
    return Refusal(Reason.CORRUPT)

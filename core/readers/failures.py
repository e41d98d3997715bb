"""Why a reader gave no answer: refusals for who sent the file, told apart for whoever tries again.

Refused
├── ReaderFailed   the file ended its reader, overran a limit, or made it talk nonsense: it is not tried again
└── ReaderBusy     nobody had time to look at the file: it may be tried again
"""

from __future__ import annotations

from core.errors import Refused, Violation
from core.language import Text


class ReaderFailed(Refused):
    """A file that must not be read again."""

    @property
    def text(self) -> Text:
        return _text(self.violations[0])


class ReaderBusy(Refused):
    """A file that waited too long for its turn, or found too many waiting."""

    @property
    def text(self) -> Text:
        return _text(self.violations[0])


def _text(violation: Violation) -> Text:
    return violation.message

"""What Dure says no with.

    DureError
    ├── Refused        the request is understood and objected to: a list of violations, answered as data
    ├── NotSignedIn    nobody is signed in, or the token is no longer good
    ├── NotAllowed     somebody is, and may not do this
    └── Misdeclared    a program or plugin breaks the contract: the start stops and names the culprits

A `Problem` is a kind of objection, declared once with its code and its sentence in both languages; a `Violation` is
one occurrence of it: where (`path`), with which values, by which clause (`source`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from core.language import Text

if TYPE_CHECKING:
    from core.program import Source

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One objection (위반): a stable code, where it is, what to do about it in both languages, and the clause."""

    code: str
    message: Text
    path: Path = ()
    source: Source | None = None

    def under(self, *prefix: str | int) -> Violation:
        """The same objection seen from further out."""
        return replace(self, path=(*prefix, *self.path))


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of objection. `code` is UPPER_SNAKE; a program's own codes begin with the program's code."""

    code: str
    text: Text
    source: Source | None = None

    def at(self, *path: str | int, source: Source | None = None, **values: object) -> Violation:
        """This objection at `path`, its sentence filled with `values`."""
        return Violation(code=self.code, message=self.text.format(values), path=path, source=source or self.source)

    def refuse(self, *path: str | int, source: Source | None = None, **values: object) -> Refused:
        return Refused(self.at(*path, source=source, **values))


class DureError(Exception):
    """The root of all errors Dure raises on purpose."""


class Refused(DureError):
    """The request is understood and objected to; nothing of it has been written."""

    def __init__(self, *violations: Violation) -> None:
        self.violations = violations
        super().__init__("; ".join(f"{v.code}: {v.message.en}" for v in violations))


class NotSignedIn(DureError):
    """Nobody is signed in, or the token is no longer good."""

    text = Text("로그인이 필요합니다. 다시 로그인하세요.", "Sign in first: no valid token came with the request.")


class NotAllowed(DureError):
    """The signed-in member may not do this. `text` says what is missing and who can grant it."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


class Misdeclared(DureError):
    """A program or plugin breaks the contract. Raised at start only; the message names the culprits."""


def refuse_any(violations: Iterable[Violation]) -> None:
    """Raise `Refused` with all of them, if there are any."""
    found = tuple(violations)
    if found:
        raise Refused(*found)

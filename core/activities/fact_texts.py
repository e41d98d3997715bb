"""The texts of a row as it is filed: what is wrong with them, and the form in which they are stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, fields, replace
from typing import Any

from core.activities.problems import FACT_TEXT
from core.errors import Violation
from core.identity.problems import EMAIL_FORM
from core.masking import PersonalKind
from core.texts import TEXT, TextKind, check_text, composed, is_email

LETTERS = 1_000  # of one text


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it is filed: the facts, and whom they are about (none: the filing organization itself)."""

    facts: Any
    business_number: str | None = None
    stated_name: str | None = None


def composed_row(row: Row) -> Row:
    """The same row with every text composed."""
    texts = {each.name: getattr(row.facts, each.name) for each in fields(row.facts)}
    changed = {name: composed(text) for name, text in texts.items() if isinstance(text, str) and composed(text) != text}
    name = None if row.stated_name is None else composed(row.stated_name)
    if not changed and name == row.stated_name:
        return row
    return replace(row, facts=replace(row.facts, **changed), stated_name=name)


def wrong_texts(numbered: tuple[int, Row]) -> list[Violation]:
    """What is wrong with the texts of a row: each says something, in no more letters than anybody reads."""
    place, row = numbered
    found = []
    if len(row.stated_name or "") > LETTERS:
        found.append(FACT_TEXT.at("rows", place, "name", most=LETTERS))
    if (wrong := check_text(row.stated_name or "", TextKind.LINE, "rows", place, "name")) is not None:
        found.append(wrong)
    for each in fields(row.facts):
        value = getattr(row.facts, each.name)
        if isinstance(value, str):
            found += _wrong_fact(each, value, "rows", place, "facts", camel(each.name))
    return found


def _wrong_fact(field: Field[Any], value: str, *path: str | int) -> Iterator[Violation]:
    """Its length, its characters, and the form of what is declared an e-mail address."""
    if not 1 <= len(value.strip()) <= LETTERS:
        yield FACT_TEXT.at(*path, most=LETTERS)
    elif (wrong := check_text(value, field.metadata.get(TEXT) or TextKind.LINE, *path)) is not None:
        yield wrong
    elif field.metadata.get("personal") is PersonalKind.EMAIL and not is_email(value.strip()):
        yield EMAIL_FORM.at(*path)


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)

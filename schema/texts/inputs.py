"""The texts of an input: each is checked by its kind and composed where it stands.

A field says its kind by `strawberry.field(metadata=PROSE)`; a `str` that says nothing is one line. What is to be done
for a type is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from strawberry.types.base import StrawberryContainer, StrawberryList, has_object_definition
from strawberry.types.lazy_type import LazyType
from strawberry.utils.str_converters import to_camel_case

from core.errors import Violation
from core.texts import TEXT, TextKind, check_text, composed

NAME = {TEXT: TextKind.NAME}
LINE = {TEXT: TextKind.LINE}
PROSE = {TEXT: TextKind.PROSE}
SHEET = {TEXT: TextKind.SHEET}

Path: TypeAlias = tuple[str | int, ...]
Treat: TypeAlias = Callable[[Any, Path, list[Violation]], Any]
_known: dict[type, Treat | None] = {}


def texts_of(given: Any) -> list[Violation]:
    """What is wrong with the texts of an input. They are composed in it, whatever is found."""
    kind = type(given)
    treat = _known[kind] if kind in _known else _of_object(kind, ())
    found: list[Violation] = []
    if treat is not None:
        treat(given, (), found)
    return found


def _of(kind: Any, text: TextKind, inside: tuple[type, ...]) -> Treat | None:
    """What treats a value of a Strawberry type; None when there is no text in it."""
    if isinstance(kind, LazyType):
        return _of(kind.resolve_type(), text, inside)
    if isinstance(kind, StrawberryList):
        item = _of(kind.of_type, text, inside)
        return None if item is None else _listed(item)
    if isinstance(kind, StrawberryContainer):
        return _of(kind.of_type, text, inside)
    if kind is str:
        return _text(text)
    return _of_object(kind, inside) if has_object_definition(kind) else None


def _text(kind: TextKind) -> Treat:
    def treat(value: Any, path: Path, found: list[Violation]) -> Any:
        if not isinstance(value, str):
            return value
        if value.isascii() and value.isprintable():
            return value
        text = composed(value)
        wrong = check_text(text, kind, *path)
        if wrong is not None:
            found.append(wrong)
        return text

    return treat


def _listed(item: Treat) -> Treat:
    def treat(values: Any, path: Path, found: list[Violation]) -> Any:
        if not isinstance(values, list):
            return values
        return [item(each, (*path, place), found) for place, each in enumerate(values)]

    return treat


def _of_object(cls: type, inside: tuple[type, ...]) -> Treat | None:
    """What treats an object of an input type; of a choice (`@oneOf`) the path leaves the chosen name out."""
    if cls in _known:
        return _known[cls]
    if cls in inside:  # a type that holds itself: looked up again for each value
        return lambda value, path, found: _again(value, path, found)
    definition: Any = cls.__strawberry_definition__  # type: ignore[attr-defined]
    parts: list[tuple[str, Path, Treat]] = []
    for field in definition.fields:
        kind = field.metadata.get(TEXT) or TextKind.LINE
        treat = _of(field.resolve_type(type_definition=definition), kind, (*inside, cls))
        if treat is not None:
            name = field.graphql_name or to_camel_case(field.python_name)
            parts.append((field.python_name, () if definition.is_one_of else (name,), treat))
    if not inside:
        _known[cls] = _each(parts) if parts else None
    return _each(parts) if parts else None


def _each(parts: list[tuple[str, Path, Treat]]) -> Treat:
    def treat(value: Any, path: Path, found: list[Violation]) -> Any:
        for name, step, inner in parts:
            given = getattr(value, name, None)
            if given:
                after = inner(given, path + step, found)
                if after is not given:
                    setattr(value, name, after)
        return value

    return treat


def _again(value: Any, path: Path, found: list[Violation]) -> Any:
    treat = _of_object(type(value), ()) if has_object_definition(type(value)) else None
    return value if treat is None else treat(value, path, found)

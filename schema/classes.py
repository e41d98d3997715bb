"""Strawberry classes made at run time, for types that follow from declarations."""

from __future__ import annotations

from collections.abc import Sequence
from types import new_class
from typing import Any, TypeAlias

FieldSpec: TypeAlias = tuple[str, Any, Any]  # name, type, strawberry.field(...)


def made_class(name: str, fields: Sequence[FieldSpec], bases: tuple[Any, ...] = ()) -> type[Any]:
    """A bare class with these annotated fields, ready for `strawberry.type` or `strawberry.input`."""
    namespace: dict[str, Any] = {field_name: field for field_name, _, field in fields}
    namespace["__annotations__"] = {field_name: kind for field_name, kind, _ in fields}
    namespace["__module__"] = __name__
    return new_class(name, bases, exec_body=lambda body: body.update(namespace))

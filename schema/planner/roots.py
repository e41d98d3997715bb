"""The root fields of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from schema.mapping import LookupField
from schema.planner.selection import Asked
from schema.planner.tree import ObjectNode, PageNode


@dataclass(frozen=True, slots=True)
class Lookup:
    """A root field that finds one row by a unique column; the value comes from its only argument."""

    field: LookupField
    asked: Asked
    below: ObjectNode
    variable: str = ""  # what the argument is, when it is just that


@dataclass(frozen=True, slots=True)
class Single:
    """A root field that is the only row of a table."""

    below: ObjectNode


@dataclass(slots=True)
class Root:
    """One root field: planned, or left to Python for a reason."""

    asked: Asked
    planned: PageNode | Lookup | Single | None
    reason: str = ""

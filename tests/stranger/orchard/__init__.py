"""과수원 (orchards): a plugin with a table of its own, shown beside core's, and no program at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core import Form, GraphQLParts, Tables, hookimpl
from tests.stranger.orchard import schema
from tests.stranger.orchard.models import OrchardRow
from tests.stranger.orchard.registration import REGISTRATION


# docs: begin register_tables
@hookimpl
def register_tables() -> Tables:
    return Tables(models=(OrchardRow,), migrations=Path(__file__).parent / "migrations")


# docs: end


# docs: begin register_graphql
@hookimpl
def register_graphql() -> GraphQLParts:
    return GraphQLParts(
        query=(schema.OrchardQuery,),
        mutation=(schema.OrchardMutation,),
        extends={"Organization": (schema.OrganizationOrchards,)},
    )


# docs: end


# docs: begin register_forms
@hookimpl
def register_forms() -> Iterable[Form[Any]]:
    return (REGISTRATION,)  # Form(code="registration", names=Text(…), folder=…, sample=Registration(…), load=…)


# docs: end

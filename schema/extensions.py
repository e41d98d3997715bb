"""What is done to every operation beside executing it."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLError
from graphql.language import OperationDefinitionNode
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult


class OneOperation(SchemaExtension):
    """Of a document with several operations, none is executed unless one is named."""

    def on_execute(self) -> Iterator[None]:
        asked = self.execution_context
        if asked._provided_operation_name is None and asked.graphql_document is not None:
            kinds = [each for each in asked.graphql_document.definitions if isinstance(each, OperationDefinitionNode)]
            if len(kinds) > 1:
                error = GraphQLError("the document has several operations: say which by operationName")
                asked.result = ExecutionResult(data=None, errors=[error])
        yield

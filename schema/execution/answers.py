"""What an operation is answered with: JSON and a status, and why nothing was executed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType

from core.watch.outages import BY_CODE


class Answer(NamedTuple):
    """What is answered: JSON, its HTTP status, and after how many seconds to ask again when it could not be done."""

    body: bytes
    status: int
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is executed, or nothing of it answered. `data`: whether something was done all the same."""

    errors: Sequence[GraphQLError]
    status: int = 400
    done: bool = False


def not_done(errors: Sequence[GraphQLError], operation: OperationDefinitionNode) -> Answer | None:
    """The answer to an operation that an outage kept from being done: errors alone. None when there was no outage.

    Of a mutation, an error says which fields before it were `done`: each is a transaction of its own.
    """
    found = [BY_CODE.get(str((error.extensions or {}).get("code"))) for error in errors]
    outage = next((each for each in found if each is not None), None)
    if outage is None:
        return None
    told: list[Any] = [error.formatted for error in errors]
    if operation.operation is OperationType.MUTATION:
        fields = [each for each in operation.selection_set.selections if isinstance(each, FieldNode)]
        keys = [(each.alias or each.name).value for each in fields]
        for each in told:
            path = each.get("path")
            if path and path[0] in keys and (done := keys[: keys.index(path[0])]):
                each["extensions"]["done"] = done
    body = orjson.dumps({"errors": told})
    return Answer(body, outage.status, outage.retry_after)


def coded(message: str, code: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})

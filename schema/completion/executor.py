"""graphql-core's executor with two bounds: it holds up no other request, and it ends when the answer is too large."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from contextvars import ContextVar
from inspect import iscoroutine
from typing import Any

from graphql.pyutils import gather_with_cancel
from graphql.type import GraphQLLeafType
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from core.concurrency import Turns, turns

STEPS = 16  # items of a list between two looks at the clock


class Completion:
    """What one request has completed so far. `size` is the least that its JSON can have, in bytes."""

    __slots__ = ("most", "size", "turns")

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self.turns: Turns = turns()

    @property
    def too_large(self) -> bool:
        return self.size > self.most


completing: ContextVar[Completion] = ContextVar("completing")


class InTurns(StrawberryGraphQLCoreExecutionContext):
    """Completes lists step by step, and nothing more once the answer is too large: it is thrown away then."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.completion = completing.get()

    def complete_iterable_value(
        self, item_type: Any, field_details_list: Any, info: Any, path: Any, items: Iterable[Any], position_context: Any
    ) -> Any:
        completion = self.completion
        if completion.too_large:
            return []
        size = len(items) if isinstance(items, list | tuple) else STEPS
        completion.size += size
        if size < STEPS and not completion.turns.due():
            return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)
        return self._in_turns(item_type, field_details_list, info, path, items, position_context)

    async def complete_awaitable_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        """What a root field waited for is completed in its turn: eight of them at once hold up nobody."""
        if path.prev is None:
            result = self._in_its_turn(result)
        return await super().complete_awaitable_value(
            return_type, field_details_list, info, path, result, position_context
        )

    async def _in_its_turn(self, result: Awaitable[Any]) -> Any:
        found = await result
        if self.completion.turns.due():
            await self.completion.turns.turn()
        return found

    async def _in_turns(
        self, item_type: Any, details: Any, info: Any, path: Any, items: Iterable[Any], position: Any
    ) -> list[Any]:
        completion, shared = self.completion, self.completion.turns
        completed: list[Any] = []
        waiting: list[int] = []
        try:
            for index, item in enumerate(items):
                if index % STEPS == 0 and shared.due():
                    await shared.turn()
                if completion.too_large:
                    break
                place = path.add_key(index, None)
                if self.is_awaitable(item):
                    completed.append(
                        self.complete_awaitable_list_item_value(item, item_type, details, info, place, position)
                    )
                    waiting.append(index)
                elif self.complete_list_item_value(item, completed, item_type, details, info, place, position):
                    waiting.append(index)
        except Exception:
            self.settle_in_background([completed[index] for index in waiting])
            raise
        except BaseException:  # broken off: what has not begun never does
            for index in waiting:
                if iscoroutine(completed[index]):
                    completed[index].close()
            raise
        if waiting:
            for index, found in zip(
                waiting, await gather_with_cancel(*(completed[index] for index in waiting)), strict=True
            ):
                completed[index] = found
        return completed

    def complete_object_value(self, *args: Any) -> Any:
        if self.completion.too_large:
            return {}
        return super().complete_object_value(*args)

    def complete_leaf_value(self, return_type: GraphQLLeafType, result: Any) -> Any:  # type: ignore[override]
        value = super().complete_leaf_value(return_type, result)
        self.completion.size += len(value) if type(value) is str else 1
        return value

"""What an application tells of each request it answered: to the log, the metrics and the trace, whichever are on."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.types import Scope

from core.house import House
from core.settings import Settings
from core.watch import Observation, Reading
from core.watch.logs import AccessLog
from schema.http.graphql import GraphQLEndpoint

if TYPE_CHECKING:
    from core.watch.metrics import Metrics
    from core.watch.traces import Traces
    from schema.http.guard import ConnectionGuard

GONE = 499  # whoever asked did not wait for the answer; no status was sent
ELSEWHERE = "elsewhere"  # whatever address is none of ours


class Eyes:
    """One application's."""

    def __init__(self, access: AccessLog | None = None, traces: Traces | None = None) -> None:
        self.access = access
        self.metrics: Metrics | None = None
        self.traces = traces
        self.guard: ConnectionGuard | None = None

    def open(self, house: House, graphql: GraphQLEndpoint) -> None:
        """Begin to count and to trace, when somebody may read it."""
        if self.traces is not None:
            house.database.connections.opened = self.traces.watch
        if metrics_are_read(house.settings):
            from core.watch.metrics import Metrics  # which a server that nobody watches does without

            self.metrics = Metrics(house, names=graphql.trusted.names(), now=lambda: figures(graphql, self.guard))

    def sees(self, seen: Observation, scope: Scope) -> None:
        """A request begins."""
        if self.traces is not None:
            given = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
            self.traces.begin(seen, given.decode("latin-1"))

    def saw(self, seen: Observation, scope: Scope) -> None:
        """A request is answered."""
        if not seen.route:
            seen.route = getattr(scope.get("route"), "path", None) or ELSEWHERE
        seen.status = seen.status or GONE
        if not seen.request_id:
            seen.request_id = uuid.uuid4().hex
        if self.traces is not None:
            self.traces.end(seen)
        if self.metrics is not None:
            self.metrics.observe(seen)
        if self.access is not None:
            self.access.write(seen)


def metrics_are_read(settings: Settings) -> bool:
    return bool(settings.metrics_from or settings.metrics_token)


def figures(graphql: GraphQLEndpoint, guard: ConnectionGuard | None) -> Iterable[Reading]:
    """What the process holds of documents, plans and connections, and whom it refused."""
    executor = graphql.executor
    return (
        Reading(name="dure_documents", says="Documents read and kept.", value=executor.documents_kept),
        Reading(name="dure_plans", says="Plans made and kept.", value=executor.planner.plans_kept),
        *(guard.readings() if guard is not None else ()),
    )

"""What a running Dure tells about itself: a log without secrets, metrics, traces, and whether it is ready.

Nothing here is global: each house has its `Watch`, each application its registry of metrics. What is seen of a request
lies in an `Observation`, which the parts that answer it add to by the `saw_*` functions.
"""

from core.watch.observation import (
    Observation,
    Way,
    begin,
    current,
    end,
    saw_actor,
    saw_errors,
    saw_operation,
    saw_request,
    saw_status,
    saw_ways,
)
from core.watch.watch import Check, Reading, Readings, Watch

__all__ = [
    "Check",
    "Observation",
    "Reading",
    "Readings",
    "Watch",
    "Way",
    "begin",
    "current",
    "end",
    "saw_actor",
    "saw_errors",
    "saw_operation",
    "saw_request",
    "saw_status",
    "saw_ways",
]

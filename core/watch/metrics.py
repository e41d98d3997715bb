"""Metrics as Prometheus reads them: one registry an application, nothing global, little work a request."""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from core.watch.observation import Observation
from core.watch.readings import READINGS
from core.watch.watch import Reading

if TYPE_CHECKING:
    from core.house import House

MOST_NAMES = 100  # operations told apart; whoever asks chooses the names, so their number is bounded
OTHER, UNNAMED = "other", "unnamed"
PATIENCE = 3.0  # seconds that a reading may take
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
log = logging.getLogger(__name__)

Now = Callable[[], Iterable[Reading]]


class Metrics:
    """What one application has seen. `names` are the operations to tell apart; without any, the first that succeed.

    `now` is asked for figures of the process whenever the metrics are read.
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, house: House, *, names: Iterable[str] = (), now: Now = tuple) -> None:
        self.house = house
        self.now = now
        self.names = set(names)
        self.open = not self.names
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.requests: Counter[tuple[str, str, str]] = Counter()
        self.operations: Counter[tuple[str, str, str]] = Counter()
        self.errors: Counter[tuple[str]] = Counter()
        self.fields: Counter[tuple[str, bool, str]] = Counter()
        self.durations: dict[tuple[str, str], Durations] = defaultdict(Durations)

    def observe(self, seen: Observation) -> None:
        """Count a request that has been answered: a few additions, turned into metrics when they are read."""
        self.requests[seen.route, seen.method, str(seen.status)] += 1
        for code in seen.codes:
            self.errors[code,] += 1
        if seen.operation is None:
            return
        outcome = seen.outcome
        name = self._name(seen.operation, outcome)
        self.operations[name, seen.kind, outcome] += 1
        self.durations[name, seen.kind].add(seen.seconds)
        for _, field_name, planned, reason in seen.ways:
            self.fields[field_name, planned, reason] += 1

    async def exposition(self) -> bytes:
        """All of it, as text. A reading that fails is left out, and counted."""
        found = await asyncio.gather(
            *(self._read(name, read) for name, read in {**READINGS, **self.house.watch.readings}.items())
        )
        readings = [
            *self.now(),
            *(each for several in found for each in several),
            *_postings(self.house),
            *_hooks(self.house),
        ]
        told = CollectorRegistry()
        told.register(_Told([*self._counted(), *_families(readings)]))
        return generate_latest(self.registry) + generate_latest(told)

    def _name(self, name: str, outcome: str) -> str:
        if name in self.names:
            return name
        if not name:
            return UNNAMED
        if self.open and outcome == "done" and len(self.names) < MOST_NAMES:
            self.names.add(name)
            return name
        return OTHER

    def _counted(self) -> Iterator[Metric]:
        """What was counted, as Prometheus has it."""
        ways = {(name, "planned" if planned else "ordinary", why): n for (name, planned, why), n in self.fields.items()}
        for name, says, labels, counts in (
            ("requests", "Requests answered.", ("route", "method", "status"), self.requests),
            ("operations", "GraphQL operations.", ("operation", "kind", "outcome"), self.operations),
            ("errors", "Errors shown to clients, by code.", ("code",), self.errors),
            ("root_fields", "Root fields read, which way, why not planned.", ("field", "way", "reason"), ways),
        ):
            family = CounterMetricFamily(f"dure_{name}", says, labels=labels)
            for values, count in counts.items():
                family.add_metric(values, count)
            yield family
        durations = HistogramMetricFamily(
            "dure_operation_seconds", "How long operations took.", labels=("operation", "kind")
        )
        for key, took in self.durations.items():
            durations.add_metric(key, took.buckets, took.total)
        yield durations

    async def _read(self, name: str, read: Callable[[House], object]) -> list[Reading]:
        failed = Reading(
            name="dure_reading_failed", says="Readings that could not be taken.", value=1, labels={"reading": name}
        )
        try:
            async with asyncio.timeout(PATIENCE):
                return list(await read(self.house))  # type: ignore[misc]
        except Exception as error:
            log.warning("the reading %s failed: %s", name, str(error) or type(error).__name__)
            return [failed]


@dataclass(slots=True)
class Durations:
    """How long things took: how many fell below each bound, and the sum of seconds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(SECONDS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds

    @property
    def buckets(self) -> list[tuple[str, float]]:
        bounds = [str(bound) for bound in SECONDS] + ["+Inf"]
        return list(zip(bounds, accumulate(self.counts), strict=True))


class _Told(Collector):
    """Families that are told as they are."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self.families = list(families)

    def collect(self) -> Iterator[Metric]:
        yield from self.families


def _families(readings: Iterable[Reading]) -> Iterator[Metric]:
    """Readings, as families of one name each."""
    families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
    for each in readings:
        family = families.get(each.name)
        if family is None:
            kind = CounterMetricFamily if each.counter else GaugeMetricFamily
            family = families[each.name] = kind(each.name.removesuffix("_total"), each.says, labels=tuple(each.labels))
        family.add_metric(tuple(each.labels.values()), each.value)
    yield from families.values()


def _postings(house: House) -> Iterator[Reading]:
    for (program, asset, kind), count in house.watch.postings.items():
        yield Reading(
            name="dure_postings_total",
            says="Transactions this process posted to the ledger.",
            value=count,
            labels={"program": program, "asset": asset, "kind": kind},
            counter=True,
        )


_OUTCOMES = {
    "abandoned": "Calls of plugins' functions that overran their limit and were given up.",
    "failed": "Calls of plugins' functions that raised.",
    "dropped": "Calls of observers that were not made, for they did not keep up or the process stopped.",
}


def _hooks(house: House) -> Iterator[Reading]:
    for (plugin, hook, outcome), count in house.plugins.hooks.counts.copy().items():
        yield Reading(
            name=f"dure_hook_{outcome}_total",
            says=_OUTCOMES[outcome],
            value=count,
            labels={"plugin": plugin, "hook": hook},
            counter=True,
        )
    for plugin, count in house.plugins.observers.waiting().items():
        yield Reading(
            name="dure_observers_waiting",
            says="Calls of observers that wait to be made.",
            value=count,
            labels={"plugin": plugin},
        )

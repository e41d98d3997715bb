"""Metrics as Prometheus reads them: one registry an application, nothing global, little work a request."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
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
CREATED = re.compile(rb"(?m)^(?:# (?:HELP|TYPE) )?dure_\w+_created\b.*\n")  # when each was first counted: of no use
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
        self.requests = Counter(
            "dure_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.operations = Counter(
            "dure_operations", "GraphQL operations, by how they ended.", ("operation", "kind", "outcome"),
            registry=self.registry,
        )  # fmt: skip
        self.durations = Histogram(
            "dure_operation_seconds", "How long operations took.", ("operation", "kind"), buckets=SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self.errors = Counter("dure_errors", "Errors shown to clients, by code.", ("code",), registry=self.registry)
        self.fields = Counter(
            "dure_root_fields", "Root fields read, which way, and why not planned.", ("field", "way", "reason"),
            registry=self.registry,
        )  # fmt: skip
        self._counters: dict[tuple[str, ...], Counter] = {}
        self._histograms: dict[tuple[str, ...], Histogram] = {}

    def observe(self, seen: Observation) -> None:
        """Count a request that has been answered."""
        self._count(self.requests, seen.route, seen.method, str(seen.status))
        for code in seen.codes:
            self._count(self.errors, code)
        if seen.operation is None:
            return
        name, outcome = self._name(seen), seen.outcome
        self._count(self.operations, name, seen.kind, outcome)
        timed = self._histograms.get((name, seen.kind))
        if timed is None:
            timed = self._histograms[name, seen.kind] = self.durations.labels(name, seen.kind)
        timed.observe(seen.seconds)
        for way in seen.ways:
            self._count(self.fields, way.field, "planned" if way.planned else "ordinary", way.reason)

    async def exposition(self) -> bytes:
        """All of it, as text. A reading that fails is left out, and counted."""
        found = await asyncio.gather(
            *(self._read(name, read) for name, read in {**READINGS, **self.house.watch.readings}.items())
        )
        readings = [*self.now(), *(each for several in found for each in several), *_postings(self.house)]
        told = CollectorRegistry()
        told.register(_Told(readings))
        return CREATED.sub(b"", generate_latest(self.registry)) + generate_latest(told)

    def _count(self, counter: Counter, *labels: str) -> None:
        key = (counter._name, *labels)
        child = self._counters.get(key)
        if child is None:
            child = self._counters[key] = counter.labels(*labels)
        child.inc()

    def _name(self, seen: Observation) -> str:
        name = seen.operation or ""
        if name in self.names:
            return name
        if not name:
            return UNNAMED
        if self.open and seen.outcome == "done" and len(self.names) < MOST_NAMES:
            self.names.add(name)
            return name
        return OTHER

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


class _Told(Collector):
    """Readings, as families of one name each."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self.families: dict[str, Metric] = {}
        for each in readings:
            family = self.families.get(each.name)
            if family is None:
                kind = CounterMetricFamily if each.counter else GaugeMetricFamily
                name = each.name.removesuffix("_total")
                family = self.families[each.name] = kind(name, each.says, labels=tuple(each.labels))
            family.add_metric(tuple(each.labels.values()), each.value)  # type: ignore[attr-defined]

    def collect(self) -> Iterator[Metric]:
        yield from self.families.values()


def _postings(house: House) -> Iterator[Reading]:
    for (program, asset, kind), count in house.watch.postings.items():
        yield Reading(
            name="dure_postings_total",
            says="Transactions this process posted to the ledger.",
            value=count,
            labels={"program": program, "asset": asset, "kind": kind},
            counter=True,
        )

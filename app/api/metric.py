"""Counters for Prometheus. Labels are route templates, status and system ids: never a value of anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.exchange.state import Counted

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Gauges(Collector):
    """Values read when Prometheus asks."""

    def __init__(self, read: Callable[[], dict[str, float]], worker: str) -> None:
        self._read, self._worker = read, worker

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, value in self._read().items():
            family = GaugeMetricFamily(f"titian_{name}", name.replace("_", " "), labels=["worker"])
            family.add_metric([self._worker], round(value, 3))
            yield family


class Sources(Collector):
    """Each system: whether it is up, and its failures by our word."""

    def __init__(self, read: Callable[[], Iterable[Counted]], worker: str) -> None:
        self._read, self._worker = read, worker

    def collect(self) -> list[Metric]:
        up = GaugeMetricFamily("titian_source_up", "Whether a source answers", labels=["worker", "system"])
        failures = CounterMetricFamily("titian_source_failures", "Failures of a source by word", labels=["worker", "system", "word"])
        for one in self._read():
            up.add_metric([self._worker, one.system], float(one.up))
            for word, count in one.failures.items():
                failures.add_metric([self._worker, one.system, word], count)
        return [up, failures]


class Metrics:
    """One registry of our own per worker, whose number stands on every line: another worker answers the next time."""

    def __init__(self, gauges: Callable[[], dict[str, float]], sources: Callable[[], Iterable[Counted]], *, worker: int) -> None:
        self.registry, self._worker = CollectorRegistry(), str(worker)
        self.registry.register(Gauges(gauges, self._worker))
        self.registry.register(Sources(sources, self._worker))
        self._seconds = Histogram("titian_exchange_seconds", "Duration of exchanges", ["worker", "route"], registry=self.registry, buckets=BUCKETS)
        self._count = Counter("titian_exchanges", "Exchanges by route and status", ["worker", "route", "status"], registry=self.registry)
        self._kept: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def observe(self, route: str, status: int, seconds: float) -> None:
        kept = self._kept.get((route, status))
        if kept is None:
            kept = self._kept[route, status] = (self._count.labels(self._worker, route, str(status)), self._seconds.labels(self._worker, route))
        kept[0].inc()
        kept[1].observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self.registry)

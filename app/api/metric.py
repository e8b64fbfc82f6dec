"""Counters for Prometheus. Labels are route templates, status and system ids: never a value of anybody."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

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


class Exchanges(Collector):
    """Exchanges by route and status, counted in plain numbers: the objects of the client library cost more than some of our stages."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._seen: dict[tuple[str, int], int] = {}
        self._times: dict[str, list[float]] = {}

    def observe(self, route: str, status: int, seconds: float) -> None:
        seen = self._seen
        seen[route, status] = seen.get((route, status), 0) + 1
        times = self._times.get(route)
        if times is None:
            times = self._times[route] = [0.0] * (len(BUCKETS) + 2)
        times[bisect_left(BUCKETS, seconds)] += 1
        times[-1] += seconds

    def collect(self) -> list[Metric]:
        times = HistogramMetricFamily("titian_exchange_seconds", "Duration of exchanges", labels=["worker", "route"])
        for route, (*counts, total) in [*self._times.items()]:
            limits = zip([*map(floatToGoString, BUCKETS), "+Inf"], accumulate(counts), strict=True)
            times.add_metric([self._worker, route], [*limits], total)
        count = CounterMetricFamily("titian_exchanges", "Exchanges by route and status", labels=["worker", "route", "status"])
        for (route, status), number in [*self._seen.items()]:
            count.add_metric([self._worker, route, str(status)], number)
        return [times, count]


class Metrics:
    """One registry of our own per worker, whose number stands on every line: another worker answers the next time."""

    def __init__(self, gauges: Callable[[], dict[str, float]], sources: Callable[[], Iterable[Counted]], *, worker: int) -> None:
        exchanges = Exchanges(str(worker))
        self.registry = CollectorRegistry()
        self.registry.register(Gauges(gauges, str(worker)))
        self.registry.register(Sources(sources, str(worker)))
        self.registry.register(exchanges)
        self.observe = exchanges.observe

    def text(self) -> bytes:
        return generate_latest(self.registry)
